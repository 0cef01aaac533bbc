"""Writing timelines: in the transaction of what they tell of, and taken back with it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Uuid, cast, func, insert, literal, select, update

from core.db import Instant, Text, new_id
from core.placed import place
from core.timeline.declared import TimelineKind
from core.timeline.models import TimelineEntry
from core.work import Work

_CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """An entry to write.

    Attributes:
        kind: a declared kind's name. on: the day on which it happened. division: where.
        subject: the typed id of the record it tells of.
        person_id, household_id: on whose timeline it is; one at least.
        code: which of the kind's words belong to it. read: instead of the kind's own permission.
    """

    kind: str
    on: date
    division: str
    subject: str
    person_id: uuid.UUID | None = None
    household_id: uuid.UUID | None = None
    code: str | None = None
    read: str | None = None


def entry_row(work: Work, new: NewEntry) -> TimelineEntry:
    """The row of an entry, for `work.insert` beside the rows it tells of."""
    return TimelineEntry(
        id=new_id(),
        person_id=new.person_id,
        household_id=new.household_id,
        day=new.on,
        kind=new.kind,
        code=new.code,
        subject=new.subject,
        recorded_at=work.now,
        voided_at=None,
        operation=work.recorder.operation if work.recorder else None,
        read=new.read or work.host.book(TimelineKind)[new.kind].read,
        **place(new.division),
    )


async def tell_timeline(work: Work, *news: NewEntry) -> None:
    """Write entries on the timelines of persons and households."""
    await work.insert([entry_row(work, new) for new in news], keep=False)


def chunks(keys: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    """Keys by some hundreds, as a statement takes them."""
    return (keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK))


async def copy_timeline(
    work: Work, kind: str, *which: ColumnElement[bool], prefix: str, place: Any, **columns: Any
) -> None:
    """Write entries by the database from the rows that they tell of, where there may be very many.

    Args:
        which: the conditions, joins among them. prefix: of the ids of `place`, the model whose row it is about and
            whose level columns say where. columns: of the entry, from columns of the rows; the id is one of theirs.
    """
    values = {
        **columns,
        "kind": literal(kind, Text),
        "subject": literal(prefix + "_", Text).op("||")(func.replace(cast(place.id, Text), "-", "")),
        "recorded_at": literal(work.now, Instant()),
        "operation": literal(work.recorder.operation if work.recorder else None, Uuid()),
        "read": literal(work.host.book(TimelineKind)[kind].read, Text),
        "district": place.district,
        "town": place.town,
        "division": place.division,
    }
    query = select(*(value.label(name) for name, value in values.items())).where(*which)
    await work.session.execute(insert(TimelineEntry).from_select(list(values), query))


async def entries(
    work: Work,
    kinds: Collection[str],
    *,
    person_id: uuid.UUID | None = None,
    household_id: uuid.UUID | None = None,
    subject: str | None = None,
) -> Sequence[TimelineEntry]:
    """The entries of some kinds that stand on one timeline, in order of writing."""
    query = select(TimelineEntry).where(TimelineEntry.kind.in_(kinds), TimelineEntry.voided_at.is_(None))
    wanted = {"person_id": person_id, "household_id": household_id, "subject": subject}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(TimelineEntry, name) == value)
    return (await work.session.scalars(query.order_by(TimelineEntry.id))).all()


async def void_timeline(
    work: Work,
    kinds: Collection[str],
    *,
    person_id: uuid.UUID | None = None,
    household_id: uuid.UUID | None = None,
    subject: str | None = None,
) -> int:
    """Take entries back that tell of what never was, and say how many.

    Args:
        person_id, household_id: whose timeline; give one. subject: only those that tell of this record.
    """
    found = await entries(work, kinds, person_id=person_id, household_id=household_id, subject=subject)
    for entry in found:
        entry.voided_at = work.now
    await work.flush()
    return len(found)


async def forget(work: Work, operation: uuid.UUID) -> None:
    """Void what was written in a life event, merge or import that is being undone."""
    mine = (TimelineEntry.operation == operation, TimelineEntry.voided_at.is_(None))
    await _void(work, *mine)


async def forget_person(work: Work, person_id: uuid.UUID) -> None:
    """Void the whole timeline of a person who was entered wrongly."""
    await _void(work, TimelineEntry.person_id == person_id, TimelineEntry.voided_at.is_(None))


async def _void(work: Work, *which: object) -> None:
    await work.flush()
    statement = update(TimelineEntry).where(*which).values(voided_at=work.now)  # type: ignore[arg-type]
    await work.session.execute(statement, execution_options={"synchronize_session": "fetch"})
