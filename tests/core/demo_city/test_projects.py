"""The projects of the demo city, on whatever day it is made."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from core.clock import Clock
from core.db import Database
from core.demo_city.generate import fill
from core.host import Host
from core.projects.late import late_sql
from core.projects.models import DispatchMeeting, Project
from core.vault import Keyring, Vault
from core.workflow.models import Task


@pytest.fixture
def plugins() -> tuple[str, ...]:
    return ()


@pytest.mark.parametrize(
    ("today", "late", "overdue"),
    [
        (date(2022, 11, 30), 2, 1),
        (date(2022, 12, 31), 2, 1),
        (date(2023, 1, 5), 4, 3),
        (date(2024, 2, 29), 4, 3),
    ],
)
async def test_they_are_as_late_as_the_day(database: Database, today: date, late: int, overdue: int) -> None:
    vault = Vault(Keyring.fresh())
    await fill(database, Host([]), vault, Clock(today), persons=20, seed=1, progress=lambda *_: None)
    async with database.reading() as session:
        states = await session.execute(select(Project.state, func.count()).group_by(Project.state))
        assert dict([tuple(row) for row in states]) == {
            "PLANNED": 1, "STARTED": 2, "COMPLETED": 2, "OPERATING": 2
        }  # fmt: skip
        assert await session.scalar(select(func.count()).where(late_sql(Project, today))) == late
        assert await session.scalar(select(func.count(DispatchMeeting.id))) == 3
        tasks = select(func.count()).where(Task.kind == "core.project_overdue", Task.closed_on.is_(None))
        assert await session.scalar(tasks) == overdue
