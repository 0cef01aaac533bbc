"""Registering, correcting and moving persons (domain 1.1, 1.4, 1.5, 1.6).

Everything takes many at once: a mutation is a batch of one, imports and the demo city are larger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from core import history
from core.access.masks import mask_id, mask_phone
from core.access.permissions import REGISTRY_WRITE
from core.codes import names, phones, resident_id
from core.codes.sets import ETHNICITIES, DisabilityCategory, Gender, IdType, MaritalStatus
from core.dated import open_now
from core.db import new_id
from core.divisions.models import Division
from core.divisions.service import by_code, check_usable
from core.errors import Refusals, Refused
from core.ids import typed
from core.persons.models import Person, PersonDisability, PersonVersion
from core.placed import place
from core.refusals import (
    BIRTH_FUTURE,
    DATE_FUTURE,
    DATE_ORDER,
    DISABILITY_LEVEL,
    ID_DUPLICATE,
    ID_REQUIRED,
    INPUT_EMPTY,
)
from core.texts import check_text
from core.timeline.kinds import CERTIFIED, LAPSED, REGISTERED
from core.timeline.service import NewEntry, chunks, copy_timeline, entry_row, tell_timeline
from core.work import Work

ID_LENGTH = 30  # of the longest number that a passport or permit has, and then some
ID_CONTEXT = "core_person.id_number"
PHONE_CONTEXT = "core_person.phone"
# What a version says of a person.
VERSIONED = (
    "name",
    "gender",
    "birth_date",
    "ethnicity",
    "marital_status",
    "registered_division",
    "division",
    "death_date",
)


@dataclass(frozen=True)
class Disability:
    """A certified disability: category, and level 1 (worst) to 4."""

    category: DisabilityCategory
    level: int


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """A person to register. A resident id gives gender and birth date; if given too, they must agree with it.

    Attributes:
        registered_division: 户籍地; residence_division: 常住地. Both are codes of towns or villages in force.
        since: the day from which what is registered holds; None means today.
    """

    name: str
    id_type: IdType = IdType.RESIDENT_ID
    id_number: str | None = None
    gender: Gender | None = None
    birth_date: date | None = None
    ethnicity: str | None = None
    marital_status: MaritalStatus = MaritalStatus.UNSPECIFIED
    registered_division: str
    residence_division: str
    phone: str | None = None
    disabilities: tuple[Disability, ...] = ()
    since: date | None = None


class Problems:
    """Collects the refusals of one input, so that all are told at once."""

    def __init__(self) -> None:
        self.found: list[Refused] = []

    def attempt(self, field: str, check: Any, *arguments: Any, **keywords: Any) -> Any:
        """Run a check; keep its refusal, blamed on `field`."""
        try:
            return check(*arguments, **keywords)
        except Refused as refusal:
            self.found.append(refusal.at(field))
            return None

    def add(self, refusal: Refused) -> None:
        self.found.append(refusal)


def checked(
    new: NewPerson, today: date, divisions: Mapping[str, Division]
) -> tuple[NewPerson, list[Refused]]:
    """The input normalised and completed from its id, and everything that is wrong with it."""
    problems = Problems()
    name = problems.attempt("name", names.check_name, new.name)
    new = replace(new, name=name or new.name)
    new = replace(new, id_number=resident_id.normalise(new.id_number or "") or None)  # blank is none
    if new.id_type is IdType.RESIDENT_ID and new.id_number:
        new = _from_resident_id(new, today, problems)
    elif (new.id_number is None) != (new.id_type is IdType.NONE):
        problems.add(Refused(ID_REQUIRED, ("idNumber",), id_type=new.id_type.name))
    elif new.id_number:
        problems.attempt("idNumber", check_text, new.id_number, ID_LENGTH)
    if new.ethnicity:
        new = replace(new, ethnicity=problems.attempt("ethnicity", ETHNICITIES.parse, new.ethnicity))
    if new.phone:
        new = replace(new, phone=problems.attempt("phone", phones.check_phone, new.phone))
    _check_rest(new, today, divisions, problems)
    return new, problems.found


def _from_resident_id(new: NewPerson, today: date, problems: Problems) -> NewPerson:
    parsed = problems.attempt("idNumber", resident_id.parse, new.id_number, today)
    if parsed is None:
        return new
    gender = new.gender or parsed.gender
    birth_date = new.birth_date or parsed.birth_date
    problems.attempt("idNumber", resident_id.matches, parsed, gender, birth_date)
    return replace(new, id_number=parsed.number, gender=gender, birth_date=birth_date)


def _check_rest(new: NewPerson, today: date, divisions: Mapping[str, Division], problems: Problems) -> None:
    day = new.since or today
    for field, code in (
        ("registeredDivision", new.registered_division),
        ("residenceDivision", new.residence_division),
    ):
        problems.attempt(field, check_usable, divisions.get(code), code, day)
    if day > today:
        problems.add(Refused(DATE_FUTURE, ("since",), day=day, today=today))
    if new.birth_date and day < new.birth_date <= today:
        problems.add(Refused(DATE_ORDER, ("since",), day=day, earliest=new.birth_date))
    if new.birth_date is None and new.id_type is not IdType.RESIDENT_ID:
        problems.add(Refused(ID_REQUIRED, ("birthDate",), id_type=new.id_type.name))
    if new.birth_date and new.birth_date > today:
        problems.add(Refused(BIRTH_FUTURE, ("birthDate",)))
    categories = [item.category for item in new.disabilities]
    if len(set(categories)) < len(categories) or any(not 1 <= item.level <= 4 for item in new.disabilities):
        problems.add(Refused(DISABILITY_LEVEL, ("disabilities",)))


async def register(work: Work, news: Sequence[NewPerson]) -> list[Person]:
    """Register persons.

    Raises:
        Refusals: everything wrong with the input, in order.
        Refused: FORBIDDEN, FORBIDDEN_SCOPE.
    """
    work.require(REGISTRY_WRITE)
    today = work.clock.today()
    codes = [c for new in news for c in (new.registered_division, new.residence_division)]
    divisions = await by_code(work.session, codes)
    results = [checked(new, today, divisions) for new in news]
    found = [refusal for _, refusals in results for refusal in refusals]
    if found:
        raise Refusals(found)
    await _refuse_known_ids(work, [new for new, _ in results])
    return await _insert(work, [new for new, _ in results])


async def known_hashes(work: Work, hashes: Iterable[str], id_type: IdType) -> set[str]:
    """Which of these hashes are registered already as ids of one type."""
    wanted = sorted(set(hashes))
    known: set[str] = set()
    for start in range(0, len(wanted), 500):
        some = Person.id_hash.in_(wanted[start : start + 500])
        query = select(Person.id_hash).where(Person.id_type == id_type, some)
        known.update(found for found in await work.session.scalars(query) if found)
    return known


async def _refuse_known_ids(work: Work, news: Sequence[NewPerson]) -> None:
    hashes: dict[IdType, list[str]] = {}
    for new in news:
        if new.id_number:
            hashes.setdefault(new.id_type, []).append(work.vault.blind_index(new.id_number))
    for id_type, some in hashes.items():
        if len(set(some)) < len(some) or await known_hashes(work, some, id_type):
            raise Refused(ID_DUPLICATE, ("idNumber",))


async def _insert(work: Work, news: Sequence[NewPerson]) -> list[Person]:
    for new in news:
        work.require_within(
            REGISTRY_WRITE, new.residence_division, new.registered_division, field=("residenceDivision",)
        )
    persons = [_person(work, new) for new in news]
    await work.insert(persons)
    facts = [row for pair in zip(persons, news, strict=True) for row in _facts(work, *pair)]
    await work.insert(facts, keep=False)
    await _tell_registered(work, persons)
    return persons


async def _tell_registered(work: Work, persons: Sequence[Person]) -> None:
    """By the database from their rows: there may be many."""
    version = PersonVersion
    for keys in chunks([person.id for person in persons]):
        mine = (Person.id.in_(keys), version.person_id == Person.id, version.voided_at.is_(None))
        row = {"id": Person.id, "person_id": Person.id, "day": version.valid_from}
        await copy_timeline(work, REGISTERED, *mine, **row, prefix="person", place=Person)


def _facts(work: Work, person: Person, new: NewPerson) -> Iterator[Any]:
    """What is written beside a new person."""
    since = new.since or work.clock.today()
    yield _version(work, person, since)
    for item in new.disabilities:
        yield _disability(work, person, item, since)
        yield entry_row(work, _told(person, CERTIFIED, since, item.category.name))
    yield work.audit_row("person.registered", typed("person", person.id), district=person.district)


def _told(person: Person, kind: str, on: date, code: str | None = None) -> NewEntry:
    subject = typed("person", person.id)
    return NewEntry(
        kind=kind, on=on, division=person.division, subject=subject, person_id=person.id, code=code
    )


def sealed_id(work: Work, number: str | None) -> dict[str, Any]:
    """The three stored forms of an id number: hash, cipher, mask."""
    if number is None:
        return {"id_hash": None, "id_cipher": None, "id_masked": None}
    return {
        "id_hash": work.vault.blind_index(number),
        "id_cipher": work.vault.encrypt(number, ID_CONTEXT),
        "id_masked": mask_id(number),
    }


def sealed_phone(work: Work, phone: str | None) -> dict[str, Any]:
    """The two stored forms of a phone number."""
    if phone is None:
        return {"phone_cipher": None, "phone_masked": None}
    return {"phone_cipher": work.vault.encrypt(phone, PHONE_CONTEXT), "phone_masked": mask_phone(phone)}


def _person(work: Work, new: NewPerson) -> Person:
    now = work.now
    return Person(
        id=new_id(),
        id_type=new.id_type,
        name=new.name,
        name_key=names.name_key(new.name),
        gender=new.gender or Gender.UNKNOWN,
        birth_date=new.birth_date,
        ethnicity=new.ethnicity,
        marital_status=new.marital_status,
        created_at=now,
        updated_at=now,
        **sealed_id(work, new.id_number),
        **sealed_phone(work, new.phone),
        **place(new.residence_division),
        **place(new.registered_division, "registered_"),
    )


def _version(work: Work, person: Person, effective: date) -> PersonVersion:
    values = {column: getattr(person, column) for column in VERSIONED}
    return PersonVersion(
        id=new_id(), person_id=person.id, valid_from=effective, recorded_at=work.now, **values
    )


def _disability(work: Work, person: Person, item: Disability, since: date) -> PersonDisability:
    return PersonDisability(
        id=new_id(),
        person_id=person.id,
        category=item.category,
        level=item.level,
        valid_from=since,
        recorded_at=work.now,
    )


async def correct(
    work: Work, person: Person, changes: Mapping[str, Any], expected_version: int | None
) -> Person:
    """Correct what was recorded wrongly; the correction holds for as long as the wrong record did.

    Args:
        changes: fields of `NewPerson` that change, `disabilities` among them.

    Raises:
        Refusals, Refused: as `register`; INPUT_EMPTY, CONFLICT.
    """
    work.require_within(REGISTRY_WRITE, person.division, person.registered_division)
    work.expect_version(person, expected_version)
    if not changes:
        raise Refused(INPUT_EMPTY)
    query = select(PersonVersion.valid_from).where(
        PersonVersion.person_id == person.id, open_now(PersonVersion)
    )
    since = (await work.session.scalar(query)) or work.clock.today()
    new, touched_id = await _corrected(work, person, changes, since)
    await _apply(work, person, new, changes, touched_id)
    await history.correct(work, person, {column: getattr(person, column) for column in VERSIONED})
    work.audit("person.corrected", typed("person", person.id), district=person.district, fields=changes)
    await work.flush()
    return person


async def _corrected(
    work: Work, person: Person, changes: Mapping[str, Any], since: date
) -> tuple[NewPerson, bool]:
    stored = None if person.id_cipher is None else work.vault.decrypt(person.id_cipher, ID_CONTEXT)
    base = NewPerson(
        name=person.name,
        id_type=person.id_type,
        id_number=stored,
        gender=person.gender,
        birth_date=person.birth_date,
        ethnicity=person.ethnicity,
        marital_status=person.marital_status,
        registered_division=person.registered_division,
        residence_division=person.division,
        since=since,  # the divisions must have been in force then; they may be closed now
    )
    if "id_number" in changes:
        base = replace(base, gender=None, birth_date=None)  # a new resident id says both
    base = replace(base, **changes)
    if base.id_type is not IdType.RESIDENT_ID:
        base = replace(
            base, gender=base.gender or person.gender, birth_date=base.birth_date or person.birth_date
        )
    divisions = await by_code(work.session, [base.registered_division, base.residence_division])
    new, found = checked(base, work.clock.today(), divisions)
    if found:
        raise Refusals(found)
    touched_id = new.id_number != stored
    if touched_id or new.id_type is not person.id_type:
        await _refuse_known_ids(work, [new])
    work.require_within(
        REGISTRY_WRITE, new.residence_division, new.registered_division, field=("residenceDivision",)
    )
    return new, touched_id


async def _apply(
    work: Work, person: Person, new: NewPerson, changes: Mapping[str, Any], touched_id: bool
) -> None:
    person.updated_at = work.now
    person.name, person.name_key = new.name, names.name_key(new.name)
    person.id_type, person.ethnicity, person.marital_status = new.id_type, new.ethnicity, new.marital_status
    person.gender = new.gender or person.gender
    person.birth_date = new.birth_date or person.birth_date
    sealed = sealed_id(work, new.id_number) if touched_id else {}
    if "phone" in changes:
        sealed |= sealed_phone(work, new.phone)
    sealed |= place(new.residence_division) | place(new.registered_division, "registered_")
    for column, value in sealed.items():
        setattr(person, column, value)
    if "disabilities" in changes:
        await _replace_disabilities(work, person, new.disabilities)


async def _replace_disabilities(work: Work, person: Person, items: Sequence[Disability]) -> None:
    query = select(PersonDisability).where(
        PersonDisability.person_id == person.id, open_now(PersonDisability)
    )
    today, now = work.clock.today(), work.now
    former = (await work.session.scalars(query)).all()
    for row in former:
        work.session.add(row.ended(today, now, id=new_id()))
    work.session.add_all([_disability(work, person, item, today) for item in items])
    before, after = {row.category.name for row in former}, {item.category.name for item in items}
    told = [(LAPSED, code) for code in sorted(before - after)]
    told += [(CERTIFIED, code) for code in sorted(after - before)]
    await tell_timeline(work, *(_told(person, kind, today, code) for kind, code in told))


async def change(work: Work, person: Person, changes: Mapping[str, Any], on: date) -> None:
    """Let versioned columns of a person hold other values from a day on, the level columns with the divisions."""
    await history.amend(work, {person: changes}, on)
    for column, value in {
        **place(person.division),
        **place(person.registered_division, "registered_"),
    }.items():
        setattr(person, column, value)
