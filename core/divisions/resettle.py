"""Rows that go along when their division is merged or split: what `history.amend` does, for any number at once.

A town has 100,000 people, so nothing here passes through Python: a fixed number of statements for each model,
whose versions are copied and voided by the database itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    String,
    Uuid,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    update,
)

from core.db import new_id
from core.divisions.models import Division
from core.journal import models
from core.placed import Follows, place
from core.work import Work

Narrow = Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True)
class Resettling:
    """What is in `codes` on `on` or later is in `into` instead.

    Attributes:
        only: narrows it, by a test on the column that holds the row's id.
    """

    codes: tuple[str, ...]
    into: Division
    on: date
    only: Narrow = lambda _key: true()


def followers(work: Work) -> list[Any]:
    """The models of core and the enabled plugins whose rows say where something is now."""
    tables = {table.name for table in work.host.tables()}
    return [model for name, model in sorted(models().items()) if name in tables and _follows(model)]


def _follows(model: Any) -> Follows | None:
    return getattr(model, "__follows__", None)


async def resettle(work: Work, model: Any, asked: Resettling) -> int:
    """Move a model's rows, their versions from the day on; how many rows are somewhere else now.

    The same as `history.amend`, row by row, from the first day on or after `on` that each row is in the divisions.
    """
    with work.races():
        if hasattr(model, "__history__"):
            await _amend_versions(work, model, asked)
        return await _move_rows(work, model, asked)


async def _amend_versions(work: Work, model: Any, asked: Resettling) -> None:
    history = model.__history__
    table = history.versions().__table__
    c, on = table.c, literal(asked.on, table.c.valid_from.type)

    def there(name: str) -> Any:
        return c.get(history.renamed.get(name, name))

    late = and_(c.voided_at.is_(None), or_(c.valid_to.is_(None), c.valid_to > on), asked.only(c[history.key]))
    stale = and_(late, _inside(model, there, asked))
    begin = case((c.valid_from < on, on), else_=c.valid_from)
    new = {"valid_from": begin, **_settled(model, there, asked)}
    # Neither copy passes the test for what is stale: the first is over on that day, the second is in `into`.
    await work.session.execute(_copied(work, table, and_(stale, c.valid_from < on), {"valid_to": on}))
    await work.session.execute(_copied(work, table, stale, new))
    await work.session.execute(update(table).where(stale).values(voided_at=work.now))


def _copied(work: Work, table: Any, where: ColumnElement[bool], changes: dict[str, Any]) -> Insert:
    now = literal(work.now, table.c.recorded_at.type)
    told = {"id": _fresh_id(work), "recorded_at": now, "voided_at": null()}
    values = {**{column.name: column for column in table.c}, **changes, **told}
    return insert(table).from_select(list(values), select(*values.values()).where(where))


async def _move_rows(work: Work, model: Any, asked: Resettling) -> int:
    table = model.__table__
    values = _settled(model, table.c.get, asked)
    if "version" in table.c:
        values["version"] = table.c.version + 1
    if "updated_at" in table.c:
        values["updated_at"] = literal(work.now, table.c.updated_at.type)
    where = and_(_inside(model, table.c.get, asked), asked.only(table.c.id))
    result: Any = await work.session.execute(update(table).where(where).values(values))
    return int(result.rowcount)


def _inside(model: Any, column: Callable[[str], Any], asked: Resettling) -> ColumnElement[bool]:
    return or_(*(column(f"{prefix}division").in_(asked.codes) for prefix in model.__follows__.prefixes))


def _settled(model: Any, column: Callable[[str], Any], asked: Resettling) -> dict[str, Any]:
    """The new values of those of the columns that the table has; residence and registration apart."""
    follows: Follows = model.__follows__
    values: dict[str, Any] = {}
    for prefix in follows.prefixes:
        here = column(f"{prefix}division").in_(asked.codes)
        wanted = place(asked.into.code, prefix)
        if follows.full_name and not prefix:
            wanted[follows.full_name] = asked.into.full_name
        for name, value in wanted.items():
            old = column(name)
            if old is not None:
                values[old.name] = case((here, literal(value, old.type)), else_=old)
    return values


def _fresh_id(work: Work) -> ColumnElement[Any]:
    """A new UUIDv7 for each row, made by the database: the time of this statement, then random bits.

    From Python they would have to be sent, row by row; all random they would scatter over the index.
    """
    if work.session.get_bind().dialect.name == "postgresql":
        bits: Any = func.replace(cast(func.gen_random_uuid(), String), "-", "")
        return cast(_uuid7(bits), Uuid())
    return _uuid7(func.lower(func.hex(func.randomblob(16))))


def _uuid7(bits: ColumnElement[str]) -> ColumnElement[Any]:
    head = literal(new_id().hex[:13], String)
    return head + func.substr(bits, 14, 3) + literal("8", String) + func.substr(bits, 18)
