"""Bringing a database to the tables that the code expects, and saying how far it is from them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import Database
from core.errors import StartupError
from migrations.branches import CORE, config, scripts, with_ancestors

__all__ = [
    "alone",
    "async_downgrade",
    "async_pending",
    "async_upgrade",
    "config",
    "downgrade",
    "pending",
    "upgrade",
]

_LOCK = 0x6D696E7A68656E67  # "minzheng": any number does that nothing else in the database locks


def upgrade(url: str, plugins: Sequence[str]) -> None:
    """Bring the core and the enabled plugins to their newest revisions, all in one transaction.

    Raises:
        StartupError: the database holds revisions that this installation does not know.
    """
    asyncio.run(async_upgrade(url, plugins))


async def async_upgrade(url: str, plugins: Sequence[str]) -> None:
    """`upgrade`, for callers inside a running loop."""
    await alone(url, config(url, plugins), _upgrade)


def pending(url: str, plugins: Sequence[str]) -> list[str]:
    """The branches that are behind or absent, the core first; empty when the database fits the code.

    Raises:
        StartupError: the database holds revisions that this installation does not know.
    """
    return asyncio.run(async_pending(url, plugins))


async def async_pending(url: str, plugins: Sequence[str]) -> list[str]:
    """`pending`, for callers inside a running loop."""
    made, database = config(url, plugins), Database(url)
    try:
        async with database.read_engine.connect() as connection:
            return await connection.run_sync(_behind, made)
    finally:
        await database.close()


def downgrade(url: str, plugins: Sequence[str], target: str) -> None:
    """Go back to `target`, such as `assistance@base`. The core's own tables are never taken down."""
    asyncio.run(async_downgrade(url, plugins, target))


async def async_downgrade(url: str, plugins: Sequence[str], target: str) -> None:
    """`downgrade`, for callers inside a running loop."""
    if target in ("base", f"{CORE}@base"):
        raise StartupError(
            f"{target} 会删除所有的表，请改为删除数据库 / {target} would drop every table: drop the database instead"
        )

    def back(connection: Connection, made: Config) -> None:
        _behind(connection, made)
        command.downgrade(made, target)

    await alone(url, config(url, plugins), back)


async def alone(url: str, made: Config, work: Callable[[Connection, Config], None]) -> None:
    """Run `work` in a transaction that no other migrating process shares the database with."""
    database = Database(url)
    try:
        async with _migrating(database) as connection:
            await connection.run_sync(_with_connection, made, work)
    finally:
        await database.close()


def _with_connection(
    connection: Connection, made: Config, work: Callable[[Connection, Config], None]
) -> None:
    made.attributes["connection"] = connection
    work(connection, made)
    if connection.dialect.name == "sqlite":
        _check_references(connection)


@asynccontextmanager
async def _migrating(database: Database) -> AsyncIterator[AsyncConnection]:
    if database.dialect_name == "sqlite":
        event.listen(database.write_engine.sync_engine, "connect", _loosen)
    async with database.write_engine.begin() as connection:  # on SQLite this is BEGIN IMMEDIATE: the lock
        if database.dialect_name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        yield connection


def _loosen(dbapi_connection: Any, _record: Any) -> None:
    # SQLite alters a table by copying it; dropping the old one would delete what refers to it.
    cursor = dbapi_connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.close()


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise StartupError(
            f"升级后 {broken[0]} 会有记录在 {broken[2]} 中无所对应，已撤销 / "
            f"after migrating, a row of {broken[0]} would refer to nothing in {broken[2]}"
        )


def _upgrade(connection: Connection, made: Config) -> None:
    for branch in _behind(connection, made):
        command.upgrade(made, f"{branch}@head")


def _behind(connection: Connection, made: Config) -> list[str]:
    directory = scripts(made)
    heads = MigrationContext.configure(connection).get_current_heads()
    for head in heads:
        _refuse_unknown(directory, head, made.attributes["owners"])
    applied = with_ancestors(directory, heads)
    return [name for name in made.attributes["branches"] if _head(directory, name) not in applied]


def _head(directory: ScriptDirectory, branch: str) -> str:
    return directory.get_revisions(f"{branch}@head")[0].revision


def _refuse_unknown(directory: ScriptDirectory, revision: str, owners: Sequence[str]) -> None:
    try:
        script = directory.get_revision(revision)
    except CommandError:
        script = None
    if script is not None and script.revision == revision:  # get_revision also takes abbreviations
        return
    owner = revision.rpartition("_")[0]
    if owner in owners:
        raise StartupError(
            f"数据库比当前程序新：含有 {owner!r} 的版本 {revision}，请安装写入它的版本或更新的版本 / "
            f"the database is ahead of this code: it has revision {revision} of {owner!r}, which this "
            f"installation does not know. Install the version that wrote it, or newer"
        )
    whose = f"plugin {owner!r}, which is not installed" if owner else "no installed plugin"
    of_whom = f"插件 {owner!r}（未安装）" if owner else "未知插件"
    raise StartupError(
        f"数据库含有{of_whom}的版本 {revision}：请重新安装该插件（可以不启用），"
        "或用当时的版本清除其数据后再卸载 / "
        f"the database has revision {revision} of {whose}. Install the plugin again (it may stay disabled), "
        "or purge its data with the version that wrote it before removing it"
    )
