"""Merging two records of one person into one, and taking that back."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from core import history, journal
from core.access.permissions import REGISTRY_WRITE
from core.codes.refusals import ID_MISMATCH
from core.codes.relations import HEAD
from core.codes.sets import IdType, MaritalStatus
from core.dated import Dated, open_now
from core.db import new_id
from core.dependents import dependents, references
from core.documents import service as documents
from core.errors import Refused
from core.events.service import districts_of
from core.households import service as households
from core.households.models import Household, HouseholdMember, HouseholdVersion
from core.households.told import retell
from core.ids import typed
from core.marriages.service import marriage_of
from core.merges.models import PersonMerge
from core.persons.models import Person, PersonDisability, PersonVersion
from core.persons.service import change
from core.placed import place
from core.refusals import (
    ALREADY_MARRIED,
    MERGE_CONFLICT,
    MERGE_LEFTOVER,
    MERGE_SAME,
    MERGE_UNDONE,
    PERSON_DECEASED,
    PERSON_NEEDED,
)
from core.texts import check_text
from core.timeline.kinds import CERTIFIED, MERGED
from core.timeline.service import NewEntry, entries, forget, forget_person, tell_timeline
from core.work import Work

PREFIX = "person_merge"
# A record's own past, and what is handled row by row below.
_OWN = {"core_person_version", "core_person_disability", "core_household_member", "core_person_merge"}


async def merge(work: Work, kept: Person, dropped: Person, reason: str) -> PersonMerge:
    """Let everything that hangs on `dropped` hang on `kept`, and hide `dropped`.

    What `kept` says of the person stands; what it does not know is taken from `dropped`. Where both were in
    households of one kind at once, `kept`'s membership stands.

    Raises:
        Refused: MERGE_SAME, MERGE_CONFLICT (two different numbers of one kind of id), ID_MISMATCH (the number taken
            over tells another gender or birth date), ALREADY_MARRIED (both), PERSON_DECEASED (one, while the other
            lives on in a household or marriage), MERGE_LEFTOVER (a plugin keeps rows on `dropped`),
            FORBIDDEN_SCOPE, TEXT_LENGTH.
    """
    for name, person in (("kept", kept), ("dropped", dropped)):
        work.require_within(REGISTRY_WRITE, person.division, person.registered_division, field=(name,))
    check_text(reason, 200, ("reason",))
    _check(kept, dropped)
    await _check_lives(work, kept, dropped)
    row = PersonMerge(
        id=new_id(),
        kept_id=kept.id,
        dropped_id=dropped.id,
        reason=reason,
        merged_at=work.now,
        **place(kept.division),
    )
    with journal.listening(work, row.id, (PersonMerge,)) as recorder:
        await _hand_over(work, row, kept, dropped)
    work.session.add_all(recorder.entries())
    details = {"dropped": typed("person", dropped.id)}
    work.audit("person.merged", typed("person", kept.id), district=kept.district, details=details)
    await work.flush()
    return row


def _check(kept: Person, dropped: Person) -> None:
    if kept is dropped:
        raise Refused(MERGE_SAME, ("dropped",))
    if kept.id_type is dropped.id_type is not IdType.NONE:
        raise Refused(MERGE_CONFLICT, ("dropped",))
    takes_number = kept.id_type is IdType.NONE and dropped.id_type is IdType.RESIDENT_ID
    if takes_number and (kept.gender, kept.birth_date) != (dropped.gender, dropped.birth_date):
        raise Refused(ID_MISMATCH, ("dropped",))


async def _check_lives(work: Work, kept: Person, dropped: Person) -> None:
    """Two who are married, to each other or to others, are two persons; the dead are in no household."""
    both = {"kept": kept, "dropped": dropped}
    if all([await marriage_of(work, person) for person in both.values()]):
        raise Refused(ALREADY_MARRIED, ("dropped",))
    dead = [name for name, person in both.items() if person.death_date is not None]
    if len(dead) == 1:
        living = dropped if dead == ["kept"] else kept
        if await households.homes_of(work, living) or await marriage_of(work, living):
            raise Refused(PERSON_DECEASED, (dead[0],))


async def _hand_over(work: Work, row: PersonMerge, kept: Person, dropped: Person) -> None:
    districts = await districts_of(work, (kept.id, dropped.id))
    memberships = await _rows_of(work, HouseholdMember, dropped)
    for membership in memberships:
        await _membership(work, membership, kept, dropped)
    await _disabilities(work, kept, dropped)
    await _heads(work, kept, dropped)
    await documents.hand_over(work, dropped, kept)
    await _the_rest(work, kept, dropped)
    await _fill(work, kept, dropped)
    for key in sorted({membership.household_id for membership in memberships}):
        await retell(work, await work.session.get_one(Household, key))
    work.session.add(row)
    await _tell(work, row, kept)
    await work.tell("persons_merged", typed(PREFIX, row.id), districts, merge=row)
    await work.flush()
    for table, key in await dependents(work, dropped, {("core_person_merge", row.id)}):
        if table not in _OWN:
            raise Refused(MERGE_LEFTOVER, ("dropped",), what=f"{table} {key.hex[-8:]}")


async def _tell(work: Work, row: PersonMerge, kept: Person) -> None:
    new = NewEntry(
        kind=MERGED,
        on=work.clock.today(),
        division=kept.division,
        subject=typed(PREFIX, row.id),
        person_id=kept.id,
    )
    await tell_timeline(work, new)


async def _rows_of(work: Work, model: Any, person: Person) -> list[Any]:
    query = select(model).where(model.person_id == person.id, model.voided_at.is_(None))
    return list(await work.session.scalars(query.order_by(model.valid_from, model.id)))


async def _repoint(work: Work, row: Any, column: str, kept: Person) -> None:
    """Let a row refer to `kept`; a dated fact is written anew."""
    if isinstance(row, Dated):
        made = row.replaced(work.now, id=new_id(), **{column: kept.id})
        await work.flush()  # the voided row must be out of the way of unique indexes
        work.session.add(made)
    else:
        setattr(row, column, kept.id)
    await work.flush()


async def _membership(work: Work, row: HouseholdMember, kept: Person, dropped: Person) -> None:
    if not await _overlaps(work, row, kept):
        await _repoint(work, row, "person_id", kept)
    elif row.valid_to is not None:
        row.voided_at = work.now
    else:
        home = await work.session.get_one(Household, row.household_id)
        await _step_out(work, home, row, kept, dropped)


async def _overlaps(work: Work, row: HouseholdMember, kept: Person) -> bool:
    others = [other for other in await _rows_of(work, HouseholdMember, kept) if other.kind is row.kind]
    end = row.valid_to or date.max
    return any(o.valid_from < end and row.valid_from < (o.valid_to or date.max) for o in others)


async def _step_out(work: Work, home: Household, row: HouseholdMember, kept: Person, dropped: Person) -> None:
    """End an open membership that `kept` cannot take over: as if it had never been."""
    relations, on = await households.relations(work, home), row.valid_from
    rest = [member for member in await households.members(work, home) if member is not dropped]
    if not rest:
        await households.dissolve(work, home, on)
    elif row.relation == HEAD:
        heir = kept if kept.id in relations else min(rest, key=lambda p: (p.birth_date, p.id))
        await households.succeed(work, home, dropped, heir, on)
    else:
        await households.depart(work, home, dropped, on)


async def _disabilities(work: Work, kept: Person, dropped: Person) -> None:
    own = {row.category for row in await _rows_of(work, PersonDisability, kept)}
    for row in await _rows_of(work, PersonDisability, dropped):
        if row.category in own:
            row.voided_at = work.now
            for entry in await entries(work, (CERTIFIED,), person_id=dropped.id):
                entry.voided_at = work.now if entry.code == row.category.name else None
        else:
            await _repoint(work, row, "person_id", kept)


async def _heads(work: Work, kept: Person, dropped: Person) -> None:
    """Whoever asks for an earlier day finds `kept` at the head too."""
    headed = select(Household).where(Household.head_id == dropped.id)
    for home in await work.session.scalars(headed):
        home.head_id = kept.id
    versions = select(HouseholdVersion).where(
        HouseholdVersion.head_id == dropped.id, HouseholdVersion.voided_at.is_(None)
    )
    for version in (await work.session.scalars(versions)).all():
        await _repoint(work, version, "head_id", kept)


async def _the_rest(work: Work, kept: Person, dropped: Person) -> None:
    """Every other reference of core's own tables; plugins hear of the merge and see to theirs."""
    known = journal.models()
    for column in references(work, Person.__tablename__):
        name = column.table.name
        if name.startswith("core_") and name not in _OWN:
            model = known[name]
            query = select(model).where(getattr(model, column.name) == dropped.id)
            if issubclass(model, Dated):
                query = query.where(model.voided_at.is_(None))
            for row in (await work.session.scalars(query)).all():
                await _repoint(work, row, column.name, kept)


