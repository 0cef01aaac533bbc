"""What the timelines say of memberships: always what the facts say, however they came to be so."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from core.households.models import Household, HouseholdMember
from core.ids import typed
from core.timeline.kinds import JOINED, LEFT, OPENED
from core.timeline.service import NewEntry, chunks, copy_timeline, entries, tell_timeline
from core.work import Work

_Told = tuple[str, uuid.UUID | None, date]


async def tell_opened(work: Work, homes: Sequence[Household]) -> None:
    """Tell of new households and their first members, by the database from their rows: there may be many."""
    member = HouseholdMember
    for keys in chunks([home.id for home in homes]):
        home_: dict[str, Any] = {"household_id": Household.id, "prefix": "household", "place": Household}
        opened: dict[str, Any] = {"id": Household.id, "day": Household.opened_on, **home_}
        await copy_timeline(work, OPENED, Household.id.in_(keys), **opened)
        first: dict[str, Any] = {
            "id": member.id,
            "day": member.valid_from,
            "person_id": member.person_id,
            "code": member.relation,
        }
        mine = (member.household_id.in_(keys), member.household_id == Household.id)
        await copy_timeline(work, JOINED, *mine, **first, **home_)


async def retell(work: Work, home: Household) -> None:
    """Let the timeline of a household say who joined and left it when, as its memberships say now.

    A change of role is neither. Memberships that never were, by a correction, a merge or a reversal, are told no more.
    """
    await work.flush()
    wanted = {(new.kind, new.person_id, new.on): new for new in _memberships(home, await _rows(work, home))}
    told: Counter[_Told] = Counter()
    for entry in await entries(work, (JOINED, LEFT), household_id=home.id):
        key = (entry.kind, entry.person_id, entry.day)
        told[key] += 1
        if key not in wanted or told[key] > 1:
            entry.voided_at = work.now
    await tell_timeline(work, *(new for key, new in wanted.items() if not told[key]))


async def _rows(work: Work, home: Household) -> Sequence[HouseholdMember]:
    query = select(HouseholdMember).where(
        HouseholdMember.household_id == home.id, HouseholdMember.voided_at.is_(None)
    )
    order = (HouseholdMember.person_id, HouseholdMember.valid_from, HouseholdMember.id)
    return (await work.session.scalars(query.order_by(*order))).all()


def _memberships(home: Household, rows: Sequence[HouseholdMember]) -> Iterator[NewEntry]:
    for index, row in enumerate(rows):
        before = rows[index - 1] if index else None
        after = rows[index + 1] if index + 1 < len(rows) else None
        if not _goes_on(before, row):
            yield _entry(home, row, JOINED, row.valid_from, row.relation)
        if row.valid_to is not None and not _goes_on(row, after):
            yield _entry(home, row, LEFT, row.valid_to, None)


def _goes_on(row: HouseholdMember | None, after: HouseholdMember | None) -> bool:
    """Whether a membership is continued by the next row, in another role."""
    return (
        row is not None
        and after is not None
        and row.person_id == after.person_id
        and row.valid_to == after.valid_from
    )


def _entry(home: Household, row: HouseholdMember, kind: str, on: date, code: str | None) -> NewEntry:
    return NewEntry(
        kind=kind,
        on=on,
        division=home.division,
        subject=typed("household", home.id),
        person_id=row.person_id,
        household_id=home.id,
        code=code,
    )
