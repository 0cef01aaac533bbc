"""Divorce by registration (domain 1.6; Civil Code 1077): application, cooling-off, certificate."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from core.access.permissions import REGISTRY_WRITE
from core.codes.ages import ADULT, age_on
from core.codes.calendar import days_after, moved
from core.codes.relations import HEAD, IN_LAWS, SPOUSES
from core.codes.sets import Gender, MaritalStatus
from core.db import new_id
from core.errors import Refused
from core.events.models import EventRole, LifeEvent, LifeEventPerson, LifeEventType
from core.events.service import Happening, check_subject, record
from core.households import service as households
from core.households.models import Household
from core.households.service import ADDRESS_CONTEXT, CODE_LENGTH, NewHousehold
from core.ids import typed
from core.marriages import service as marriages
from core.marriages.models import DivorceApplication, DivorceChild, DivorceStatus
from core.parameters.limits import DIVORCE_CERTIFICATE_DAYS, DIVORCE_WITHDRAWAL_DAYS
from core.parameters.service import whole
from core.persons.models import Person
from core.persons.service import change
from core.placed import place
from core.refusals import (
    COOLING_OFF,
    DATE_ORDER,
    DEEMED_WITHDRAWN,
    DIVORCE_CLOSED,
    DIVORCE_PENDING,
    MEMBER_MISSING,
    NOT_MARRIED,
    WITHDRAWAL_LATE,
)
from core.work import Work

DIVORCE_PREFIX = "divorce_application"


@dataclass(frozen=True)
class Limits:
    """The days that follow from the day of an application."""

    withdraw_until: date
    certificate_from: date
    certificate_until: date


def limits(applied_on: date, withdrawal: int, certificate: int) -> Limits:
    """Either side withdraws within 30 days; the certificate is issued within the 30 days after (Civil Code 1077).

    Both ends are citizens' limits and move to the next working day (203); the second period starts after the
    first end as moved (domain 1.6, vectors 28 and 29).

    Args:
        withdrawal, certificate: the lengths of the two periods in days.
    """
    withdraw_until = moved(days_after(applied_on, withdrawal))
    return Limits(
        withdraw_until,
        withdraw_until + timedelta(days=1),
        moved(days_after(withdraw_until, certificate)),
    )


async def apply(
    work: Work, husband: Person, wife: Person, on: date, children: Sequence[Person] = ()
) -> DivorceApplication:
    """Record an application for divorce and the limits that follow.

    Args:
        children: minor children whom the register does not show as such.

    Raises:
        Refused: NOT_MARRIED, DIVORCE_PENDING, PERSON_DECEASED, DATE_FUTURE, DATE_ORDER, FORBIDDEN_SCOPE.
    """
    for name, person in (("husband", husband), ("wife", wife)):
        check_subject(work, person, on, name)
    if husband is wife or await marriages.spouse_of(work, husband) is not wife:
        raise Refused(NOT_MARRIED, ("wife",))
    if any(found.certificate_until >= on for found in await marriages.pending(work, husband)):
        raise Refused(DIVORCE_PENDING, ("husband",))
    marriage = await marriages.marriage_of(work, husband)
    if marriage is not None and on < marriage.valid_from:
        raise Refused(DATE_ORDER, ("on",), day=on, earliest=marriage.valid_from)
    row = await _application(work, husband, wife, on)
    husband.updated_at = work.now  # of two who apply at once, one meets a conflict
    work.session.add(row)
    await work.flush()
    for child in {*await _minor_children(work, husband, wife, on), *children}:
        work.session.add(DivorceChild(id=new_id(), application_id=row.id, person_id=child.id))
    work.audit("divorce.applied", typed(DIVORCE_PREFIX, row.id), district=row.district)
    await work.flush()
    return row


async def _application(work: Work, husband: Person, wife: Person, on: date) -> DivorceApplication:
    names = (DIVORCE_WITHDRAWAL_DAYS, DIVORCE_CERTIFICATE_DAYS)
    days = limits(on, *[await whole(work, name, husband.division, on) for name in names])
    return DivorceApplication(
        id=new_id(),
        husband_id=husband.id,
        wife_id=wife.id,
        status=DivorceStatus.APPLIED,
        applied_on=on,
        withdraw_until=days.withdraw_until,
        certificate_from=days.certificate_from,
        certificate_until=days.certificate_until,
        created_at=work.now,
        updated_at=work.now,
        **place(husband.division),
    )


async def _minor_children(work: Work, husband: Person, wife: Person, on: date) -> set[Person]:
    """Children by a recorded birth, and children of the head in a household that the couple heads."""
    keys = await _born_to(work, (husband.id, wife.id))
    for home in await households.homes_of(work, husband):
        relations = await households.relations(work, home)
        pair = {relations[husband.id], relations.get(wife.id, "")}
        if HEAD in pair and pair & {*SPOUSES}:
            keys |= {key for key, relation in relations.items() if relation[0] in "23"} - {
                husband.id,
                wife.id,
            }
    found = await work.session.scalars(select(Person).where(Person.id.in_(keys), Person.death_date.is_(None)))
    return {child for child in found if child.birth_date <= on and age_on(child.birth_date, on) < ADULT}


async def _born_to(work: Work, parents: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    part = LifeEventPerson
    births = (
        select(LifeEvent.person_id)
        .join(part, part.event_id == LifeEvent.id)
        .where(
            LifeEvent.type == LifeEventType.BIRTH,
            LifeEvent.reversed_at.is_(None),
            part.person_id.in_(parents),
            part.role.in_((EventRole.MOTHER, EventRole.FATHER)),
        )
    )
    return set(await work.session.scalars(births))


def _ready(work: Work, row: DivorceApplication, on: date, expected_version: int | None) -> None:
    work.require_within(REGISTRY_WRITE, row.division)
    work.expect_version(row, expected_version)
    if row.status is not DivorceStatus.APPLIED:
        raise Refused(DIVORCE_CLOSED, ("application",))
    work.refuse_future(on, "on")
    if on < row.applied_on:
        raise Refused(DATE_ORDER, ("on",), day=on, earliest=row.applied_on)


async def withdraw(
    work: Work, row: DivorceApplication, on: date, expected_version: int | None = None
) -> DivorceApplication:
    """Withdraw an application, as either side may until `withdraw_until`.

    Raises:
        Refused: DIVORCE_CLOSED, WITHDRAWAL_LATE, CONFLICT, DATE_FUTURE, DATE_ORDER, FORBIDDEN_SCOPE.
    """
    _ready(work, row, on, expected_version)
    if on > row.withdraw_until:
        raise Refused(WITHDRAWAL_LATE, ("on",), last=row.withdraw_until)
    row.status, row.ended_on, row.updated_at = DivorceStatus.WITHDRAWN, on, work.now
    work.audit("divorce.withdrawn", typed(DIVORCE_PREFIX, row.id), district=row.district)
    await work.flush()
    return row


@dataclass(frozen=True, kw_only=True)
class Divorce:
    """The certificate is issued.

    Attributes:
        leaving: who leaves the households that the two share; None is the one who is not the head (an in-law
            where neither is).
        children: who leaves with them.
    """

    application: DivorceApplication
    on: date
    leaving: Person | None = None
    children: Sequence[Person] = ()


async def divorce(work: Work, asked: Divorce, expected_version: int | None = None) -> LifeEvent:
    """Register a divorce within the days for it; the households that the two share are split.

    Raises:
        Refused: COOLING_OFF, DEEMED_WITHDRAWN, DIVORCE_CLOSED, CONFLICT, DATE_FUTURE, DATE_ORDER, MEMBER_MISSING,
            FORBIDDEN_SCOPE; Refusals of plugins that block it.
    """
    row = asked.application
    _ready(work, row, asked.on, expected_version)
    if asked.on < row.certificate_from:
        raise Refused(COOLING_OFF, ("on",), first=row.certificate_from, last=row.certificate_until)
    if asked.on > row.certificate_until:
        raise Refused(DEEMED_WITHDRAWN, ("on",), last=row.certificate_until)
    return await record(work, lambda: _effect(work, asked))


async def _effect(work: Work, asked: Divorce) -> Happening:
    row, on = asked.application, asked.on
    husband = await work.session.get_one(Person, row.husband_id)
    wife = await work.session.get_one(Person, row.wife_id)
    if await marriages.spouse_of(work, husband) is not wife:  # the marriage was reversed since
        raise Refused(NOT_MARRIED, ("application",))
    row.status, row.ended_on, row.updated_at = DivorceStatus.REGISTERED, on, work.now
    await work.flush()  # before the marriage ends: applications still open fall with it
    done = await _split(work, asked, husband, wife)
    for person in (husband, wife):
        person.updated_at = work.now
        await change(work, person, {"marital_status": MaritalStatus.DIVORCED}, on)
    await marriages.end(work, husband, on)
    minors = select(Person).join(DivorceChild, DivorceChild.person_id == Person.id)
    children = await work.session.scalars(minors.where(DivorceChild.application_id == row.id))
    return Happening(
        type=LifeEventType.DIVORCE,
        on=on,
        subject=husband,
        others=[
            (EventRole.HUSBAND, husband),
            (EventRole.WIFE, wife),
            *((EventRole.CHILD, child) for child in children),
        ],
        details={"application": typed(DIVORCE_PREFIX, row.id)},
        done=["双方婚姻状况改为离婚。 Both are recorded as divorced.", *done],
    )


async def _split(work: Work, asked: Divorce, husband: Person, wife: Person) -> list[str]:
    """A household of their own for who leaves, beside each that the two share."""
    theirs = {home.id for home in await households.homes_of(work, wife)}
    shared = [home for home in await households.homes_of(work, husband) if home.id in theirs]
    await _check_leavers(work, asked, shared, husband, wife)
    done = []
    for home in shared:
        new = await _part(work, asked, home, husband, wife)
        done.append(f"户 {home.code} 分出户 {new.code}。 Household {home.code} was split, {new.code} is new.")
    return done


async def _check_leavers(
    work: Work, asked: Divorce, shared: Sequence[Household], husband: Person, wife: Person
) -> None:
    """Who leaves is one of the two; each child is a member of a household that they share."""
    if asked.leaving is not None and asked.leaving not in (husband, wife):
        raise Refused(MEMBER_MISSING, ("leaving",))
    inside = {key for home in shared for key in await households.relations(work, home)}
    inside -= {husband.id, wife.id}
    if any(child.id not in inside for child in asked.children):
        raise Refused(MEMBER_MISSING, ("childrenLeaving",))


async def _part(work: Work, asked: Divorce, home: Household, husband: Person, wife: Person) -> Household:
    relations = await households.relations(work, home)
    on = max(asked.on, home.opened_on)
    leaver = asked.leaving or _leaver(relations, husband, wife)
    children = [child for child in dict.fromkeys(asked.children) if child.id in relations]
    if relations[leaver.id] == HEAD:
        await households.succeed(work, home, leaver, husband if leaver is wife else wife, on)
    else:
        await households.depart(work, home, leaver, on)
    for child in children:
        await households.depart(work, home, child, on)
    return await _own_household(work, home, leaver, children, on)


def _leaver(relations: dict[uuid.UUID, str], husband: Person, wife: Person) -> Person:
    if relations[wife.id] == HEAD or (relations[husband.id] in IN_LAWS and relations[wife.id] not in IN_LAWS):
        return husband
    return wife


async def _split_code(work: Work, home: Household) -> str | None:
    """The household's code with the next free number behind it; None (any code) where that is too long."""
    low, high = f"{home.code}-", f"{home.code}."  # "." is the character after "-"
    taken = select(func.count()).select_from(Household)
    same = (Household.district == home.district, Household.code >= low, Household.code < high)
    code = f"{low}{((await work.session.scalar(taken.where(*same))) or 0) + 2}"
    return code if len(code) <= CODE_LENGTH else None


async def _own_household(
    work: Work, home: Household, leaver: Person, children: Sequence[Person], on: date
) -> Household:
    plain = work.vault.decrypt(home.address_cipher, ADDRESS_CONTEXT) if home.address_cipher else "—"
    members = [(child, "20" if child.gender is Gender.MALE else "30") for child in children]
    new = NewHousehold(
        kind=home.kind,
        division=home.division,
        address=plain,
        code=await _split_code(work, home),
        members=[(leaver, HEAD), *members],
        opened_on=on,
    )
    return (await households.open_households(work, [new]))[0]
