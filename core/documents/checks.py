"""What the doctor looks at in documents: the storage, lost and damaged files, files and rows that nobody needs."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.audit import entry
from core.clock import Clock
from core.doctor import Check, Finding, Patient, ok
from core.documents.models import DOCUMENT, Document, DocumentState, DocumentTicket
from core.documents.storage import INCOMING, STORED, FileGone, Storage
from core.ids import typed

DAY = timedelta(days=1)  # what is younger may be an upload under way
_BATCH = 500
_KEPT = (DocumentState.STORED, DocumentState.LOST)
ACTOR = "doctor"
# Only what this service writes is ever deleted, whatever folder the settings name.
_OURS = re.compile(rf"{STORED}[0-9]{{12}}/[0-9a-f]{{32}}|{INCOMING}(doctor-)?[0-9a-f]{{32}}")


async def storage_works(patient: Patient) -> AsyncIterator[Finding]:
    """A file can be written, read and deleted."""
    storage, key, said = patient.storage, f"{INCOMING}doctor-{uuid.uuid4().hex}", b"minzheng"

    async def chunks() -> AsyncIterator[bytes]:
        yield said

    await storage.put(key, chunks())
    try:
        read = b"".join([chunk async for chunk in storage.get(key)])
    finally:
        await storage.delete(key)
    if read != said:
        yield Finding("problem", "存储读回的内容不同", "the storage gives back something else")
    else:
        yield ok(f"可读写：{storage.place}", f"can be written and read: {storage.place}")


async def files_are_there(patient: Patient) -> AsyncIterator[Finding]:
    """Every stored document has its file, of the right size; with `rehash`, of the right content."""
    async with patient.database.reading() as session:
        total = await session.scalar(select(func.count()).where(Document.state.in_(_KEPT))) or 0
    done, last = 0, uuid.UUID(int=0)
    while batch := await _batch(patient, last):
        for document in batch:
            done += 1
            patient.progress(done, total)
            finding = await _judged(patient, document)
            if finding is not None:
                yield finding
        last = batch[-1].id
    yield ok(f"材料文件 {total} 个", f"files of documents: {total}")


async def _batch(patient: Patient, after: uuid.UUID) -> list[Document]:
    query = select(Document).where(Document.state.in_(_KEPT), Document.id > after)
    async with patient.database.reading() as session:
        return list(await session.scalars(query.order_by(Document.id).limit(_BATCH)))


async def _judged(patient: Patient, document: Document) -> Finding | None:
    fault = await _fault(patient.storage, document, rehash=patient.rehash)
    if patient.mark and (fault is None) is (document.state is DocumentState.LOST):
        await _mark(patient, document.id, DocumentState.STORED if fault is None else DocumentState.LOST)
    return None if fault is None else Finding("problem", *fault, typed(DOCUMENT, document.id))


async def _fault(storage: Storage, document: Document, *, rehash: bool) -> tuple[str, str] | None:
    key = document.storage_key or ""
    found = await storage.head(key) if key else None
    if found is None:
        return "文件丢失", "its file is lost"
    if found.size != document.size:
        return (
            f"文件大小为 {found.size}，应为 {document.size}",
            f"its file has {found.size} bytes, not {document.size}",
        )
    if rehash and await _sha256(storage, key) != document.sha256:
        return "文件内容已改变（SHA-256 不符）", "its file was altered (SHA-256)"
    return None


async def _sha256(storage: Storage, key: str) -> str | None:
    made = hashlib.sha256()
    with suppress(FileGone):
        async for chunk in storage.get(key):
            made.update(chunk)
        return made.hexdigest()
    return None


async def _mark(patient: Patient, key: uuid.UUID, state: DocumentState) -> None:
    async with patient.database.writing() as session:
        row = await session.get(Document, key, with_for_update=True)
        if row is not None and row.state in _KEPT:
            row.state = state
            action = "document.lost" if state is DocumentState.LOST else "document.found_again"
            _audit(session, patient.clock, action, row)


def _audit(session: AsyncSession, clock: Clock, action: str, row: Document) -> None:
    details = {"kind": row.kind, "of": row.subject}
    said = entry(clock, ACTOR, action, typed(DOCUMENT, row.id), district=row.district, details=details)
    session.add(said)


async def files_are_needed(patient: Patient) -> AsyncIterator[Finding]:
    """No file is there that no document refers to; `clean` deletes those older than a day."""
    batch: list[str] = []
    found = 0
    async for file in patient.storage.list():
        if file.modified > Clock.wall() - DAY or not _OURS.fullmatch(file.key):
            continue
        batch.append(file.key)
        if len(batch) == _BATCH:
            async for finding in _orphans(patient, batch):
                yield finding
            found, batch = found + len(batch), []
            patient.progress(found, None)
    async for finding in _orphans(patient, batch):
        yield finding


async def _orphans(patient: Patient, keys: list[str]) -> AsyncIterator[Finding]:
    query = select(Document.storage_key).where(Document.storage_key.in_(keys), Document.state.in_(_KEPT))
    async with patient.database.reading() as session:
        known = set(await session.scalars(query))
    for key in keys:
        if key in known:
            continue
        if patient.clean:
            await patient.storage.delete(key)
            yield ok(f"已删除无主文件 {key}", f"deleted a file that nobody refers to: {key}")
        else:
            yield Finding(
                "notice", "无主文件（--clean 删除）", "nobody refers to this file (--clean deletes it)", key
            )


async def rows_are_not_stale(patient: Patient) -> AsyncIterator[Finding]:
    """No document waits for a file that can no longer come; `clean` removes them, and links that are over."""
    before = Clock.wall() - DAY
    database = patient.database
    async with database.writing() if patient.clean else database.reading() as session:
        rows = await _stale(session, before)
        for row in rows if patient.clean else ():
            row.state, row.removed_at, row.removed_by = DocumentState.REMOVED, patient.clock.now(), ACTOR
            _audit(session, patient.clock, "document.abandoned", row)
        if patient.clean:
            await _drop_tickets(session, before)
    if patient.clean and rows:
        yield ok(f"已移除未上传的材料 {len(rows)} 件", f"removed documents without a file: {len(rows)}")
    for row in () if patient.clean else rows:
        zh, en = (
            "未上传且链接已过期（--clean 移除）",
            "no file came and its link is over (--clean removes it)",
        )
        yield Finding("notice", zh, en, typed(DOCUMENT, row.id))


async def _stale(session: AsyncSession, before: object) -> list[Document]:
    live = select(DocumentTicket.id).where(
        DocumentTicket.document_id == Document.id, DocumentTicket.expires_at > before
    )
    query = select(Document).where(Document.state == DocumentState.AWAITING, ~live.exists())
    return list(await session.scalars(query.order_by(Document.id).limit(10_000)))


async def _drop_tickets(session: AsyncSession, before: object) -> None:
    await session.execute(delete(DocumentTicket).where(DocumentTicket.expires_at < before))


async def keeping_times(patient: Patient) -> AsyncIterator[Finding]:
    """Documents that are past the time their kind keeps them."""
    late = (Document.state == DocumentState.STORED, Document.keep_until < patient.clock.today())
    async with patient.database.reading() as session:
        count = await session.scalar(select(func.count()).select_from(Document).where(*late)) or 0
    if count:
        zh, en = f"超过保管期限的材料 {count} 件", f"documents past the time they are kept: {count}"
        yield Finding("notice", zh, en)


_NEEDS = ("database", "storage")
DOCUMENT_CHECKS = (
    Check("storage", "材料存储", "Storage of documents", storage_works),
    Check("files", "材料文件", "Files of documents", files_are_there, _NEEDS),
    Check("orphans", "无主文件", "Files that nobody refers to", files_are_needed, _NEEDS),
    Check("awaiting", "未上传的材料", "Documents without a file", rows_are_not_stale, ("database",)),
    Check("keeping", "保管期限", "Keeping times", keeping_times, ("database",)),
)
