"""Awarding, changing and ending entitlements, by whole months (domain 2). Plugins decide, and call these.

Rows are dated facts: a change ends the row before and appends one; a correction voids what it replaces.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core.codes.months import check_month, month_after
from core.db import new_id
from core.entitlements.declared import Programme
from core.entitlements.models import Entitlement, EntitlementPerson
from core.entitlements.refusals import ENTITLEMENT_ENDED, ENTITLEMENT_OVERLAP, PROGRAMME_UNKNOWN
from core.errors import Refused
from core.households.models import Household
from core.ids import typed
from core.money import NOTHING, check_amount
from core.persons.models import Person
from core.placed import place
from core.refusals import DATE_ORDER, NOT_FOUND, PERSON_DECEASED
from core.work import Work

AWARD = "award"  # prefixes the ids of awards in the audit
# The most that one entitlement pays in a month, in yuan: what is more is a slip of the finger.
MOST = Decimal("99999.99")
_CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class NewEntitlement:
    """An entitlement to award.

    Attributes:
        payee: who is paid. covers: the persons it is for; the payee alone by default.
        amount: yuan a month. first: the first month, as its first day. end: the first month no longer paid.
        division: where it is dealt with; the payee's residence by default.
        subject: the typed id of the case behind it.
    """

    programme: str
    payee: Person
    amount: Decimal
    first: date
    end: date | None = None
    covers: Sequence[Person] | None = None
    household: Household | None = None
    division: str | None = None
    subject: str | None = None

    @property
    def persons(self) -> Sequence[Person]:
        return [self.payee] if self.covers is None else self.covers

    @property
    def place(self) -> str:
        return self.division or self.payee.division


def programme_of(work: Work, name: str, *field: str) -> Programme:
    """The declaration of a programme.

    Raises:
        Refused: PROGRAMME_UNKNOWN.
    """
    book = work.host.book(Programme)
    found = book.get(name)
    if found is None:
        raise Refused(PROGRAMME_UNKNOWN, field, name=name[:80], known=", ".join(p.name for p in book) or "–")
    return found


async def award(work: Work, new: NewEntitlement) -> Entitlement:
    """Award an entitlement. Exclusive benefits do not hinder it: they are held back when they would be paid.

    Raises:
        Refused: as `award_many`.
    """
    return (await award_many(work, [new]))[0]


async def award_many(work: Work, news: Sequence[NewEntitlement]) -> list[Entitlement]:
    """Award entitlements, in bulk where there are many.

    Raises:
        Refused: PROGRAMME_UNKNOWN, FORBIDDEN, FORBIDDEN_SCOPE, MONEY_AMOUNT, MONTH_INVALID, DATE_ORDER,
            PERSON_DECEASED (before the first month), ENTITLEMENT_OVERLAP.
    """
    rows = [_checked(work, new) for new in news]
    persons = [person for row, new in zip(rows, news, strict=True) for person in _persons(work, row, new)]
    await _refuse_overlap(work, persons)
    await work.insert(rows)
    await work.insert(persons)
    audits = [_audited(work, "entitlement.awarded", row) for row in rows]
    await work.insert(audits, keep=False)
    return rows


def _checked(work: Work, new: NewEntitlement) -> Entitlement:
    programme = programme_of(work, new.programme, "programme")
    work.require_within(programme.manage, new.place)
    amount = check_amount(new.amount, "amount", least=NOTHING, most=MOST)
    check_month(new.first, "first")
    if new.end is not None and check_month(new.end, "end") <= new.first:
        raise Refused(DATE_ORDER, ("end",), day=new.end, earliest=month_after(new.first))
    if new.payee.death_date is not None and new.payee.death_date < new.first:
        raise Refused(PERSON_DECEASED, ("payee",))
    key = new_id()
    return Entitlement(
        id=key,
        award_id=key,
        programme=programme.name,
        person_id=new.payee.id,
        household_id=new.household and new.household.id,
        amount=amount,
        subject=new.subject,
        read=programme.read,
        valid_from=new.first,
        valid_to=new.end,
        recorded_at=work.now,
        **place(new.place),
    )


def _persons(work: Work, row: Entitlement, new: NewEntitlement) -> list[EntitlementPerson]:
    keys = {person.id for person in new.persons}
    return [_person(work, row, key, key in keys) for key in {**dict.fromkeys(keys), row.person_id: None}]


def _person(work: Work, row: Entitlement, person: uuid.UUID, covered: bool) -> EntitlementPerson:
    return EntitlementPerson(
        id=new_id(),
        award_id=row.award_id,
        programme=row.programme,
        person_id=person,
        covered=covered,
        payee=person == row.person_id,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        recorded_at=work.now,
    )


async def _refuse_overlap(work: Work, news: Sequence[EntitlementPerson]) -> None:
    """One benefit covers nobody twice and pays nobody twice, in any month."""
    known: dict[tuple[str, uuid.UUID], list[EntitlementPerson]] = {}
    for start in range(0, len(news), _CHUNK):
        chunk = news[start : start + _CHUNK]
        query = select(EntitlementPerson).where(
            EntitlementPerson.person_id.in_([row.person_id for row in chunk]),
            EntitlementPerson.voided_at.is_(None),
        )
        for row in await work.session.scalars(query):
            known.setdefault((row.programme, row.person_id), []).append(row)
    for new in news:
        beside = known.setdefault((new.programme, new.person_id), [])
        if any(_clash(new, other) for other in beside):
            raise Refused(ENTITLEMENT_OVERLAP, ("payee" if new.payee else "covers",))
        beside.append(new)


def _clash(one: EntitlementPerson, other: EntitlementPerson) -> bool:
    alike = (one.covered and other.covered) or (one.payee and other.payee)
    end = one.valid_to or date.max
    return (
        alike
        and one.award_id != other.award_id
        and other.valid_from < end
        and one.valid_from < (other.valid_to or date.max)
    )


def _audited(work: Work, action: str, row: Entitlement) -> Any:
    details = {"programme": row.programme, "month": row.valid_from.isoformat()[:7]}
    return work.audit_row(action, typed(AWARD, row.award_id), district=row.district, details=details)


async def award_of(work: Work, award_id: uuid.UUID) -> list[Entitlement]:
    """The rows of an award as known now, the first month first.

    Raises:
        Refused: NOT_FOUND; FORBIDDEN and FORBIDDEN_SCOPE without the programme's `manage`.
    """
    query = select(Entitlement).where(Entitlement.award_id == award_id, Entitlement.voided_at.is_(None))
    rows = list(await work.session.scalars(query.order_by(Entitlement.valid_from)))
    if not rows:
        raise Refused(NOT_FOUND, id=typed(AWARD, award_id))
    work.require_within(programme_of(work, rows[-1].programme).manage, rows[-1].division)
    return rows


async def change(
    work: Work,
    award_id: uuid.UUID,
    *,
    amount: Decimal | None = None,
    covers: Sequence[Person] | None = None,
    since: date | None = None,
) -> Entitlement:
    """Let an award be of another amount, or for other persons, from a month on.

    Args:
        since: the month, as its first day; by default the one after today's (domain 2: no proration). An earlier
            one corrects what was known of the months from then on; what they lack is then paid as back pay, what
            they got too much is a recovery.

    Raises:
        Refused: as `award_of`; MONEY_AMOUNT, MONTH_INVALID, DATE_ORDER (before it begins), ENTITLEMENT_ENDED,
            ENTITLEMENT_OVERLAP.
    """
    rows = await award_of(work, award_id)
    month = check_month(since or month_after(work.clock.today()), "since")
    last = _standing_at(rows, month)
    new = last.replaced(work.now, id=new_id(), valid_from=month, valid_to=rows[-1].valid_to)
    last.voided_at = None
    if amount is not None:
        new.amount = check_amount(amount, "amount", least=NOTHING, most=MOST)
    await _cut_all(work, rows, month)
    work.session.add(new)
    if covers is not None:
        await _cover(work, new, [person.id for person in covers])
    work.session.add(_audited(work, "entitlement.changed", new))
    await work.flush()
    return new


def _standing_at(rows: Sequence[Entitlement], month: date) -> Entitlement:
    if month < rows[0].valid_from:
        raise Refused(DATE_ORDER, ("since",), day=month, earliest=rows[0].valid_from)
    end = rows[-1].valid_to
    if end is not None and end <= month:
        raise Refused(ENTITLEMENT_ENDED, ("since",), end=end)
    return next(row for row in reversed(rows) if row.valid_from <= month)


async def _cut_all(work: Work, rows: Iterable[Any], month: date) -> None:
    """Let nothing of dated rows remain from a month on. What is voided must be gone before what follows it comes."""
    standing = [row for row in rows if row.valid_to is None or row.valid_to > month]
    kept = [row for row in standing if row.valid_from < month]
    for row in standing:
        row.voided_at = work.now
    await work.flush()
    for row in kept:
        work.session.add(row.replaced(work.now, id=new_id(), valid_to=month))
    await work.flush()


async def _cover(work: Work, new: Entitlement, persons: Sequence[uuid.UUID]) -> None:
    """Cover these persons, and no others, from the month in which `new` begins."""
    await _cut_all(work, await _persons_of(work, new.award_id), new.valid_from)
    wanted = {**dict.fromkeys(persons, True)}
    rows = [_person(work, new, key, wanted.get(key, False)) for key in {**wanted, new.person_id: None}]
    await _refuse_overlap(work, rows)
    work.session.add_all(rows)


async def _persons_of(work: Work, award_id: uuid.UUID) -> Sequence[EntitlementPerson]:
    query = select(EntitlementPerson).where(
        EntitlementPerson.award_id == award_id, EntitlementPerson.voided_at.is_(None)
    )
    return (await work.session.scalars(query)).all()


async def end(work: Work, award_id: uuid.UUID, month: date | None = None) -> Entitlement:
    """Let an award pay no more from a month on, by default the one after today's.

    Returns:
        What is left of it: its last row; one that is voided when nothing is left.

    Raises:
        Refused: as `award_of`; MONTH_INVALID, DATE_ORDER (before it began), ENTITLEMENT_ENDED.
    """
    rows = await award_of(work, award_id)
    first = check_month(month or month_after(work.clock.today()), "month")
    last = _standing_at(rows, first)
    await _cut_all(work, rows, first)
    await _cut_all(work, await _persons_of(work, award_id), first)
    work.session.add(_audited(work, "entitlement.ended", last))
    await work.flush()
    left = await work.session.scalars(
        select(Entitlement)
        .where(Entitlement.award_id == award_id, Entitlement.voided_at.is_(None))
        .order_by(Entitlement.valid_from.desc())
    )
    return left.first() or last
