from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from core.documents.service import NewDocument, kind_of
from core.documents.service import request_upload as request
from core.work import Work
from schema.mutations.base import Payload, WriteInput, found, mutation, payload, perform, written
from schema.mutations.document_input import linked, token_for
from schema.sql.fields import both
from schema.types.document import Document


@strawberry.input(description=both("申请上传的材料。", "A file to upload."))
class RequestUploadInput(WriteInput):
    subject: strawberry.ID = strawberry.field(
        description=both(
            "所涉对象编号，类型由类别决定。", "Id of what it is about, of the type its kind names."
        )
    )
    kind: str = strawberry.field(description=both("材料类别名称。", "Name of the kind."))
    title: str = strawberry.field(description=both("标题，1–200 个字符。", "Title, 1 to 200 characters."))
    media_type: str = strawberry.field(
        description=both("文件类型（MIME），须与内容相符。", "Media type; the content must agree.")
    )
    size: int = strawberry.field(description=both("准确的字节数。", "Its exact size in bytes."))
    sha256: str | None = strawberry.field(
        default=None,
        description=both("SHA-256（十六进制），填写则核对。", "SHA-256 in hex; checked if given."),
    )


@payload("写入结果与一次性上传地址。", "What was written, and the one-time address to send the file to.")
class RequestUploadPayload(Payload):
    document: Document | None = written(lambda: Document, "材料。", "The document.")
    upload_url: str | None = strawberry.field(
        description=both(
            "上传地址（PUT，相对于服务地址），只能使用一次。",
            "Where to PUT the file, relative to the service; good once.",
        )
    )
    expires_at: datetime | None = strawberry.field(
        description=both("地址失效时刻。", "When the address expires.")
    )


@mutation(
    "申请上传材料：登记材料并取得一次性上传地址。",
    "Ask for an upload: a document and a one-time address for its file.",
)
async def request_upload(info: strawberry.Info, input: RequestUploadInput) -> RequestUploadPayload:
    token = token_for(info, input)

    async def act(work: Work) -> Any:
        kind = kind_of(work, input.kind)
        subject = await found(work, input.subject, "subject", kind.subject, kind.prefix)
        new = NewDocument(kind, input.title, input.media_type, input.size, input.sha256)
        return await request(work, new, subject, token)

    outcome = await perform(info, RequestUploadPayload, input, act)
    answered: RequestUploadPayload = await linked(info, outcome, token, "upload_url")
    return answered