async def _fill(work: Work, kept: Person, dropped: Person) -> None:
    """Hide `dropped`; what `kept` lacks comes from it."""
    taken = {name: getattr(dropped, name) for name in ("id_type", "id_hash", "id_cipher", "id_masked")}
    dropped.removed_at = dropped.updated_at = work.now
    journal.release(dropped)
    await work.flush()  # the number must be free before `kept` takes it
    await _fill_versions(work, kept, dropped)
    if kept.id_type is IdType.NONE:
        for name, value in taken.items():
            setattr(kept, name, value)
    if kept.phone_cipher is None:
        kept.phone_cipher, kept.phone_masked = dropped.phone_cipher, dropped.phone_masked
    kept.updated_at = work.now
    await work.flush()


async def _fill_versions(work: Work, kept: Person, dropped: Person) -> None:
    """What `kept` does not know of the person, since it is recorded; a death from its own day."""
    known = (await history.known_versions(work, [kept]))[kept.id]
    lacking = {
        "ethnicity": kept.ethnicity is None,
        "marital_status": kept.marital_status is MaritalStatus.UNSPECIFIED,
    }
    filled = {name: getattr(dropped, name) for name, lacks in lacking.items() if lacks}
    changes = {name: value for name, value in filled.items() if value != getattr(kept, name)}
    if changes:
        await change(work, kept, changes, known[0].valid_from)
    if kept.death_date is None and dropped.death_date is not None:
        await change(work, kept, {"death_date": dropped.death_date}, dropped.death_date)


