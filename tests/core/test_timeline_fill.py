"""What the migration tells of databases that had no timelines is what the services would have told."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, text

from core.db import Database
from core.host import Host
from core.timeline.models import TimelineEntry
from core.vault import Keyring, Vault
from tests.schema import small_city

FILE = Path(__file__).parents[2] / "migrations" / "core" / "core_0013_referrals.py"
TOLD = (
    "core.person_registered",
    "core.household_opened",
    "core.household_joined",
    "core.move",
)
FILL = """INSERT INTO core_timeline (id, person_id, household_id, day, kind, code, subject, recorded_at, "read",
    district, town, division, operation) """


def migration() -> Any:
    spec = importlib.util.spec_from_file_location("core_0013", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def entries(session: Any) -> set[tuple[Any, ...]]:
    rows = await session.scalars(select(TimelineEntry).where(TimelineEntry.kind.in_(TOLD)))
    return {
        (
            row.person_id,
            # The household in which an event found somebody is not looked up again.
            None if row.kind == "core.move" else row.household_id,
            row.day,
            row.kind,
            row.code,
            row.subject,
            row.read,
        )
        for row in rows
    }


async def test_the_migration_tells_what_the_services_do(database: Database) -> None:
    await small_city.build(database, Host([]), Vault(Keyring.fresh()))
    async with database.writing() as session:
        known = await entries(session)
        await session.execute(delete(TimelineEntry))
        for query in migration()._KNOWN:
            await session.execute(text(FILL + query))
        assert await entries(session) == known
        assert len(known) > 15
