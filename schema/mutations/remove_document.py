from __future__ import annotations

import logging
from typing import Any

import strawberry

from core.documents.models import DOCUMENT
from core.documents.models import Document as DocumentRow
from core.documents.service import remove
from core.documents.storage import StorageError
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, found, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.document import Document

log = logging.getLogger("minzheng.documents")


@strawberry.input(description=both("要移除的材料。", "A document to remove."))
class RemoveDocumentInput(UpdateInput):
    document: strawberry.ID = strawberry.field(description=both("材料编号。", "Id of the document."))
    reason: str = strawberry.field(description=both("理由，1–200 个字符。", "Why, 1 to 200 characters."))


@payload("写入结果。", "What was written.")
class RemoveDocumentPayload(Payload):
    document: Document | None = written(lambda: Document, "材料。", "The document.")


@mutation("移除材料：文件删除，登记保留。", "Remove a document: its file is deleted, its record stays.")
async def remove_document(info: strawberry.Info, input: RemoveDocumentInput) -> RemoveDocumentPayload:
    files: list[str] = []

    async def act(work: Work) -> Any:
        document = await found(work, input.document, "document", DocumentRow, DOCUMENT)
        removed = await remove(work, document, input.reason, input.expected_version)
        files.extend([removed.storage_key] if removed.storage_key else [])
        return removed

    outcome = await perform(info, RemoveDocumentPayload, input, act)
    if not input.dry_run and not outcome.errors:
        await _delete(info.context.env.storage, files)
    return outcome


async def _delete(storage: Any, files: list[str]) -> None:
    """After the commit: what is left when this fails, `minzheng doctor --clean` deletes."""
    try:
        for key in files:
            await storage.delete(key)
    except StorageError as error:
        log.warning("the file of a removed document stays in the storage: %s", error)
