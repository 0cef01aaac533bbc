"""What documents refuse with."""

from __future__ import annotations

from core.errors import ErrorCode

DOC_KIND = ErrorCode("DOC_KIND", "此处没有材料类别“{kind}”。", "There is no kind of document {kind} here.")
DOC_TYPE = ErrorCode(
    "DOC_TYPE",
    "文件类型不符：{found}；此类材料接受 {allowed}。",
    "The type of the file does not fit: {found}; this takes {allowed}.",
)
DOC_SIZE = ErrorCode("DOC_SIZE", "文件超过 {maximum} 字节。", "The file is over {maximum} bytes.")
DOC_EMPTY = ErrorCode("DOC_EMPTY", "文件是空的。", "The file is empty.")
DOC_INCOMPLETE = ErrorCode(
    "DOC_INCOMPLETE",
    "只收到 {found} 字节，申报为 {expected} 字节，请重新申请上传。",
    "Only {found} of the announced {expected} bytes arrived; request another upload.",
)
DOC_HASH = ErrorCode(
    "DOC_HASH",
    "文件的 SHA-256 与申报的不符，请重新申请上传。",
    "The file's SHA-256 is not the announced one; request another upload.",
)
DOC_DIGEST_FORMAT = ErrorCode(
    "DOC_DIGEST_FORMAT",
    "SHA-256 须为 64 位十六进制；Content-Digest 形如 sha-256=:…:（RFC 9530）。",
    "A SHA-256 has 64 hex digits; Content-Digest looks like sha-256=:…: (RFC 9530).",
)
DOC_LINK = ErrorCode(
    "DOC_LINK",
    "此链接不存在、已使用、已过期或属于他人，请重新申请。",
    "This link is unknown, used, expired or somebody else's; request another one.",
)
DOC_STATE = ErrorCode(
    "DOC_STATE",
    "材料当前状态为 {state}，不能这样办理。",
    "The document is {state}; that is not possible now.",
)
DOC_LOST = ErrorCode(
    "DOC_LOST",
    "文件已丢失或损坏，请告知管理员运行 minzheng doctor。",
    "The file is lost or damaged; ask the administrator to run minzheng doctor.",
)
DOC_STORAGE = ErrorCode(
    "DOC_STORAGE", "存储暂时不可用，请稍后重新申请。", "The storage does not answer; request again later."
)
PURPOSE_MISSING = ErrorCode(
    "PURPOSE_MISSING",
    "此类材料含敏感信息，请在 Purpose 请求头中说明查看用途。",
    "This kind of document shows what is sensitive; say what for in the Purpose header.",
)

DOCUMENT_REFUSALS = (
    DOC_KIND,
    DOC_TYPE,
    DOC_SIZE,
    DOC_EMPTY,
    DOC_INCOMPLETE,
    DOC_HASH,
    DOC_DIGEST_FORMAT,
    DOC_LINK,
    DOC_STATE,
    DOC_LOST,
    DOC_STORAGE,
    PURPOSE_MISSING,
)
