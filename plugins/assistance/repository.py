"""Reading what an assessment needs, for many households at once. None of it is shown to a caller as it is."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from minzheng.plugin import (
    NATION,
    Division,
    Household,
    HouseholdMember,
    below,
    division_code,
    open_now,
)
from plugins.assistance.codes import AssistanceProgramme
from plugins.assistance.models import (
    AssistanceAssessment,
    AssistanceIncomeItem,
    AssistanceStandard,
)
from plugins.assistance.rules import Item, Standard

Keys = Sequence[uuid.UUID]


@dataclass(frozen=True)
class Home:
    """A household as assessments see it: where it is."""

    id: uuid.UUID
    district: str
    town: str | None
    division: str

    @property
    def path(self) -> list[str]:
        """The address division and those above it, nearest first."""
        codes = [self.division]
        while (above := division_code.parent(codes[-1])) is not None:
            codes.append(above)
        return codes


def home_of(household: Household) -> Home:
    """A loaded household as a `Home`."""
    return Home(household.id, household.district, household.town, household.division)


_HOME = (Household.id, Household.district, Household.town, Household.division)


HOME_KEY = Household.id


async def homes_below(session: AsyncSession, code: str) -> list[Home]:
    """The households in a division that have income or an assessment: all that a parameter there can concern."""
    assessed = [_has(AssistanceIncomeItem), _has(AssistanceAssessment)]
    query = select(*_HOME).where(_within(code), or_(*assessed))
    return [Home(*row) for row in await session.execute(query)]


def earning(code: str) -> Select[uuid.UUID, str, str | None, str]:
    """The households in a division that declared an income."""
    return select(*_HOME).where(_within(code), _has(AssistanceIncomeItem))


def _within(code: str) -> ColumnElement[bool]:
    if code == NATION:
        return true()
    tier = division_code.tier(code)
    bounds = (code,) if tier >= division_code.Tier.COUNTY else division_code.code_range(code)
    return below(Household, tier, *bounds)


def _has(model: Any) -> ColumnElement[bool]:
    test: ColumnElement[bool] = (
        select(model.id).where(model.household_id == Household.id, open_now(model)).exists()
    )
    return test


async def homes_of_person(session: AsyncSession, person: uuid.UUID) -> list[Home]:
    """The open households that a person is a member of."""
    query = (
        select(*_HOME)
        .join(HouseholdMember, HouseholdMember.household_id == Household.id)
        .where(HouseholdMember.person_id == person, open_now(HouseholdMember))
    )
    return [Home(*row) for row in await session.execute(query)]


async def memberships(session: AsyncSession, homes: Keys) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """(household, person) of the open memberships."""
    query = select(HouseholdMember.household_id, HouseholdMember.person_id).where(
        HouseholdMember.household_id.in_(homes), open_now(HouseholdMember)
    )
    return {(row[0], row[1]) for row in await session.execute(query)}


async def member_counts(session: AsyncSession, homes: Keys) -> dict[uuid.UUID, int]:
    """n of each household that has members."""
    query = (
        select(HouseholdMember.household_id, func.count())
        .where(HouseholdMember.household_id.in_(homes), open_now(HouseholdMember))
        .group_by(HouseholdMember.household_id)
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def income_items(session: AsyncSession, homes: Keys) -> dict[uuid.UUID, list[Item]]:
    """The open income items by household."""
    model = AssistanceIncomeItem
    query = select(model.household_id, model.kind, model.amount, model.period).where(
        model.household_id.in_(homes), open_now(model)
    )
    found: dict[uuid.UUID, list[Item]] = {}
    for home, kind, amount, period in await session.execute(query):
        found.setdefault(home, []).append(Item(kind, amount, period))
    return found


async def open_assessments(session: AsyncSession, homes: Keys) -> dict[uuid.UUID, Mapping[str, Any]]:
    """The columns of the open assessment by household."""
    table = AssistanceAssessment.__table__
    query = select(table).where(table.c.household_id.in_(homes), open_now(table.c))
    return {row["household_id"]: dict(row) for row in (await session.execute(query)).mappings()}


async def urban_flags(session: AsyncSession, codes: Iterable[str]) -> dict[str, bool | None]:
    """Whether divisions are urban, as far as known."""
    query = select(Division.code, Division.urban).where(Division.code.in_(sorted(set(codes))))
    return {row[0]: row[1] for row in await session.execute(query)}


def _in_force(model: Any, day: date) -> ColumnElement[bool]:
    ends = or_(model.valid_to.is_(None), model.valid_to > day)
    return and_(model.voided_at.is_(None), model.valid_from <= day, ends)


async def standards_in_force(session: AsyncSession, codes: Iterable[str] | None, day: date) -> list[Standard]:
    """The dibao standards of the divisions, or of all, on a day."""
    model = AssistanceStandard
    query = select(model.division, model.urban_rural, model.monthly).where(
        true() if codes is None else model.division.in_(sorted(set(codes))),
        model.programme == AssistanceProgramme.DIBAO,
        model.class_.is_(None),
        _in_force(model, day),
    )
    return [Standard(*row) for row in await session.execute(query.order_by(model.valid_from, model.id))]
