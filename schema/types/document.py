from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import strawberry

from core.db import text
from core.documents.declared import DocumentKind as Declaration
from core.documents.models import DOCUMENT
from core.documents.models import Document as DocumentRow
from schema.sql.fields import (
    batched,
    column,
    connection,
    filter_input,
    namespace,
    node_id,
    sql_type,
    to_one,
    where,
)
from schema.sql.filters import Compare, InDivision
from schema.sql.paging import Key
from schema.types.division import Division
from schema.types.enums import DocumentState
from schema.types.node import Node
from schema.types.scalars import DivisionCode


class AboutSubject(Compare):
    """Documents about one record: by id, so also those filed where the caller does not list."""

    mode = "reached"


@filter_input(name="DocumentFilter", zh="材料筛选。", en="Filter of documents.")
class DocumentFilter:
    subject: strawberry.ID | None = where(
        AboutSubject("subject", text(80)),
        zh="所涉对象编号；含在别处建档的材料。",
        en="Id of what they are about; those filed elsewhere included.",
    )
    kind: str | None = where(Compare("kind", text(80)), zh="材料类别。", en="Kind, by its name.")
    division: DivisionCode | None = where(
        InDivision(None), zh="建档时所在区划及其下级。", en="Where filed: this division and all below."
    )
    state: DocumentState | None = where(Compare("state", DocumentRow.state.type), zh="状态。", en="State.")


async def _title(rows: Sequence[Mapping[str, Any]], env: Any) -> list[str]:
    return [_said(row["kind"], env.language, env.host) for row in rows]


async def title_zh(rows: Sequence[Mapping[str, Any]], env: Any) -> list[str]:
    """The Chinese titles of kinds."""
    return [_said(row["kind"], "zh", env.host) for row in rows]


async def title_en(rows: Sequence[Mapping[str, Any]], env: Any) -> list[str]:
    """The English titles of kinds."""
    return [_said(row["kind"], "en", env.host) for row in rows]


def _said(name: str, language: str, host: Any) -> str:
    kind = host.book(Declaration).get(name)
    if kind is None:  # its plugin is off
        return name
    said: str = kind.zh if language == "zh" else kind.en
    return said


_KIND = {"kind": DocumentRow.kind}


@sql_type(DocumentRow, name="DocumentKind", zh="材料类别。", en="A kind of document.")
class DocumentKind:
    name: str = column(DocumentRow.kind, zh="名称，如 core.identity_proof。", en="Name, `<plugin>.<kind>`.")
    title: str = batched(_KIND, zh="标题，按所用语言。", en="Title in the caller's language.")(_title)
    title_zh: str = batched(_KIND, zh="中文标题。", en="Title in Chinese.")(title_zh)
    title_en: str = batched(_KIND, zh="英文标题。", en="Title in English.")(title_en)


@sql_type(
    DocumentRow,
    name="Document",
    prefix=DOCUMENT,
    zh="材料：证明、照片、证书等文件及其登记。",
    en="A file about a record, such as a proof, a photo or a certificate.",
)
class Document(Node):
    id: strawberry.ID = node_id(DOCUMENT, DocumentRow)
    kind: DocumentKind = namespace(lambda: DocumentKind, parent=DocumentRow, zh="类别。", en="Kind.")
    subject: strawberry.ID = column(
        DocumentRow.subject, zh="所涉对象编号，可用 node 查询。", en="Id of what it is about, for `node`."
    )
    title: str = column(DocumentRow.title, zh="标题。", en="Title.")
    media_type: str = column(DocumentRow.media_type, zh="文件类型（MIME）。", en="Media type.")
    size: int = column(
        DocumentRow.size,
        zh="字节数；待上传时为申报的。",
        en="Bytes; as announced while it waits for its file.",
    )
    sha256: str | None = column(
        DocumentRow.sha256,
        zh="文件的 SHA-256（十六进制）。",
        en="SHA-256 of the file, in hex.",
    )
    state: DocumentState = column(DocumentRow.state, zh="状态。", en="State.")
    division: Division | None = to_one(
        lambda: Division,
        DocumentRow,
        lambda d, place: place.code == d.division,
        zh="建档时所在区划。",
        en="Where it was filed.",
    )
    uploaded_by: str = column(
        DocumentRow.uploaded_by, zh="上传人的用户标识。", en="Subject of the user who filed it."
    )
    requested_at: datetime = column(
        DocumentRow.requested_at, zh="申请上传时刻。", en="When it was asked for."
    )
    uploaded_at: datetime | None = column(DocumentRow.uploaded_at, zh="上传时刻。", en="When its file came.")
    keep_until: date | None = column(
        DocumentRow.keep_until, zh="保管至何日；为空即长期。", en="Kept until; null is for good."
    )
    removed_at: datetime | None = column(DocumentRow.removed_at, zh="移除时刻。", en="When it was removed.")
    version: int = column(
        DocumentRow.version, zh="版本，供 expectedVersion 使用。", en="Version, for expectedVersion."
    )


def documents(name: str, zh: str, en: str, **options: Any) -> Any:
    """A connection of documents, the latest first."""
    return connection(
        name,
        lambda: Document,
        zh=zh,
        en=en,
        filter=DocumentFilter,
        default=(Key("id", descending=True),),
        **options,
    )


def documents_of(name: str, model: Any) -> Any:
    """The documents of a record: `documents: Connection[Document] = documents_of("Person", PersonRow)`."""
    return documents(
        f"{name}.documents",
        "所附材料，新的在前；不含已移除的。",
        "The documents about it, the latest first; removed ones are left out.",
        parent=model,
        on=lambda subject, document: document.subject_id == subject.id,
        where=lambda document: document.removed_at.is_(None),
        mode="reached",
    )
