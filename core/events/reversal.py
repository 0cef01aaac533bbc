"""Reversing a life event that was entered wrongly: everything as if it had never been, but for the audit."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from core import journal
from core.access.permissions import REGISTRY_WRITE
from core.codes import division_code
from core.errors import Refused
from core.events.models import LifeEvent, LifeEventPerson
from core.events.service import PREFIX, districts_of
from core.households import service as households
from core.households.models import Household, HouseholdMember, HouseholdVersion
from core.ids import typed
from core.refusals import EVENT_REVERSED
from core.texts import check_text
from core.timeline.service import forget
from core.work import Work

# Where the persons of a move were before it: the plugins there heard of it too.
_LEFT = ("residenceDivision", "registeredDivision")


async def reverse(work: Work, event: LifeEvent, reason: str) -> LifeEvent:
    """Undo what an event changed, core's rows and plugins'; the event is listed no more.

    Raises:
        Refused: EVENT_REVERSED, CHANGED_SINCE (something later builds on it), TEXT_LENGTH, FORBIDDEN_SCOPE, or of a
            plugin whose part cannot be taken back.
    """
    work.require_within(REGISTRY_WRITE, event.division)
    check_text(reason, 200, ("reason",))
    if event.reversed_at is not None:
        raise Refused(EVENT_REVERSED, ("lifeEvent",))
    people = select(LifeEventPerson.person_id).where(LifeEventPerson.event_id == event.id)
    districts = await districts_of(work, await work.session.scalars(people))
    left = (division_code.district(event.details[name]) for name in _LEFT if name in event.details)
    districts.update(district for district in left if district)
    entries = await journal.entries_of(work, event.id)
    homes = await _households(work, entries)
    districts.update(home.district for home in homes)
    event.reversed_at = work.now
    await work.flush()
    await work.tell("life_event_reversed", typed(PREFIX, event.id), districts | {event.district}, event=event)
    await forget(work, event.id)
    await journal.undo(work, [entry for entry in entries if not _by_its_plugin(work, entry.row_table)])
    standing = [home for home in homes if home.removed_at is None]
    await households.changed(work, standing, event.event_date, "reversed")  # derived facts are as before
    details = {"type": event.type.name, "on": event.event_date.isoformat(), "reason": reason}
    work.audit("life_event.reversed", typed(PREFIX, event.id), district=event.district, details=details)
    await work.flush()
    return event


def _by_its_plugin(work: Work, table: str) -> bool:
    """Whether a table belongs to a plugin that reverses events itself."""
    owners = work.host.implementing("life_event_reversed")
    return any(table.startswith(f"{owner}_") for owner in owners)


async def _households(work: Work, entries: list[journal.JournalEntry]) -> Sequence[Household]:
    """The households that the event had changed, those it had opened too."""
    keys: set[uuid.UUID] = set()
    for model in (HouseholdMember, HouseholdVersion):
        some = [entry.row_id for entry in entries if entry.row_table == model.__tablename__]
        keys.update(await work.session.scalars(select(model.household_id).where(model.id.in_(some))))
    homes = select(Household).where(Household.id.in_(keys)).order_by(Household.id)
    return (await work.session.scalars(homes)).all()
