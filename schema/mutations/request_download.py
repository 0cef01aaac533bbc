from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from core.documents.models import DOCUMENT
from core.documents.models import Document as DocumentRow
from core.documents.service import request_download as request
from core.work import Work
from schema.mutations.base import Payload, WriteInput, found, mutation, payload, perform, written
from schema.mutations.document_input import linked, token_for
from schema.sql.fields import both
from schema.types.document import Document


@strawberry.input(description=both("要下载的材料。", "A document to download."))
class RequestDownloadInput(WriteInput):
    document: strawberry.ID = strawberry.field(description=both("材料编号。", "Id of the document."))


@payload("一次性下载地址。", "The one-time address of the file.")
class RequestDownloadPayload(Payload):
    document: Document | None = written(lambda: Document, "材料。", "The document.")
    download_url: str | None = strawberry.field(
        description=both(
            "下载地址（GET，相对于服务地址），只能使用一次。",
            "Where to GET the file, relative to the service; good once.",
        )
    )
    expires_at: datetime | None = strawberry.field(
        description=both("地址失效时刻。", "When the address expires.")
    )


@mutation(
    "申请下载材料（留痕），取得一次性下载地址。", "Ask for a document's file (audited): a one-time address."
)
async def request_download(info: strawberry.Info, input: RequestDownloadInput) -> RequestDownloadPayload:
    token = token_for(info, input)

    async def act(work: Work) -> Any:
        document = await found(work, input.document, "document", DocumentRow, DOCUMENT)
        return await request(work, document, token)

    outcome = await perform(info, RequestDownloadPayload, input, act)
    answered: RequestDownloadPayload = await linked(info, outcome, token, "download_url")
    return answered
