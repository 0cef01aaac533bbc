"""One-time links: made for one user, good for one request within a quarter of an hour."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.principal import Principal
from core.clock import Clock
from core.db import new_id
from core.documents.models import Document, DocumentTicket, TicketPurpose
from core.documents.refusals import DOC_LINK
from core.errors import Refused
from core.vault import Vault

LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True)
class Link:
    """What its user gets to know of a ticket."""

    token: str
    expires_at: datetime


def new_token(vault: Vault, principal: Principal, repeatable: str | None = None) -> str:
    """A token of 256 bits.

    Args:
        repeatable: an idempotency key: a repeat of the request by the same user then has the same token. Nobody
            without the key file can make it.
    """
    if repeatable is None:
        return secrets.token_urlsafe(32)
    said = f"{principal.subject}\0{repeatable}".encode()
    made = hmac.new(vault.derived("document tickets"), said, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def token_hash(token: str) -> str:
    """What the database knows of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue(
    session: AsyncSession,
    principal: Principal,
    document: Document,
    purpose: TicketPurpose,
    token: str,
    expected_sha256: str | None = None,
) -> DocumentTicket:
    """Add the ticket of a token."""
    ticket = DocumentTicket(
        id=new_id(),
        token_hash=token_hash(token),
        document_id=document.id,
        purpose=purpose,
        subject=principal.subject,
        organization_id=principal.organization_id,
        expected_sha256=expected_sha256,
        expires_at=Clock.wall() + LIFETIME,
    )
    session.add(ticket)
    return ticket


async def link(session: AsyncSession, token: str) -> Link | None:
    """When a token's ticket expires; None when there is none."""
    query = select(DocumentTicket).where(DocumentTicket.token_hash == token_hash(token))
    ticket = (await session.scalars(query)).first()
    return Link(token, ticket.expires_at) if ticket else None


async def open_ticket(
    session: AsyncSession, token: str, purpose: TicketPurpose, subject: str | None
) -> DocumentTicket:
    """The ticket of a token that can still be used.

    Args:
        subject: the user who brings it, if they say who they are.

    Raises:
        Refused: DOC_LINK, the same whatever is wrong with it.
    """
    query = select(DocumentTicket).where(DocumentTicket.token_hash == token_hash(token))
    ticket = (await session.scalars(query)).first()
    good = (
        ticket is not None
        and ticket.purpose is purpose
        and ticket.used_at is None
        and ticket.expires_at > Clock.wall()
        and subject in (None, ticket.subject)
    )
    if ticket is None or not good:
        raise Refused(DOC_LINK)
    return ticket


async def use(session: AsyncSession, ticket: DocumentTicket) -> None:
    """Take a ticket; of several who come at once exactly one gets it.

    Raises:
        Refused: DOC_LINK.
    """
    one = (DocumentTicket.id == ticket.id, DocumentTicket.used_at.is_(None))
    statement = update(DocumentTicket).where(*one).values(used_at=Clock.wall())
    found = await session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(found, CursorResult)
    if found.rowcount != 1:
        raise Refused(DOC_LINK)
