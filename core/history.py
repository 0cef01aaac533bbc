"""Changing what is known of the past of one row: its versions are voided and written anew, never altered.

`amend` says what is true from a day on; `correct` says what was wrong for as long as it was wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any, TypeVar

from sqlalchemy import select

from core.dated import Dated, History
from core.db import new_id
from core.errors import Refused
from core.refusals import DATE_ORDER
from core.work import Work

V = TypeVar("V", bound=Dated)


async def known_versions(work: Work, rows: Sequence[Any]) -> dict[Any, list[Any]]:
    """All that is known now of the past and present of rows of one model, in order of time, by the row's id."""
    found: dict[Any, list[Any]] = {row.id: [] for row in rows}
    history: History = type(rows[0]).__history__ if rows else History(None, "")
    for start in range(0, len(rows), 500):
        model = history.versions()
        key = getattr(model, history.key)
        some = key.in_([row.id for row in rows[start : start + 500]])
        query = select(model).where(some, model.voided_at.is_(None)).order_by(model.valid_from, model.id)
        for version in await work.session.scalars(query):
            found[getattr(version, history.key)].append(version)
    return found


async def amend(work: Work, changes: Mapping[Any, Mapping[str, Any]], effective: date) -> None:
    """Let columns hold new values from a day on, also a day in the past; the rows follow where that is now.

    A value that changed again on a later day stays as it was from that day on.

    Args:
        changes: for each row (all of one model), new values by the model's column names.
        effective: the first day. Before the earliest version, that one is taken to have held since then.
    """
    known = await known_versions(work, list(changes))
    for row, wanted in changes.items():
        names = {name: row.__history__.renamed.get(name, name) for name in wanted}
        said = {names[name]: value for name, value in wanted.items()}
        added, pending = amended(known[row.id], effective, said, work.now)
        work.session.add_all(added)
        for name, value in wanted.items():
            if names[name] in pending:
                setattr(row, name, value)


async def correct(work: Work, row: Any, changes: Mapping[str, Any]) -> None:
    """Replace wrong values of a row's versions for as long as they were recorded without a break."""
    known = (await known_versions(work, [row]))[row.id]
    work.session.add_all(corrected(known, changes, work.now))


def amended(
    known: Sequence[V], effective: date, changes: Mapping[str, Any], now: datetime
) -> tuple[list[V], set[str]]:
    """The rows that `amend` writes, and the columns that keep the new value to the end; see there."""
    added: list[V] = []
    pending = dict(changes)
    touched = [row for row in known if row.valid_to is None or row.valid_to > effective]
    if touched and touched[0] is known[0] and effective < touched[0].valid_from:
        first = touched[0]
        added.append(_copy(first, now, pending, valid_from=effective, valid_to=first.valid_from))
    for before, row in zip([None, *touched], touched, strict=False):
        if before is not None:
            pending = {c: v for c, v in pending.items() if getattr(row, c) == getattr(before, c)}
        if any(getattr(row, column) != value for column, value in pending.items()):
            added.extend(_rewritten(row, effective, pending, now))
    return added, set(pending)


async def check_last_change(work: Work, row: Any, column: str, on: date) -> None:
    """Refuse to change a column as of a day before its last change: the newer value would contradict it.

    Raises:
        Refused: DATE_ORDER.
    """
    known = (await known_versions(work, [row]))[row.id]
    last = steady_since(known, column)
    if last is not None and on < last:
        raise Refused(DATE_ORDER, ("on",), day=on, earliest=last)


def steady_since(known: Sequence[Dated], column: str) -> date | None:
    """Since when the present value of a column holds; None when nothing else is known."""
    for before, row in reversed(list(pairwise(known))):
        if getattr(before, column) != getattr(row, column):
            return row.valid_from
    return None


def _rewritten(row: V, effective: date, changes: Mapping[str, Any], now: datetime) -> list[V]:
    if row.valid_from >= effective:
        return [row.replaced(now, id=new_id(), **changes)]
    return [row.ended(effective, now, id=new_id()), _copy(row, now, changes, valid_from=effective)]


def _copy(row: V, now: datetime, changes: Mapping[str, Any], **times: date | None) -> V:
    voided = row.voided_at
    made = row.replaced(now, id=new_id(), **changes, **times)
    row.voided_at = voided
    return made


def corrected(known: Sequence[V], changes: Mapping[str, Any], now: datetime) -> list[V]:
    """The rows that `correct` writes; see there."""
    added: list[V] = []
    wrong = {column: getattr(known[-1], column) for column in changes} if known else {}
    for row in reversed(known):
        wrong = {column: value for column, value in wrong.items() if getattr(row, column) == value}
        right = {column: changes[column] for column in wrong if changes[column] != wrong[column]}
        if right:
            added.append(row.replaced(now, id=new_id(), **right))
    return added
