"""Writing incomes, standards and factors. Whatever they touch is assessed anew in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from minzheng.plugin import (
    DATE_ORDER,
    DIV_UNKNOWN,
    HOUSEHOLD_CLOSED,
    MEMBER_MISSING,
    Household,
    HouseholdChange,
    LifeEvent,
    LifeEventType,
    Person,
    Refused,
    Work,
    division_code,
    divisions_by_code,
    new_id,
    open_now,
    supersede,
    typed,
)
from plugins.assistance import parameters, repository
from plugins.assistance.assessing import forget, reassess
from plugins.assistance.codes import (
    AssistanceFactorKind,
    AssistanceIncomeKind,
    AssistancePeriod,
    AssistanceProgramme,
    AssistanceUrbanRural,
)
from plugins.assistance.models import AssistanceFactor, AssistanceIncomeItem, AssistanceStandard
from plugins.assistance.permissions import STANDARDS, WRITE
from plugins.assistance.refusals import AMOUNT_RANGE, FACTOR_RANGE
from plugins.assistance.repository import Home, home_of

INCOME, STANDARD, FACTOR = "assistance_income", "assistance_standard", "assistance_factor"  # id prefixes
_CHUNK = 1000
_LARGEST = Decimal("9999999999.99")


@dataclass(frozen=True, kw_only=True)
class NewIncome:
    """An income item to record: yuan by the month or by the year, of the household or of one member."""

    home: Household
    kind: AssistanceIncomeKind
    amount: Decimal
    period: AssistancePeriod = AssistancePeriod.MONTH
    person_id: uuid.UUID | None = None
    since: date | None = None


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 99


def check_amount(amount: Decimal, field: str) -> None:
    """Refuse what is no amount in yuan.

    Raises:
        Refused: AMOUNT_RANGE.
    """
    if not 0 <= amount <= _LARGEST or _places(amount) > 2:
        raise Refused(AMOUNT_RANGE, (field,))


async def record_incomes(work: Work, news: Sequence[NewIncome]) -> list[AssistanceIncomeItem]:
    """Record income items and assess their households anew.

    Raises:
        Refused: AMOUNT_RANGE, DATE_FUTURE, DATE_ORDER (before the household), HOUSEHOLD_CLOSED, MEMBER_MISSING,
            FORBIDDEN, FORBIDDEN_SCOPE.
    """
    for new in news:
        _check_income(work, new)
    await _refuse_strangers(work, news)
    rows = [_income(work, new) for new in news]
    await work.insert(rows)
    await work.insert([_recorded(work, *pair) for pair in zip(news, rows, strict=True)], keep=False)
    await reassess(work, [home_of(new.home) for new in news], "income")
    return rows


def _recorded(work: Work, new: NewIncome, row: AssistanceIncomeItem) -> Any:
    subject = typed(INCOME, row.id)
    return work.audit_row(
        "assistance.income_recorded", subject, district=new.home.district, fields=["amount"]
    )


def _check_income(work: Work, new: NewIncome) -> None:
    work.require_within(WRITE, new.home.division, field=("household",))
    if new.home.closed_on is not None:
        raise Refused(HOUSEHOLD_CLOSED, ("household",))
    check_amount(new.amount, "amount")
    since = new.since or work.clock.today()
    work.refuse_future(since, "since")
    if since < new.home.opened_on:
        raise Refused(DATE_ORDER, ("since",), day=since, earliest=new.home.opened_on)


async def _refuse_strangers(work: Work, news: Sequence[NewIncome]) -> None:
    wanted = [(new.home.id, new.person_id) for new in news if new.person_id is not None]
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        known = await repository.memberships(work.session, list({home for home, _ in part}))
        if not set(part) <= known:
            raise Refused(MEMBER_MISSING, ("person",))


def _income(work: Work, new: NewIncome) -> AssistanceIncomeItem:
    return AssistanceIncomeItem(
        id=new_id(),
        household_id=new.home.id,
        person_id=new.person_id,
        kind=new.kind,
        amount=new.amount,
        period=new.period,
        valid_from=new.since or work.clock.today(),
        recorded_at=work.now,
    )


async def end_income(
    work: Work, item: AssistanceIncomeItem, home: Household, on: date
) -> AssistanceIncomeItem:
    """End an income item: `on` is the first day without it. The household is assessed anew.

    Returns:
        The row that says so; the item itself where it ends before it began to count.

    Raises:
        Refused: DATE_FUTURE, DATE_ORDER (before its start, or ended already), FORBIDDEN, FORBIDDEN_SCOPE.
    """
    work.require_within(WRITE, home.division, field=("item",))
    work.refuse_future(on, "on")
    if item.valid_to is not None or item.voided_at is not None or on < item.valid_from:
        raise Refused(DATE_ORDER, ("on",), day=on, earliest=item.valid_to or item.valid_from)
    row = _ended(work, item, on)
    work.audit("assistance.income_ended", typed(INCOME, item.id), district=home.district, fields=["valid_to"])
    await reassess(work, [home_of(home)], "income")
    return row


def _ended(work: Work, item: AssistanceIncomeItem, on: date) -> AssistanceIncomeItem:
    now = work.now
    if on == item.valid_from:
        item.voided_at = now  # over before it began: nothing of it remains valid
        return item
    row = item.ended(on, now, id=new_id())
    work.session.add(row)
    return row


async def set_standard(
    work: Work, division: str, urban_rural: AssistanceUrbanRural, monthly: Decimal, valid_from: date
) -> AssistanceStandard:
    """Set the dibao standard of a division from a day on: yuan a head and month. The one before ends there.

    Raises:
        Refused: AMOUNT_RANGE, DIV_UNKNOWN, DATE_FUTURE, DATE_ORDER (before the one in force), FORBIDDEN,
            FORBIDDEN_SCOPE.
    """
    await _check_parameter(work, division, valid_from)
    check_amount(monthly, "monthly")
    model = AssistanceStandard
    programme = AssistanceProgramme.DIBAO
    tests = (model.programme == programme, model.class_.is_(None), model.urban_rural == urban_rural)
    row = AssistanceStandard(
        id=new_id(),
        programme=programme,
        division=division,
        urban_rural=urban_rural,
        monthly=monthly,
        valid_from=valid_from,
        recorded_at=work.now,
    )
    current = await _current(work, model, division, tests)
    _refuse_earlier(current, valid_from)
    await supersede(work.session, current, row, valid_from, work.now)
    _audit_set(work, row, STANDARD, "standard")
    await work.flush()
    await reassess(work, await repository.homes_below(work.session, division), "standard")
    return row


async def set_factor(
    work: Work,
    division: str,
    kind: AssistanceFactorKind,
    value: Decimal,
    valid_from: date,
    source: str | None = None,
) -> AssistanceFactor:
    """Set a marginal factor of a division from a day on. The one before ends there.

    It is a parameter like any other; `setParameter` also takes days ahead, and days before the one in force.

    Raises:
        Refused: FACTOR_RANGE, and as for standards.
    """
    await _check_parameter(work, division, valid_from)
    if not 1 <= value <= 100 or _places(value) > 4:
        raise Refused(FACTOR_RANGE, ("value",))
    model = AssistanceFactor
    _refuse_earlier(await _current(work, model, division, (model.kind == kind,)), valid_from)
    row = await parameters.set_factor(work, division, kind, value, valid_from, source)
    _audit_set(work, row, FACTOR, "factor")
    return row


async def _check_parameter(work: Work, division: str, valid_from: date) -> None:
    work.require_within(STANDARDS, division, field=("division",))
    if division not in await divisions_by_code(work.session, [division]):
        raise Refused(DIV_UNKNOWN, ("division",), code=division)
    # One that starts later would need somebody to assess everybody on that day.
    work.refuse_future(valid_from, "validFrom")


async def _current(work: Work, model: Any, division: str, tests: Sequence[Any]) -> Any:
    query = select(model).where(model.division == division, open_now(model), *tests)
    return (await work.session.scalars(query.order_by(model.valid_from.desc(), model.id))).first()


def _refuse_earlier(current: Any, valid_from: date) -> None:
    if current is not None and valid_from < current.valid_from:
        raise Refused(DATE_ORDER, ("validFrom",), day=valid_from, earliest=current.valid_from)


def _audit_set(work: Work, row: Any, prefix: str, what: str) -> None:
    work.audit(
        f"assistance.{what}_set",
        typed(prefix, row.id),
        district=division_code.district(row.division),
        details={"division": row.division},
    )


async def households_changed(work: Work, change: HouseholdChange) -> int:
    """Assess changed households anew."""
    if change.reason == "removed":
        return await forget(work, [home.id for home in change.households])
    return await reassess(work, [home_of(home) for home in change.households], change.reason)


async def person_moved(work: Work, event: LifeEvent) -> str | None:
    """Assess the households of somebody who moved anew, and say so."""
    if event.type is not LifeEventType.MOVE:
        return None
    homes: list[Home] = await repository.homes_of_person(work.session, event.person_id)
    if not homes:
        return None
    changed = await reassess(work, homes, "moved")
    return f"已按地址所在区划的标准重新核算 {len(homes)} 户，{changed} 户有变化。 {_counted(len(homes), changed)}"


def _counted(homes: int, changed: int) -> str:
    noun = "household" if homes == 1 else "households"
    return f"Assessed {homes} {noun} anew by the standard of the address; {changed} changed."


async def store_annual_incomes(work: Work, rows: Sequence[tuple[Household, Person, Decimal]]) -> None:
    """Store imported yearly incomes, yuan, as other income of each person's household, in place of earlier ones."""
    for start in range(0, len(rows), _CHUNK):
        await _end_imported(work, rows[start : start + _CHUNK])
    news = [
        NewIncome(
            home=home,
            kind=AssistanceIncomeKind.OTHER,
            amount=amount,
            period=AssistancePeriod.YEAR,
            person_id=person.id,
        )
        for home, person, amount in rows
    ]
    await record_incomes(work, news)


async def _end_imported(work: Work, rows: Sequence[tuple[Household, Person, Decimal]]) -> None:
    """An import that is repeated must not count twice."""
    model, today = AssistanceIncomeItem, work.clock.today()
    query = select(model).where(
        model.person_id.in_([person.id for _, person, _ in rows]),
        model.household_id.in_([home.id for home, _, _ in rows]),
        model.kind == AssistanceIncomeKind.OTHER,
        model.period == AssistancePeriod.YEAR,
        open_now(model),
    )
    for item in (await work.session.scalars(query)).all():
        _ended(work, item, today)