async def undo(work: Work, row: PersonMerge) -> PersonMerge:
    """Bring both records back to what they were.

    Raises:
        Refused: MERGE_UNDONE, CHANGED_SINCE (what was handed over has been changed since), FORBIDDEN_SCOPE.
    """
    work.require_within(REGISTRY_WRITE, row.division)
    if row.undone_at is not None:
        raise Refused(MERGE_UNDONE, ("merge",))
    row.undone_at = work.now
    await forget(work, row.id)
    await journal.undo(work, await journal.entries_of(work, row.id))
    details = {"dropped": typed("person", row.dropped_id)}
    work.audit("person.unmerged", typed("person", row.kept_id), district=row.district, details=details)
    homes = (
        select(Household)
        .join(HouseholdMember, HouseholdMember.household_id == Household.id)
        .where(HouseholdMember.person_id.in_((row.kept_id, row.dropped_id)), open_now(HouseholdMember))
        .order_by(Household.id)
    )
    found = (await work.session.scalars(homes)).unique().all()
    await households.changed(work, found, work.clock.today(), "reversed")
    await work.flush()
    return row


async def remove(work: Work, person: Person, reason: str) -> Person:
    """Remove a person who was entered wrongly and on whom nothing hangs but their own record and memberships.

    Raises:
        Refused: PERSON_NEEDED (a head of a household), CHANGED_SINCE naming what refers to the person, FORBIDDEN_SCOPE,
            TEXT_LENGTH. Refusals: what plugins have against it.
    """
    work.require_within(REGISTRY_WRITE, person.division, person.registered_division)
    check_text(reason, 200, ("reason",))
    subject = typed("person", person.id)
    await work.ask("removal_blockers", subject, await districts_of(work, [person.id]), person=person)
    homes = await households.homes_of(work, person)
    for model in (HouseholdMember, PersonDisability, PersonVersion):
        for row in await _rows_of(work, model, person):
            if getattr(row, "relation", None) == HEAD:
                raise Refused(PERSON_NEEDED, ("person",))
            row.voided_at = work.now
    await forget_person(work, person.id)
    await journal.remove(work, person)
    for home in homes:
        home.updated_at = work.now
    await households.changed(work, homes, work.clock.today(), "left")
    work.audit("person.removed", subject, district=person.district, details={"reason": reason})
    await work.flush()
    return person
