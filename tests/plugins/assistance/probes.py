"""How each of this plugin's measures is tried."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core.codes.sets import HouseholdKind
from core.db import new_id
from minzheng.testing import NewHousehold, Probe, Scene, open_households
from plugins.assistance import service
from plugins.assistance.codes import AssistanceFactorKind, AssistanceIncomeKind, AssistanceUrbanRural
from plugins.assistance.models import AssistanceAssessment, AssistanceFactor, AssistanceIncomeItem
from plugins.assistance.service import NewIncome

LOCAL, NATIONAL = AssistanceFactorKind.LOCAL, AssistanceFactorKind.NATIONAL


def _factor(kind: AssistanceFactorKind) -> tuple[Any, Any, Any]:
    async def insert(scene: Scene) -> None:
        scene.made["factor"] = await service.set_factor(
            scene.work, scene.here, kind, Decimal("1.8"), scene.day
        )

    async def correct(scene: Scene) -> None:
        scene.made["factor"] = await service.set_factor(
            scene.work, scene.here, kind, Decimal("1.9"), scene.day
        )

    async def backdate(scene: Scene) -> None:
        """The service knows no start before the one in force, so the row is replaced as a correction would."""
        row = await scene.work.session.get_one(AssistanceFactor, scene.made["factor"].id)
        scene.work.session.add(row.replaced(scene.work.now, id=new_id(), valid_from=scene.earlier))

    return insert, correct, backdate


async def _poor(scene: Scene) -> None:
    """A household here, under a standard and both factors of the village."""
    for kind, value in ((LOCAL, Decimal(2)), (NATIONAL, Decimal("1.5"))):
        await service.set_factor(scene.work, scene.here, kind, value, date(2021, 1, 1))
    all_alike = AssistanceUrbanRural.ALL
    await service.set_standard(scene.work, scene.here, all_alike, Decimal(630), date(2021, 1, 1))
    new = NewHousehold(
        kind=HouseholdKind.REGISTERED,
        division=scene.here,
        address="东街 1 号",
        members=[(await scene.person(), "02")],
        opened_on=date(2020, 1, 6),
    )
    scene.made["home"] = (await open_households(scene.work, [new]))[0]


async def _home(scene: Scene) -> Any:
    home = scene.made["home"]
    return await scene.work.session.get_one(type(home), home.id)


def _earning(amount: int) -> tuple[Any, Any, Any]:
    """A household's income by the services; its verdict dates from today, so back-dating replaces the row."""

    async def insert(scene: Scene) -> None:
        home = await _home(scene)
        new = NewIncome(
            home=home, kind=AssistanceIncomeKind.OTHER, amount=Decimal(amount), since=date(2021, 1, 4)
        )
        scene.made["income"] = (await service.record_incomes(scene.work, [new]))[0]

    async def correct(scene: Scene) -> None:
        item = await scene.work.session.get_one(AssistanceIncomeItem, scene.made["income"].id)
        await service.end_income(scene.work, item, await _home(scene), item.valid_from)

    async def backdate(scene: Scene) -> None:
        await insert(scene)
        await scene.work.flush()
        query = select(AssistanceAssessment).where(
            AssistanceAssessment.household_id == scene.made["home"].id,
            AssistanceAssessment.voided_at.is_(None),
        )
        row = (await scene.work.session.scalars(query)).one()
        made = row.replaced(scene.work.now, id=new_id(), valid_from=scene.earlier)
        await scene.work.flush()  # the open one must be out of the way
        scene.work.session.add(made)

    return insert, correct, backdate


def _households(name: str, amount: int, along: Sequence[str] = ()) -> Probe:
    return Probe(
        f"assistance.{name}",
        *_earning(amount),
        prepare=_poor,
        along=frozenset(f"assistance.{other}" for other in along),
    )


_FACTORS = frozenset({"assistance.local_marginal_factor", "assistance.previous_marginal_factor"})

PROBES: tuple[Probe, ...] = (
    Probe("assistance.local_marginal_factor", *_factor(LOCAL), along=_FACTORS),
    Probe(
        "assistance.previous_marginal_factor",
        *_factor(LOCAL),
        along=_FACTORS,
        days=(date(2021, 6, 15), date(2020, 6, 15)),
    ),
    Probe("assistance.national_marginal_factor", *_factor(NATIONAL)),
    _households("dibao_income_households", 500),
    _households("local_marginal_households", 1000, ("marginal_widened_households",)),
    _households("national_marginal_households", 700, ("local_marginal_households",)),
    _households("marginal_widened_households", 1000, ("local_marginal_households",)),
)
