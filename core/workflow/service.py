"""Making transitions: who may, when, and what follows of them (design 6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from core.access.principal import Principal
from core.codes.calendar import days_after
from core.db import new_id
from core.errors import Refused
from core.ids import typed
from core.parameters.service import whole_or
from core.refusals import DATE_ORDER
from core.texts import check_text
from core.work import Work
from core.workflow.declared import START, Deadline, Limit, State, Step, Transition, Workflow
from core.workflow.models import WorkflowDeadline, WorkflowStep
from core.workflow.refusals import FOUR_EYES, REASON_MISSING, STATE_INVALID
from core.workflow.tasks import NewTask, close_tasks, open_task, open_tasks

_REASON = 1000


async def start(work: Work, workflow: Workflow, row: Any, *, on: date | None = None) -> Any:
    """Begin a case: `row`, new and with its level columns written, in the workflow's first state.

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE.
    """
    work.require_within(workflow.permission(START), row.division)
    day = on or work.clock.today()
    row.state, row.entered_on = workflow.initial, day
    work.session.add(row)
    await work.flush()
    _remember(work, workflow, row, START, None, day, None, None)
    await _arrived(work, workflow, row, day)
    return row


async def advance(
    work: Work,
    workflow: Workflow,
    row: Any,
    verb: str,
    *,
    reason: str | None = None,
    on: date | None = None,
    expected_version: int | None = None,
    inputs: Mapping[str, Any] | None = None,
) -> Any:
    """Make a transition of a case in the caller's reach.

    Args:
        verb: the transition's name. reason: why, where one is asked for. inputs: for its guard and effect.
        on: the day on which it was made, by default today; not before the state was entered.

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE, CONFLICT, STATE_INVALID, FOUR_EYES, REASON_MISSING, DATE_FUTURE,
            DATE_ORDER, the early code of the transition, and what its guard refuses with.
    """
    transition = workflow.by_verb[verb]
    workflow.require(work, verb, row)
    work.expect_version(row, expected_version)
    _check_state(workflow, transition, row)
    day = _day(work, row, on)
    step = Step(transition, row.state, day, _reason(transition, reason), inputs or {})
    await _check_eyes(work, workflow, transition, row)
    await _check_early(work, transition, row, day)
    if transition.guard:
        await transition.guard(work, row, step)
    await _make(work, workflow, row, step)
    return row


def _check_state(workflow: Workflow, transition: Transition, row: Any) -> None:
    if row.state not in transition.source:
        allowed = ", ".join(transition.source)
        raise Refused(STATE_INVALID, verb=transition.name, state=row.state, allowed=allowed)


def _day(work: Work, row: Any, on: date | None) -> date:
    if on is None:
        return work.clock.today()
    work.refuse_future(on, "on")
    if on < row.entered_on:
        raise Refused(DATE_ORDER, ("on",), day=on, earliest=row.entered_on)
    return on


def _reason(transition: Transition, reason: str | None) -> str | None:
    if reason is None or not reason.strip():
        if transition.reason:
            raise Refused(REASON_MISSING, ("reason",))
        return None
    return check_text(reason, _REASON, ("reason",))


async def _check_eyes(work: Work, workflow: Workflow, transition: Transition, row: Any) -> None:
    """Nobody checks what they had a hand in, also when somebody else did the same step after them."""
    if not transition.four_eyes:
        return
    query = select(WorkflowStep.id).where(
        WorkflowStep.subject_id == row.id,
        WorkflowStep.verb.in_(transition.four_eyes),
        WorkflowStep.actor == work.principal.subject,
    )
    if (await work.session.scalars(query.limit(1))).first() is not None:
        raise Refused(FOUR_EYES, verb=transition.name)


async def _check_early(work: Work, transition: Transition, row: Any, day: date) -> None:
    if transition.after is None:
        return
    last = await end_of(work, transition.after, row.division, row.entered_on)
    if day <= last:
        raise Refused(transition.early, verb=transition.name, day=days_after(last, 1))


async def end_of(work: Work, limit: Limit, division: str, start: date) -> date:
    """The last day of a limit that starts on a day, by the parameters of a division."""
    return limit.end(start, await whole_or(work, limit.parameter, division, start, limit.n))


async def _make(work: Work, workflow: Workflow, row: Any, step: Step) -> None:
    verb, day = step.transition, step.on
    due = await due_on(work, workflow, row)
    await close_tasks(work, row.id, workflow.name)
    if verb.target is not None:
        row.state, row.entered_on = verb.target, day
    if verb.extends:
        await _extend(work, row, *verb.extends)
    if verb.effect:
        await verb.effect(work, row, step)
    await work.flush()
    _remember(work, workflow, row, verb.name, step.source, day, step.reason, due)
    await _arrived(work, workflow, row, day)


def _remember(
    work: Work,
    workflow: Workflow,
    row: Any,
    verb: str,
    source: str | None,
    day: date,
    reason: str | None,
    due: date | None,
) -> None:
    step = WorkflowStep(
        id=new_id(),
        workflow=workflow.name,
        subject_id=row.id,
        verb=verb,
        source=source,
        target=row.state,
        actor=work.principal.subject,
        made_on=day,
        made_at=work.now,
        reason=reason,
        due_on=due,
        late=due is not None and day > due,
        **_place_of(workflow, row),
    )
    work.session.add(step)
    details = {"verb": verb, "from": source, "to": row.state}
    subject = typed(workflow.prefix, row.id)
    work.audit(f"{workflow.name}.{verb}", subject, district=row.district, details=details)


def _place_of(workflow: Workflow, row: Any) -> dict[str, Any]:
    return {
        "read": _read(workflow, row),
        "district": row.district,
        "town": row.town,
        "division": row.division,
    }


def _read(workflow: Workflow, row: Any) -> str:
    """Cases of several plugins in one table say themselves what shows them."""
    read: str = getattr(row, "read", workflow.read)
    return read


async def _arrived(work: Work, workflow: Workflow, row: Any, day: date) -> None:
    """What entering a state begins and ends: deadlines, and the task of whoever is next."""
    for deadline in workflow.deadlines:
        if row.state == deadline.since:
            await _begin(work, workflow, row, deadline, day)
        if row.state in deadline.until:
            await _met(work, row, deadline, day)
    await work.flush()
    await _wait(work, workflow, row)


async def _begin(work: Work, workflow: Workflow, row: Any, deadline: Deadline, day: date) -> None:
    if await _deadline(work, row, deadline.name) is not None:
        return  # it began when the state was first entered
    due = await _last_day(work, row, deadline, day)
    if due is None:
        return
    made = WorkflowDeadline(
        id=new_id(),
        workflow=workflow.name,
        subject_id=row.id,
        name=deadline.name,
        began_on=day,
        due_on=due,
        **_place_of(workflow, row),
    )
    work.session.add(made)
    await work.flush()


async def _last_day(work: Work, row: Any, deadline: Deadline, day: date) -> date | None:
    if isinstance(deadline.limit, str):
        said: date | None = getattr(row, deadline.limit)
        return said
    return await end_of(work, deadline.limit, row.division, day)


async def renew_deadlines(work: Work, workflow: Workflow, row: Any) -> None:
    """Bring the deadlines whose last day a column of the case says, and its open task, up to date with it."""
    for deadline in workflow.deadlines:
        found = await _deadline(work, row, deadline.name) if isinstance(deadline.limit, str) else None
        if found is not None and found.met_on is None:
            found.due_on = await _last_day(work, row, deadline, found.began_on) or found.due_on
    await work.flush()
    due = await due_on(work, workflow, row)
    for task in await open_tasks(work, row.id, workflow.name):
        task.due_on = due


async def _met(work: Work, row: Any, deadline: Deadline, day: date) -> None:
    found = await _deadline(work, row, deadline.name)
    if found is not None and found.met_on is None:
        found.met_on = day


async def _extend(work: Work, row: Any, name: str, limit: Limit) -> None:
    found = await _deadline(work, row, name)
    if found is not None:
        found.due_on = await end_of(work, limit, row.division, found.began_on)
        found.extended = True


async def _deadline(work: Work, row: Any, name: str) -> WorkflowDeadline | None:
    model = WorkflowDeadline
    query = select(model).where(model.subject_id == row.id, model.name == name)
    return (await work.session.scalars(query)).first()


async def due_on(work: Work, workflow: Workflow, row: Any) -> date | None:
    """The last day on which the case should be moved on: of its state, or of a deadline that runs."""
    model = WorkflowDeadline
    query = select(model.due_on).where(model.subject_id == row.id, model.met_on.is_(None))
    days = list(await work.session.scalars(query))
    state = workflow.by_state[row.state]
    if state.limit:
        days.append(await end_of(work, state.limit, row.division, row.entered_on))
    return min(days, default=None)


async def _wait(work: Work, workflow: Workflow, row: Any) -> None:
    verb = workflow.awaited(row.state)
    if verb is None:
        return
    state: State = workflow.by_state[row.state]
    new = NewTask(
        kind=workflow.name,
        prefix=workflow.prefix,
        subject_id=row.id,
        division=row.division,
        read=_read(workflow, row),
        act=workflow.permission(verb.name),
        title_zh=f"{workflow.zh}：{state.zh}，待{verb.zh}",
        title_en=f"{workflow.en}: {state.en.lower()}, to {verb.en.lower()}",
        state=row.state,
        due_on=await due_on(work, workflow, row),
        person_id=getattr(row, "person_id", None),
    )
    await open_task(work, new)


def possible(principal: Principal, workflow: Workflow, state: str, division: str) -> list[str]:
    """The transitions that a caller may make of a case, as far as role, place and state decide."""
    return [
        verb.name
        for verb in workflow.out_of(state)
        if verb.roles and principal.scope(workflow.permission(verb.name)).covers(division)
    ]
