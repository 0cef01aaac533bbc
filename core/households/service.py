"""Opening and closing households; members who join, leave and change role (domain 1.5)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from core import history
from core.access.permissions import REGISTRY_WRITE
from core.codes.relations import HEAD
from core.codes.sets import RELATIONS, HouseholdKind
from core.dated import cut, open_now
from core.db import new_id
from core.divisions.models import Division
from core.divisions.service import by_code, check_usable
from core.errors import Refused
from core.households.changes import HouseholdChange
from core.households.models import Household, HouseholdMember, HouseholdVersion
from core.households.told import retell, tell_opened
from core.ids import typed
from core.persons.models import Person
from core.placed import place
from core.refusals import (
    ADDRESS_FORMAT,
    DATE_ORDER,
    HEAD_LEAVES,
    HEAD_REQUIRED,
    HOUSEHOLD_CLOSED,
    HOUSEHOLD_CODE_TAKEN,
    MEMBER_DUPLICATE,
    MEMBER_MISSING,
    PERSON_DECEASED,
)
from core.texts import check_text
from core.timeline.kinds import CLOSED, HEADED, MOVED
from core.timeline.service import NewEntry, tell_timeline
from core.work import Work

ADDRESS_CONTEXT = "core_household.address"
CODE_LENGTH = 40


_HEAD_CHANGED = "household.head_changed"
# What is told of the household itself, by what is audited.
_KINDS = {"household.closed": CLOSED, "household.moved": MOVED, _HEAD_CHANGED: HEADED}
# Opened in bulk, with its entries; or removed, with them.
_TOLD_ALREADY = ("opened", "removed")


@dataclass(frozen=True, kw_only=True)
class NewHousehold:
    """A household to open, with its members: (person, relation to the head); exactly one is the head, 02.

    Attributes:
        code: 户编号; None lets the service make one.
        address: street and number below the address division; shown only to the division.
    """

    kind: HouseholdKind
    division: str
    address: str
    members: Sequence[tuple[Person, str]]
    code: str | None = None
    opened_on: date | None = None


async def open_households(work: Work, news: Sequence[NewHousehold]) -> list[Household]:
    """Open households with their first members.

    Raises:
        Refused: HEAD_REQUIRED, MEMBER_DUPLICATE, PERSON_DECEASED, HOUSEHOLD_CODE_TAKEN, ADDRESS_FORMAT,
            DATE_FUTURE, unusable divisions, FORBIDDEN_SCOPE.
    """
    divisions = await by_code(work.session, [new.division for new in news])
    for new in news:
        work.require_within(REGISTRY_WRITE, new.division, field=("addressDivision",))
        _check_new(work, new, divisions)
    await _refuse_members_elsewhere(work, news)
    await _refuse_taken_codes(work, news)
    homes = [_household(work, new, divisions[new.division]) for new in news]
    await work.insert(homes)
    facts = [row for pair in zip(homes, news, strict=True) for row in _facts(work, *pair)]
    await work.insert(facts, keep=False)
    await tell_opened(work, homes)
    await changed(work, homes, work.clock.today(), "opened")
    return homes


def _check_new(work: Work, new: NewHousehold, divisions: dict[str, Division]) -> None:
    today = work.clock.today()
    day = new.opened_on or today
    work.refuse_future(day, "openedOn")
    try:
        check_usable(divisions.get(new.division), new.division, day)
    except Refused as refusal:
        raise refusal.at("addressDivision") from None
    _check_address(new.address)
    if [_relation(relation, "members") for _, relation in new.members].count(HEAD) != 1:
        raise Refused(HEAD_REQUIRED, ("members",))
    if new.code is not None:
        check_text(new.code, CODE_LENGTH, ("code",))
    for person, _ in new.members:
        _refuse_dead(person)


def _check_address(address: str) -> None:
    if not 1 <= len(address.strip()) <= 200:
        raise Refused(ADDRESS_FORMAT, ("address",))


def _refuse_dead(person: Person) -> None:
    if person.death_date is not None:
        raise Refused(PERSON_DECEASED, ("person",))


async def _refuse_members_elsewhere(work: Work, news: Sequence[NewHousehold]) -> None:
    """One person is in at most one household of each kind on any day."""
    wanted = [(person.id, new.kind) for new in news for person, _ in new.members]
    if len(set(wanted)) < len(wanted):
        raise Refused(MEMBER_DUPLICATE, ("members",))
    free = await free_from(work, [key for key, _ in wanted])
    for new in news:
        day = new.opened_on or work.clock.today()
        if any(free.get((person.id, new.kind), day) > day for person, _ in new.members):
            raise Refused(MEMBER_DUPLICATE, ("members",))


async def free_from(work: Work, persons: Iterable[uuid.UUID]) -> dict[tuple[uuid.UUID, HouseholdKind], date]:
    """From which day on each person can join a household of a kind; `date.max` for members of an open one."""
    keys = list(persons)
    free: dict[tuple[uuid.UUID, HouseholdKind], date] = {}
    for start in range(0, len(keys), 500):
        some = HouseholdMember.person_id.in_(keys[start : start + 500])
        query = select(HouseholdMember).where(some, HouseholdMember.voided_at.is_(None))
        for row in await work.session.scalars(query):
            key, end = (row.person_id, row.kind), row.valid_to or date.max
            free[key] = max(free.get(key, end), end)
    return free


async def _refuse_taken_codes(work: Work, news: Sequence[NewHousehold]) -> None:
    wanted = [(place(new.division)["district"], new.code) for new in news if new.code]
    if len(set(wanted)) < len(wanted):
        raise Refused(HOUSEHOLD_CODE_TAKEN, ("code",), code="")
    for start in range(0, len(wanted), 500):
        codes = [code for _, code in wanted[start : start + 500]]
        query = select(Household.district, Household.code).where(Household.code.in_(codes))
        taken = {(row[0], row[1]) for row in await work.session.execute(query)} & set(wanted)
        if taken:
            raise Refused(HOUSEHOLD_CODE_TAKEN, ("code",), code=min(taken)[1])


def _household(work: Work, new: NewHousehold, division: Division) -> Household:
    key, now = new_id(), work.now
    head = next(person for person, relation in new.members if RELATIONS.parse(relation) == HEAD)
    return Household(
        id=key,
        kind=new.kind,
        # Eight hex digits of the random part: short enough to read out, and the district holds it unique.
        code=new.code or f"{new.division[:9]}-{key.hex[-8:].upper()}",
        head_id=head.id,
        address_cipher=work.vault.encrypt(new.address.strip(), ADDRESS_CONTEXT),
        address_masked=division.full_name,
        opened_on=new.opened_on or work.clock.today(),
        created_at=now,
        updated_at=now,
        **place(new.division),
    )


def _facts(work: Work, home: Household, new: NewHousehold) -> Iterator[Any]:
    """What is written beside a new household."""
    yield _version(work, home, home.opened_on)
    for person, relation in new.members:
        yield _member(work, home, person, RELATIONS.parse(relation), home.opened_on)
    yield work.audit_row("household.opened", typed("household", home.id), district=home.district)


def _told(home: Household, kind: str, on: date, person_id: uuid.UUID | None = None) -> NewEntry:
    return NewEntry(
        kind=kind,
        on=on,
        division=home.division,
        subject=typed("household", home.id),
        person_id=person_id,
        household_id=home.id,
    )


def _version(work: Work, home: Household, effective: date) -> HouseholdVersion:
    return HouseholdVersion(
        id=new_id(),
        household_id=home.id,
        head_id=home.head_id,
        division=home.division,
        address_cipher=home.address_cipher,
        address_masked=home.address_masked,
        valid_from=effective,
        recorded_at=work.now,
    )


def _member(work: Work, home: Household, person: Person, relation: str, since: date) -> HouseholdMember:
    return HouseholdMember(
        id=new_id(),
        household_id=home.id,
        person_id=person.id,
        kind=home.kind,
        relation=relation,
        valid_from=since,
        recorded_at=work.now,
    )


async def changed(work: Work, homes: Sequence[Household], on: date, reason: str) -> None:
    """Let timelines and plugins say anew what they derive from households."""
    for home in homes if reason not in _TOLD_ALREADY else ():
        await retell(work, home)
    if homes:
        districts = {home.district for home in homes}
        change = HouseholdChange(homes, on, reason)
        await work.tell("household_changed", typed("household", homes[0].id), districts, change=change)


async def _open_members(work: Work, home: Household) -> list[HouseholdMember]:
    query = select(HouseholdMember).where(HouseholdMember.household_id == home.id, open_now(HouseholdMember))
    return list(await work.session.scalars(query.order_by(HouseholdMember.relation, HouseholdMember.id)))


async def members(work: Work, home: Household) -> list[Person]:
    """The present members, the head first."""
    keys = [row.person_id for row in await _open_members(work, home)]
    found = {p.id: p for p in await work.session.scalars(select(Person).where(Person.id.in_(keys)))}
    return [found[key] for key in keys]


async def relations(work: Work, home: Household) -> dict[uuid.UUID, str]:
    """The present members' relations to the head, by person."""
    return {row.person_id: row.relation for row in await _open_members(work, home)}


