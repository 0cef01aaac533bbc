"""GraphQL over HTTP: the parameters of an operation, from a JSON body or a query string."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request

from core.errors import Refused
from server.refusals import PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, bad_request

MAXIMUM_BYTES = 100_000


@dataclass(frozen=True)
class Parameters:
    """One operation as the client sent it; `extensions` are checked for their type and then left alone."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None


async def from_body(request: Request) -> Parameters:
    """The parameters of a POST.

    Raises:
        Refused: UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE, or BAD_REQUEST.
    """
    _check_content_type(request.headers.get("content-type", ""))
    content = _json(await _limited(request), "请求体", "the body")
    if not isinstance(content, dict):
        raise bad_request("请求体须为一个 JSON 对象。", "The body must be one JSON object.")
    return parameters(content)


def from_query(request: Request) -> Parameters:
    """The parameters of a GET.

    Raises:
        Refused: BAD_REQUEST.
    """
    content: dict[str, Any] = {}
    for name in ("query", "operationName", "variables", "extensions"):
        values = request.query_params.getlist(name)
        if len(values) > 1:
            raise bad_request(f"参数 {name} 只能出现一次。", f"The parameter {name} may be sent only once.")
        if values:
            content[name] = values[0]
    for name in ("variables", "extensions"):
        if content.get(name):
            content[name] = _json(content[name].encode("utf-8", "surrogatepass"), name, name)
    return parameters({name: value for name, value in content.items() if value != ""})


def _check_content_type(value: str) -> None:
    name, *parameters = (part.strip().lower() for part in value.split(";"))
    charsets = [part.partition("=")[2].strip('" ') for part in parameters if part.startswith("charset")]
    if name != "application/json" or any(charset not in ("utf-8", "utf8") for charset in charsets):
        raise Refused(UNSUPPORTED_MEDIA_TYPE)


async def _limited(request: Request) -> bytes:
    """The body, read no further than the limit."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MAXIMUM_BYTES:
        raise Refused(PAYLOAD_TOO_LARGE, maximum=MAXIMUM_BYTES)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAXIMUM_BYTES:
            raise Refused(PAYLOAD_TOO_LARGE, maximum=MAXIMUM_BYTES)
    return bytes(body)


def _json(text: bytes, zh: str, en: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise bad_request(f"{zh} 不是有效的 JSON（UTF-8）。", f"{en} is not valid JSON in UTF-8.") from None


def parameters(content: dict[str, Any]) -> Parameters:
    """The parameters in a decoded body or message.

    Raises:
        Refused: BAD_REQUEST.
    """
    _check_type(content, "operationName", str, "字符串", "a string")
    _check_type(content, "variables", dict, "对象", "an object")
    _check_type(content, "extensions", dict, "对象", "an object")
    query = content.get("query")
    if not isinstance(query, str) or not query.strip():
        raise bad_request("缺少 query（字符串）。", "query is missing or is not a string.")
    return Parameters(query, content.get("variables") or {}, content.get("operationName"))


def _check_type(content: dict[str, Any], name: str, kind: type, zh: str, en: str) -> None:
    value = content.get(name)
    if value is not None and not isinstance(value, kind):
        raise bad_request(f"{name} 须为{zh}。", f"{name} must be {en}.")
