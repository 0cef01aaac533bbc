"""Typed ids: `person_<32 hex>`, the same string in answers, logs, URLs and exports (design 3)."""

from __future__ import annotations

import re
import uuid

from core.errors import Refused
from core.refusals import ID_INVALID

_SHAPE = re.compile(r"([a-z][a-z0-9_]*)_([0-9a-f]{32})")


def typed(prefix: str, key: uuid.UUID) -> str:
    """The public id of a record."""
    return f"{prefix}_{key.hex}"


def split(text: str) -> tuple[str, uuid.UUID]:
    """The type prefix and key of a public id.

    Raises:
        Refused: ID_INVALID when it has not the form of an id.
    """
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise Refused(ID_INVALID, id=text[:80], expected="person_<32 hex>")
    return match[1], uuid.UUID(match[2])


def key_of(prefix: str, text: str) -> uuid.UUID:
    """The key in an id that must be of one type.

    Raises:
        Refused: ID_INVALID for an id of another type.
    """
    found, key = split(text)
    if found != prefix:
        raise Refused(ID_INVALID, id=text[:80], expected=f"{prefix}_<32 hex>")
    return key
