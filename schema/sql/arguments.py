"""Arguments in two forms: values of this request, and their shape, which decides the SQL text."""

from __future__ import annotations

import enum
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from strawberry.types.base import has_object_definition
from strawberry.types.unset import UNSET
from strawberry.utils.str_converters import to_camel_case

Binder = Callable[[Any], Any]


def shape(value: Any) -> Hashable:
    """The form of an argument: what is given, not which value. Enums and booleans choose SQL, so they count."""
    if isinstance(value, Mapping):
        return tuple((name, shape(item)) for name, item in sorted(value.items()))
    if isinstance(value, list | tuple):
        return tuple(shape(item) for item in value)
    if value is None or isinstance(value, bool | enum.Enum):
        return value
    return "·"


def plain(value: Any) -> Any:
    """strawberry's input objects as the dictionaries graphql-core made them from."""
    if has_object_definition(value):
        fields = value.__strawberry_definition__.fields
        pairs = (
            (f.graphql_name or to_camel_case(f.python_name), getattr(value, f.python_name)) for f in fields
        )
        return {name: plain(item) for name, item in pairs if item is not UNSET}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that say something: an explicit null is the same as nothing."""
    return {name: value for name, value in arguments.items() if value is not None and value is not UNSET}
