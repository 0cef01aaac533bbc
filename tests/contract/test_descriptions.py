"""Every type, field, argument and enum value says what it is, in Chinese and in English (design 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from core.host import Host, bundled
from schema.composed import ComposedSchema

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2}")
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}


def _described(schema: Any) -> Iterator[tuple[str, str | None]]:
    for name, type_ in schema.type_map.items():
        if name.startswith("__") or name in BUILT_IN:
            continue
        yield name, type_.description
        if isinstance(type_, GraphQLEnumType):
            yield from ((f"{name}.{key}", value.description) for key, value in type_.values.items())
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            yield from _fields(name, type_)


def _fields(name: str, type_: Any) -> Iterator[tuple[str, str | None]]:
    for key, field in type_.fields.items():
        yield f"{name}.{key}", field.description
        for argument, definition in getattr(field, "args", {}).items():
            yield f"{name}.{key}({argument})", definition.description


def test_everything_is_described_in_both_languages() -> None:
    host = Host(bundled())
    schema = ComposedSchema(host, host.plugins)._schema
    missing = [
        name
        for name, text in _described(schema)
        if not text or not CHINESE.search(text) or not ENGLISH.search(text)
    ]
    assert missing == []
