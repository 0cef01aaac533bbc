"""What assistance_0002 copies."""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, select

from core.db import Database, new_id
from core.parameters.models import ParameterValue
from plugins.assistance.codes import AssistanceFactorKind
from plugins.assistance.models import AssistanceFactor


def _factor(day: int, value: str, recorded: int, **more: Any) -> AssistanceFactor:
    return AssistanceFactor(
        id=new_id(),
        kind=AssistanceFactorKind.LOCAL,
        division="410189000000",
        value=Decimal(value),
        valid_from=date(2022, 1, day),
        recorded_at=datetime(2022, 2, recorded, tzinfo=UTC),
        **more,
    )


def _upgrade(connection: Connection) -> None:
    module = importlib.import_module("plugins.assistance.migrations.assistance_0002_parameters")
    with Operations.context(MigrationContext.configure(connection)):
        module.upgrade()


async def test_factors_become_parameters(database: Database) -> None:
    voided = datetime(2022, 2, 3, tzinfo=UTC)
    async with database.writing() as session:
        session.add_all(
            [
                _factor(1, "1.5", 1, voided_at=voided),
                _factor(1, "1.5", 3, valid_to=date(2022, 1, 9)),
                _factor(9, "2", 3),
                _factor(9, "3", 2),  # lost a race with the one before, and stood nevertheless
            ]
        )
        await session.flush()
        await (await session.connection()).run_sync(_upgrade)
    async with database.reading() as session:
        query = select(ParameterValue).order_by(ParameterValue.valid_from, ParameterValue.recorded_at)
        rows = list(await session.scalars(query))
    assert {(row.name, row.division) for row in rows} == {
        ("assistance.marginal_factor_local", "410189000000")
    }
    assert [(row.value, row.valid_from.day, row.valid_to, row.voided_at) for row in rows] == [
        ("1.5", 1, None, voided),
        ("1.5", 1, date(2022, 1, 9), None),
        ("2", 9, None, None),
    ]
