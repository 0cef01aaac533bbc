"""How errors leave: a code, a message in the caller's language, never a stack trace (design 3)."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError, GraphQLSyntaxError

from core.errors import ErrorCode, Language, Refusals, Refused
from schema.request import GraphQLRequest

log = logging.getLogger("minzheng.graphql")

METHOD_NOT_ALLOWED = ErrorCode(
    "METHOD_NOT_ALLOWED", "变更操作必须使用 POST。", "A mutation must be sent with POST."
)


@dataclass(frozen=True)
class _Internal:
    zh: str = "服务内部错误，请把请求编号 {id} 告诉管理员。"
    en: str = "Something went wrong here; tell the administrator the request id {id}."

    def message(self, language: Language, request_id: str) -> str:
        return (self.zh if language == "zh" else self.en).format(id=request_id)

    def as_error(self, request: GraphQLRequest) -> dict[str, Any]:
        message = self.message(request.language, request.request_id)
        return {"message": message, "extensions": {"code": "INTERNAL"}}


INTERNAL = _Internal()


def _cause(error: BaseException) -> BaseException | None:
    """The exception behind nested GraphQL errors."""
    while isinstance(error, GraphQLError) and error.original_error is not None:
        error = error.original_error
    return None if isinstance(error, GraphQLError) else error


def _formatted(error: Any, language: Language, request_id: str) -> dict[str, Any]:
    if isinstance(error, Refused):
        return {"message": error.message(language), "extensions": {"code": error.code.code}}
    body = {key: value for key, value in error.formatted.items() if key in ("locations", "path")}
    cause = _cause(error)
    refusal = cause.refusals[0] if isinstance(cause, Refusals) else cause
    if isinstance(refusal, Refused):
        return {"message": refusal.message(language), **body, "extensions": {"code": refusal.code.code}}
    if cause is None and not error.path:
        return {"message": error.message, **body, "extensions": {"code": _code(error)}}
    # Where it failed, not the message: database errors quote the values of the statement.
    found = cause or error
    where = "".join(traceback.format_tb(found.__traceback__))
    log.error("request %s failed: %s\n%s", request_id, type(found).__name__, where)
    return {"message": INTERNAL.message(language, request_id), **body, "extensions": {"code": "INTERNAL"}}


def _code(error: GraphQLError) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    return "BAD_USER_INPUT" if error.message.startswith("Variable") else "GRAPHQL_VALIDATION_FAILED"


def error_body(errors: Iterable[Any], language: Language, request_id: str = "") -> bytes:
    """A body of errors alone, at most five."""
    return orjson.dumps({"errors": [_formatted(error, language, request_id) for error in list(errors)[:5]]})


_WORDS = {
    "OPERATION_NAME": (
        "请用 operationName 指明要执行的操作。",
        "Say with operationName which of the document's operations to run.",
    )
}


def describe(code: str, request: GraphQLRequest) -> bytes:
    """A body with one of the service's own complaints about the request."""
    zh, en = _WORDS[code]
    message = zh if request.language == "zh" else en
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
