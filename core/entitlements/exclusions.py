"""Which benefits exclude each other. The rules are rows, seeded from what plugins declare (domain 2)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.exc import IntegrityError

from core.access.permissions import BENEFITS_RULES
from core.access.principal import NATION
from core.clock import Clock
from core.codes import division_code
from core.codes.months import check_month, month_after
from core.dated import ALWAYS, holds, open_now
from core.db import Database, new_id
from core.divisions.models import Division
from core.entitlements.declared import Exclusion
from core.entitlements.models import BenefitExclusion, Entitlement, EntitlementPerson
from core.entitlements.refusals import EXCLUSION_ENDED, EXCLUSION_EXISTS, EXCLUSION_PAIR
from core.entitlements.service import programme_of
from core.errors import Refused
from core.host import Host
from core.ids import typed
from core.placed import LEVELS, below
from core.refusals import DATE_ORDER, DIV_UNKNOWN
from core.texts import check_text
from core.work import Work

EXCLUSION = "exclusion"  # the id prefix
_EVER = date(1949, 10, 1)


@dataclass(frozen=True)
class Conflict:
    """Two exclusive programmes that one person has in one month."""

    person_id: uuid.UUID
    first: str
    second: str
    source: str


async def seed(database: Database, host: Host, clock: Clock) -> int:
    """Write down the declared exclusions that are not rows yet, and say how many they were.

    One that was ended stays ended. Two processes that start at once write each once.
    """
    declared = {rule.name: rule for rule in host.book(Exclusion)}
    if not declared:
        return 0
    async with database.reading() as session:
        known = set(await session.scalars(select(BenefitExclusion.declared)))
    rows = [_seeded(rule, clock) for name, rule in declared.items() if name not in known]
    written = 0
    for row in rows:
        written += await _write(database, row)
    return written


async def _write(database: Database, row: BenefitExclusion) -> bool:
    try:
        async with database.writing() as session:
            session.add(row)
    except IntegrityError:  # another process was first
        return False
    return True


def _seeded(rule: Exclusion, clock: Clock) -> BenefitExclusion:
    first, second = sorted((rule.first, rule.second))
    return BenefitExclusion(
        id=new_id(),
        first=first,
        second=second,
        basis=rule.source,
        declared=rule.name,
        valid_from=_EVER,
        recorded_at=clock.now(),
    )


async def set_exclusion(
    work: Work,
    first: str,
    second: str,
    source: str,
    *,
    division: str | None = None,
    since: date | None = None,
) -> BenefitExclusion:
    """Let two programmes exclude each other from a month on, in a division or everywhere.

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE, PROGRAMME_UNKNOWN, EXCLUSION_PAIR, EXCLUSION_EXISTS, MONTH_INVALID,
            DIV_UNKNOWN, TEXT_LENGTH.
    """
    work.require_within(BENEFITS_RULES, division or NATION, field=("division",))
    for name, field in ((first, "first"), (second, "second")):
        programme_of(work, name, field)
    if first == second:
        raise Refused(EXCLUSION_PAIR, ("second",))
    await _check_division(work, division)
    month = check_month(since or month_after(work.clock.today()), "since")
    one, two = sorted((first, second))
    await _refuse_known(work, one, two, division)
    row = BenefitExclusion(
        id=new_id(),
        first=one,
        second=two,
        division=division,
        basis=check_text(source, 200, ("source",)),
        valid_from=month,
        recorded_at=work.now,
    )
    work.session.add(row)
    return await _told(work, row, "exclusion.set")


async def _check_division(work: Work, code: str | None) -> None:
    if code is not None:
        found = select(Division.id).where(Division.code == code)
        if (await work.session.scalar(found)) is None:
            raise Refused(DIV_UNKNOWN, ("division",), code=code)


async def _refuse_known(work: Work, first: str, second: str, division: str | None) -> None:
    rule = BenefitExclusion
    same = rule.division.is_(None) if division is None else rule.division == division
    query = select(rule.id).where(rule.first == first, rule.second == second, same, open_now(rule))
    if (await work.session.scalar(query)) is not None:
        raise Refused(EXCLUSION_EXISTS, ("second",))


async def end_exclusion(work: Work, row: BenefitExclusion, month: date | None = None) -> BenefitExclusion:
    """Let two programmes no longer exclude each other from a month on.

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE, EXCLUSION_ENDED, MONTH_INVALID, DATE_ORDER.
    """
    work.require_within(BENEFITS_RULES, row.division or NATION)
    if row.valid_to is not None or row.voided_at is not None:
        raise Refused(EXCLUSION_ENDED, ("exclusion",))
    first = check_month(month or month_after(work.clock.today()), "month")
    if first <= row.valid_from:
        raise Refused(DATE_ORDER, ("month",), day=first, earliest=month_after(row.valid_from))
    made = row.ended(first, work.now, id=new_id())
    await work.flush()
    work.session.add(made)
    return await _told(work, made, "exclusion.ended")


async def _told(work: Work, row: BenefitExclusion, action: str) -> BenefitExclusion:
    details = {"first": row.first, "second": row.second}
    district = division_code.district(row.division) if row.division else None
    work.audit(action, typed(EXCLUSION, row.id), district=district, details=details)
    await work.flush()
    return row


async def rules_of(work: Work, month: date, programme: str | None = None) -> Sequence[BenefitExclusion]:
    """The exclusions in force in a month, of one programme or all."""
    rule = BenefitExclusion
    query = select(rule).where(holds(rule, month, ALWAYS)).order_by(rule.first, rule.second, rule.id)
    if programme is not None:
        query = query.where(or_(rule.first == programme, rule.second == programme))
    return (await work.session.scalars(query)).all()


def applies(rule: BenefitExclusion, row: object) -> ColumnElement[bool] | None:
    """The test that a rule is in force where a row with level columns lies; None for everywhere."""
    if rule.division is None:
        return None
    tier = division_code.tier(rule.division)
    bounds = (rule.division,) if tier in LEVELS else division_code.code_range(rule.division)
    return below(row, tier, *bounds)


async def conflicts(work: Work, person: uuid.UUID, month: date) -> list[Conflict]:
    """The exclusive benefits that a person would be paid for a month, as far as entitlements tell.

    An application or award is never refused for them; they are held back when a batch is prepared.
    """
    check_month(month, "month")
    mine, link = Entitlement, EntitlementPerson
    query = (
        select(mine.programme, mine.division)
        .join(link, link.award_id == mine.award_id)
        .where(link.person_id == person, link.covered, holds(link, month, ALWAYS), holds(mine, month, ALWAYS))
    )
    places: dict[str, str] = {row.programme: row.division for row in await work.session.execute(query)}
    return [
        Conflict(person, rule.first, rule.second, rule.basis)
        for rule in await rules_of(work, month)
        if rule.first in places and rule.second in places and _covers(rule, places)
    ]


def _covers(rule: BenefitExclusion, places: dict[str, str]) -> bool:
    return rule.division is None or any(
        division_code.covers(rule.division, places[name]) for name in (rule.first, rule.second)
    )
