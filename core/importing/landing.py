"""A chunk of whole households into the database: who is known, who is new, which households open."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select

from core.codes import division_code
from core.codes.sets import HouseholdKind, IdType
from core.dated import open_now
from core.divisions.service import by_code
from core.errors import Refused
from core.households.models import Household, HouseholdMember
from core.households.service import NewHousehold, join, open_households
from core.importing.columns import ColumnImporter
from core.importing.entries import Entry, finish
from core.importing.refusals import ID_REPEATED
from core.persons.models import Person
from core.persons.service import register
from core.refusals import ADDRESS_FORMAT, HEAD_REQUIRED, HOUSEHOLD_CLOSED, ID_DUPLICATE
from core.work import Work

_AT_ONCE = 500
KIND = HouseholdKind.REGISTERED

Item = TypeVar("Item")
_Numberless = tuple[str, date | None, str]


@dataclass
class Group:
    """The rows of one household, or one row without any.

    Attributes:
        home: the household, when it is open already or once it is.
        headless: the row to blame when the household has no usable head and cannot open.
    """

    entries: list[Entry]
    home: Household | None = None
    head: Entry | None = None
    headless: Entry | None = None

    @property
    def code(self) -> str:
        return self.entries[0].household

    @property
    def district(self) -> str | None:
        """The district of the head, or else of whoever has one."""
        ordered = sorted(self.entries, key=lambda entry: not entry.is_head)
        codes = (entry.new.registered_division for entry in ordered)
        return next((division_code.district(code) for code in codes if code), None)


@dataclass
class Seen:
    """The id numbers of the file so far, hashed, with their rows."""

    rows: dict[bytes, int] = field(default_factory=dict)

    def claim(self, entry: Entry) -> None:
        """Refuse the second row of a number."""
        if entry.id_hash is None:
            return
        # Half the hash is still beyond chance, and the file may have millions of rows.
        first = self.rows.setdefault(bytes.fromhex(entry.id_hash)[:16], entry.row.number)
        if first != entry.row.number:
            entry.blame("id", Refused(ID_REPEATED, row=first))


def _slices(items: Iterable[Item]) -> Iterator[list[Item]]:
    ordered = list(items)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


class Landing:
    """Lands one chunk in one transaction."""

    def __init__(self, work: Work, importers: Sequence[ColumnImporter], seen: Seen) -> None:
        self._work, self._importers, self._seen = work, importers, seen
        self._by_hash: dict[str, Person] = {}
        self._numberless: dict[_Numberless, Person] = {}
        self._homes: dict[tuple[str | None, str], Household] = {}
        self._member_of: dict[uuid.UUID, uuid.UUID] = {}

    async def land(self, groups: Sequence[Group]) -> None:
        """Check every row against the database, then write the good ones."""
        entries = [entry for group in groups for entry in group.entries]
        await self._finish(entries)
        await self._look_up(groups, entries)
        for group in groups:
            self._recognise(group)
            self._settle(group)
        await self._register([entry for entry in entries if entry.good and entry.person is None])
        await self._open([group for group in groups if group.head and not group.home])
        for group in groups:
            await self._join(group)
        await self._store(groups)

    async def recall(self, entries: Sequence[Entry]) -> None:
        """Note the id numbers of rows that landed before, so that a repeat further down is refused."""
        await self._finish(entries)

    async def _finish(self, entries: Sequence[Entry]) -> None:
        codes = {c for e in entries for c in (e.new.registered_division, e.new.residence_division) if c}
        divisions = await by_code(self._work.session, codes)
        today = self._work.clock.today()
        for entry in entries:
            finish(entry, today, divisions)
            if entry.new.id_number and "id" not in entry.faults:
                entry.id_hash = self._work.vault.blind_index(entry.new.id_number)
            self._seen.claim(entry)

    async def _look_up(self, groups: Sequence[Group], entries: Sequence[Entry]) -> None:
        await self._look_up_persons(entries)
        session = self._work.session
        for codes in _slices({group.code for group in groups if group.code}):
            for home in await session.scalars(select(Household).where(Household.code.in_(codes))):
                self._homes[home.district, home.code] = home
        persons = [person.id for person in (*self._by_hash.values(), *self._numberless.values())]
        for keys in _slices(persons):
            query = select(HouseholdMember.person_id, HouseholdMember.household_id).where(
                HouseholdMember.person_id.in_(keys), HouseholdMember.kind == KIND, open_now(HouseholdMember)
            )
            self._member_of.update({row[0]: row[1] for row in await session.execute(query)})

    async def _look_up_persons(self, entries: Sequence[Entry]) -> None:
        session = self._work.session
        for hashes in _slices({entry.id_hash for entry in entries if entry.id_hash}):
            for person in await session.scalars(select(Person).where(Person.id_hash.in_(hashes))):
                self._by_hash[person.id_hash or ""] = person
        # Newborns and foundlings have no number: name, birth and registration tell them apart.
        names = {entry.new.name for entry in entries if entry.good and entry.new.id_type is IdType.NONE}
        for some in _slices(names):
            query = select(Person).where(Person.id_hash.is_(None), Person.name.in_(some))
            for person in await session.scalars(query):
                self._numberless[person.name, person.birth_date, person.registered_division] = person

    def _recognise(self, group: Group) -> None:
        """Find the household and the persons that an earlier import, or a clerk, registered already."""
        if group.code:
            group.home = self._homes.get((group.district, group.code))
        for entry in group.entries:
            person = self._known(entry)
            if person is None:
                continue
            if self._same(entry, person, group.home):
                entry.person, entry.known = person, True
            else:
                entry.blame("id", Refused(ID_DUPLICATE))

    def _known(self, entry: Entry) -> Person | None:
        if entry.id_hash:
            return self._by_hash.get(entry.id_hash)
        new = entry.new
        return self._numberless.get((new.name, new.birth_date, new.registered_division))

    def _same(self, entry: Entry, person: Person, home: Household | None) -> bool:
        """Whether the row speaks of that person where they are, or of one in no household yet."""
        elsewhere = self._member_of.get(person.id)
        here = home.id if home else None
        placed = not entry.household or elsewhere in (None, here)
        return placed and person.death_date is None and person.name == entry.new.name

    def _settle(self, group: Group) -> None:
        """Decide on the household, before anything is written."""
        if not group.code:
            return
        if group.home is not None:
            self._settle_open(group, group.home)
        else:
            self._choose_head(group)

    def _choose_head(self, group: Group) -> None:
        heads = [entry for entry in group.entries if entry.is_head]
        for surplus in heads[1:]:
            surplus.blame("relation", Refused(HEAD_REQUIRED))
        head = heads[0] if heads else None
        if head and not 1 <= len(self._address(group, head)) <= 200:
            head.blame("address", Refused(ADDRESS_FORMAT))
        if head and head.good:
            group.head = head
        else:
            group.headless = head or group.entries[0]

    def _settle_open(self, group: Group, home: Household) -> None:
        for entry in group.entries:
            member = entry.person is not None and self._member_of.get(entry.person.id) == home.id
            if home.closed_on is not None:
                entry.blame("household", Refused(HOUSEHOLD_CLOSED))
            elif entry.is_head and not member:
                entry.blame("relation", Refused(HEAD_REQUIRED))

    @staticmethod
    def _address(group: Group, head: Entry) -> str:
        rows = (head.row, *(entry.row for entry in group.entries))
        return next((row["address"] for row in rows if row["address"]), "")

    async def _register(self, entries: Sequence[Entry]) -> None:
        if entries:
            persons = await register(self._work, [entry.new for entry in entries])
            for entry, person in zip(entries, persons, strict=True):
                entry.person = person

    async def _open(self, groups: Sequence[Group]) -> None:
        homes = await open_households(self._work, [self._new(group) for group in groups])
        for group, home in zip(groups, homes, strict=True):
            group.home = home
            for entry in group.entries:
                entry.entered = entry.good

    def _new(self, group: Group) -> NewHousehold:
        head: Any = group.head
        members = [(e.person, e.relation) for e in group.entries if e.good and e.person and e.relation]
        return NewHousehold(
            kind=KIND,
            code=group.code,
            division=head.new.registered_division,
            address=self._address(group, head),
            members=members,
        )

    async def _join(self, group: Group) -> None:
        """Into a household that was there before."""
        if group.home is None or group.head is not None:
            return
        today = self._work.clock.today()
        for entry in group.entries:
            person = entry.person
            if not entry.good or person is None or self._member_of.get(person.id) == group.home.id:
                continue
            await join(self._work, group.home, person, entry.relation or "", today)
            entry.entered = True

    async def _store(self, groups: Sequence[Group]) -> None:
        for importer in self._importers:
            rows = [
                (group.home, entry.person, entry.values[importer.name])
                for group in groups
                for entry in group.entries
                if entry.entered and importer.name in entry.values and group.home and entry.person
            ]
            if rows:
                await importer.store(self._work, rows)
