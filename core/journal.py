"""What an operation changed, row by row, so that it can be undone: life events, merges and import batches.

The rows that pass through the session are noted, core's and plugins' alike. Undoing appends wherever rows are
dated facts, so that what was believed in between can still be asked for (`knownAt`).
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import JSON, Enum, Index, LargeBinary, Numeric, Uuid, event, inspect, select
from sqlalchemy.orm import Mapped, mapped_column

from core.access.models import AuditEntry, IdempotencyKey
from core.access.scope import Internal, ScopeRule
from core.dated import Dated
from core.db import Base, Instant, coded, new_id, text
from core.dependents import Known, dependents
from core.errors import Refused
from core.events.models import FailedHook, LifeEvent, LifeEventConsequence, LifeEventPerson
from core.outbox.models import OutboxEntry
from core.refusals import CHANGED_SINCE
from core.timeline.models import TimelineEntry
from core.work import Work

# Id numbers and household codes: whoever is removed leaves them free to be used again.
RELEASED = ("id_hash", "code")
TOMBSTONE = "removed:"
# Columns that tell of the writing itself.
_BOOKKEEPING = {"version", "updated_at"}


class ChangeKind(enum.Enum):
    ADDED = "ADDED"
    CHANGED = "CHANGED"
    DELETED = "DELETED"


class JournalEntry(Base):
    """One row that an operation added, changed or deleted, with the columns before and after."""

    __tablename__ = "core_journal"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    operation: Mapped[uuid.UUID] = mapped_column()
    position: Mapped[int] = mapped_column()
    kind: Mapped[ChangeKind] = mapped_column(coded(ChangeKind))
    row_table: Mapped[str] = mapped_column(text(80))
    row_id: Mapped[uuid.UUID] = mapped_column()
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (Index(None, "operation", "position"), Index(None, "row_id"))


# Never undone: they tell what was done.
_ALWAYS_APART: tuple[type, ...] = (AuditEntry, IdempotencyKey, FailedHook, JournalEntry, OutboxEntry)
# An event's own rows stay when it is reversed.
EVENT_ROWS: tuple[type, ...] = (LifeEvent, LifeEventPerson, LifeEventConsequence)


def plain(value: Any) -> Any:
    """A column's value as JSON can hold it."""
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def restored(value: Any, type_: Any) -> Any:
    """The value that `plain` wrote down."""
    if value is None:
        return None
    if isinstance(type_, Uuid):
        return uuid.UUID(value)
    if isinstance(type_, LargeBinary):
        return bytes.fromhex(value)
    if isinstance(type_, Enum) and type_.enum_class:
        return type_.enum_class[value]
    if isinstance(type_, Instant):
        return datetime.fromisoformat(value)
    if type_.python_type is date:
        return date.fromisoformat(value)
    return Decimal(value) if isinstance(type_, Numeric) and type_.asdecimal else value


@dataclass
class _Noted:
    kind: ChangeKind
    row: Any
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


class Recorder:
    """The changes of one operation, in the order of their first writing."""

    def __init__(self, operation: uuid.UUID, apart: tuple[type, ...] = ()) -> None:
        self.operation = operation
        self.apart = (*_ALWAYS_APART, *apart)
        self.noted: dict[int, _Noted] = {}

    def note(self, session: Any, *_rest: Any) -> None:
        """Before each flush: what is about to be written."""
        self.added(session.new)
        for row in session.dirty:
            if not self._passed_over(row) and session.is_modified(row):
                self._changed(self.noted.setdefault(id(row), _Noted(ChangeKind.CHANGED, row)))
        for row in session.deleted:
            if not isinstance(row, self.apart):
                self._deleted(row)

    def _deleted(self, row: Any) -> None:
        known = self.noted.pop(id(row), None)
        if known is not None and known.kind is ChangeKind.ADDED:
            return
        columns = inspect(type(row)).column_attrs.keys()
        before = {name: plain(getattr(row, name)) for name in columns} | (known.before if known else {})
        self.noted[id(row)] = _Noted(ChangeKind.DELETED, row, before)

    def added(self, rows: Iterable[Any]) -> None:
        """New rows, also those that are written past the session."""
        for row in rows:
            if not isinstance(row, (*self.apart, TimelineEntry)):
                self.noted.setdefault(id(row), _Noted(ChangeKind.ADDED, row))

    def _passed_over(self, row: Any) -> bool:
        """Entries of timelines name the operation they were written in: they are forgotten with it, not undone."""
        own = isinstance(row, TimelineEntry) and row.operation == self.operation
        return own or isinstance(row, self.apart)

    def _changed(self, noted: _Noted) -> None:
        for attribute in inspect(noted.row).attrs:
            history = attribute.history
            if history.has_changes() and attribute.key not in _BOOKKEEPING:
                noted.before.setdefault(attribute.key, plain(next(iter(history.deleted), None)))
                noted.after[attribute.key] = plain(attribute.value)

    def mark(self) -> dict[int, _Noted]:
        """What is noted so far, to come `back` to when a savepoint is undone."""
        return {
            key: replace(noted, before=dict(noted.before), after=dict(noted.after))
            for key, noted in self.noted.items()
        }

    def back(self, mark: dict[int, _Noted]) -> None:
        """Forget what was noted since `mark`."""
        self.noted = mark

    def entries(self, first: int = 0) -> list[JournalEntry]:
        """The journal's rows; a row that was added is undone whole, whatever was done to it later.

        What was added and voided again has nothing to undo.
        """
        return [
            JournalEntry(
                id=new_id(),
                operation=self.operation,
                position=first + position,
                kind=noted.kind,
                row_table=noted.row.__tablename__,
                row_id=noted.row.id,
                before={} if noted.kind is ChangeKind.ADDED else noted.before,
                after={} if noted.kind is ChangeKind.ADDED else noted.after,
            )
            for position, noted in enumerate(self.noted.values())
            if not (noted.kind is ChangeKind.ADDED and getattr(noted.row, "voided_at", None))
        ]