async def homes_of(work: Work, person: Person) -> list[Household]:
    """The open households that a person is in, one of each kind at most."""
    query = (
        select(Household)
        .join(HouseholdMember, HouseholdMember.household_id == Household.id)
        .where(HouseholdMember.person_id == person.id, open_now(HouseholdMember))
        .order_by(Household.kind, Household.id)
    )
    return list(await work.session.scalars(query))


async def _membership(work: Work, home: Household, person: Person) -> HouseholdMember:
    for row in await _open_members(work, home):
        if row.person_id == person.id:
            return row
    raise Refused(MEMBER_MISSING, ("person",))


def _ready(work: Work, home: Household, on: date, expected_version: int | None) -> None:
    """What every change of an open household asks first."""
    work.require_within(REGISTRY_WRITE, home.division)
    work.expect_version(home, expected_version)
    if home.closed_on is not None:
        raise Refused(HOUSEHOLD_CLOSED, ("household",))
    work.refuse_future(on, "on")
    if on < home.opened_on:
        raise Refused(DATE_ORDER, ("on",), day=on, earliest=home.opened_on)


async def _touch(work: Work, home: Household, action: str, on: date, reason: str) -> Household:
    home.updated_at = work.now
    work.audit(action, typed("household", home.id), district=home.district)
    if action in _KINDS:
        head = home.head_id if action == _HEAD_CHANGED else None
        await tell_timeline(work, _told(home, _KINDS[action], max(on, home.opened_on), head))
    await work.flush()
    await changed(work, [home], on, reason)
    return home


