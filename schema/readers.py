"""Where planned statements run: an asyncpg pool of their own, or one SQLite connection that can only read."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

import asyncpg
from sqlalchemy.engine import URL

from schema.sql.errors import Unplannable


class Reader(Protocol):
    """Runs one statement that answers one row."""

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def row(self, text: str, values: Any) -> Sequence[Any]: ...
    def snapshot(self) -> AbstractAsyncContextManager[Reader]: ...


_SETTINGS = {
    "TimeZone": "UTC",
    "plan_cache_mode": "force_generic_plan",
    "default_transaction_read_only": "on",
    "application_name": "minzheng-read",
}
# A client that stops reading an export must not hold its snapshot for ever.
_STALLED = {"idle_in_transaction_session_timeout": "120s"}


async def _prepare(connection: Any) -> None:
    # JSON arrives as the bytes that go to the client.
    await connection.set_type_codec(
        "json", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary"
    )


async def _keep(_connection: Any) -> None:
    """No reset: these connections only read, one statement at a time, and a reset is a round trip."""


class PostgresReader:
    def __init__(self, url: URL, size: int = 8) -> None:
        self._url = url
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._size = size
        self._pool: Any = None

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(
            self._dsn,
            min_size=1,
            max_size=self._size,
            init=_prepare,
            reset=_keep,
            server_settings=_SETTINGS,
        )

    async def close(self) -> None:
        await self._pool.close()

    async def row(self, text: str, values: Any) -> Sequence[Any]:
        found: Sequence[Any] = await self._pool.fetchrow(text, *values)
        return list(found)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reader]:
        """A reader of its own connection, all of whose statements see the database at one moment."""
        connection = await asyncpg.connect(self._dsn, server_settings={**_SETTINGS, **_STALLED})
        reader = PostgresReader(self._url)
        reader._pool = connection
        try:
            await _prepare(connection)
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                yield reader
            await connection.close()
        finally:
            connection.terminate()  # nothing is left to do, unless we were cancelled


class SqliteReader:
    def __init__(self, url: URL) -> None:
        self._url = url
        self._path = url.database or ":memory:"
        self._connection: sqlite3.Connection | None = None
        self._lock = asyncio.Lock()

    async def open(self) -> None:
        self._connection = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA busy_timeout=10000")
        self._connection.execute("PRAGMA query_only=ON")

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    async def row(self, text: str, values: Any) -> Sequence[Any]:
        assert self._connection is not None
        connection = self._connection
        async with self._lock:  # a thread, so that a long statement does not stop the loop; one at a time
            try:
                found = await asyncio.to_thread(lambda: connection.execute(text, values).fetchone())
            except sqlite3.OperationalError as error:
                if "parser stack overflow" in str(error):  # its parser has 100 levels, whatever we ask
                    raise Unplannable("nested too deeply for SQLite") from error
                raise
        return list(found)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reader]:
        """A reader of its own connection, all of whose statements see the database at one moment."""
        reader = SqliteReader(self._url)
        await reader.open()
        assert reader._connection is not None
        reader._connection.execute("BEGIN")  # the first statement fixes what all of them see
        try:
            yield reader
        finally:
            await reader.close()


def reader_for(url: URL) -> Reader:
    """The reader of a database."""
    return SqliteReader(url) if url.get_backend_name() == "sqlite" else PostgresReader(url)
