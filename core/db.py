"""Tables and connections: column types that mean the same on SQLite and PostgreSQL, and the engines.

A write transaction is one `Database.writing()`; everything read for one answer is one `Database.reading()`.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import uuid_utils.compat
from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Dialect,
    Enum,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    TypeDecorator,
    Uuid,
    event,
    func,
    select,
)
from sqlalchemy import text as text_
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

# Text is ordered by code point on both databases: SQLite's BINARY does it, PostgreSQL needs the C collation.
Text = String().with_variant(String(collation="C"), "postgresql")


def text(length: int) -> TypeEngine[str]:
    """A text column of at most `length` characters, ordered by code point."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Instant(TypeDecorator[datetime]):
    """A moment in UTC; on SQLite its RFC 3339 text, which sorts as time does."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(String(27))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.strftime(INSTANT_FORMAT)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None or isinstance(value, datetime):
            return value.astimezone(UTC) if value else None
        return datetime.strptime(value, INSTANT_FORMAT).replace(tzinfo=UTC)


class Exact(TypeDecorator[Decimal]):
    """A decimal with a fixed number of places; on SQLite, which has none, an integer of the last place."""

    impl = Numeric
    cache_ok = True

    def __init__(self, scale: int = 2, precision: int = 14) -> None:
        self.scale = scale
        self.precision = precision
        super().__init__(precision, scale)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric(self.precision, self.scale))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return int(value.scaleb(self.scale))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        unit = Decimal(1).scaleb(-self.scale)
        return (
            Decimal(value).quantize(unit)
            if dialect.name == "postgresql"
            else Decimal(value).scaleb(-self.scale)
        )


Money = Exact(2)


def coded(enum: type[Any]) -> Enum:
    """A column of a code set: the member's name as text, held to the set by a CHECK constraint."""
    return Enum(enum, native_enum=False, create_constraint=True, length=32, name=enum.__name__.lower())


class Base(DeclarativeBase):
    """The one registry of tables, core's and plugins', so that foreign keys may cross."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own contract)
        str: Text,
        uuid.UUID: Uuid(),
        datetime: Instant(),
        date: Date(),
        Decimal: Money,
        int: Integer(),
        bytes: LargeBinary(),
    }


def new_id() -> uuid.UUID:
    """A time-ordered id (UUIDv7): new rows land at the end of their indexes."""
    return uuid_utils.compat.uuid7()


_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


def async_url(url: str) -> URL:
    """`sqlite:///x.db` or `postgresql://…` as SQLAlchemy writes them, with the driver this service uses."""
    parsed = make_url(url)
    return parsed.set(drivername=_DRIVERS[parsed.get_backend_name()])


def _begin(statement: str) -> Any:
    def begin(connection: Any) -> None:
        connection.exec_driver_sql(statement)

    return begin


# 64 MB of cache: with the default 2 MB a large import reads its indexes from disk again and again.
_PRAGMAS = ("busy_timeout=10000", "foreign_keys=ON", "synchronous=NORMAL", "cache_size=-65536")
_PATIENCE = 100  # times 0.1 s


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # the driver must not begin transactions of its own
    cursor = dbapi_connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    _write_ahead(cursor)
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Turn the write-ahead log on. For this one step SQLite does not wait for others: it says locked at once."""
    for attempt in range(_PATIENCE):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if attempt == _PATIENCE - 1:
                raise
            time.sleep(0.1)


def _engine(url: URL, begin: str, **options: Any) -> AsyncEngine:
    engine = create_async_engine(url, **options)
    event.listen(engine.sync_engine, "before_cursor_execute", _record)
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin(begin))
    return engine


_statements: ContextVar[list[str] | None] = ContextVar("statements", default=None)


@contextmanager
def recorded_statements() -> Iterator[list[str]]:
    """Collect the text of every statement that runs in the block, for `explain` and for tests."""
    collected: list[str] = []
    token = _statements.set(collected)
    try:
        yield collected
    finally:
        _statements.reset(token)


def _record(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    recorded = _statements.get()
    if recorded is not None:
        recorded.append(statement)


async def sole_transaction(session: AsyncSession, lock: int, *, wait: bool = False) -> bool:
    """Whether no other transaction that asks for this lock is at work until this one ends.

    On SQLite the write lock sees to it.

    Args:
        lock: a number of the asker's own. wait: for the other; without it the answer comes at once.
    """
    if session.get_bind().dialect.name == "sqlite":
        return True
    function = func.pg_advisory_xact_lock if wait else func.pg_try_advisory_xact_lock
    return (await session.scalar(select(function(lock)))) is not False


class Database:
    """One database, its writers and its readers. An instance, made by whoever starts the process."""

    def __init__(self, url: str) -> None:
        self.url = async_url(url)
        self.dialect_name = self.url.get_backend_name()
        snapshot = {} if self.dialect_name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        # A writer takes SQLite's lock at once: waiting at BEGIN is fair, upgrading later fails.
        self.write_engine = _engine(self.url, "BEGIN IMMEDIATE")
        self.read_engine = _engine(self.url, "BEGIN", **snapshot)
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # of `core.alone`, in memory

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction that commits if the block ends well and rolls back if it raises."""
        async with AsyncSession(self.write_engine, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """One snapshot to read from; whatever is written in it is thrown away."""
        async with AsyncSession(self.read_engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    @asynccontextmanager
    async def looking(self, seconds: float) -> AsyncIterator[AsyncSession]:
        """As `reading`, for what others wrote the code of: the database refuses writes, and slow statements.

        Args:
            seconds: that one statement may take (PostgreSQL).
        """
        async with self.reading() as session:
            if self.dialect_name == "postgresql":
                await session.execute(text_("SET TRANSACTION READ ONLY"))
                await session.execute(text_(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
                yield session
                return
            connection = await session.connection()
            await connection.exec_driver_sql("PRAGMA query_only = ON")
            try:
                yield session
            finally:  # the connection goes back to the pool
                await connection.exec_driver_sql("PRAGMA query_only = OFF")

    async def analyze(self) -> None:
        """Refresh the planner's statistics: after many rows arrived at once it would otherwise guess."""
        async with self.write_engine.begin() as connection:
            await connection.exec_driver_sql("ANALYZE")

    async def close(self) -> None:
        await self.write_engine.dispose()
        await self.read_engine.dispose()
