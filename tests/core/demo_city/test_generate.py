"""Filling real databases with the demo city."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from core.access import service as access
from core.clock import Clock
from core.codes import credit_code
from core.codes.organizations import CommitteePost, QualificationKind
from core.codes.sets import UserRole
from core.committees.models import Committee, CommitteeMember, CommitteeTerm
from core.db import Database
from core.demo import DemoCity
from core.demo_city import generate, marker
from core.demo_city.divisions import CITY, homes, plan
from core.demo_city.generate import CITY_OFFICER, Summary, fill
from core.demo_city.marker import Marker, State
from core.divisions.models import Division
from core.errors import StartupError
from core.host import Host
from core.households.models import Household, HouseholdMember
from core.organizations.models import Organization, OrganizationQualification
from core.persons.models import Person, PersonDisability
from core.vault import Keyring, Vault
from tests.conftest import Databases
from tests.schema import small_city

TODAY = date(2022, 11, 30)
VAULT = Vault(Keyring.fresh())
BUILT = "built for this test"


@pytest.fixture
def plugins() -> tuple[str, ...]:
    return ()


async def made(database: Database, persons: int, seed: int = 1, host: Host | None = None) -> Summary:
    return await fill(
        database, host or Host([]), VAULT, Clock(TODAY), persons=persons, seed=seed, progress=lambda *_: None
    )


async def content_hash(database: Database) -> str:
    """A hash over what residents and households are, without the keys of their rows."""
    residents = (
        select(Household.code, HouseholdMember.relation, Person.name, Person.birth_date, Person.id_masked)
        .join(HouseholdMember, HouseholdMember.household_id == Household.id)
        .join(Person, Person.id == HouseholdMember.person_id)
    )
    disabled = select(Person.name, Person.birth_date, PersonDisability.level).join(
        PersonDisability, PersonDisability.person_id == Person.id
    )
    bodies = select(
        Organization.credit_code, Organization.name, Organization.legal_rep_name, Organization.registered_on
    )
    posts = (
        select(Committee.name, CommitteeMember.post, Person.name, Person.birth_date)
        .join(CommitteeMember, CommitteeMember.committee_id == Committee.id)
        .join(Person, Person.id == CommitteeMember.person_id)
    )
    async with database.reading() as session:
        queries = (residents, disabled, bodies, posts)
        rows: Iterable[Any] = [row for query in queries for row in await session.execute(query)]
    return hashlib.sha256("\n".join(sorted(repr(tuple(row)) for row in rows)).encode()).hexdigest()


async def count(database: Database, model: Any) -> int:
    async with database.reading() as session:
        return (await session.scalar(select(func.count()).select_from(model))) or 0


@pytest.mark.parametrize(("persons", "seed"), [(1, 1), (7, 5), (337, 2)])
async def test_the_count_is_exact_and_everybody_is_registered_once(
    database: Database, persons: int, seed: int
) -> None:
    summary = await made(database, persons, seed)
    assert summary.persons == persons
    async with database.reading() as session:
        seen = select(func.count()).select_from(Person).where(Person.removed_at.is_(None))
        housed = select(func.count(HouseholdMember.person_id.distinct()))
        assert (await session.scalar(seen), await session.scalar(housed)) == (persons, persons)
    assert summary.households == await count(database, Household)
    assert summary.divisions == len(plan()) - 2
    assert summary.tables == {}


async def test_there_are_organizations_and_committees(database: Database) -> None:
    await made(database, 1200)
    async with database.reading() as session:
        codes = list(await session.scalars(select(Organization.credit_code)))
        held = OrganizationQualification
        exempt = held.kind == QualificationKind.TAX_EXEMPT
        expired = await session.scalar(select(func.count()).where(exempt, held.valid_to <= TODAY))
        running = await session.scalar(select(func.count()).where(exempt, held.valid_to > TODAY))
        chair = CommitteeMember.post == CommitteePost.CHAIR
        chairs = await session.scalar(select(func.count(CommitteeMember.id)).where(chair))
    assert len(codes) == 11
    assert all(credit_code.parse(code).warnings == () and code[2:8] == "410189" for code in codes)
    assert expired
    assert running
    assert await count(database, Committee) == len(homes())
    assert len(homes()) > await count(database, CommitteeTerm) == chairs > len(homes()) // 2


async def test_two_fills_are_equal_and_another_seed_is_not(databases: Databases) -> None:
    hashes = []
    for seed in (3, 3, 4):
        async with databases.migrated(()) as url:
            database = Database(url)
            await made(database, 120, seed)
            hashes.append(await content_hash(database))
            await database.close()
    assert hashes[0] == hashes[1] != hashes[2]


async def test_a_filled_database_is_refused_and_known_by_its_marker(database: Database) -> None:
    await made(database, 5)
    with pytest.raises(StartupError, match="--fresh"):
        await made(database, 5)
    async with database.reading() as session:
        state, details = await marker.found(session)
    assert state is State.FILLED
    host = Host([])
    for persons, seed, today, fits in ((5, 1, TODAY, True), (6, 1, TODAY, False), (5, 2, TODAY, False),
                                       (5, 1, date(2023, 1, 1), False)):  # fmt: skip
        assert Marker.of(host, VAULT, today, persons=persons, seed=seed).fits(details, VAULT) is fits
    stranger = Vault(Keyring.fresh())
    assert not Marker.of(host, stranger, TODAY, persons=5, seed=1).fits(details, stranger)


async def test_an_interrupted_fill_is_not_taken_for_a_filled_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "CHUNK", 10)
    done: list[int] = []

    def stop(persons: int, _step: str) -> None:
        done.append(persons)
        if persons > 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await fill(database, Host([]), VAULT, Clock(TODAY), persons=100, seed=1, progress=stop)
    async with database.reading() as session:
        assert (await marker.found(session))[0] is State.UNFINISHED
    assert 0 < await count(database, Person) < done[-1]


async def test_divisions_that_no_demo_wrote_are_somebody_elses(database: Database) -> None:
    await small_city.build(database, Host([]), VAULT)
    async with database.reading() as session:
        assert (await marker.found(session))[0] is State.OTHER


async def test_the_users_have_the_rights_of_their_roles(database: Database) -> None:
    await made(database, 3)
    host = Host([])
    async with database.reading() as session:
        for subject, role, division in (
            (CITY_OFFICER, UserRole.CITY_OFFICER, CITY),
            ("demo:town-officer", UserRole.TOWN_OFFICER, "410189101000"),
            ("demo:village-worker", UserRole.VILLAGE_WORKER, "410189101201"),
            ("demo:auditor", UserRole.AUDITOR, CITY),
        ):
            principal = await access.principal_of(session, subject, host.permissions, TODAY)
            assert principal
            assert [grant.division for grant in principal.grants] == [division]
            assert principal.grants[0].permissions == host.permissions.of_role(role)


class TellingHost(Host):
    """A host with one plugin, made of a function."""

    def __init__(self, part: Any) -> None:
        super().__init__([])
        self.part = part
        self.districts = SimpleNamespace(plugins_of=lambda _code: {"told"}, union=lambda _codes: frozenset())  # type: ignore[assignment]

    def implementing(self, hook: str) -> list[str]:
        return ["told"] if hook == "demo_data" else []

    async def demo(self, plugin: str, city: DemoCity) -> None:
        await self.part(city)


async def test_plugins_get_every_part_of_the_city_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "CHUNK", 20)
    parts: list[tuple[bool, int, float]] = []

    async def part(city: DemoCity) -> None:
        assert len(city.households) == len(city.members)
        assert city.divisions[0].code == CITY
        for home, members in zip(city.households, city.members, strict=True):
            assert home.head_id == members[0].id
        parts.append((city.first, sum(map(len, city.members)), city.random.random()))

    await made(database, 70, host=TellingHost(part))
    assert [first for first, _, _ in parts] == [True] + [False] * (len(parts) - 1)
    assert sum(size for _, size, _ in parts) == 70
    assert len({number for _, _, number in parts}) == len(parts) > 2


async def test_a_plugin_that_fails_is_named(database: Database) -> None:
    async def part(_city: DemoCity) -> None:
        raise ValueError(BUILT)

    with pytest.raises(StartupError, match=f"told.*ValueError: {BUILT}"):
        await made(database, 5, host=TellingHost(part))
    assert await count(database, Person) == 0
    assert await count(database, Division) > 0
