"""Persons who may be registered twice, with a score and the reasons for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import aliased

from core.access.permissions import NAMES_READ
from core.access.scope import Mode
from core.codes.division_code import Tier
from core.codes.sets import CodedEnum, Gender
from core.persons.models import Person
from core.persons.service import ID_CONTEXT
from core.placed import below
from core.repository import Repository
from core.vault import Vault

MOST = 500  # pairs looked at for one answer


class DuplicateReason(CodedEnum, zh="疑似重复的依据"):
    """Why two records may be of one person."""

    SAME_ID_NUMBER = "SAME_ID_NUMBER", "", "证件号码相同而证件类型不同", "One id number under two kinds of id"
    ID_TRANSPOSED = (
        "ID_TRANSPOSED",
        "",
        "证件号码相邻两位颠倒",
        "Id numbers with two neighbouring characters swapped",
    )
    SAME_NAME_AND_BIRTH = "SAME_NAME_AND_BIRTH", "", "姓名与出生日期相同", "Same name and birth date"
    NAME_TRANSPOSED = (
        "NAME_TRANSPOSED",
        "",
        "姓名用字相同而次序不同",
        "Same birth date, the name's characters swapped",
    )
    SAME_READING = "SAME_READING", "", "姓名同音且出生日期相同", "Same birth date, names that sound alike"
    BIRTH_TRANSPOSED = (
        "BIRTH_TRANSPOSED",
        "",
        "姓名相同而出生日期数字颠倒",
        "Same name, birth date with digits swapped",
    )
    SAME_ADDRESS = "SAME_ADDRESS", "", "住址区划相同", "Same division of residence"


_SCORES = {
    DuplicateReason.SAME_ID_NUMBER: 95,
    DuplicateReason.ID_TRANSPOSED: 60,
    DuplicateReason.SAME_NAME_AND_BIRTH: 80,
    DuplicateReason.NAME_TRANSPOSED: 65,
    DuplicateReason.SAME_READING: 55,
    DuplicateReason.BIRTH_TRANSPOSED: 55,
    DuplicateReason.SAME_ADDRESS: 15,
}
_OTHER_GENDER = 30
_MOST_SCORE = 100


@dataclass(frozen=True)
class Candidate:
    """Two records and how likely they are of one person: `score` up to 100."""

    one: Person
    other: Person
    score: int
    reasons: tuple[DuplicateReason, ...]


def swapped(text: str) -> Iterator[str]:
    """The text with each two neighbouring characters swapped in turn."""
    for i in range(len(text) - 1):
        if text[i] != text[i + 1]:
            yield text[:i] + text[i + 1] + text[i] + text[i + 2 :]


def similar_dates(day: date) -> set[date]:
    """The dates that swapping two neighbouring digits, or day and month, makes of one."""
    texts = {*swapped(f"{day:%Y%m%d}"), f"{day:%Y}{day:%d}{day:%m}"}
    found = set()
    for text in texts:
        try:
            found.add(date(int(text[:4]), int(text[4:6]), int(text[6:])))
        except ValueError:
            continue
    return found - {day}


def judge(one: Person, other: Person, numbers: frozenset[str] = frozenset()) -> Candidate | None:
    """Score two records; None when nothing speaks for one person.

    Args:
        numbers: the hashes of the first one's id number with neighbouring characters swapped.
    """
    reasons = list(_reasons(one, other, numbers))
    if not reasons:
        return None
    if one.division == other.division:
        reasons.append(DuplicateReason.SAME_ADDRESS)
    score = sum(_SCORES[reason] for reason in reasons)
    genders = {one.gender, other.gender}
    if genders == {Gender.MALE, Gender.FEMALE}:
        score -= _OTHER_GENDER
    return Candidate(one, other, min(score, _MOST_SCORE), tuple(reasons))


def _sound(person: Person) -> str:
    return "".join(char for char in person.name_key if char.isascii())


def _reasons(one: Person, other: Person, numbers: frozenset[str]) -> Iterator[DuplicateReason]:
    if one.id_hash is not None and one.id_hash == other.id_hash:
        yield DuplicateReason.SAME_ID_NUMBER
    if other.id_hash in numbers:
        yield DuplicateReason.ID_TRANSPOSED
    if one.birth_date == other.birth_date:
        if one.name == other.name:
            yield DuplicateReason.SAME_NAME_AND_BIRTH
        elif sorted(one.name) == sorted(other.name):
            yield DuplicateReason.NAME_TRANSPOSED
        elif _sound(one) and _sound(one) == _sound(other):
            yield DuplicateReason.SAME_READING
    elif one.name == other.name and one.birth_date in similar_dates(other.birth_date):
        yield DuplicateReason.BIRTH_TRANSPOSED


async def of_person(repository: Repository, vault: Vault, person: Person) -> list[Candidate]:
    """The records in reach that may be of the same person, the likeliest first."""
    hashes = _hashes(vault, person)
    born = and_(Person.district == person.district, Person.birth_date == person.birth_date)
    named = and_(Person.name_key == person.name_key, Person.birth_date.in_(similar_dates(person.birth_date)))
    numbered = Person.id_hash.in_([*hashes, *([person.id_hash] if person.id_hash else [])])
    # An OR of three indexes would scan the table on SQLite: three queries.
    others: dict[uuid.UUID, Person] = {}
    for test in (born, named, numbered):
        tests = [test, Person.id != person.id, *_shown(repository, Person, "reached")]
        others |= {p.id: p for p in await repository.page(Person, tests, [Person.id.asc()], MOST)}
    return _best(judge(person, other, hashes) for other in others.values())


def _shown(repository: Repository, row: Any, mode: Mode) -> list[ColumnElement[bool]]:
    """Rows in reach whose names the caller reads: likeness would tell of a masked name."""
    return [
        repository.inside(Person, row, mode),
        repository.inside(Person, row, "reached", NAMES_READ),
    ]


def _hashes(vault: Vault, person: Person) -> frozenset[str]:
    if person.id_cipher is None:
        return frozenset()
    number = vault.decrypt(person.id_cipher, ID_CONTEXT)
    return frozenset(vault.blind_index(text) for text in swapped(number))


async def of_division(
    repository: Repository, tier: Tier, bounds: Sequence[str], first: int
) -> list[Candidate]:
    """Pairs of records born on one day, one of them living in a division, the likeliest first.

    Above the towns only equal names are looked for: pairs that merely resemble each other are too many.
    """
    one, other = aliased(Person), aliased(Person)
    tests: list[Any] = [
        below(one, tier, *bounds),
        other.district == one.district,
        other.birth_date == one.birth_date,
        or_(other.id > one.id, below(other, tier, *bounds).is_not(true())),  # each pair once
        other.id != one.id,
        *_shown(repository, one, "listed"),
        *_shown(repository, other, "reached"),
    ]
    if tier < Tier.TOWN:
        tests.append(other.name_key == one.name_key)
    else:
        tests.append(or_(other.name_key == one.name_key, other.name != one.name))
    query = select(one, other).where(*tests).order_by(one.birth_date, one.id).limit(MOST * 10)
    pairs = await repository.rows(query)
    return _best(judge(a, b) for a, b in pairs)[:first]


def _best(found: Iterator[Candidate | None] | Any) -> list[Candidate]:
    candidates = [candidate for candidate in found if candidate is not None]
    return sorted(candidates, key=lambda c: (-c.score, c.one.id, c.other.id))
