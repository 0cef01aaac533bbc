"""Moves of a person or of a whole household (domain 1.6, V-HK: reported within 3 days in towns, 10 elsewhere)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.access.permissions import REGISTRY_WRITE
from core.codes.calendar import days_after
from core.divisions.models import Division
from core.divisions.service import by_code, check_usable
from core.errors import Refusals, Refused
from core.events.models import EventRole, LifeEvent, LifeEventType
from core.events.service import Happening, check_subject, record
from core.households import service as households
from core.households.models import Household
from core.ids import typed
from core.parameters.limits import MOVE_DAYS_RURAL, MOVE_DAYS_URBAN
from core.parameters.service import whole
from core.persons.models import Person
from core.persons.service import Problems, change
from core.refusals import INPUT_EMPTY
from core.work import Work


@dataclass(frozen=True, kw_only=True)
class Move:
    """Where to, from which day.

    Attributes:
        household: moves as a whole, with all its members, to `address` in the new division.
    """

    person: Person
    on: date
    residence_division: str | None = None
    registered_division: str | None = None
    household: Household | None = None
    address: str | None = None

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns of a person that the move sets."""
        both = {"division": self.residence_division, "registered_division": self.registered_division}
        return {column: code for column, code in both.items() if code}


async def move(work: Work, asked: Move, expected_version: int | None = None) -> LifeEvent:
    """Move a person's residence, registration or both from a day on, as a life event that plugins hear.

    Raises:
        Refusals: unusable divisions.
        Refused: INPUT_EMPTY, CONFLICT, FORBIDDEN_SCOPE, DATE_FUTURE, DATE_ORDER, PERSON_DECEASED; for a household
            MEMBER_MISSING, HOUSEHOLD_CLOSED, ADDRESS_FORMAT.
    """
    person = asked.person
    check_subject(work, person, asked.on, "person")
    work.expect_version(person, expected_version)
    divisions = await _checked(work, asked)
    return await record(work, lambda: _effect(work, asked, divisions))


async def _checked(work: Work, asked: Move) -> Mapping[str, Division]:
    if all(getattr(asked.person, column) == code for column, code in asked.columns.items()):
        raise Refused(INPUT_EMPTY)
    divisions = await by_code(work.session, asked.columns.values())
    problems = Problems()
    fields = {"residenceDivision": asked.residence_division, "registeredDivision": asked.registered_division}
    for field, code in fields.items():
        if code:
            work.require_within(REGISTRY_WRITE, code, field=(field,))
            problems.attempt(field, check_usable, divisions.get(code), code, asked.on)
    if problems.found:
        raise Refusals(problems.found)
    return divisions


async def _effect(work: Work, asked: Move, divisions: Mapping[str, Division]) -> Happening:
    person = asked.person
    before = {"residenceDivision": person.division, "registeredDivision": person.registered_division}
    others = await _with_household(work, asked) if asked.household else []
    for mover in (person, *others):
        mover.updated_at = work.now
        await change(work, mover, asked.columns, max(asked.on, mover.birth_date))
    target = divisions[asked.residence_division or asked.registered_division or ""]
    limit = MOVE_DAYS_URBAN if target.urban else MOVE_DAYS_RURAL
    details = {**before, "person": typed("person", person.id)}
    if asked.household:
        details["household"] = typed("household", asked.household.id)
    return Happening(
        type=LifeEventType.MOVE,
        on=asked.on,
        subject=person,
        others=[(EventRole.MEMBER, other) for other in others],
        details=details,
        due_on=days_after(asked.on, await whole(work, limit, target.code, asked.on)),
        done=[f"{1 + len(others)} 人迁至{target.full_name}。 {1 + len(others)} moved to {target.code}."],
        left=[before["residenceDivision"], before["registeredDivision"]],
    )


async def _with_household(work: Work, asked: Move) -> Sequence[Person]:
    """Move the household's address; the other members who go along."""
    assert asked.household is not None
    home = asked.household
    members = await households.members(work, home)
    await households.move(
        work,
        home,
        asked.person,
        asked.residence_division or asked.registered_division or "",
        asked.address,
        asked.on,
    )
    return [member for member in members if member is not asked.person]
