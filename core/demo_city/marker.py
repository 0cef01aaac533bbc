"""Whether a database holds the demo city, and which one: two audit rows say so.

The first commits before the first resident, the second with the last: a fill that was interrupted has only
the first.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.models import AuditEntry
from core.demo_city.divisions import CITY
from core.divisions.models import Division
from core.host import Host
from core.vault import Vault

STARTED, FILLED = "demo.started", "demo.filled"


class State(enum.Enum):
    """What a database holds of the demo city.

    Attributes:
        OTHER: divisions of 410189 that no demo wrote. UNFINISHED: a fill that was interrupted.
    """

    EMPTY = enum.auto()
    OTHER = enum.auto()
    UNFINISHED = enum.auto()
    FILLED = enum.auto()


@dataclass(frozen=True)
class Marker:
    """What makes one demo city differ from another. `key` is that of the vault: without it nothing is readable."""

    persons: int
    seed: int
    today: date
    plugins: tuple[str, ...]
    key: str

    @classmethod
    def of(cls, host: Host, vault: Vault, today: date, *, persons: int, seed: int) -> Marker:
        """The marker of a city that is filled here and now."""
        return cls(persons, seed, today, tuple(sorted(host.plugins)), vault.keyring.current)

    def details(self) -> dict[str, Any]:
        """As an audit row keeps it."""
        return {
            "persons": self.persons,
            "seed": self.seed,
            "today": self.today.isoformat(),
            "plugins": list(self.plugins),
            "key": self.key,
        }

    def fits(self, details: Mapping[str, Any], vault: Vault) -> bool:
        """Whether a city with these details serves where this one is wanted: its key may be an older one."""
        return self.details() == {**details, "key": self.key} and details["key"] in vault.keyring.keys


async def found(session: AsyncSession) -> tuple[State, Mapping[str, Any]]:
    """What the database holds, with the details of the fill."""
    divisions = select(Division.id).where(Division.district == CITY).limit(1)
    if (await session.scalars(divisions)).first() is None:
        return State.EMPTY, {}
    query = select(AuditEntry).where(AuditEntry.action.in_((STARTED, FILLED)))
    rows = {row.action: row.details for row in await session.scalars(query)}
    if FILLED in rows:
        return State.FILLED, rows[FILLED]
    return (State.UNFINISHED, rows[STARTED]) if STARTED in rows else (State.OTHER, {})
