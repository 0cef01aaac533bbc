"""Raising signals once, and dealing with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from core.books import owner_of
from core.db import new_id
from core.errors import Refused
from core.ids import typed
from core.placed import place
from core.referrals.service import NewReferral, refer
from core.signals.declared import NewSignal, Signal
from core.signals.models import RaisedSignal, SignalState
from core.signals.refusals import SIGNAL_CLOSED
from core.texts import check_text
from core.timeline.declared import CORE
from core.timeline.service import NewEntry, tell_timeline
from core.work import Work
from core.workflow.refusals import REASON_MISSING
from core.workflow.service import end_of
from core.workflow.tasks import NewTask, close_tasks, open_task

PREFIX = "signal"
TOLD = "core.signal"


async def raise_signal(work: Work, new: NewSignal) -> RaisedSignal | None:
    """Raise a signal and open its task, unless it is open already or was dealt with a short while ago.

    Returns:
        The open signal, new or known; None within the quiet period of a fact that was dealt with, and in a district
        that does not use the signal's plugin.
    """
    signal = work.host.book(Signal)[new.signal]
    used = {CORE, *work.host.districts.plugins_of(place(new.division)["district"])}
    if owner_of(signal.name) not in used:
        return None
    known = await _known(work, new)
    for row in known:
        if row.state is SignalState.OPEN:
            return row
    since = work.clock.today() - timedelta(days=signal.quiet)
    if any(row.fact == new.fact and row.closed_on and row.closed_on > since for row in known):
        return None
    return await _raised(work, signal, new)


async def _known(work: Work, new: NewSignal) -> list[RaisedSignal]:
    row = RaisedSignal
    whose = (
        row.person_id == new.person_id if new.household_id is None else row.household_id == new.household_id
    )
    query = select(row).where(row.kind == new.signal, whose).order_by(row.id)
    return list(await work.session.scalars(query))


async def _raised(work: Work, signal: Signal, new: NewSignal) -> RaisedSignal:
    row = RaisedSignal(
        id=new_id(),
        kind=signal.name,
        person_id=new.person_id,
        household_id=new.household_id,
        fact=new.fact,
        state=SignalState.OPEN,
        raised_on=work.clock.today(),
        raised_at=work.now,
        read=signal.read,
        **place(new.division),
    )
    work.session.add(row)
    await work.flush()
    await _task(work, signal, row)
    await _tell(work, row, work.clock.today())
    subject, details = typed(PREFIX, row.id), {"kind": signal.name}
    work.audit("signal.raised", subject, district=row.district, details=details)
    await work.flush()
    return row


async def _task(work: Work, signal: Signal, row: RaisedSignal) -> None:
    due = None
    if signal.within:
        due = await end_of(work, signal.within, row.division, row.raised_on)
    new = NewTask(
        kind=signal.name,
        prefix=PREFIX,
        subject_id=row.id,
        division=row.division,
        read=signal.read,
        act=signal.handle,
        title_zh=f"预警：{signal.zh}",
        title_en=f"Early warning: {signal.en[:1].lower()}{signal.en[1:]}",
        due_on=due,
        person_id=row.person_id,
    )
    await open_task(work, new)


async def _tell(work: Work, row: RaisedSignal, on: date) -> None:
    new = NewEntry(
        kind=TOLD,
        on=on,
        division=row.division,
        subject=typed(PREFIX, row.id),
        person_id=row.person_id,
        household_id=row.household_id,
        code=row.state.name,
        read=row.read,
    )
    await tell_timeline(work, new)


@dataclass(frozen=True)
class Scanned:
    """How far a scan is: where the next page begins (None at the end), and how many facts this one had."""

    cursor: str | None = None
    found: int = 0


async def scan(work: Work, signal: Signal, day: date, cursor: str | None = None) -> Scanned:
    """Look for a signal in one page of the register.

    Nothing is raised twice, however often a page is scanned: a job may call this chunk by chunk and begin again.

    Args:
        day: as of which the register is looked at. cursor: what the page before said.
    """
    if signal.find is None:
        return Scanned()
    found = await signal.find(work, day, cursor)
    for new in found.news:
        await raise_signal(work, new)
    return Scanned(found.cursor, len(found.news))


async def confirm(
    work: Work,
    row: RaisedSignal,
    reason: str | None = None,
    *,
    referral: NewReferral | None = None,
    expected_version: int | None = None,
) -> RaisedSignal:
    """Find a signal true, and perhaps refer the person.

    Raises:
        Refused: SIGNAL_CLOSED, FORBIDDEN, FORBIDDEN_SCOPE, CONFLICT, TEXT_LENGTH, and those of `refer`.
    """
    _ready(work, row, expected_version)
    if referral is not None:
        row.referral_id = (await refer(work, referral)).id
    return await _close(work, row, SignalState.CONFIRMED, reason)


async def dismiss(
    work: Work, row: RaisedSignal, reason: str, expected_version: int | None = None
) -> RaisedSignal:
    """Find a signal untrue or in need of nothing, with the reason.

    Raises:
        Refused: REASON_MISSING, and as `confirm`.
    """
    _ready(work, row, expected_version)
    if not reason.strip():
        raise Refused(REASON_MISSING, ("reason",))
    return await _close(work, row, SignalState.DISMISSED, reason)


def _ready(work: Work, row: RaisedSignal, expected_version: int | None) -> None:
    work.require_within(work.host.book(Signal)[row.kind].handle, row.division, field=("signal",))
    work.expect_version(row, expected_version)
    if row.state is not SignalState.OPEN:
        raise Refused(SIGNAL_CLOSED, ("signal",))


async def _close(work: Work, row: RaisedSignal, state: SignalState, reason: str | None) -> RaisedSignal:
    row.reason = None if reason is None else check_text(reason, 500, ("reason",))
    row.state, row.closed_on, row.closed_by = state, work.clock.today(), work.principal.subject
    await close_tasks(work, row.id, row.kind, state.name)
    await _tell(work, row, work.clock.today())
    details: dict[str, Any] = {"kind": row.kind, "outcome": state.name}
    work.audit("signal.closed", typed(PREFIX, row.id), district=row.district, details=details)
    await work.flush()
    return row
