"""Money of projects: what was won for them, and what was paid. Wrong rows are voided and recorded anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.access.permissions import PROJECTS_WRITE
from core.db import new_id
from core.errors import Refused
from core.ids import typed
from core.placed import place
from core.projects.models import FUNDING, PAYMENT, Funding, Project, ProjectPayment, RecordedColumns
from core.projects.refusals import BUDGET_EXCEEDED, FACT_VOIDED
from core.projects.service import check_number, kind_of, place_in_force, ready
from core.projects.versions import lay
from core.refusals import INPUT_EMPTY
from core.texts import check_text
from core.work import Work


@dataclass(frozen=True, kw_only=True)
class NewFunding:
    """Money won: for one project (which says where and for what kind), or for a kind somewhere. Yuan."""

    source: str
    amount: Decimal
    on: date | None = None
    project: Project | None = None
    kind: str | None = None
    division: str | None = None


def columns_of(row: Any) -> dict[str, Any]:
    """Where a record about a project lies, and what shows it: as the project."""
    return {"read": row.read, **place(row.division)}


def refuse_voided(row: RecordedColumns, field: str) -> None:
    """Refuse to change what is voided.

    Raises:
        Refused: FACT_VOIDED.
    """
    if row.voided_at is not None:
        raise Refused(FACT_VOIDED, (field,))


async def record_funding(work: Work, new: NewFunding) -> Funding:
    """Record money that was won.

    Raises:
        Refused: PROJECT_AMOUNT, TEXT_LENGTH, INPUT_EMPTY (neither a project nor kind and division),
            PROJECT_KIND_UNKNOWN, PROJECT_VOIDED, DATE_FUTURE, DATE_ORDER, DIV_UNKNOWN, FORBIDDEN, FORBIDDEN_SCOPE.
    """
    day = new.on or work.clock.today()
    work.refuse_future(day, "on")
    if new.project is not None:
        work.require_within(PROJECTS_WRITE, new.project.division)
        ready(work, new.project, PROJECTS_WRITE)
        kind, where = new.project.kind, columns_of(new.project)
    else:
        kind, where = await _for_a_kind(work, new, day)
    row = Funding(
        id=new_id(),
        kind=kind,
        project_id=new.project.id if new.project else None,
        source=check_text(new.source, 200, ("source",)),
        amount=check_number(new.amount, "amount"),
        won_on=day,
        recorded_at=work.now,
        **where,
    )
    work.session.add(row)
    work.audit("funding.recorded", typed(FUNDING, row.id), district=row.district)
    await work.flush()
    return row


async def _for_a_kind(work: Work, new: NewFunding, day: date) -> tuple[str, dict[str, Any]]:
    if new.kind is None or new.division is None:
        raise Refused(INPUT_EMPTY, ("kind" if new.kind is None else "division",))
    work.require_within(PROJECTS_WRITE, new.division, field=("division",))
    where = await place_in_force(work, new.division, day)
    kind = kind_of(work, new.kind, new.division)
    return kind.name, {"read": kind.read, **where}


async def correct_funding(work: Work, row: Funding, changes: Mapping[str, Any]) -> Funding:
    """Void a record and write beside it what it should have said.

    Args:
        changes: `source`, `amount`, `won_on`.

    Raises:
        Refused: INPUT_EMPTY, FACT_VOIDED, and those of `record_funding`.
    """
    if not changes:
        raise Refused(INPUT_EMPTY)
    values = dict(changes)
    if "source" in values:
        values["source"] = check_text(values["source"], 200, ("source",))
    if "amount" in values:
        values["amount"] = check_number(values["amount"], "amount")
    if "won_on" in values:
        work.refuse_future(values["won_on"], "on")
    await void_funding(work, row, "funding.corrected")
    same = {name: getattr(row, name) for name in ("kind", "project_id", "source", "amount", "won_on")}
    made = Funding(id=new_id(), recorded_at=work.now, **columns_of(row), **{**same, **values})
    work.session.add(made)
    await work.flush()
    return made


async def void_funding(work: Work, row: Funding, action: str = "funding.voided") -> Funding:
    """Void money that was not won.

    Raises:
        Refused: FACT_VOIDED, FORBIDDEN, FORBIDDEN_SCOPE.
    """
    work.require_within(PROJECTS_WRITE, row.division)
    refuse_voided(row, "funding")
    row.voided_at = work.now
    work.audit(action, typed(FUNDING, row.id), district=row.district)
    await work.flush()
    return row


async def record_payment(
    work: Work,
    row: Project,
    amount: Decimal,
    on: date | None = None,
    purpose: str | None = None,
    expected_version: int | None = None,
) -> ProjectPayment:
    """Record a payment of a project. What is paid never exceeds the budget: raise that first.

    Args:
        amount: yuan.

    Raises:
        Refused: BUDGET_EXCEEDED, PROJECT_AMOUNT, TEXT_LENGTH, CONFLICT, and those of `ready`.
    """
    day = ready(work, row, PROJECTS_WRITE, on)
    work.expect_version(row, expected_version)
    total = row.paid + check_number(amount, "amount")
    if row.budget is not None and total > row.budget:
        raise Refused(BUDGET_EXCEEDED, ("amount",), paid=total, budget=row.budget)
    made = ProjectPayment(
        id=new_id(),
        project_id=row.id,
        amount=round(amount, 2),
        paid_on=day,
        purpose=None if purpose is None else check_text(purpose, 200, ("purpose",)),
        recorded_at=work.now,
        **columns_of(row),
    )
    work.session.add(made)
    work.audit("project.paid", typed(PAYMENT, made.id), district=row.district)
    await lay(work, row)
    return made


async def void_payment(work: Work, row: ProjectPayment) -> ProjectPayment:
    """Void a payment that was not made.

    Raises:
        Refused: FACT_VOIDED, FORBIDDEN, FORBIDDEN_SCOPE.
    """
    work.require_within(PROJECTS_WRITE, row.division)
    refuse_voided(row, "payment")
    row.voided_at = work.now
    work.audit("project.payment_voided", typed(PAYMENT, row.id), district=row.district)
    await lay(work, await work.session.get_one(Project, row.project_id))
    return row
