"""Positions for the outbox, in commit order and after the commit, by one process at a time (design 6).

An id is given at the insert, and transactions commit in another order: who read by id would pass over what commits
late. A position is given to what is visible, always after all positions before it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.background import repeating
from core.db import Database, sole_transaction
from core.outbox.models import OutboxEntry, OutboxHead

log = logging.getLogger("minzheng.outbox")

EVERY = 0.2
CHUNK = 1000
_HEAD = "outbox"
_LOCK = 0x6F7574626F787365  # "outboxse": any number does that nothing else in the database locks


async def sequence(
    database: Database, *, chunk: int = CHUNK, stopped: Callable[[], bool] = lambda: False
) -> int:
    """Give positions to the entries that have become visible; a transaction each chunk.

    Another process at work is left to it.

    Returns:
        How many entries got one.
    """
    total = 0
    while not stopped():
        async with database.writing() as session:
            keys = await _waiting_keys(session, chunk)
            if keys:
                await _place(session, keys)
        total += len(keys)
        if len(keys) < chunk:
            break
    return total


async def _waiting_keys(session: AsyncSession, chunk: int) -> Sequence[int]:
    if not await sole_transaction(session, _LOCK):
        return []
    query = select(OutboxEntry.id).where(OutboxEntry.position.is_(None)).order_by(OutboxEntry.id)
    return (await session.scalars(query.limit(chunk))).all()


async def _place(session: AsyncSession, keys: Sequence[int]) -> None:
    head = await session.get(OutboxHead, _HEAD, with_for_update=True)
    if head is None:
        head = OutboxHead(name=_HEAD, position=0)
        session.add(head)
    first = head.position + 1
    head.position += len(keys)
    await _write(session, keys, range(first, first + len(keys)))


async def _write(session: AsyncSession, keys: Sequence[int], positions: Sequence[int]) -> None:
    connection = await session.connection()
    if connection.dialect.name == "sqlite":
        values = list(zip(positions, keys, strict=True))
        await connection.exec_driver_sql("UPDATE core_outbox SET position = ? WHERE id = ?", values)
        return
    statement = text(
        "UPDATE core_outbox SET position = u.position FROM unnest(CAST(:keys AS bigint[]), "
        "CAST(:positions AS integer[])) AS u(id, position) WHERE core_outbox.id = u.id"
    )
    await session.execute(statement, {"keys": list(keys), "positions": list(positions)})


async def waiting(database: Database) -> bool:
    """Whether there is an entry without a position; asked without a write lock."""
    async with database.reading() as session:
        query = select(OutboxEntry.id).where(OutboxEntry.position.is_(None)).limit(1)
        return (await session.scalars(query)).first() is not None


async def head(session: AsyncSession) -> int:
    """The last position that was given."""
    return (await session.scalar(select(OutboxHead.position).where(OutboxHead.name == _HEAD))) or 0


def sequencing(database: Database) -> AbstractAsyncContextManager[None]:
    """Give positions in the background while the block runs. Several processes may: one of them works at a time."""

    async def work(stopped: Callable[[], bool]) -> None:
        if await waiting(database):
            await sequence(database, stopped=stopped)

    return repeating(work, EVERY, log, "the outbox could not be put in order")
