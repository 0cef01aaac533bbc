"""Many rows at once: the same rows as through the session, with the same refusals."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core import bulk
from core.access.models import AuditEntry
from core.access.service import system
from core.clock import Clock
from core.codes import resident_id
from core.db import Database, new_id
from core.divisions.service import NewDivision, open_divisions
from core.errors import Refused
from core.events.models import LifeEvent
from core.host import Host
from core.persons.models import Person, PersonDisability, PersonVersion
from core.persons.service import NewPerson, register
from core.vault import Keyring, Vault
from core.work import Work

TODAY = date(2022, 11, 30)
VAULT = Vault(Keyring.fresh())
VILLAGE = "410189101201"
BORN = date(1990, 1, 1)


@pytest.fixture
def plugins() -> tuple[str, ...]:
    return ()


def work_in(session: Any) -> Work:
    host = Host([])
    return Work(session, system(host.permissions), Clock(TODAY), VAULT, host)


async def divisions(work: Work) -> None:
    codes = ("410000000000", "410100000000", "410189000000", "410189101000", VILLAGE)
    await open_divisions(work, [NewDivision(code, f"区划{code}") for code in codes])


def people(count: int) -> list[NewPerson]:
    made = (resident_id.make("410189", BORN, sequence) for sequence in range(count))
    base = NewPerson(name="王小明", residence_division=VILLAGE, registered_division=VILLAGE)
    return [replace(base, id_number=number, phone="13800001234") for number in made]


def content(row: Any) -> dict[str, Any]:
    """What a row says, without keys, ciphers and the moment of recording."""
    changing = ("id", "person_id", "subject", "id_cipher", "phone_cipher", "at", "recorded_at", "created_at")
    names = [column.key for column in type(row).__mapper__.column_attrs]
    return {name: getattr(row, name) for name in names if name not in (*changing, "updated_at")}


async def read(database: Database) -> list[Any]:
    found: list[Any] = []
    async with database.reading() as session:
        for model in (Person, PersonVersion, AuditEntry):
            query = select(model).order_by(model.id)  # type: ignore[attr-defined]
            found += [content(row) for row in await session.scalars(query)]
        person = (await session.scalars(select(Person).limit(1))).one()
    assert person.id_cipher is not None
    assert VAULT.decrypt(person.id_cipher, "core_person.id_number").startswith("410189")
    return found


async def filled(database: Database) -> list[Any]:
    async with database.writing() as session:
        work = work_in(session)
        await divisions(work)
        await register(work, people(120))
    return await read(database)


async def test_rows_are_those_of_the_session(databases: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for enough in (100, 10**6):
        monkeypatch.setattr(bulk, "ENOUGH", enough)
        async with databases.migrated(()) as url:
            database = Database(url)
            found.append(await filled(database))
            await database.close()
    assert len(found[0]) > 240
    assert found[0] == found[1]


async def test_rows_that_are_kept_can_still_change(database: Database) -> None:
    async with database.writing() as session:
        work = work_in(session)
        await divisions(work)
        persons = await register(work, people(120))
        persons[7].name = "王大明"
        assert persons[7].death_date is None
        assert await session.get(Person, persons[7].id) is persons[7]
    async with database.reading() as session:
        row = (await session.scalars(select(Person).where(Person.name == "王大明"))).one()
        assert (row.id, row.version) == (persons[7].id, 2)


async def test_nothing_stays_of_what_is_rolled_back(database: Database) -> None:
    async with database.writing() as session:
        work = work_in(session)
        await work.insert([work.audit_row("test") for _ in range(200)])
        await session.rollback()
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(AuditEntry)) == 0


async def test_a_lost_race_is_told_as_ever(database: Database) -> None:
    async with database.writing() as session:
        work = work_in(session)
        await divisions(work)
        (person,) = await register(work, people(1))
        values = {c.key: getattr(person, c.key) for c in Person.__mapper__.column_attrs}
    copies = [Person(**{**values, "id": new_id()}) for _ in range(150)]
    async with AsyncSession(database.write_engine) as session:
        with pytest.raises(Refused) as caught:
            await work_in(session).insert(copies)
    assert caught.value.code.code == "ID_DUPLICATE"


async def test_parents_go_before_what_refers_to_them(database: Database) -> None:
    async with database.writing() as session:
        work = work_in(session)
        await divisions(work)
        (person,) = await register(work, people(1))
        values = {c.key: getattr(person, c.key) for c in Person.__mapper__.column_attrs}
        values |= {"id_type": "NONE", "id_hash": None, "id_cipher": None, "id_masked": None}
        keys = [uuid.uuid4() for _ in range(60)]
        day = {"valid_from": TODAY, "recorded_at": work.now}
        facts = [PersonDisability(id=new_id(), person_id=k, category="VISUAL", level=1, **day) for k in keys]
        await work.insert([*facts, *(Person(**{**values, "id": key}) for key in keys)], keep=False)
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(PersonDisability)) == 60


async def test_few_rows_are_left_to_the_session(database: Database) -> None:
    async with database.writing() as session:
        assert not await bulk.write(session, [AuditEntry() for _ in range(bulk.ENOUGH - 1)])


def test_core_rows_are_plain_and_a_plugins_relationships_are_not() -> None:
    assert all(bulk._plain(model.__mapper__) for model in (Person, AuditEntry, LifeEvent))

    class Node(DeclarativeBase):
        """A base of its own: this table is nobody's."""

    class Tree(Node):
        __tablename__ = "tree"
        id: Mapped[int] = mapped_column(primary_key=True)
        above: Mapped[int] = mapped_column(ForeignKey("tree.id"))

    assert not bulk._plain(Tree.__mapper__)
