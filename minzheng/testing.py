"""What a plugin's tests need: a migrated database with the service open on it, callers, and units of work.

async with service(url, ["pets"], today=date(2022, 11, 30)) as running:
    await running.settle("410189101201")
    answer = await running.execute("{ pets { dogs { totalCount } } }", division="410189000000")
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from core.access.principal import NATION, Grant, Principal
from core.access.service import system
from core.clock import Clock
from core.codes import division_code, resident_id
from core.codes.sets import UserRole
from core.db import Database
from core.districts import Districts
from core.divisions.service import NewDivision, open_divisions
from core.errors import Language
from core.host import Host
from core.households.service import NewHousehold, open_households
from core.jobs.models import JobRun
from core.jobs.runner import Runner
from core.jobs.service import job_named
from core.persons.service import NewPerson, register
from core.settings import Settings
from core.vault import Keyring, Vault
from core.work import Work
from minzheng.measure_testing import Probe, Scene, Trial, unprobed
from minzheng.workflow_testing import Case, Matrix
from schema.request import GraphQLRequest
from schema.service import GraphQLService

__all__ = [
    "Case",
    "Districts",
    "Matrix",
    "NewDivision",
    "NewHousehold",
    "NewPerson",
    "Probe",
    "Running",
    "Scene",
    "Trial",
    "caller",
    "id_number",
    "open_divisions",
    "open_households",
    "register",
    "service",
    "unprobed",
]


def id_number(district: str, born: date, sequence: int) -> str:
    """A valid resident id; the first six digits are a district's, an odd sequence is a man's."""
    return resident_id.make(district[:6], born, sequence)


def caller(
    host: Host, grants: Mapping[str, UserRole | Iterable[str]], purpose: str | None = None
) -> Principal:
    """A caller with a role, or permissions by name, over each division."""

    def rights(given: UserRole | Iterable[str]) -> frozenset[str]:
        return host.permissions.of_role(given) if isinstance(given, UserRole) else frozenset(given)

    made = tuple(Grant(division, rights(given)) for division, given in grants.items())
    return Principal(None, "tester", made, purpose)


@dataclass
class Running:
    """A service that is open on a database."""

    host: Host
    database: Database
    clock: Clock
    vault: Vault
    graphql: GraphQLService

    async def execute(
        self,
        query: str,
        *,
        role: UserRole = UserRole.CITY_OFFICER,
        division: str = NATION,
        grants: Mapping[str, UserRole | Iterable[str]] | None = None,
        purpose: str | None = None,
        variables: Mapping[str, Any] | None = None,
        district: str | None = None,
        language: Language = "en",
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """The answer to an operation of a caller with this role over the division.

        Args:
            grants: instead of `role` and `division`: a role, or permissions by name, for each division.
            district: of the district's own endpoint; None is the endpoint of all.
        """
        request = GraphQLRequest(
            query,
            caller(self.host, grants or {division: role}, purpose),
            dict(variables or {}),
            district=district,
            language=language,
            idempotency_key=idempotency_key,
        )
        answer: dict[str, Any] = orjson.loads((await self.graphql.execute(request)).body)
        return answer

    @asynccontextmanager
    async def work(self, principal: Principal | None = None) -> AsyncIterator[Work]:
        """A unit of work, the service's own by default; it commits if the block ends well."""
        async with self.database.writing() as session:
            by = principal or system(self.host.permissions)
            yield Work(session, by, self.clock, self.vault, self.host)

    async def run_job(self, name: str, on: date | None = None) -> JobRun:
        """Run a job for the period of a day, by default today, and say how it ended; a second time it stays as it is.

        Raises:
            Refused: JOB_UNKNOWN.
        """
        runner = Runner(self.database, self.host, self.vault, self.clock)
        report = await runner.run_on([job_named(self.host, name)], on or self.clock.today())
        return [*report.done, *report.failed, *report.known][0]

    async def settle(self, *villages: str) -> None:
        """Open villages (or towns) with everything above them, named after their codes."""
        codes = {code for village in villages for code in _path(village)}
        async with self.work() as work:
            await open_divisions(work, [NewDivision(code, f"区划{code[:9]}") for code in sorted(codes)])


def _path(code: str) -> list[str]:
    """A division and those above it, down from the county."""
    above = {division_code.district(code), division_code.town(code), code}
    return sorted(found for found in above if found)


@asynccontextmanager
async def service(
    url: str,
    plugins: Iterable[str],
    *,
    today: date | None = None,
    districts: Districts | None = None,
    event_seconds: float = 5.0,
    migrate: bool = True,
) -> AsyncIterator[Running]:
    """Migrate a database and open the service on it, with keys that are gone afterwards.

    Args:
        url: `sqlite:///x.db` or `postgresql://…`, empty or from an earlier run.
        plugins: the plugins to load; they must be installed.
        districts: which district uses which of them; all of them everywhere by default.
        event_seconds: the time limit of event hooks.
        migrate: False for a database that has its tables.
    """
    names = tuple(plugins)
    if migrate:
        await _migrate(url, names)
    host = Host(names, districts=districts, event_seconds=event_seconds)
    database, clock, vault = Database(url), Clock(today), Vault(Keyring.fresh())
    settings = Settings(dev=True, database=url)
    graphql = GraphQLService(host=host, database=database, vault=vault, clock=clock, settings=settings)
    try:
        await graphql.open()
        yield Running(host, database, clock, vault, graphql)
        await graphql.close()
    finally:
        await database.close()


async def _migrate(url: str, plugins: tuple[str, ...]) -> None:
    from migrations.run import async_upgrade  # here, so that importing this module asks for no alembic

    await async_upgrade(url, plugins)
