"""Refusals of the transport: the request never reaches GraphQL."""

from __future__ import annotations

from core.errors import ErrorCode, Refused

_SAID_ELSEWHERE = ("{zh}", "{en}")

UNAUTHENTICATED = ErrorCode("UNAUTHENTICATED", *_SAID_ELSEWHERE)
BAD_REQUEST = ErrorCode("BAD_REQUEST", *_SAID_ELSEWHERE)
PURPOSE_FORMAT = ErrorCode("PURPOSE_FORMAT", *_SAID_ELSEWHERE)
IDEMPOTENCY_KEY_FORMAT = ErrorCode(
    "IDEMPOTENCY_KEY_FORMAT",
    "Idempotency-Key 须为 1 到 200 个可见 ASCII 字符。",
    "Idempotency-Key has 1 to 200 visible ASCII characters.",
)
USER_UNKNOWN = ErrorCode(
    "USER_UNKNOWN",
    "用户 {subject} 未登记或已停用，请联系管理员授权。",
    "The user {subject} is not registered or is disabled; ask an administrator for a grant.",
)
METHOD_NOT_ALLOWED = ErrorCode(
    "METHOD_NOT_ALLOWED", "此地址只接受 {allow} 请求。", "This address takes {allow} requests only."
)
PAYLOAD_TOO_LARGE = ErrorCode(
    "PAYLOAD_TOO_LARGE", "请求体超过 {maximum} 字节。", "The request body is over {maximum} bytes."
)
UNSUPPORTED_MEDIA_TYPE = ErrorCode(
    "UNSUPPORTED_MEDIA_TYPE",
    "Content-Type 须为 application/json（UTF-8）。",
    "Content-Type must be application/json in UTF-8.",
)
NOT_ACCEPTABLE = ErrorCode(
    "NOT_ACCEPTABLE",
    "Accept 须包含 application/graphql-response+json 或 application/json。",
    "Accept must include application/graphql-response+json or application/json.",
)
PATH_UNKNOWN = ErrorCode("NOT_FOUND", "没有这个地址。", "There is nothing at this address.")
IDENTITY_UNAVAILABLE = ErrorCode(
    "IDENTITY_UNAVAILABLE",
    "暂时无法取得身份认证平台的公钥，请稍后再试。",
    "The keys of the identity provider cannot be read right now; try again later.",
)
NOT_READY = ErrorCode("NOT_READY", "服务尚未就绪：{problem}", "The service is not ready: {problem}")
INTERNAL = ErrorCode(
    "INTERNAL",
    "服务内部错误，请将请求编号 {request_id} 告知管理员。",
    "Something broke; tell the administrator the request id {request_id}.",
)

STATUS = {
    "UNAUTHENTICATED": 401,
    "USER_UNKNOWN": 403,
    "FORBIDDEN": 403,
    "FORBIDDEN_SCOPE": 403,
    "EXPORT_FORMAT": 406,
    "NOT_FOUND": 404,
    "DISTRICT_UNKNOWN": 404,
    "METHOD_NOT_ALLOWED": 405,
    "NOT_ACCEPTABLE": 406,
    "PAYLOAD_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "DOC_DIGEST_FORMAT": 400,
    "DOC_LINK": 404,
    "DOC_LOST": 410,
    "DOC_SIZE": 413,
    "DOC_TYPE": 415,
    "DOC_EMPTY": 422,
    "DOC_HASH": 422,
    "DOC_INCOMPLETE": 422,
    "DOC_STORAGE": 503,
    "RATE_LIMITED": 429,
    "INTERNAL": 500,
    "NOT_READY": 503,
    "IDENTITY_UNAVAILABLE": 503,
}


def unauthenticated(zh: str, en: str) -> Refused:
    """A refused token; the words say what is wrong with it."""
    return Refused(UNAUTHENTICATED, zh=zh, en=en)


def bad_request(zh: str, en: str) -> Refused:
    """A request that is not GraphQL over HTTP."""
    return Refused(BAD_REQUEST, zh=zh, en=en)
