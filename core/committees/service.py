"""Committees of villages and communities: opening, elections, members (domain 1.3, 1.5; V-VC).

A term's members are elected together. Within the term somebody may leave, die or be elected to fill a vacancy,
so a committee may stand below its least size, or without a chair, until the by-election (补选).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from core.access.permissions import COMMITTEES_WRITE
from core.codes.ages import age_on
from core.codes.division_code import Tier
from core.codes.organizations import CommitteeKind, CommitteePost, SubCommitteeKind
from core.committees.models import Committee, CommitteeMember, CommitteeTerm, SubCommittee
from core.dated import cut, open_now
from core.db import new_id
from core.divisions.service import by_code, check_in_force
from core.errors import Refused
from core.ids import typed
from core.parameters import limits
from core.parameters.service import whole
from core.persons.models import Person
from core.placed import place
from core.refusals import (
    COMMITTEE_CHAIR,
    COMMITTEE_CLOSED,
    COMMITTEE_DIVISION,
    COMMITTEE_EXISTS,
    COMMITTEE_MEMBER_AGE,
    COMMITTEE_MEMBER_MISSING,
    COMMITTEE_MEMBER_TWICE,
    COMMITTEE_SIZE,
    DATE_ORDER,
    PERSON_DECEASED,
    SUB_COMMITTEE_EXISTS,
    TERM_MISSING,
    TERM_OVERLAP,
)
from core.texts import check_text
from core.work import Work


@dataclass(frozen=True, kw_only=True)
class NewCommittee:
    """A committee to open; without a name it is named after its division."""

    kind: CommitteeKind
    division: str
    name: str | None = None
    opened_on: date | None = None


async def open_committees(work: Work, news: Sequence[NewCommittee]) -> list[Committee]:
    """Open committees, one for each village or community.

    Raises:
        Refused: COMMITTEE_DIVISION, COMMITTEE_EXISTS, TEXT_LENGTH, DATE_FUTURE, DIV_UNKNOWN, DIV_INACTIVE,
            FORBIDDEN_SCOPE.
    """
    codes = [new.division for new in news]
    for code in codes:
        work.require_within(COMMITTEES_WRITE, code, field=("division",))
    divisions = await by_code(work.session, codes)
    await _refuse_taken(work, codes)
    rows = []
    for new in news:
        day = new.opened_on or work.clock.today()
        work.refuse_future(day, "openedOn")
        try:
            found = check_in_force(divisions.get(new.division), new.division, day)
        except Refused as refusal:
            raise refusal.at("division") from None
        if found.tier is not Tier.VILLAGE:
            raise Refused(COMMITTEE_DIVISION, ("division",), code=new.division)
        name = check_text(f"{found.name}{new.kind.zh}" if new.name is None else new.name, 100, ("name",))
        rows.append(_committee(work, new, name, day))
    work.session.add_all(rows)
    for row in rows:
        work.audit("committee.opened", typed("committee", row.id), district=row.district)
    await work.flush()
    return rows


async def _refuse_taken(work: Work, codes: Sequence[str]) -> None:
    query = select(Committee.division).where(Committee.division.in_(codes), Committee.closed_on.is_(None))
    taken = [*await work.session.scalars(query), *(code for code in codes if codes.count(code) > 1)]
    if taken:
        raise Refused(COMMITTEE_EXISTS, ("division",), code=taken[0])


def _committee(work: Work, new: NewCommittee, name: str, day: date) -> Committee:
    return Committee(
        id=new_id(),
        kind=new.kind,
        name=name,
        opened_on=day,
        created_at=work.now,
        updated_at=work.now,
        **place(new.division),
    )


def _ready(work: Work, row: Committee, on: date, expected_version: int | None) -> None:
    """What every change of an open committee asks first."""
    work.require_within(COMMITTEES_WRITE, row.division)
    work.expect_version(row, expected_version)
    if row.closed_on is not None:
        raise Refused(COMMITTEE_CLOSED, ("committee",))
    work.refuse_future(on, "on")
    if on < row.opened_on:
        raise Refused(DATE_ORDER, ("on",), day=on, earliest=row.opened_on)


async def _touch(work: Work, row: Committee, action: str) -> Committee:
    row.updated_at = work.now
    work.audit(action, typed("committee", row.id), district=row.district)
    await work.flush()
    return row


async def _term(work: Work, row: Committee) -> CommitteeTerm | None:
    query = select(CommitteeTerm).where(CommitteeTerm.committee_id == row.id, open_now(CommitteeTerm))
    return (await work.session.scalars(query)).first()


async def _members(work: Work, row: Committee) -> list[CommitteeMember]:
    query = select(CommitteeMember).where(CommitteeMember.committee_id == row.id, open_now(CommitteeMember))
    return list(await work.session.scalars(query.order_by(CommitteeMember.id)))


async def _refuse_unfit(work: Work, row: Committee, person: Person, on: date, field: str) -> None:
    if person.death_date is not None:
        raise Refused(PERSON_DECEASED, (field,))
    age = await whole(work, limits.COMMITTEE_MEMBER_AGE, row.division, on)
    if age_on(person.birth_date, on) < age:
        raise Refused(COMMITTEE_MEMBER_AGE, (field,), age=age)


async def _refuse_size(
    work: Work, row: Committee, count: int, on: date, field: str, *, least: bool = True
) -> None:
    names = limits.COMMITTEE_SIZES[row.kind]
    minimum, maximum = [await whole(work, name, row.division, on) for name in names]
    if count > maximum or (least and count < minimum):
        raise Refused(COMMITTEE_SIZE, (field,), minimum=minimum, maximum=maximum, count=count)


async def elect(
    work: Work,
    row: Committee,
    members: Sequence[tuple[Person, CommitteePost]],
    on: date,
    expected_version: int | None = None,
) -> Committee:
    """Begin a term with the members elected; the former term and its posts end. `on` is its first day.

    Raises:
        Refused: COMMITTEE_SIZE, COMMITTEE_CHAIR, COMMITTEE_MEMBER_TWICE, COMMITTEE_MEMBER_AGE,
            PERSON_DECEASED, TERM_OVERLAP, and those of every change: CONFLICT, COMMITTEE_CLOSED, DATE_FUTURE,
            DATE_ORDER, FORBIDDEN_SCOPE.
    """
    _ready(work, row, on, expected_version)
    await _check_elected(work, row, members, on)
    former = await _term(work, row)
    if former is not None and on <= former.valid_from:
        raise Refused(TERM_OVERLAP, ("on",), earliest=former.valid_from)
    await _end_term(work, row, former, on)
    number = 1 if former is None else former.number + 1
    work.session.add(
        CommitteeTerm(id=new_id(), committee_id=row.id, number=number, valid_from=on, recorded_at=work.now)
    )
    work.session.add_all([_member(work, row, number, person, post, on) for person, post in members])
    return await _touch(work, row, "committee.elected")


async def _check_elected(
    work: Work, row: Committee, members: Sequence[tuple[Person, CommitteePost]], on: date
) -> None:
    await _refuse_size(work, row, len(members), on, "members")
    if [post for _, post in members].count(CommitteePost.CHAIR) != 1:
        raise Refused(COMMITTEE_CHAIR, ("members",))
    if len({person.id for person, _ in members}) < len(members):
        raise Refused(COMMITTEE_MEMBER_TWICE, ("members",))
    for person, _ in members:
        await _refuse_unfit(work, row, person, on, "members")


async def _end_term(work: Work, row: Committee, former: CommitteeTerm | None, on: date) -> None:
    if former is None:
        return
    for member in await _members(work, row):
        cut(work.session, member, on, work.now)
    work.session.add(former.ended(on, work.now, id=new_id()))
    await work.flush()  # out of the way of the indexes that allow one open term, one chair, one post


def _member(
    work: Work,
    row: Committee,
    number: int,
    person: Person,
    post: CommitteePost,
    on: date,
    sub_committee: SubCommittee | None = None,
) -> CommitteeMember:
    return CommitteeMember(
        id=new_id(),
        committee_id=row.id,
        term_number=number,
        person_id=person.id,
        post=post,
        sub_committee_id=sub_committee.id if sub_committee else None,
        valid_from=on,
        recorded_at=work.now,
    )


async def appoint(
    work: Work,
    row: Committee,
    person: Person,
    post: CommitteePost,
    on: date,
    sub_committee: SubCommittee | None = None,
    expected_version: int | None = None,
) -> Committee:
    """Fill a vacancy in the present term (补选), or give a member another post or sub-committee from a day on.

    Raises:
        Refused: TERM_MISSING, COMMITTEE_SIZE (too many), COMMITTEE_CHAIR (a second chair),
            COMMITTEE_MEMBER_TWICE (the post they have), COMMITTEE_MEMBER_AGE, PERSON_DECEASED, and those of
            every change.
    """
    _ready(work, row, on, expected_version)
    await _refuse_unfit(work, row, person, on, "person")
    term, others = await _standing(work, row, on)
    known = next((member for member in others if member.person_id == person.id), None)
    if known is None:
        await _refuse_size(work, row, len(others) + 1, on, "person", least=False)
    else:
        _refuse_same(known, post, sub_committee, on)
        cut(work.session, known, on, work.now)
        others.remove(known)
    if post is CommitteePost.CHAIR and any(member.post is post for member in others):
        raise Refused(COMMITTEE_CHAIR, ("post",))
    await work.flush()
    work.session.add(_member(work, row, term.number, person, post, on, sub_committee))
    return await _touch(work, row, "committee.appointed")


def _refuse_same(
    known: CommitteeMember, post: CommitteePost, sub_committee: SubCommittee | None, on: date
) -> None:
    if known.post is post and known.sub_committee_id == (sub_committee.id if sub_committee else None):
        raise Refused(COMMITTEE_MEMBER_TWICE, ("person",))
    if on < known.valid_from:
        raise Refused(DATE_ORDER, ("on",), day=on, earliest=known.valid_from)


async def _standing(work: Work, row: Committee, on: date) -> tuple[CommitteeTerm, list[CommitteeMember]]:
    term = await _term(work, row)
    if term is None:
        raise Refused(TERM_MISSING, ("committee",))
    if on < term.valid_from:
        raise Refused(DATE_ORDER, ("on",), day=on, earliest=term.valid_from)
    return term, await _members(work, row)


async def dismiss(
    work: Work, row: Committee, person: Person, on: date, expected_version: int | None = None
) -> Committee:
    """End a member's post within the term: `on` is the first day without them.

    Raises:
        Refused: COMMITTEE_MEMBER_MISSING, TERM_MISSING, and those of every change.
    """
    _ready(work, row, on, expected_version)
    _, members = await _standing(work, row, on)
    known = next((member for member in members if member.person_id == person.id), None)
    if known is None:
        raise Refused(COMMITTEE_MEMBER_MISSING, ("person",))
    if on < known.valid_from:
        raise Refused(DATE_ORDER, ("on",), day=on, earliest=known.valid_from)
    cut(work.session, known, on, work.now)
    return await _touch(work, row, "committee.dismissed")


async def form_sub_committee(
    work: Work,
    row: Committee,
    kind: SubCommitteeKind,
    on: date,
    name: str | None = None,
    members: Sequence[Person] = (),
    expected_version: int | None = None,
) -> Committee:
    """Form a committee under a committee, of members that keep their posts.

    Raises:
        Refused: SUB_COMMITTEE_EXISTS, COMMITTEE_MEMBER_MISSING, TERM_MISSING, TEXT_LENGTH, and those of every
            change.
    """
    _ready(work, row, on, expected_version)
    made = SubCommittee(id=new_id(), committee_id=row.id, kind=kind, formed_on=on)
    made.name = check_text(kind.zh if name is None else name, 100, ("name",))
    await _refuse_twin(work, made)
    work.session.add(made)
    await work.flush()  # before the members that refer to it
    if members:
        await _seat(work, row, made, members, on)
    return await _touch(work, row, "committee.sub_committee_formed")


async def _refuse_twin(work: Work, made: SubCommittee) -> None:
    query = select(SubCommittee).where(
        SubCommittee.committee_id == made.committee_id, SubCommittee.dissolved_on.is_(None)
    )
    for known in await work.session.scalars(query):
        same_kind = known.kind is made.kind and made.kind is not SubCommitteeKind.OTHER
        if same_kind or known.name == made.name:
            raise Refused(SUB_COMMITTEE_EXISTS, ("kind",))


async def _seat(work: Work, row: Committee, made: SubCommittee, members: Sequence[Person], on: date) -> None:
    _, standing = await _standing(work, row, on)
    by_person = {member.person_id: member for member in standing}
    for person in members:
        known = by_person.pop(person.id, None)
        if known is None or on < known.valid_from:
            raise Refused(COMMITTEE_MEMBER_MISSING, ("members",))
        cut(work.session, known, on, work.now)
        await work.flush()
        work.session.add(_member(work, row, known.term_number, person, known.post, on, made))


async def close(work: Work, row: Committee, on: date, expected_version: int | None = None) -> Committee:
    """Close a committee with its term, posts and sub-committees: `on` is the first day without it.

    A village that becomes a community (村改居) has its committee closed and one of the other kind opened.

    Raises:
        Refused: those of every change.
    """
    _ready(work, row, on, expected_version)
    former = await _term(work, row)
    if former is not None and on <= former.valid_from:
        raise Refused(DATE_ORDER, ("on",), day=on, earliest=former.valid_from)
    await _end_term(work, row, former, on)
    standing = SubCommittee.dissolved_on.is_(None)
    query = select(SubCommittee).where(SubCommittee.committee_id == row.id, standing)
    for sub_committee in await work.session.scalars(query):
        sub_committee.dissolved_on = on
    row.closed_on = on
    return await _touch(work, row, "committee.closed")