@contextmanager
def listening(work: Work, operation: uuid.UUID, apart: tuple[type, ...] = ()) -> Iterator[Recorder]:
    """Note what the session writes in the block, but for rows of the classes `apart`. Flush before it ends."""
    recorder, session = Recorder(operation, apart), work.session.sync_session
    event.listen(session, "before_flush", recorder.note)
    work.recorder = recorder
    try:
        yield recorder
    finally:
        work.recorder = None
        event.remove(session, "before_flush", recorder.note)


def models() -> Mapping[str, Any]:
    """Every mapped class by its table."""
    return {getattr(m.local_table, "name", ""): m.class_ for m in Base.registry.mappers}


async def entries_of(work: Work, operation: uuid.UUID) -> list[JournalEntry]:
    """The journal of an operation, in order."""
    query = select(JournalEntry).where(JournalEntry.operation == operation).order_by(JournalEntry.position)
    return list(await work.session.scalars(query))


async def undo(work: Work, entries: Sequence[JournalEntry]) -> None:
    """Bring the rows back to what they were.

    Raises:
        Refused: CHANGED_SINCE, naming the first row that somebody has changed since.
    """
    known = models()
    pairs = [(entry, await work.session.get(known[entry.row_table], entry.row_id)) for entry in entries]
    for entry, row in pairs:
        _refuse_changed(entry, row)
    for entry, row in pairs:  # what was added goes first, out of the way of unique indexes
        if entry.kind is ChangeKind.ADDED and isinstance(row, Dated):
            row.voided_at = work.now
    await work.flush()
    # Ids in the old order: members and the like are listed by them.
    fresh = {key: new_id() for key in sorted(entry.row_id for entry in entries)}
    for entry, row in reversed(pairs):
        if entry.kind is ChangeKind.CHANGED:
            await _bring_back(work, entry, row, fresh[row.id])
        elif entry.kind is ChangeKind.DELETED:
            work.session.add(_again(known[entry.row_table], entry))
        if entry.kind is not ChangeKind.ADDED:
            await work.flush()  # one by one: what a unique index holds may pass from row to row
    apart = {(entry.row_table, entry.row_id) for entry in entries}
    for entry, row in reversed(pairs):
        if entry.kind is ChangeKind.ADDED and not isinstance(row, Dated):
            await remove(work, row, apart)
    await work.flush()


def _refuse_changed(entry: JournalEntry, row: Any) -> None:
    what = f"{entry.row_table} {entry.row_id.hex[-8:]}"
    missing = row is None
    if missing is not (entry.kind is ChangeKind.DELETED):
        raise Refused(CHANGED_SINCE, what=what)
    if entry.kind is ChangeKind.ADDED and getattr(row, "voided_at", None) is not None:
        raise Refused(CHANGED_SINCE, what=what)
    for column, value in entry.after.items():
        if plain(getattr(row, column)) != value:
            raise Refused(CHANGED_SINCE, what=what)


def _again(model: Any, entry: JournalEntry) -> Any:
    """A row that was deleted."""
    types = {column.key: column.type for column in inspect(model).columns}
    return model(**{name: restored(value, types[name]) for name, value in entry.before.items()})


async def _bring_back(work: Work, entry: JournalEntry, row: Any, fresh: uuid.UUID) -> None:
    if isinstance(row, Dated) and "voided_at" in entry.before:
        await _stand_again(work, row, fresh)
        return
    types = {column.key: column.type for column in inspect(type(row)).columns}
    for column, value in entry.before.items():
        setattr(row, column, restored(value, types[column]))
    if hasattr(row, "updated_at"):
        row.updated_at = work.now


async def _stand_again(work: Work, row: Any, fresh: uuid.UUID) -> None:
    """Write a voided fact anew; the old row stays known as wrong. What an earlier operation wrote is the new row."""
    voided, made = row.voided_at, row.replaced(work.now, id=fresh)
    row.voided_at = voided
    work.session.add(made)
    same = (JournalEntry.row_table == row.__tablename__) & (JournalEntry.row_id == row.id)
    for other in (await work.session.scalars(select(JournalEntry).where(same))).all():
        other.row_id = made.id


async def remove(work: Work, row: Any, apart: Known = ()) -> None:
    """Take a row away that nothing refers to; persons and households are hidden, so that they can come back.

    Raises:
        Refused: CHANGED_SINCE, naming what refers to it.
    """
    for table, key in await dependents(work, row, apart):
        raise Refused(CHANGED_SINCE, what=f"{table} {key.hex[-8:]}")
    if not hasattr(row, "removed_at"):
        await work.session.delete(row)
        return
    row.removed_at = work.now
    release(row)


def release(row: Any) -> None:
    """Let others have the id number and the code of a row that is removed."""
    for column in RELEASED:
        if getattr(row, column, None) is not None:
            setattr(row, column, TOMBSTONE + row.id.hex)