async def join(
    work: Work, home: Household, person: Person, relation: str, on: date, expected_version: int | None = None
) -> Household:
    """Add a member from a day on.

    Raises:
        Refused: MEMBER_DUPLICATE, PERSON_DECEASED, HEAD_REQUIRED (a second head), CODE_UNKNOWN, and those of
            every change: CONFLICT, HOUSEHOLD_CLOSED, DATE_FUTURE, DATE_ORDER, FORBIDDEN_SCOPE.
    """
    _ready(work, home, on, expected_version)
    _refuse_dead(person)
    code = _relation(relation)
    if code == HEAD:
        raise Refused(HEAD_REQUIRED, ("relation",))
    if (await free_from(work, [person.id])).get((person.id, home.kind), on) > on:
        raise Refused(MEMBER_DUPLICATE, ("person",))
    work.session.add(_member(work, home, person, code, on))
    return await _touch(work, home, "household.joined", on, "joined")


def _relation(text: str, field: str = "relation") -> str:
    try:
        return RELATIONS.parse(text)
    except Refused as refusal:
        raise refusal.at(field) from None


async def leave(
    work: Work, home: Household, person: Person, on: date, expected_version: int | None = None
) -> Household:
    """End a membership: `on` is the first day outside the household.

    Raises:
        Refused: MEMBER_MISSING, HEAD_LEAVES, and those of every change.
    """
    _ready(work, home, on, expected_version)
    row = await _membership(work, home, person)
    if row.relation == HEAD:
        raise Refused(HEAD_LEAVES, ("person",))
    _end(work, row, on)
    return await _touch(work, home, "household.left", on, "left")


def _end(work: Work, row: HouseholdMember, on: date) -> None:
    _refuse_before(row, on)
    cut(work.session, row, on, work.now)


def _refuse_before(row: HouseholdMember, on: date) -> None:
    if on < row.valid_from:
        raise Refused(DATE_ORDER, ("on",), day=on, earliest=row.valid_from)


async def change_role(
    work: Work, home: Household, person: Person, relation: str, on: date, expected_version: int | None = None
) -> Household:
    """Give a member another relation to the head from a day on.

    Raises:
        Refused: MEMBER_MISSING, HEAD_REQUIRED (to or from head: change the head instead), and as above.
    """
    _ready(work, home, on, expected_version)
    code, row = _relation(relation), await _membership(work, home, person)
    if HEAD in (code, row.relation):
        raise Refused(HEAD_REQUIRED, ("relation",))
    _refuse_before(row, on)
    await _turn(work, home, row, code, on)
    return await _touch(work, home, "household.role_changed", on, "role")


