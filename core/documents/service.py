"""Filing documents: asking for an upload or a download, removing. The file itself goes through `transfer`."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from core.access.declared import Declared, inside
from core.access.permissions import PII_READ
from core.access.scope import ScopeRule, literal_bind
from core.books import owner_of
from core.codes.ages import age_on, months_after
from core.db import new_id
from core.documents.declared import DocumentKind
from core.documents.models import DOCUMENT, Document, DocumentState, TicketPurpose
from core.documents.refusals import (
    DOC_DIGEST_FORMAT,
    DOC_EMPTY,
    DOC_KIND,
    DOC_SIZE,
    DOC_STATE,
    DOC_TYPE,
    PURPOSE_MISSING,
)
from core.documents.tickets import issue
from core.errors import Refused
from core.ids import typed
from core.persons.models import Person
from core.placed import place
from core.refusals import FORBIDDEN_SCOPE
from core.texts import check_text
from core.work import Work

_SHA256 = re.compile(r"[0-9a-f]{64}")
_COLUMNS = {
    "core_person": "person_id",
    "core_household": "household_id",
    "core_organization": "organization_id",
}


@dataclass(frozen=True)
class NewDocument:
    """A file that is about to come.

    Attributes:
        size: in bytes, exactly. sha256: in hex, if the client knows it.
    """

    kind: DocumentKind
    title: str
    media_type: str
    size: int
    sha256: str | None = None


def kind_of(work: Work, name: str) -> DocumentKind:
    """The declared kind of a name.

    Raises:
        Refused: DOC_KIND.
    """
    kind = work.host.book(DocumentKind).get(name)
    if kind is None:
        raise Refused(DOC_KIND, ("kind",), kind=name[:80])
    return kind


async def request_upload(work: Work, new: NewDocument, subject: Any, token: str) -> Document:
    """A document that waits for its file, and the ticket of the token that the file will come with.

    Args:
        subject: a row of the kind's model, in the caller's reach.

    Raises:
        Refused: DOC_KIND (a plugin's, in a district without it), DOC_TYPE, DOC_SIZE, DOC_EMPTY, DOC_DIGEST_FORMAT,
            TEXT_LENGTH, FORBIDDEN, FORBIDDEN_SCOPE.
    """
    work.require_within(new.kind.write, *places_of(subject), field=("subject",))
    _check(work, new, subject)
    document = _document(work, new, subject)
    work.session.add(document)
    await work.flush()
    issue(work.session, work.principal, document, TicketPurpose.UPLOAD, token, new.sha256)
    _audit(work, "document.upload_requested", document)
    return document


def _check(work: Work, new: NewDocument, subject: Any) -> None:
    owner = owner_of(new.kind.name)
    if owner != "core" and owner not in work.host.districts.plugins_of(subject.district):
        raise Refused(DOC_KIND, ("kind",), kind=new.kind.name)
    check_text(new.title, 200, ("title",))
    if new.media_type not in new.kind.media:
        raise Refused(DOC_TYPE, ("mediaType",), found=new.media_type[:100], allowed=", ".join(new.kind.media))
    if new.size < 1:
        raise Refused(DOC_EMPTY, ("size",))
    if new.size > new.kind.max_bytes:
        raise Refused(DOC_SIZE, ("size",), maximum=new.kind.max_bytes)
    if new.sha256 is not None and not _SHA256.fullmatch(new.sha256):
        raise Refused(DOC_DIGEST_FORMAT, ("sha256",))


def _document(work: Work, new: NewDocument, subject: Any) -> Document:
    table = new.kind.table
    return Document(
        id=new_id(),
        kind=new.kind.name,
        subject=typed(new.kind.prefix, subject.id),
        subject_table=table,
        subject_id=subject.id,
        title=check_text(new.title, 200, ("title",)),
        media_type=new.media_type,
        size=new.size,
        state=DocumentState.AWAITING,
        requested_at=work.now,
        uploaded_by=work.principal.subject,
        read=new.kind.read,
        **place(subject.division),
        **({_COLUMNS[table]: subject.id} if table in _COLUMNS else {}),
    )


def places_of(subject: Any) -> list[str]:
    """The divisions that a permission must reach one of: a person's are residence and registration."""
    own = [subject.division]
    return [*own, subject.registered_division] if isinstance(subject, Person) else own


async def subject_of(work: Work, document: Document, *field: str) -> Any:
    """The row that a document is about, in the caller's reach.

    Raises:
        Refused: NOT_FOUND; DOC_KIND when the plugin that declared the kind is gone.
    """
    kind = work.host.book(DocumentKind).get(document.kind)
    if kind is None:
        raise Refused(DOC_KIND, field, kind=document.kind)
    return await work.find(kind.subject, document.subject_id, kind.prefix, field)


async def request_download(work: Work, document: Document, token: str) -> Document:
    """The ticket of a token that the file can be fetched with; `document` is in the caller's reach.

    Raises:
        Refused: DOC_STATE, NOT_FOUND; of a sensitive kind also FORBIDDEN, FORBIDDEN_SCOPE, PURPOSE_MISSING.
    """
    _expect(document, DocumentState.STORED)
    subject = await subject_of(work, document, "document")
    if kind_of(work, document.kind).sensitive:
        await require_unmasking(work, subject, "document")
        if work.principal.purpose is None:
            raise Refused(PURPOSE_MISSING, ("document",))
    issue(work.session, work.principal, document, TicketPurpose.DOWNLOAD, token)
    await audit_read(work, "document.download_requested", document)
    return document


async def require_unmasking(work: Work, subject: Any, *field: str) -> None:
    """Refuse unless `pii:read` reaches a row that the caller reaches: its document shows what is masked (domain 1.7).

    Raises:
        Refused: FORBIDDEN or FORBIDDEN_SCOPE.
    """
    work.require(PII_READ)
    scope = work.principal.scope(PII_READ)
    if any(scope.covers(code) for code in places_of(subject)):
        return
    # A person is also reached through a household, a plugin's record perhaps through its person.
    model = type(subject)
    rule: ScopeRule = model.__scope__
    if isinstance(rule, Declared):
        test = rule.reach(model, scope, literal_bind(scope), "reached")
    else:
        test = inside(rule, model, work.principal, work.host.readers, "reached", PII_READ)
    query = select(model.id).where(model.id == subject.id, test)
    if (await work.session.scalars(query)).first() is None:
        raise Refused(FORBIDDEN_SCOPE, field, division=subject.division)


async def remove(
    work: Work, document: Document, reason: str, expected_version: int | None = None
) -> Document:
    """Remove a document; the row stays. The file is to be deleted once this is committed (`storage_key`).

    Raises:
        Refused: DOC_STATE, FORBIDDEN, FORBIDDEN_SCOPE, CONFLICT, TEXT_LENGTH, NOT_FOUND.
    """
    kind = kind_of(work, document.kind)
    subject = await subject_of(work, document, "document")
    work.require_within(kind.write, *places_of(subject), field=("document",))
    work.expect_version(document, expected_version)
    _expect(document, DocumentState.AWAITING, DocumentState.STORED, DocumentState.LOST)
    document.removal_reason = check_text(reason, 200, ("reason",))
    document.state = DocumentState.REMOVED
    document.removed_at, document.removed_by = work.now, work.principal.subject
    _audit(work, "document.removed", document)
    await work.flush()
    return document


def _expect(document: Document, *states: DocumentState) -> None:
    if document.state not in states:
        raise Refused(DOC_STATE, ("document",), state=document.state.name)


def stored(document: Document, kind: DocumentKind, today: date) -> None:
    """Mark a document as stored, kept as long as its kind says."""
    document.state = DocumentState.STORED
    document.keep_until = None if kind.keep_months is None else months_after(today, kind.keep_months)


async def audit_read(work: Work, action: str, document: Document) -> None:
    """Note that somebody gets to see a file, and whether it is sensitive or a minor's (domain 1.7)."""
    kind = work.host.book(DocumentKind).get(document.kind)
    person = await work.session.get(Person, document.person_id) if document.person_id else None
    marks = {
        "sensitive": kind is not None and kind.sensitive,
        "minor": person is not None and age_on(person.birth_date, work.clock.today()) < 18,
    }
    _audit(work, action, document, **{name: True for name, holds in marks.items() if holds})


def _audit(work: Work, action: str, document: Document, **details: Any) -> None:
    # Codes and ids only: a title is free text.
    said = {"kind": document.kind, "of": document.subject, **details}
    work.audit(action, typed(DOCUMENT, document.id), district=document.district, details=said)


def audit_uploaded(work: Work, document: Document) -> None:
    """Note that a file has come."""
    _audit(work, "document.uploaded", document, mediaType=document.media_type, size=document.size)


async def hand_over(work: Work, dropped: Person, kept: Person) -> None:
    """Let the documents of one record of a person be those of another."""
    for document in await _of(work, dropped.id):
        document.person_id = document.subject_id = kept.id
        document.subject = typed(Person.__documents__, kept.id)
    await work.flush()


async def _of(work: Work, subject: uuid.UUID) -> Sequence[Document]:
    return (await work.session.scalars(select(Document).where(Document.subject_id == subject))).all()
