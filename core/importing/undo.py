"""Undoing an import as one batch: what it added goes, unless others depend on it by now.

The rows are found by the journal that the import wrote, and taken back by the database, however many they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Text, cast, delete, func, select, update
from sqlalchemy.sql.expression import Select

from core import journal
from core.access.permissions import REGISTRY_WRITE
from core.dependents import references, standing
from core.errors import Refusals, Refused
from core.households import service as households
from core.households.models import Household
from core.importing.models import ImportBatch, ImportKind, ImportState
from core.importing.refusals import IMPORT_DEPENDED, IMPORT_KIND, IMPORT_STATE
from core.journal import ChangeKind, JournalEntry
from core.persons.models import Person
from core.timeline.service import forget
from core.work import Work

_HOMES = 1000
_TOLD = 100  # reasons told at most


@dataclass(frozen=True)
class Undone:
    """How many rows of each table were taken back."""

    rows: Mapping[str, int]


async def undo_import(work: Work, batch: ImportBatch) -> Undone:
    """Take back an import of residents: its persons and households, and what plugins' columns added to them.

    Raises:
        Refused: IMPORT_KIND (divisions: close them instead), IMPORT_STATE (under way, or undone already), FORBIDDEN.
        Refusals: IMPORT_DEPENDED for each row that was changed since, or that others refer to; nothing is undone.
    """
    work.require(REGISTRY_WRITE)
    if batch.kind is not ImportKind.RESIDENTS:
        raise Refused(IMPORT_KIND, batch=batch.id.hex)
    if batch.state is not ImportState.DONE:
        raise Refused(IMPORT_STATE, batch=batch.id.hex, state=batch.state.name)
    undoing = _Undoing(work, batch.id)
    done = await undoing.run()
    batch.state, batch.undone_at, batch.undone_by = ImportState.UNDONE, work.now, work.principal.subject
    work.audit("residents.import_undone", details={"batch": batch.id.hex, **done.rows})
    await work.flush()
    return done


@dataclass
class _Undoing:
    work: Work
    batch: uuid.UUID

    async def run(self) -> Undone:
        tables = await self._tables()
        refusals = [reason for name in tables for reason in await self._altered(name)]
        if not refusals:
            await forget(self.work, self.batch)
            counts = {name: await self._void(name) for name in tables}
            await self._bring_back()
            await self._tell_plugins()
            refusals = [reason for name in tables for reason in await self._needed(name)]
        if refusals:
            raise Refusals(refusals[:_TOLD])
        for name in reversed(tables):
            counts[name] += await self._take_away(name)
        return Undone(counts)

    def _own(self, table: str) -> Select[Any]:
        """The ids of the rows that the import added to a table."""
        return select(JournalEntry.row_id).where(
            JournalEntry.operation == self.batch,
            JournalEntry.row_table == table,
            JournalEntry.kind == ChangeKind.ADDED,
        )

    async def _tables(self) -> list[str]:
        """The tables it added to, parents before what refers to them."""
        query = select(JournalEntry.row_table).distinct()
        added = (JournalEntry.operation == self.batch, JournalEntry.kind == ChangeKind.ADDED)
        found = set(await self.work.session.scalars(query.where(*added)))
        return [table.name for table in self.work.host.tables() if table.name in found]

    def _columns(self, table: str) -> Any:
        return journal.models()[table].__table__.c

    async def _altered(self, table: str) -> list[Refused]:
        """Dated facts of the import that somebody has replaced."""
        columns = self._columns(table)
        if "voided_at" not in columns:
            return []
        query = select(columns.id).where(columns.id.in_(self._own(table)), columns.voided_at.is_not(None))
        return [_depended(table, key) for key in await self.work.session.scalars(query.limit(_TOLD))]

    async def _void(self, table: str) -> int:
        columns = self._columns(table)
        if "voided_at" not in columns:
            return 0
        statement = update(columns.id.table).where(columns.id.in_(self._own(table)))
        return await self._run(statement.values(voided_at=self.work.now))

    async def _bring_back(self) -> None:
        """What the import changed of older rows, such as a household that somebody joined."""
        query = select(JournalEntry).where(
            JournalEntry.operation == self.batch, JournalEntry.kind == ChangeKind.CHANGED
        )
        changed = (await self.work.session.scalars(query.order_by(JournalEntry.position))).all()
        await journal.undo(self.work, [entry for entry in changed if entry.after])

    async def _tell_plugins(self) -> None:
        """Plugins take back what they derived of the households."""
        query = select(Household).where(Household.id.in_(self._own("core_household"))).order_by(Household.id)
        homes = (await self.work.session.scalars(query)).all()
        for start in range(0, len(homes), _HOMES):
            some = homes[start : start + _HOMES]
            await households.changed(self.work, some, self.work.clock.today(), "removed")

    async def _needed(self, table: str) -> list[Refused]:
        """Rows of others that refer to a person or household of the import."""
        return [
            _depended(column.table.name, key)
            for column in (references(self.work, table) if table in _REMOVED else ())
            for key in await self.work.session.scalars(self._strangers(column, table).limit(_TOLD))
        ]

    def _strangers(self, column: Column[Any], table: str) -> Select[Any]:
        mine = self._own(column.table.name)
        return standing(column).where(column.in_(self._own(table)), column.table.c.id.not_in(mine))

    async def _take_away(self, table: str) -> int:
        columns = self._columns(table)
        mine = columns.id.in_(self._own(table))
        if "voided_at" in columns:
            return 0
        if table not in _REMOVED:
            return await self._run(delete(columns.id.table).where(mine))
        values: dict[str, Any] = {"removed_at": self.work.now}
        count = await self._run(update(columns.id.table).where(mine).values(**values))
        for name in journal.RELEASED:
            if name in columns:
                await self._release(columns[name], mine)
        return count

    async def _release(self, column: Any, mine: ColumnElement[bool]) -> None:
        """What was the row's alone is free for others (as in `journal.remove`)."""
        plain = func.replace(cast(column.table.c.id, Text), "-", "")
        freed = (
            update(column.table).where(mine, column.is_not(None)).values({column: journal.TOMBSTONE + plain})
        )
        await self._run(freed)

    async def _run(self, statement: Any) -> int:
        found: Any = await self.work.session.execute(statement)
        return int(found.rowcount)


_REMOVED = (Person.__tablename__, Household.__tablename__)


def _depended(table: str, key: uuid.UUID) -> Refused:
    return Refused(IMPORT_DEPENDED, what=f"{table} {key.hex[-8:]}")
