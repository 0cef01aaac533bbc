"""The seal on the audit: rows of each district are chained, so that an altered or missing one shows (design 5).

Each seal is a keyed hash over the seal before it, the row's position and all that the row says. The key comes from
the key file: who has only the database can neither forge a seal nor repair a chain.
"""

from __future__ import annotations

import hmac
import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row, Text, Uuid, cast, func, select, text, tuple_, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.models import SAID, AuditEntry, AuditHead
from core.clock import Clock
from core.db import Database, sole_transaction
from core.vault import Vault

SERVICE = "service"  # the chain of the rows that belong to no district
CHUNK = 5000
_LOCK = 0x617564697473656C  # "auditsel": any number does that nothing else in the database locks

Progress = Callable[[int], None]  # told the rows done so far


def said(dialect: str) -> list[Any]:
    """The columns of a row as the database has them, written out as text: an edit of any kind shows."""
    table = AuditEntry.__table__.c
    if dialect == "sqlite":
        return [type_coerce(table[name], Text).label(name) for name in SAID]
    written = {"at": func.to_char(func.timezone("UTC", table.at), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')}
    return [
        func.replace(cast(table[name], Text), "-", "").label(name)
        if isinstance(table[name].type, Uuid)
        else written.get(name, cast(table[name], Text)).label(name)
        for name in SAID
    ]


def seal_of(key: bytes, previous: str, position: int, values: Sequence[Any]) -> str:
    """The seal of a row: hex of HMAC-SHA256.

    Args:
        previous: the seal of the row before, empty for the first.
        values: what the row says, in the order of `SAID`.
    """
    canonical = json.dumps([previous, position, *values], ensure_ascii=False, default=repr)
    return hmac.digest(key, canonical.encode("utf-8", "surrogatepass"), "sha256").hex()


def key_of(vault: Vault) -> bytes:
    """The key of the seals."""
    return vault.derived("minzheng audit seal")


def chain_of(district: str | None) -> str:
    """The name of the chain that holds a district's rows."""
    return SERVICE if district is None else district


def district_of(chain: str) -> str | None:
    """The district whose rows a chain holds; None for the rows without one."""
    return None if chain == SERVICE else chain


async def seal(
    database: Database,
    vault: Vault,
    clock: Clock,
    *,
    chunk: int = CHUNK,
    wait: bool = False,
    progress: Progress | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Seal the rows that have become visible since the last round, in order of time; a transaction each chunk.

    Args:
        wait: for another sealer that is at work; without it the round is left to that one.
        stopped: asked between chunks whether to leave the rest for later.

    Returns:
        How many rows were sealed.
    """
    key, total = key_of(vault), 0
    after: tuple[str, uuid.UUID] | None = None
    while not stopped():
        async with database.writing() as session:
            rows = await _unsealed(session, database.dialect_name, chunk, after, wait)
            await _seal_rows(session, rows, key, clock)
        total += len(rows)
        if progress:
            progress(total)
        if len(rows) < chunk:
            break
        # Not from the start again: PostgreSQL would walk over the index entries of what is sealed by now.
        after = (rows[-1].moment, rows[-1].key)
    return total


async def _unsealed(
    session: AsyncSession, dialect: str, chunk: int, after: Any, wait: bool
) -> Sequence[Row[Any]]:
    if not await sole_transaction(session, _LOCK, wait=wait):
        return []
    place = (AuditEntry.at, AuditEntry.id)
    query = select(AuditEntry.at.label("moment"), AuditEntry.id.label("key"), *said(dialect))
    query = query.where(AuditEntry.position.is_(None)).order_by(*place).limit(chunk)
    if after is not None:
        query = query.where(tuple_(*place) > after)
    return (await session.execute(query)).all()


async def _seal_rows(session: AsyncSession, rows: Sequence[Row[Any]], key: bytes, clock: Clock) -> None:
    if not rows:
        return
    chains = {chain_of(row.district) for row in rows}
    found = await session.scalars(select(AuditHead).where(AuditHead.chain.in_(chains)).with_for_update())
    heads = {head.chain: head for head in found}
    now, sealed = clock.now(), []
    for row in rows:
        chain = chain_of(row.district)
        head = heads.get(chain) or AuditHead(chain=chain, position=0, seal="")
        heads[chain] = head
        head.seal = seal_of(key, head.seal, head.position + 1, row[2:])
        head.position, head.sealed_at = head.position + 1, now
        sealed.append((row.key, head.position, head.seal))
    session.add_all(heads.values())
    await _write(session, sealed)


async def _write(session: AsyncSession, sealed: Sequence[tuple[uuid.UUID, int, str]]) -> None:
    connection = await session.connection()
    if connection.dialect.name == "sqlite":
        values = [(position, seal, key.hex) for key, position, seal in sealed]
        await connection.exec_driver_sql("UPDATE core_audit SET position = ?, seal = ? WHERE id = ?", values)
        return
    keys, positions, seals = zip(*sealed, strict=True)
    statement = text(
        "UPDATE core_audit SET position = u.position, seal = u.seal FROM unnest(CAST(:keys AS uuid[]), "
        "CAST(:positions AS integer[]), CAST(:seals AS text[])) AS u(id, position, seal) WHERE core_audit.id = u.id"
    )
    await session.execute(statement, {"keys": keys, "positions": positions, "seals": seals})


async def waiting(database: Database) -> bool:
    """Whether there is a row to seal; asked without a write lock."""
    async with database.reading() as session:
        query = select(AuditEntry.id).where(AuditEntry.position.is_(None)).limit(1)
        return (await session.scalars(query)).first() is not None
