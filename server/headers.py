"""What request headers mean: the language, the answer's media type, the purpose, the ids."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers

from core.errors import Language, Refused
from core.refusals import EXPORT_FORMAT
from schema.exporting.formats import FORMATS, Format
from server.refusals import IDEMPOTENCY_KEY_FORMAT, NOT_ACCEPTABLE, PURPOSE_FORMAT, unauthenticated

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"

_PURPOSE_LENGTH = 200
_PURPOSE_BYTES = 3 * 4 * _PURPOSE_LENGTH  # every character four bytes long, every byte percent-encoded
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{1,100}")


def _weighed(value: str) -> list[tuple[str, float]]:
    """The items of a list with q-values, the most wanted first, equals in their order."""
    items = []
    for part in value.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        items.append((name, _quality(parameters)))
    return sorted((item for item in items if item[0] and item[1] > 0), key=lambda item: -item[1])


def _quality(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def language(headers: Headers) -> Language:
    """Chinese without `Accept-Language`; else the first language we have, and English if we have none."""
    value = headers.get("accept-language", "").strip()
    if not value:
        return "zh"
    for name, _ in _weighed(value):
        primary = name.partition("-")[0]
        if primary in ("zh", "*"):
            return "zh"
        if primary == "en":
            return "en"
    return "en"


def media_type(headers: Headers) -> str:
    """How to answer: the GraphQL media type for those who ask for it, plain JSON for everybody else.

    Raises:
        Refused: NOT_ACCEPTABLE when the client takes neither.
    """
    value = ", ".join(headers.getlist("accept")).strip()
    if not value:
        return JSON
    wanted = _weighed(value)
    for name, quality in wanted:
        if name in (GRAPHQL_JSON, JSON):
            both = {other for other, weight in wanted if weight == quality}
            return GRAPHQL_JSON if GRAPHQL_JSON in both else JSON
        if name in ("*/*", "application/*"):
            return JSON
    raise Refused(NOT_ACCEPTABLE)


def wants_events(headers: Headers) -> bool:
    """Whether server-sent events are what the client would like most."""
    wanted = _weighed(", ".join(headers.getlist("accept")))
    return bool(wanted) and wanted[0][0] == EVENT_STREAM


def pretended(given: Mapping[str, str]) -> Headers:
    """What a client sends in place of headers, where it cannot set any."""
    return Headers(raw=[(name.encode(), value.encode()) for name, value in given.items()])


def wants_page(headers: Headers) -> bool:
    """Whether HTML is what the client would like most, as browsers say of an address that somebody opens."""
    wanted = _weighed(", ".join(headers.getlist("accept")))
    return bool(wanted) and wanted[0][0] == "text/html"


def export_format(headers: Headers, name: str | None) -> Format:
    """The form of an export: `?format=` before `Accept`; CSV for those who take anything.

    Raises:
        Refused: EXPORT_FORMAT.
    """
    known = ", ".join(FORMATS)
    if name is not None:
        if name not in FORMATS:
            raise Refused(EXPORT_FORMAT, format=name[:40], known=known)
        return FORMATS[name]
    value = ", ".join(headers.getlist("accept")).strip()
    by_type = {form.media_type: form for form in FORMATS.values()}
    for wanted, _ in _weighed(value or "*/*"):
        if wanted in ("*/*", "text/*"):
            return FORMATS["csv"]
        if wanted in by_type:
            return by_type[wanted]
    raise Refused(EXPORT_FORMAT, format=value[:100], known=known)


def purpose(headers: Headers) -> str | None:
    """Why sensitive fields are read: percent-encoded or raw UTF-8.

    Raises:
        Refused: PURPOSE_FORMAT. What goes into the audit must read as it was written.
    """
    values = headers.getlist("purpose")
    if len(values) > 1:
        raise _purpose("只能出现一次", "may be sent only once")
    raw = values[0].encode("latin-1") if values else b""
    if len(raw) > _PURPOSE_BYTES:
        raise _purpose("不超过 200 个字符", "has at most 200 characters")
    try:
        text = unquote_to_bytes(raw).decode("utf-8").strip()
    except UnicodeDecodeError:
        raise _purpose("须为 UTF-8（可用百分号编码）", "must be UTF-8, percent-encoded or not") from None
    return readable(text) or None


def readable(text: str) -> str:
    """A purpose that reads in the audit as it was written.

    Raises:
        Refused: PURPOSE_FORMAT.
    """
    if len(text) > _PURPOSE_LENGTH:
        raise _purpose("不超过 200 个字符", "has at most 200 characters")
    # Cf has the marks that turn the direction of writing or are not seen at all.
    if any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") for character in text):
        raise _purpose("不能包含控制字符", "must not contain control characters")
    return text


def _purpose(zh: str, en: str) -> Refused:
    return Refused(PURPOSE_FORMAT, zh=f"Purpose（用途）{zh}。", en=f"Purpose {en}.")


def idempotency_key(headers: Headers) -> str | None:
    """The client's name for this change.

    Raises:
        Refused: IDEMPOTENCY_KEY_FORMAT.
    """
    value = headers.get("idempotency-key")
    if value is not None and not _IDEMPOTENCY_KEY.fullmatch(value):
        raise Refused(IDEMPOTENCY_KEY_FORMAT)
    return value


def request_id(headers: Headers) -> str:
    """The client's request id when it is fit for logs, else a new one."""
    value = headers.get("x-request-id", "")
    return value if _REQUEST_ID.fullmatch(value) else uuid.uuid4().hex


def bearer_token(headers: Headers) -> str:
    """The token of the Authorization header.

    Raises:
        Refused: UNAUTHENTICATED.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthenticated(
            "请求没有令牌，请在 Authorization 头中提供 Bearer 令牌。",
            "The request has no token; send it as Authorization: Bearer.",
        )
    return token.strip()
