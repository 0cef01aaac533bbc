"""Recording life events: rules, core's own effects, blockers, plugins, consequences (domain 1.6, design 6)."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import case, or_, select

from core import journal
from core.access.permissions import REGISTRY_WRITE
from core.codes import division_code
from core.codes.sets import HouseholdKind
from core.dated import open_now
from core.db import new_id
from core.errors import Refused
from core.events.models import EventRole, LifeEvent, LifeEventConsequence, LifeEventPerson, LifeEventType
from core.households.models import Household, HouseholdMember
from core.ids import typed
from core.persons.models import Person
from core.placed import place
from core.refusals import DATE_ORDER, PERSON_DECEASED
from core.timeline.kinds import event_kind
from core.timeline.service import NewEntry, tell_timeline
from core.work import Work

CORE = "core"
PREFIX = "life_event"


@dataclass(frozen=True, kw_only=True)
class Happening:
    """What core made of an event, for the record and for the plugins.

    Attributes:
        others: whom else it concerns, in which role.
        details: codes, dates and typed ids; no personal data.
        due_on: the last day for reporting it.
        done: what core did, a sentence each, Chinese and English.
        left: division codes whose plugins must hear of it although nobody lives there any more.
    """

    type: LifeEventType
    on: date
    subject: Person
    others: Sequence[tuple[EventRole, Person]] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    due_on: date | None = None
    done: Sequence[str] = ()
    left: Sequence[str] = ()


def check_subject(work: Work, person: Person, on: date, name: str) -> None:
    """What every event asks of a living person in the caller's divisions.

    Raises:
        Refused: FORBIDDEN_SCOPE, DATE_FUTURE, DATE_ORDER (before the birth), PERSON_DECEASED.
    """
    work.require_within(REGISTRY_WRITE, person.division, person.registered_division, field=(name,))
    work.refuse_future(on, "on")
    if on < person.birth_date:
        raise Refused(DATE_ORDER, ("on",), day=on, earliest=person.birth_date)
    if person.death_date is not None:
        raise Refused(PERSON_DECEASED, (name,))


async def record(work: Work, effect: Callable[[], Awaitable[Happening]]) -> LifeEvent:
    """Let an event happen: core's effect, then the blockers' say, then each plugin's part.

    Everything the session writes meanwhile is noted, so that a wrong entry can be reversed.

    Raises:
        Refused, Refusals: of the effect, of a blocker, or HOOK_FAILED.
    """
    operation = new_id()
    with journal.listening(work, operation, journal.EVENT_ROWS) as recorder:
        happening = await effect()
        await work.flush()
        event = await _written(work, operation, happening)
        said = [{"plugin": CORE, "text": text} for text in happening.done]
        said += await _told(work, event, happening)
    _conclude(work, event, said)
    work.session.add_all(recorder.entries())
    await work.flush()
    return event


async def _written(work: Work, key: uuid.UUID, happening: Happening) -> LifeEvent:
    event = LifeEvent(
        id=key,
        type=happening.type,
        person_id=happening.subject.id,
        event_date=happening.on,
        due_on=happening.due_on,
        reported_at=work.now,
        reported_on=work.clock.today(),
        details=dict(happening.details),
        **place(happening.left[0] if happening.left else happening.subject.division),
    )
    work.session.add(event)
    await work.flush()
    for role, person in people(happening):
        part = LifeEventPerson(id=new_id(), event_id=event.id, person_id=person.id, role=role)
        work.session.add(part)
    await _tell(work, event, people(happening))
    return event


async def _tell(work: Work, event: LifeEvent, parts: Sequence[tuple[EventRole, Person]]) -> None:
    """On the timeline of each whom it concerns, and once on that of each household where they lived."""
    homes = await _homes(work, [person.id for _, person in parts], event.event_date)
    told: set[uuid.UUID | None] = set()
    for role, person in parts:
        home = homes.get(person.id)
        new = NewEntry(
            kind=event_kind(event.type),
            on=event.event_date,
            division=event.division,
            subject=typed(PREFIX, event.id),
            person_id=person.id,
            household_id=None if home in told else home,
            code=role.name,
        )
        told.add(home)
        await tell_timeline(work, new)


async def _homes(work: Work, persons: Sequence[uuid.UUID], on: date) -> dict[uuid.UUID, uuid.UUID]:
    """The household in which each lived on a day, the registered one first; who left it that day lived there."""
    row = HouseholdMember
    query = select(row.person_id, row.household_id).where(
        row.person_id.in_(persons),
        row.voided_at.is_(None),
        row.valid_from <= on,
        or_(row.valid_to.is_(None), row.valid_to >= on),
    )
    registered = case((row.kind == HouseholdKind.REGISTERED, 0), else_=1)
    found = await work.session.execute(query.order_by(registered.desc(), row.valid_from.desc(), row.id))
    return {row[0]: row[1] for row in found}


def people(happening: Happening) -> list[tuple[EventRole, Person]]:
    """All whom it concerns, each once."""
    first = [] if any(p is happening.subject for _, p in happening.others) else [happening.subject]
    return [*((EventRole.SUBJECT, person) for person in first), *happening.others]


async def _told(work: Work, event: LifeEvent, happening: Happening) -> list[dict[str, str]]:
    subject = typed(PREFIX, event.id)
    districts = await districts_of(work, [person.id for _, person in people(happening)])
    left = (division_code.district(code) for code in happening.left)  # these must hear of it too
    districts.update(district for district in left if district)
    await work.ask("life_event_blockers", subject, districts, event=event)
    return await work.tell("life_event", subject, districts, event=event)


def _conclude(work: Work, event: LifeEvent, said: Sequence[Mapping[str, str]]) -> None:
    for position, item in enumerate(said):
        row = LifeEventConsequence(
            id=new_id(),
            event_id=event.id,
            position=position,
            plugin=item["plugin"],
            text=item["text"][:1000],
        )
        work.session.add(row)
    details = {"type": event.type.name, "on": event.event_date.isoformat()}
    work.audit("life_event.recorded", typed(PREFIX, event.id), district=event.district, details=details)


async def districts_of(work: Work, persons: Iterable[uuid.UUID]) -> set[str]:
    """The registered, residence and household districts of persons: whose plugins hear of an event."""
    keys = list(persons)
    people = select(Person.district, Person.registered_district).where(Person.id.in_(keys))
    homes = (
        select(Household.district)
        .join(HouseholdMember, HouseholdMember.household_id == Household.id)
        .where(HouseholdMember.person_id.in_(keys), open_now(HouseholdMember))
    )
    found = {code for row in await work.session.execute(people) for code in row}
    return found | set(await work.session.scalars(homes))


async def persons_of(work: Work, event: LifeEvent) -> list[tuple[EventRole, Person]]:
    """Whom an event concerns, for the plugins that hear of it."""
    query = (
        select(LifeEventPerson.role, Person)
        .join(Person, Person.id == LifeEventPerson.person_id)
        .where(LifeEventPerson.event_id == event.id)
        .order_by(LifeEventPerson.id)
    )
    return [(role, person) for role, person in await work.session.execute(query)]
