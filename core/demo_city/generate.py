"""Filling a database with the demo city, through the same services as everything else."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import service as access
from core.access.keys import require_own_keys
from core.clock import Clock
from core.codes.sets import HouseholdKind, UserRole
from core.db import Database
from core.demo import DemoCity
from core.demo_city import documents as papers
from core.demo_city import lives, marker
from core.demo_city import organizations as bodies
from core.demo_city.divisions import CITY, plan
from core.demo_city.marker import Marker, State
from core.demo_city.people import NewFamily, families
from core.demo_city.projects import projects
from core.demo_city.referrals import referrals
from core.divisions.models import Division
from core.divisions.service import NewDivision, by_code, open_divisions
from core.documents.storage import Storage
from core.documents.transfer import Transfers
from core.errors import Refused, StartupError
from core.host import Host
from core.households.models import Household
from core.households.service import NewHousehold, open_households
from core.jobs.declared import Job
from core.jobs.runner import Runner
from core.organizations.models import Organization
from core.persons.models import Person
from core.persons.service import register
from core.vault import Vault
from core.work import Work

CHUNK = 1000
CITY_OFFICER = "demo:city-officer"

# Subject, name, role and reach of the users that the demo has.
_USERS = (
    (CITY_OFFICER, "演示：市民政局经办人", UserRole.CITY_OFFICER, CITY),
    ("demo:town-officer", "演示：角宿镇经办人", UserRole.TOWN_OFFICER, "410189101000"),
    ("demo:village-worker", "演示：角宿镇立春村工作人员", UserRole.VILLAGE_WORKER, "410189101201"),
    ("demo:auditor", "演示：审计人员", UserRole.AUDITOR, CITY),
)

# Called with how many residents there are so far, and a step in words.
Progress = Callable[[int, str], None]


@dataclass(frozen=True)
class Summary:
    """What a fill wrote.

    Attributes:
        tables: rows by plugin table.
    """

    divisions: int
    persons: int
    households: int
    tables: Mapping[str, int]
    seconds: float


async def fill(
    database: Database,
    host: Host,
    vault: Vault,
    clock: Clock,
    *,
    persons: int,
    seed: int,
    progress: Progress,
    storage: Storage | None = None,
) -> Summary:
    """Write the city of exactly `persons` residents; equal numbers and seeds give equal cities.

    Each chunk of residents is a transaction of its own, plugins' data included; the last one says that the
    city is complete.

    Args:
        storage: where a few documents go; without it the city has none.

    Raises:
        StartupError: the database has divisions of 410189 already, or a plugin failed.
    """
    started = time.monotonic()
    await require_own_keys(database, vault)
    running = _Fill(database, host, vault, clock, seed, progress)
    mark = Marker.of(host, vault, clock.today(), persons=persons, seed=seed)
    async with running.work() as work:
        await _refuse_present(work.session)
        await running.begin(work, mark, persons)
    for number, chunk in enumerate(_chunks(families(persons, seed, clock.today()))):
        async with running.work() as work:
            await running.add(work, number, chunk)
    async with running.work() as work:
        await running.elect(work)
        await running.build(work)
    await running.jobs()
    async with running.work() as work:
        work.audit(marker.FILLED, district=CITY, details=mark.details())
    if storage is not None:
        progress(running.persons, "材料 / documents")
        await papers.file(Transfers(database, host, clock, vault, storage), CITY_OFFICER)
    return await running.summary(started)


async def _refuse_present(session: AsyncSession) -> None:
    state, _ = await marker.found(session)
    if state is not State.EMPTY:
        raise StartupError(
            "数据库中已有 410189 的区划：请换一个数据库，SQLite 文件也可加 --fresh 重建 / "
            "the database has divisions of 410189 already: take another database, "
            "or add --fresh to make an SQLite file anew"
        )


def _chunks(news: Iterable[NewFamily]) -> Iterator[list[NewFamily]]:
    """Families by about a thousand persons."""
    chunk: list[NewFamily] = []
    size = 0
    for family in news:
        chunk.append(family)
        size += len(family.members)
        if size >= CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


@dataclass
class _Fill:
    """A fill under way."""

    database: Database
    host: Host
    vault: Vault
    clock: Clock
    seed: int
    progress: Progress
    divisions: list[Division] = field(default_factory=list)
    persons: int = 0
    organizations: list[Organization] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.candidates = bodies.Candidates(self.clock.today())

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """A transaction with a session of its own, so that what is written is forgotten again."""
        principal = access.system(self.host.permissions)
        async with self.database.writing() as session:
            yield Work(session, principal, self.clock, self.vault, self.host)

    async def begin(self, work: Work, mark: Marker, persons: int) -> None:
        """The divisions, organizations and users. The province may be there already, with the real ones of a bureau."""
        self.progress(0, "行政区划 / divisions")
        known = await by_code(work.session, [place.code for place in plan()])
        news = [
            NewDivision(place.code, place.name, urban_rural_class=place.urban_rural_class)
            for place in plan()
            if place.code not in known
        ]
        self.divisions = [row for row in await open_divisions(work, news) if row.district == CITY]
        self.organizations = await bodies.organizations(work, self.seed, persons)
        for subject, name, role, division in _USERS:
            user = await access.user_named(work.session, subject, self.clock, name, "demo")
            await access.grant(
                work.session, user, division, self.clock, role=role, valid_from=access.SINCE_EVER, by="demo"
            )
        work.audit(marker.STARTED, district=CITY, details=mark.details())

    async def add(self, work: Work, number: int, chunk: Sequence[NewFamily]) -> None:
        """The residents and households of a chunk, and what the plugins make of them."""
        newborns: list[lives.Newborn] = []
        if lives.eventful(number):
            chunk, newborns = lives.without_newborns(chunk, self.clock.today())
        persons = await register(work, [person for family in chunk for person, _ in family.members])
        rest = iter(persons)
        members = [[next(rest) for _ in family.members] for family in chunk]
        homes = await open_households(
            work, [_household(family, row) for family, row in zip(chunk, members, strict=True)]
        )
        self.candidates.see(persons)
        self.persons += len(persons) + len(newborns)
        self.progress(self.persons, "居民 / residents")
        dice = random.Random(f"lives:{self.seed}:{number}")
        told = lives.Lives(work, dice, self.divisions, homes, members)
        await told.births(newborns)
        await self._plugins(work, number, homes, members)
        if lives.eventful(number):
            await told.others(number)
        if number == 0:
            dice = random.Random(f"referrals:{self.seed}")
            await referrals(work, dice, [p for family in members for p in family], self.organizations)

    async def elect(self, work: Work) -> None:
        """The committees, once the residents are there whom they are elected from."""
        self.progress(self.persons, "村（居）委会 / committees")
        await bodies.committees(work, self.candidates)

    async def jobs(self) -> None:
        """The jobs of the day have run once, whatever the time of day is now."""
        self.progress(self.persons, "定时任务 / jobs")
        runner = Runner(self.database, self.host, self.vault, self.clock)
        enabled = self.host.book(Job).of(self.host.districts.plugins_of(CITY))
        report = await runner.run_on(enabled, self.clock.today())
        if report.failed:
            told = ", ".join(f"{run.job}: {run.error}" for run in report.failed)
            raise StartupError(f"定时任务失败：{told} / a job failed: {told}")

    async def build(self, work: Work) -> None:
        """The projects."""
        self.progress(self.persons, "项目 / projects")
        await projects(work, self.organizations)

    async def _plugins(
        self, work: Work, number: int, homes: Sequence[Household], members: Sequence[Sequence[Person]]
    ) -> None:
        enabled = self.host.districts.plugins_of(CITY)
        for plugin in self.host.implementing("demo_data"):
            if plugin in enabled:
                await self._plugin(plugin, self._city(work, plugin, number, homes, members))

    async def _plugin(self, plugin: str, city: DemoCity) -> None:
        city.progress(plugin)
        try:
            await self.host.demo(plugin, city)
            await city.work.flush()
        except Refused as refusal:
            zh, en = refusal.message("zh"), refusal.message("en")
            raise StartupError(f"插件 {plugin} 的演示数据被拒绝：{zh} / plugin {plugin}: {en}") from refusal
        except Exception as error:
            name = type(error).__name__
            raise StartupError(
                f"插件 {plugin} 生成演示数据时出错：{name}：{error} / "
                f"plugin {plugin} raised in demo_data: {name}: {error}"
            ) from error

    def _city(
        self,
        work: Work,
        plugin: str,
        number: int,
        homes: Sequence[Household],
        members: Sequence[Sequence[Person]],
    ) -> DemoCity:
        done = self.persons
        return DemoCity(
            work=work,
            # Its own numbers for each plugin: enabling one does not change another's data.
            random=random.Random(f"{plugin}:{self.seed}:{number}"),
            district=CITY,
            divisions=self.divisions,
            households=homes,
            members=members,
            organizations=self.organizations,
            first=number == 0,
            progress=lambda step: self.progress(done, step),
        )

    async def summary(self, started: float) -> Summary:
        """What was written, counted."""
        async with self.database.reading() as session:
            tables = {
                table.name: (await session.scalar(select(func.count()).select_from(table))) or 0
                for table in self.host.tables()
                if not table.name.startswith("core_")
            }
            persons = await self._count(session, Person)
            households = await self._count(session, Household)
        seconds = time.monotonic() - started
        await self.database.analyze()
        return Summary(len(self.divisions), persons, households, tables, seconds)

    @staticmethod
    async def _count(session: AsyncSession, model: type[Person | Household]) -> int:
        query = select(func.count()).select_from(model).where(model.removed_at.is_(None))
        return (await session.scalar(query)) or 0


def _household(family: NewFamily, members: Sequence[Person]) -> NewHousehold:
    relations = [relation for _, relation in family.members]
    return NewHousehold(
        kind=HouseholdKind.REGISTERED,
        division=family.division,
        address=family.address,
        members=list(zip(members, relations, strict=True)),
        code=family.code,
        opened_on=family.opened_on,
    )
