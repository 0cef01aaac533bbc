"""`ErrorCode`: every code that core and the plugins of a host may refuse with."""

from __future__ import annotations

import enum
from typing import Any

import strawberry

from core.errors import CodeBook


def _plain(text: str) -> str:
    return text.replace("{", "<").replace("}", ">")


def error_code_enum(codes: CodeBook) -> Any:
    """The GraphQL enum of a host's codes, described by their messages."""
    members = {
        code.code: strawberry.enum_value(code.code, description=f"{_plain(code.zh)} {_plain(code.en)}")
        for code in codes.all()
    }
    made = enum.Enum("ErrorCode", members)  # type: ignore[misc]
    return strawberry.enum(made, description="业务拒绝的代码。 Codes of business refusals.")
