"""A few documents of the demo city, sent in the way a front end sends them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import select

from core.access import service as access
from core.documents.declared import CORE_KINDS, DocumentKind
from core.documents.files import png, tiny_pdf
from core.documents.media import PDF, PNG
from core.documents.service import NewDocument, request_upload
from core.documents.tickets import new_token
from core.documents.transfer import Announced, Transfers
from core.households.models import Household
from core.organizations.models import Organization
from core.persons.models import Person
from core.work import Work

_EACH = 4  # of a kind; enough to look at, and the demo stays quick


async def file(transfers: Transfers, officer: str) -> None:
    """File some proofs of the first persons, households and organizations.

    Args:
        officer: the subject of the user who files them.
    """
    for kind in CORE_KINDS:
        for number, subject in enumerate(await _subjects(transfers, kind)):
            content, media_type = _content(kind, number)
            new = NewDocument(kind, kind.zh, media_type, len(content))
            token = await _requested(transfers, officer, new, subject)
            await transfers.receive(token, _chunks(content), Announced(len(content)), officer)


async def _subjects(transfers: Transfers, kind: DocumentKind) -> list[Any]:
    model = kind.subject
    query = select(model).order_by(model.id).limit(_EACH)
    if model in (Person, Household):
        query = query.where(model.removed_at.is_(None))
    if model in (Household, Organization):
        query = query.where(model.closed_on.is_(None))
    async with transfers.database.reading() as session:
        return list(await session.scalars(query))


def _content(kind: DocumentKind, number: int) -> tuple[bytes, str]:
    if number % 2:
        return png(60, 40, 120 + 20 * number), PNG
    return tiny_pdf(f"Demo: {kind.en} {number + 1}"), PDF


async def _requested(transfers: Transfers, officer: str, new: NewDocument, subject: Any) -> str:
    permissions, today = transfers.host.permissions, transfers.clock.today()
    async with transfers.database.writing() as session:
        principal = await access.principal_of(session, officer, permissions, today)
        assert principal is not None
        token = new_token(transfers.vault, principal)
        work = Work(session, principal, transfers.clock, transfers.vault, transfers.host)
        await request_upload(work, new, subject, token)
        return token


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content
