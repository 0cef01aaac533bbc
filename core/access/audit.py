"""Audit rows: who did what to whom, which fields, and why. They commit with what they describe (design 5)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from core.access.models import AuditEntry
from core.access.principal import Principal
from core.clock import Clock
from core.db import new_id


def _acting(principal: Principal | None) -> dict[str, str]:
    """For which organization the actor acts, if for any."""
    if principal is None or principal.organization_id is None:
        return {}
    return {"actingFor": f"organization_{principal.organization_id.hex}"}


def entry(
    clock: Clock,
    actor: str | Principal,
    action: str,
    subject: str | None = None,
    *,
    district: str | None = None,
    fields: Iterable[str] = (),
    details: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """An audit row to add to the session of the change.

    Args:
        actor: the caller, or the name of a part of the service.
        action: what was done, noun and verb: `person.registered`, `pii.read`.
        subject: the typed id of the record, `person_…`.
        fields: names of the fields read or changed, never their values.
        details: counts, codes and ids; no personal data.
    """
    principal = actor if isinstance(actor, Principal) else None
    actor_id: uuid.UUID | None = principal.user_id if principal else None
    return AuditEntry(
        id=new_id(),
        at=clock.now(),
        actor_id=actor_id,
        actor=principal.subject if principal else str(actor),
        action=action,
        subject=subject,
        district=district,
        fields=sorted(fields),
        purpose=principal.purpose if principal else None,
        details={**(details or {}), **_acting(principal)},
    )
