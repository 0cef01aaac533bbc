"""What the verbs of documents share: links, made after the idempotency key of the request."""

from __future__ import annotations

from typing import Any

import strawberry

from core.documents.tickets import link, new_token
from schema.mutations.base import given_key


def token_for(info: strawberry.Info, input: Any) -> str:
    """A token; a repeat of the request has the same one, since the database only keeps its hash."""
    env = info.context.env
    return new_token(env.vault, env.principal, given_key(info, input))


async def linked(info: strawberry.Info, outcome: Any, token: str, field: str) -> Any:
    """The payload with the link's address and end; null where nothing was written."""
    found = None
    if not outcome.errors and not outcome.dry_run:
        async with info.context.env.database.reading() as session:
            found = await link(session, token)
    setattr(outcome, field, f"/documents/{token}" if found else None)
    outcome.expires_at = found.expires_at if found else None
    return outcome