async def _turn(work: Work, home: Household, row: HouseholdMember, relation: str, on: date) -> None:
    since = max(on, row.valid_from)
    cut(work.session, row, on, work.now)
    await work.flush()  # the old row must be out of the way of the index that allows one open membership
    values: dict[str, Any] = {"household_id": home.id, "person_id": row.person_id, "kind": row.kind}
    now = work.now
    work.session.add(
        HouseholdMember(id=new_id(), relation=relation, valid_from=since, recorded_at=now, **values)
    )


async def change_head(
    work: Work,
    home: Household,
    person: Person,
    former_head_relation: str,
    on: date,
    expected_version: int | None = None,
) -> Household:
    """Make a member the head; the former head gets a relation to the new one, the others keep theirs.

    Raises:
        Refused: MEMBER_MISSING, HEAD_REQUIRED (the head already, or a second head), and as above.
    """
    _ready(work, home, on, expected_version)
    code, heir = _relation(former_head_relation, "formerHeadRelation"), await _membership(work, home, person)
    head = next(row for row in await _open_members(work, home) if row.relation == HEAD)
    if code == HEAD or heir is head:
        raise Refused(HEAD_REQUIRED, ("person",))
    for row in (head, heir):
        _refuse_before(row, on)
    await _turn(work, home, head, code, on)
    await _turn(work, home, heir, HEAD, on)
    await history.amend(work, {home: {"head_id": person.id}}, on)
    return await _touch(work, home, _HEAD_CHANGED, on, "head")


async def close(work: Work, home: Household, on: date, expected_version: int | None = None) -> Household:
    """Close a household and end its memberships: `on` is the first day without it.

    Raises:
        Refused: as every change.
    """
    _ready(work, home, on, expected_version)
    for row in await _open_members(work, home):
        _refuse_before(row, on)
    return await dissolve(work, home, on)


# -- what life events do, whoever the household belongs to and however late they are told


async def dissolve(work: Work, home: Household, on: date) -> Household:
    """Close a household from a day on; memberships that began later never were."""
    for row in await _open_members(work, home):
        cut(work.session, row, on, work.now)
    await history.amend(work, {home: {"closed_on": max(on, home.opened_on)}}, on)
    return await _touch(work, home, "household.closed", on, "closed")


async def depart(work: Work, home: Household, person: Person, on: date) -> Household:
    """End a membership from a day on, not the head's."""
    cut(work.session, await _membership(work, home, person), on, work.now)
    return await _touch(work, home, "household.left", on, "left")


async def cut_past(work: Work, person: Person, on: date) -> None:
    """Let no membership that is over reach beyond a day."""
    query = select(HouseholdMember).where(
        HouseholdMember.person_id == person.id,
        HouseholdMember.voided_at.is_(None),
        HouseholdMember.valid_to > on,
    )
    rows = (await work.session.scalars(query)).all()
    for row in rows:
        cut(work.session, row, on, work.now)
    await work.flush()
    for key in sorted({row.household_id for row in rows}):
        await retell(work, await work.session.get_one(Household, key))


async def succeed(work: Work, home: Household, head: Person, heir: Person, on: date) -> Household:
    """Let a member head the household from the day on which its head is gone.

    If the head came to be so only later, as the successor of another, the member is successor from that day on.
    """
    row = await _membership(work, home, head)
    since = max(on, row.valid_from)
    cut(work.session, row, on, work.now)
    await _turn(work, home, await _membership(work, home, heir), HEAD, since)
    await history.amend(work, {home: {"head_id": heir.id}}, since)
    return await _touch(work, home, _HEAD_CHANGED, on, "head")


async def move(
    work: Work, home: Household, person: Person, division: str, address: str | None, on: date
) -> Household:
    """Move a household with all its members to an address in another division.

    Raises:
        Refused: MEMBER_MISSING (the person), HOUSEHOLD_CLOSED, ADDRESS_FORMAT, DATE_ORDER, FORBIDDEN_SCOPE.
    """
    _ready(work, home, on, None)
    await _membership(work, home, person)
    _check_address(address or "")
    target = (await by_code(work.session, [division]))[division]
    changes = {
        "division": division,
        "address_cipher": work.vault.encrypt((address or "").strip(), ADDRESS_CONTEXT),
        "address_masked": target.full_name,
    }
    await history.amend(work, {home: changes}, on)
    for column, value in place(home.division).items():
        setattr(home, column, value)
    return await _touch(work, home, "household.moved", on, "moved")
