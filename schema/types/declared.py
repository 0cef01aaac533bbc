"""What is declared behind a name in a column: a programme, a kind of fund."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement

from core.books import owner_of
from core.db import text
from core.entitlements.declared import Programme as ProgrammeDeclared
from core.ids import typed
from schema.sql.emit import word
from schema.sql.fields import batched, column, field, sql_type
from schema.sql.mappings import FieldMapping, model_of
from schema.sql.planner import Planner, Site
from schema.sql.row import Row


class _Name:
    """The column that holds the name, standing in for a model's attribute."""

    def __init__(self, model: Any) -> None:
        self.class_, self.key, self.type = model, "name", text(80)


class ProgrammeName:
    """Stands for the model behind `Programme`: the name alone."""


def name_of(model: type) -> Any:
    """The name, as an attribute of the class that stands for the model."""
    return _Name(model)


NAME = name_of(ProgrammeName)


@dataclass(frozen=True)
class _Named:
    """The columns of what stands for a model: the name alone."""

    name: Any

    def named(self, key: str) -> Any:
        return getattr(self, key)


@dataclass
class DeclaredOf(FieldMapping):
    """An object about the name in a column of the row; null where the column is."""

    attribute: Any
    target: Any

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        value = getattr(site.at[self.attribute.class_], self.attribute.key)
        named: Any = _Named(value)
        rows = {**site.at.rows, model_of(self.target): named}
        at = replace(site.at.into(site.key), rows=rows)
        return planner.emit.row(planner.pairs(site.type_, site.nodes, at), site.at.outer)

    def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        name = getattr(source[self.attribute.class_], self.attribute.key)
        return Row(self.target, {model_of(self.target): SimpleNamespace(name=name)}, source.moment)


def titled(kind: type) -> Any:
    """A batched function of the titles of declarations."""

    async def title(rows: Sequence[Mapping[str, Any]], env: Any) -> list[str]:
        """The title in the caller's language; the name itself where its plugin is not enabled."""
        book = env.host.book(kind)
        found = [(row["name"], book.get(row["name"])) for row in rows]
        return [name if made is None else getattr(made, env.language) for name, made in found]

    return title


async def plugin_of(rows: Sequence[Mapping[str, Any]], env: Any) -> list[str]:
    """The plugin that declares it, `core` for core."""
    return [owner_of(row["name"]) for row in rows]


@sql_type(ProgrammeName, name="Programme", zh="待遇项目。", en="A programme that entitles people to money.")
class Programme:
    name: str = column(NAME, zh="名称，由插件声明。", en="Its name, as its plugin declares it.")
    title: str = batched({"name": NAME}, zh="标题，按所用语言。", en="Title in the caller's language.")(
        titled(ProgrammeDeclared)
    )
    plugin: str = batched({"name": NAME}, zh="所属插件。", en="The plugin it belongs to.")(plugin_of)


@dataclass
class TypedKey(FieldMapping):
    """A column of keys as the public ids that they are; null where the column is."""

    attribute: Any
    prefix: str

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        value = getattr(site.at[self.attribute.class_], self.attribute.key)
        return word(f"{self.prefix}_").op("||")(planner.emit.key(value))

    def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        key = getattr(source[self.attribute.class_], self.attribute.key)
        return None if key is None else typed(self.prefix, key)


def typed_key(attribute: Any, prefix: str, zh: str, en: str) -> Any:
    """A column of keys of records of one kind, as their public ids."""
    return field(TypedKey(attribute, prefix), zh, en)


def programme(attribute: Any) -> Any:
    """The programme that a column names."""
    return field(DeclaredOf(attribute, Programme), "待遇项目。", "The programme.")
