"""`core.failed_hooks`: calls the event hooks again that a `may` plugin failed in (`Work.tell`)."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select

from core import journal
from core.events.models import FailedHook, LifeEvent, LifeEventConsequence
from core.households.changes import HouseholdChange
from core.households.models import Household
from core.jobs.models import JobRun
from core.merges.models import PersonMerge
from core.parameters.changes import ParameterChange
from core.persons.birthdays import Birthday
from core.persons.models import Person
from core.work import Work

log = logging.getLogger("minzheng.jobs")

CHUNK = 20
ATTEMPTS = 10  # an hour apart


class _Obsolete(Exception):
    """There is nothing left to tell: the event was reversed, the household is gone."""


async def step(work: Work, run: JobRun, cursor: Any) -> Any:
    """Some failed calls, in the order in which they failed; the cursor is the last one's id."""
    query = select(FailedHook).where(FailedHook.retried_at.is_(None), FailedHook.given_up_at.is_(None))
    query = query.where(FailedHook.arguments.is_not(None), FailedHook.plugin.in_(list(work.host.plugins)))
    query = query if cursor is None else query.where(FailedHook.id > uuid.UUID(cursor))
    rows = list(await work.session.scalars(query.order_by(FailedHook.id).limit(CHUNK)))
    for row in rows:
        run.done += await _again(work, run, row)
    return rows[-1].id.hex if len(rows) == CHUNK else None


async def _again(work: Work, run: JobRun, row: FailedHook) -> bool:
    """Call one hook, in a savepoint; whether that succeeded."""
    try:
        async with work.savepoint():
            await _call(work, row)
            row.retried_at = work.now
    except _Obsolete:
        row.retried_at = work.now
    except Exception as error:
        _note(work, run, row, error)
        return False
    return True


def _note(work: Work, run: JobRun, row: FailedHook, error: Exception) -> None:
    row.attempts = (row.attempts or 0) + 1
    row.error = type(error).__name__
    log.warning("plugin %s failed again in %s: %s", row.plugin, row.hook, row.error)
    if row.attempts >= ATTEMPTS:
        row.given_up_at = work.now
        run.error = f"{row.plugin}.{row.hook}: {row.error}"[:200]


async def _call(work: Work, row: FailedHook) -> None:
    arguments = await _UNPACK[row.hook](work, row.arguments or {})
    operation = next((each.id for each in arguments.values() if isinstance(each, _JOURNALLED)), None)
    if operation is None or row.hook == "life_event_reversed":
        await work.host.fire(row.plugin, row.hook, work=work, **arguments)
        await work.flush()
        return
    # As if it had been done in the event's own transaction: what undoes the event undoes this, too.
    with journal.listening(work, operation, (JobRun, *journal.EVENT_ROWS, PersonMerge)) as recorder:
        answer = await work.host.fire(row.plugin, row.hook, work=work, **arguments)
        await work.flush()
        work.session.add_all(recorder.entries(await _position(work, operation)))
    if answer:
        await _conclude(work, operation, row.plugin, str(answer))
    await work.flush()


_JOURNALLED = (LifeEvent, PersonMerge)


async def _position(work: Work, operation: uuid.UUID) -> int:
    last = select(func.max(journal.JournalEntry.position)).where(journal.JournalEntry.operation == operation)
    found = await work.session.scalar(last)
    return 0 if found is None else found + 1


async def _conclude(work: Work, event: uuid.UUID, plugin: str, text: str) -> None:
    rows = (
        select(func.count()).select_from(LifeEventConsequence).where(LifeEventConsequence.event_id == event)
    )
    position = await work.session.scalar(rows) or 0
    work.session.add(LifeEventConsequence(event_id=event, position=position, plugin=plugin, text=text[:1000]))


async def _event(work: Work, kept: Mapping[str, Any]) -> dict[str, Any]:
    event = await work.session.get_one(LifeEvent, uuid.UUID(kept["event"]))
    if event.reversed_at is not None:
        raise _Obsolete
    return {"event": event}


async def _reversed(work: Work, kept: Mapping[str, Any]) -> dict[str, Any]:
    return {"event": await work.session.get_one(LifeEvent, uuid.UUID(kept["event"]))}


async def _merge(work: Work, kept: Mapping[str, Any]) -> dict[str, Any]:
    merge = await work.session.get_one(PersonMerge, uuid.UUID(kept["merge"]))
    if merge.undone_at is not None:
        raise _Obsolete
    return {"merge": merge}


async def _change(work: Work, kept: Mapping[str, Any]) -> dict[str, Any]:
    keys = [uuid.UUID(key) for key in kept["households"]]
    homes = list(await work.session.scalars(select(Household).where(Household.id.in_(keys))))
    if not homes:
        raise _Obsolete
    homes.sort(key=lambda home: keys.index(home.id))
    return {"change": HouseholdChange(homes, date.fromisoformat(kept["on"]), kept["reason"])}


async def _parameter(work: Work, kept: Mapping[str, Any]) -> dict[str, Any]:
    return {"change": ParameterChange.again(kept)}


async def _birthdays(work: Work, kept: Mapping[str, Any]) -> dict[str, Any]:
    keys = [uuid.UUID(key) for key, _, _ in kept["birthdays"]]
    people = {row.id: row for row in await work.session.scalars(select(Person).where(Person.id.in_(keys)))}
    living = [
        Birthday(people[key], age, date.fromisoformat(on))
        for key, (_, age, on) in zip(keys, kept["birthdays"], strict=True)
        if key in people and people[key].death_date is None and people[key].removed_at is None
    ]
    if not living:
        raise _Obsolete
    return {"birthdays": living}


_UNPACK: Mapping[str, Callable[[Work, Mapping[str, Any]], Awaitable[dict[str, Any]]]] = {
    "life_event": _event,
    "life_event_reversed": _reversed,
    "persons_merged": _merge,
    "household_changed": _change,
    "parameter_changed": _parameter,
    "birthdays": _birthdays,
}
