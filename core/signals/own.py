"""The signals of core itself, over the register [DEF]."""

from __future__ import annotations

import uuid
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from core.access.permissions import SIGNALS_READ
from core.codes.ages import ADULT, birth_month_day_bound
from core.codes.sets import HouseholdKind, UserRole
from core.dated import open_now
from core.events.models import EventRole, LifeEvent, LifeEventPerson, LifeEventType
from core.households.models import Household, HouseholdMember
from core.persons.models import Person
from core.signals.declared import Found, NewSignal, Signal
from core.signals.models import SignalState
from core.timeline.declared import TimelineKind
from core.work import Work
from core.workflow.declared import Limit, Unit

CHILD, ELDER = 16, 80  # years
_PAGE = 500
_ROLES = frozenset({UserRole.VILLAGE_WORKER, UserRole.TOWN_OFFICER, UserRole.CITY_OFFICER})

SIGNAL_TIMELINE = (
    TimelineKind(
        "core.signal",
        "预警",
        "Early warning",
        SIGNALS_READ,
        {state.name: (state.zh, state.en) for state in SignalState},
    ),
)


def years_before(day: date, years: int) -> date:
    """The last birth date of those who have completed so many years on a day (as `age_on` counts)."""
    year, month, last = day.year - years, day.month, day.day
    if f"{day:%m-%d}" != birth_month_day_bound(day):  # the 28th, which completes years of the 29th too
        last = 29
    return date(year, month, min(last, monthrange(year, month)[1]))


async def _homes(work: Work, cursor: str | None) -> Sequence[uuid.UUID]:
    """A page of the open registered households."""
    query = select(Household.id).where(
        Household.closed_on.is_(None),
        Household.removed_at.is_(None),
        Household.kind == HouseholdKind.REGISTERED,
    )
    if cursor is not None:
        query = query.where(Household.id > uuid.UUID(cursor))
    return (await work.session.scalars(query.order_by(Household.id).limit(_PAGE))).all()


async def _all_members(work: Work, name: str, cursor: str | None, test: ColumnElement[bool]) -> Found:
    """The households of a page where a test of the members' birth dates holds."""
    keys = await _homes(work, cursor)
    member = HouseholdMember
    query = (
        select(Household.id, Household.division)
        .join(member, member.household_id == Household.id)
        .join(Person, Person.id == member.person_id)
        .where(Household.id.in_(keys), open_now(member))
        .group_by(Household.id, Household.division)
        .having(test)
        .order_by(Household.id)
    )
    news = [
        NewSignal(signal=name, household_id=key, division=division)
        for key, division in await work.session.execute(query)
    ]
    return Found(news, keys[-1].hex if len(keys) == _PAGE else None)


async def children_alone(work: Work, day: date, cursor: str | None) -> Found:
    """Households all of whose members are under 16."""
    test = func.min(Person.birth_date) > years_before(day, CHILD)
    return await _all_members(work, "core.children_alone", cursor, test)


async def elders_alone(work: Work, day: date, cursor: str | None) -> Found:
    """Households all of whose members are 80 or older."""
    test = func.max(Person.birth_date) <= years_before(day, ELDER)
    return await _all_members(work, "core.elders_alone", cursor, test)


async def orphaned_minors(work: Work, day: date, cursor: str | None) -> Found:
    """Living minors whose births were recorded with a mother and a father who have both died."""
    child = Person
    query = select(child.id, child.division, LifeEvent.id).join(LifeEvent, LifeEvent.person_id == child.id)
    for role in (EventRole.MOTHER, EventRole.FATHER):
        query = _with_dead(query, role)
    query = query.where(
        LifeEvent.type == LifeEventType.BIRTH,
        LifeEvent.reversed_at.is_(None),
        child.birth_date > years_before(day, ADULT),
        child.death_date.is_(None),
        child.removed_at.is_(None),
    )
    if cursor is not None:
        query = query.where(child.id > uuid.UUID(cursor))
    rows = (await work.session.execute(query.order_by(child.id).limit(_PAGE))).all()
    news = [
        NewSignal(signal="core.orphaned_minor", person_id=key, division=division, fact=event.hex)
        for key, division, event in rows
    ]
    return Found(news, rows[-1][0].hex if len(rows) == _PAGE else None)


def _with_dead(query: Any, role: EventRole) -> Any:
    part, parent = aliased(LifeEventPerson), aliased(Person)
    query = query.join(part, (part.event_id == LifeEvent.id) & (part.role == role))
    return query.join(parent, (parent.id == part.person_id) & parent.death_date.is_not(None))


CORE_SIGNALS = (
    Signal(
        "core.orphaned_minor",
        "父母双亡的未成年人",
        "A minor both of whose parents have died",
        SIGNALS_READ,
        _ROLES,
        within=Limit(3, Unit.WORKING_DAYS),
        find=orphaned_minors,
    ),
    Signal(
        "core.children_alone",
        "全户未满十六周岁",
        "A household of children under 16 alone",
        SIGNALS_READ,
        _ROLES,
        within=Limit(3, Unit.WORKING_DAYS),
        quiet=180,
        find=children_alone,
    ),
    Signal(
        "core.elders_alone",
        "全户年满八十周岁",
        "A household of elders of 80 and over alone",
        SIGNALS_READ,
        _ROLES,
        within=Limit(30),
        find=elders_alone,
    ),
)
