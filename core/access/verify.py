"""Checking the sealed audit: every chain from its first row to its head, and what is not sealed yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.models import AuditEntry, AuditHead
from core.access.seal import CHUNK, Progress, chain_of, district_of, key_of, said, seal_of
from core.db import Database
from core.errors import StartupError
from core.vault import Vault


@dataclass(frozen=True)
class Kept:
    """A chain's position and seal as they were once, kept outside the database."""

    chain: str
    position: int
    seal: str

    @classmethod
    def parse(cls, text: str) -> Kept:
        """From `<district or service>:<position>:<seal>`.

        Raises:
            StartupError: it has not that form.
        """
        chain, _, rest = text.strip().partition(":")
        position, _, seal = rest.partition(":")
        if not (chain and position.isascii() and position.isdigit() and len(seal) == 64):
            raise StartupError(
                f"{text} 应形如 区划:序号:封印 / {text} is no head: write it as district:position:seal"
            )
        return cls(chain, int(position), seal.lower())

    def __str__(self) -> str:
        return f"{self.chain}:{self.position}:{self.seal}"


@dataclass
class Chain:
    """What the check of one chain found.

    Attributes:
        rows: sealed rows. altered: id and position of the first row that is not as it was sealed.
        missing: the first position without a row.
        broken_head: the head is not the last row's, or there is none.
        unexpected: a kept head that the chain does not have.
        unsealed, oldest: rows without a seal yet, and since when.
    """

    name: str
    rows: int = 0
    position: int = 0
    seal: str = ""
    altered: tuple[str, int] | None = None
    missing: int | None = None
    broken_head: bool = False
    unexpected: Kept | None = None
    unsealed: int = 0
    oldest: datetime | None = None
    _wanted: dict[int, list[Kept]] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        return not (self.altered or self.missing or self.broken_head or self.unexpected)

    @property
    def head(self) -> Kept:
        """The end of the chain, to be kept elsewhere."""
        return Kept(self.name, self.position, self.seal)

    def take(self, key: bytes, row: Any) -> None:
        """The next row in order of position."""
        self.rows += 1
        expected = self.position + 1
        if row.position > expected:
            # Without the seal before it this row cannot be judged; those behind it can.
            self.missing = self.missing or expected
        elif row.position < expected or seal_of(key, self.seal, expected, row[2:]) != row.seal:
            self.altered = self.altered or (str(row.id), row.position)
        self.position, self.seal = row.position, row.seal or ""
        for kept in self._wanted.pop(row.position, ()):
            self._compare(kept)

    def want(self, kept: Kept) -> None:
        """A head that the chain must pass through."""
        self._wanted.setdefault(kept.position, []).append(kept)

    def _compare(self, kept: Kept) -> None:
        if kept.seal != self.seal:
            self.unexpected = self.unexpected or kept

    def close(self, head: AuditHead | None) -> None:
        """All rows were taken: this is where the chain should end."""
        if head is not None and head.position > self.position:
            self.missing = self.missing or self.position + 1
        known = (head.position, head.seal) if head else (0, "")
        self.broken_head = known != (self.position, self.seal)
        for kept in (kept for group in self._wanted.values() for kept in group):
            self.unexpected = self.unexpected or kept


async def verify(
    database: Database, vault: Vault, expected: Sequence[Kept] = (), progress: Progress | None = None
) -> list[Chain]:
    """Check every chain, in one snapshot and bounded memory."""
    key, done = key_of(vault), 0
    async with database.reading() as session:
        heads = {head.chain: head for head in await session.scalars(select(AuditHead))}
        chains = await _chains(session, heads, expected)
        for district, chain in chains.items():
            async for rows in _partitions(session, database.dialect_name, district):
                for row in rows:
                    chain.take(key, row)
                done += len(rows)
                if progress:
                    progress(done)
            chain.close(heads.get(chain.name))
        await _tail(session, chains)
    return list(chains.values())


async def count(database: Database, *, sealed: bool = True) -> int:
    """How many rows are sealed, or are not."""
    test = AuditEntry.position.is_not(None) if sealed else AuditEntry.position.is_(None)
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(AuditEntry).where(test)) or 0


async def _chains(
    session: AsyncSession, heads: dict[str, AuditHead], expected: Sequence[Kept]
) -> dict[str | None, Chain]:
    """An empty report for each chain that has rows, a head, or a head kept elsewhere; by district."""
    districts = set(await session.scalars(select(AuditEntry.district).distinct()))
    districts |= {district_of(name) for name in (*heads, *(kept.chain for kept in expected))}
    keys = sorted(districts, key=lambda district: (district is None, district))
    chains = {key: Chain(chain_of(key)) for key in keys}
    for kept in expected:
        chains[district_of(kept.chain)].want(kept)
    return chains


async def _partitions(session: AsyncSession, dialect: str, district: str | None) -> Any:
    query = select(AuditEntry.position, AuditEntry.seal, *said(dialect)).where(
        AuditEntry.district.is_(None) if district is None else AuditEntry.district == district,
        AuditEntry.position.is_not(None),
    )
    query = query.order_by(AuditEntry.position, AuditEntry.id).execution_options(yield_per=CHUNK)
    result = await session.stream(query)
    async for rows in result.partitions():
        yield rows


async def _tail(session: AsyncSession, chains: dict[str | None, Chain]) -> None:
    query = (
        select(AuditEntry.district, func.count(), func.min(AuditEntry.at))
        .where(AuditEntry.position.is_(None))
        .group_by(AuditEntry.district)
    )
    for district, unsealed, oldest in await session.execute(query):
        chains[district].unsealed, chains[district].oldest = unsealed, oldest
