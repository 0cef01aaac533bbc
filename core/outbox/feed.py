"""What a process's listeners wait on. It asks the database while somebody listens, and remembers the latest entries.

A listener keeps nothing but its position and takes entries when it is ready for more: a slow one falls behind,
reads what it missed from the database, and costs no memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import select

from core.background import repeating
from core.db import Database
from core.errors import Refused
from core.outbox import sequencer
from core.outbox.models import OutboxEntry
from core.outbox.refusals import POSITION_GONE

log = logging.getLogger("minzheng.outbox")

EVERY = 0.2
REMEMBERED = 2000
CHUNK = 200


@dataclass(frozen=True)
class Published:
    """An entry as far as it decides who may hear of it."""

    id: int
    position: int
    topic: str
    read: str
    division: str


_COLUMNS = (
    OutboxEntry.id,
    OutboxEntry.position,
    OutboxEntry.topic,
    OutboxEntry.read,
    OutboxEntry.division,
)


class Feed:
    """The outbox of one database, for all listeners of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._latest: list[Published] = []  # by position, without a gap
        self._known = 0
        self._listeners = 0
        self._asking: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._end = asyncio.Event()

    @property
    def closed(self) -> bool:
        return self._end.is_set()

    def close(self) -> None:
        """Let every listener end: the process is about to stop."""
        self._end.set()
        self._tell()

    async def closing(self) -> None:
        """Close, and wait until nothing is asked of the database any more."""
        self.close()
        if self._asking:
            await self._asking

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Be a listener while the block runs; gives the position after which all is to come."""
        self._listeners += 1
        try:
            if self._asking is None and not self.closed:
                self._asking = asyncio.create_task(self._ask())
            async with self._database.reading() as session:
                position = await sequencer.head(session)
            yield position
        finally:
            self._listeners -= 1

    async def _ask(self) -> None:
        async with repeating(self._round, EVERY, log, "the outbox could not be read"):
            await self._end.wait()

    async def _round(self, stopped: Callable[[], bool]) -> None:
        if not self._listeners:
            self._latest, self._known = [], 0
            return
        if not self._known:
            async with self._database.reading() as session:
                self._known = await sequencer.head(session)
            self._tell()
        while not stopped() and (found := await self._read(self._known)):
            self._latest = [*self._latest, *found][-REMEMBERED:]
            self._known = found[-1].position
            self._tell()

    def _tell(self) -> None:
        told, self._news = self._news, asyncio.Event()
        told.set()

    async def _read(self, after: int) -> list[Published]:
        query = select(*_COLUMNS).where(OutboxEntry.position > after).order_by(OutboxEntry.position)
        async with self._database.reading() as session:
            rows = await session.execute(query.limit(CHUNK))
            return [Published(*row) for row in rows]  # type: ignore[arg-type]  # placed, all of them

    async def after(self, position: int, patience: float) -> Sequence[Published]:
        """The next entries after a position; waits for them, and gives none when `patience` ends or all does.

        Args:
            patience: seconds.

        Raises:
            Refused: POSITION_GONE.
        """
        try:
            async with asyncio.timeout(patience):
                while self._known <= position and not self.closed:
                    await self._news.wait()
        except TimeoutError:
            return []
        return [] if self.closed else await self._next(position)

    async def _next(self, position: int) -> Sequence[Published]:
        first = self._latest[0].position if self._latest else self._known + 1
        if position + 1 >= first:
            return self._latest[position + 1 - first :][:CHUNK]
        found = await self._read(position)
        check_kept(position, found)
        return found


def check_kept(position: int, following: Sequence[Published]) -> None:
    """Positions follow each other: a gap after one is what was trimmed.

    Raises:
        Refused: POSITION_GONE.
    """
    if not following or following[0].position != position + 1:
        raise Refused(POSITION_GONE, position=position)
