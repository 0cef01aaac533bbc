"""The demo city has referrals in every state, and the signals that its night found."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import select

from core.clock import Clock
from core.db import Database
from core.demo_city.generate import fill
from core.host import Host
from core.persons.models import Person
from core.referrals.models import Referral
from core.signals.models import RaisedSignal
from core.timeline.models import TimelineEntry
from core.vault import Keyring, Vault


@pytest.fixture
def plugins() -> tuple[str, ...]:
    return ()


async def test_a_city_with_referrals_signals_and_timelines(database: Database) -> None:
    today, vault = Clock(date(2022, 11, 30)), Vault(Keyring.fresh())
    await fill(database, Host([]), vault, today, persons=1500, seed=1, progress=lambda *_: None)
    async with database.reading() as session:
        states = Counter(await session.scalars(select(Referral.state)))
        assert states == {"SENT": 2, "ACCEPTED": 1, "CLOSED": 1, "DECLINED": 1, "WITHDRAWN": 1}
        assert "core.elders_alone" in set(await session.scalars(select(RaisedSignal.kind)))
        told = set(
            await session.scalars(
                select(TimelineEntry.person_id).where(TimelineEntry.kind == "core.person_registered")
            )
        )
        living = set(await session.scalars(select(Person.id).where(Person.removed_at.is_(None))))
        assert living <= told
