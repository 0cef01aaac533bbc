"""The checks of `minzheng doctor`, first to last. Add yours to `CHECKS`."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.access.keys import require_own_keys
from core.doctor import Check, Finding, Patient, ok
from core.documents.checks import DOCUMENT_CHECKS
from core.errors import StartupError
from core.vault import Keyring, Vault
from migrations.run import async_pending

_OLDEST_POSTGRESQL, _OLDEST_SQLITE = (15, 0), (3, 38)


async def settings_read(patient: Patient) -> AsyncIterator[Finding]:
    """The settings could be read, or there would be no patient."""
    settings = patient.settings
    where = str(settings.config) if settings.config else "minzheng.toml / MINZHENG_*"
    yield ok(f"已读取（{where}）", f"read ({where})")
    if settings.dev:
        zh, en = "开发模式：切勿用于真实数据", "development mode: never with real data"
        yield Finding("notice", zh, en)


async def keys_read(patient: Patient) -> AsyncIterator[Finding]:
    """The key file is there, readable, and nobody else's to read."""
    path = patient.settings.keys
    ring = Keyring.load(path)
    yield ok(f"密钥 {len(ring.keys)} 个", f"keys: {len(ring.keys)}")
    if path.stat().st_mode & 0o077:
        yield Finding("problem", "密钥文件他人可读，请 chmod 600", "others can read the key file: chmod 600")


async def database_answers(patient: Patient) -> AsyncIterator[Finding]:
    """The database answers and is recent enough."""
    try:
        async with patient.database.reading() as session:
            asked = "SHOW server_version" if patient.database.dialect_name == "postgresql" else "SELECT 1"
            said = str(await session.scalar(text(asked)))
    except (SQLAlchemyError, OSError) as error:
        name = type(error).__name__
        zh, en = (
            f"数据库无法连接（{name}），请检查设置 database",
            f"it does not answer ({name}): check `database`",
        )
        yield Finding("problem", zh, en)
        return
    yield _version(patient.database.dialect_name, said)


def _version(dialect: str, said: str) -> Finding:
    postgresql = dialect == "postgresql"
    name, version = ("PostgreSQL", said.split()[0]) if postgresql else ("SQLite", sqlite3.sqlite_version)
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    oldest = _OLDEST_POSTGRESQL if postgresql else _OLDEST_SQLITE
    if numbers < oldest[: len(numbers)]:
        wanted = ".".join(map(str, oldest))
        return Finding(
            "problem", f"{name} {version} 过旧，至少 {wanted}", f"{name} {version} is older than {wanted}"
        )
    return ok(f"{name} {version}", f"{name} {version}")


async def migrations_done(patient: Patient) -> AsyncIterator[Finding]:
    """The tables are those of this code."""
    behind = await async_pending(patient.settings.database, list(patient.host.plugins))
    if behind:
        names = ", ".join(behind)
        yield Finding(
            "problem", f"待升级：{names}（minzheng migrate）", f"pending: {names} (minzheng migrate)"
        )
    else:
        yield ok("已是最新", "up to date")


async def keys_fit(patient: Patient) -> AsyncIterator[Finding]:
    """The key file is the database's own."""
    try:
        await require_own_keys(patient.database, Vault(Keyring.load(patient.settings.keys)))
    except StartupError as error:
        zh, _, en = str(error).partition(" / ")
        yield Finding("problem", zh, en or zh)


CHECKS: tuple[Check, ...] = (
    Check("settings", "设置", "Settings", settings_read),
    Check("keys", "密钥文件", "Key file", keys_read),
    Check("database", "数据库", "Database", database_answers),
    Check("migrations", "数据库结构", "Migrations", migrations_done, ("database",)),
    Check("own_keys", "密钥与数据库", "Keys of this database", keys_fit, ("keys", "database", "migrations")),
    *DOCUMENT_CHECKS,
)
