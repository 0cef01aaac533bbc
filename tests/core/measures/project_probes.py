"""How each measure of projects is tried: one fact inserted, corrected, back-dated, through the services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.codes.projects import ProjectFacility, ProjectLevel
from core.projects.measures import PROJECT_MEASURES
from core.projects.models import DispatchMeeting, Funding, Project, ProjectPayment
from core.projects.money import NewFunding, correct_funding, record_funding, record_payment, void_payment
from core.projects.progress import NewMeeting, hold_meeting, void_meeting
from core.projects.service import NewProject, correct, plan, void
from core.projects.workflow import PROJECT
from core.workflow.service import advance
from minzheng.testing import Probe, Scene

# One project is counted by several of them.
_ALONG = frozenset(measure.name for measure in PROJECT_MEASURES)
_MONTH = timedelta(days=30)


async def _plan(scene: Scene, day: date, verbs: Sequence[str], **more: Any) -> Project:
    fields = {"planned_completion": date(day.year, 12, 31), **more}
    new = NewProject(
        kind="core.construction", division=scene.here, name="馆", owner="科", on=day - _MONTH, **fields
    )
    row = await plan(scene.work, new)
    for verb in verbs:
        await advance(scene.work, PROJECT, row, verb, on=day, reason="疫情")
    return row


async def _voided(scene: Scene) -> None:
    row = await scene.work.session.get_one(Project, scene.made["project"].id)
    await void(scene.work, row)


def _probe(name: str, *verbs: str, due: bool = False, **more: Any) -> Probe:
    """A project of the day, voided, and one of the year before."""

    def fields(day: date) -> dict[str, Any]:
        return {**more, **({"planned_completion": day} if due else {})}

    async def insert(scene: Scene) -> None:
        scene.made["project"] = await _plan(scene, scene.day, verbs, **fields(scene.day))

    async def backdate(scene: Scene) -> None:
        await _plan(scene, scene.earlier, verbs, **fields(scene.earlier))

    return Probe(f"core.{name}", insert, _voided, backdate, along=_ALONG)


def _moved(name: str, **more: Any) -> Probe:
    """A completion whose day is corrected to the year before, and then one of that year."""

    async def insert(scene: Scene) -> None:
        scene.made["project"] = await _plan(scene, scene.day, ("begin", "complete"), **more)

    async def later(scene: Scene) -> None:
        row = await scene.work.session.get_one(Project, scene.made["project"].id)
        await correct(scene.work, row, {"actual_completion": scene.day + _MONTH})

    async def backdate(scene: Scene) -> None:
        await _plan(scene, scene.earlier, ("begin", "complete"), **more)

    return Probe(f"core.{name}", insert, later, backdate, along=_ALONG)


async def _project(scene: Scene) -> None:
    scene.made["project"] = await _plan(scene, scene.earlier - 12 * _MONTH, ())


async def _again(scene: Scene, model: Any, name: str) -> Any:
    return await scene.work.session.get_one(model, scene.made[name].id)


def _meeting() -> Probe:
    async def hold(scene: Scene, day: date) -> None:
        scene.made["meeting"] = await hold_meeting(
            scene.work, NewMeeting(division=scene.here, chair="局长", on=day)
        )

    async def insert(scene: Scene) -> None:
        await hold(scene, scene.day)

    async def wrong(scene: Scene) -> None:
        await void_meeting(scene.work, await _again(scene, DispatchMeeting, "meeting"))

    async def backdate(scene: Scene) -> None:
        await hold(scene, scene.earlier)

    return Probe("core.dispatch_meetings", insert, wrong, backdate)


def _funding() -> Probe:
    async def win(scene: Scene, day: date) -> None:
        project = await _again(scene, Project, "project")
        new = NewFunding(source="省", amount=Decimal("120000.50"), on=day, project=project)
        scene.made["funding"] = await record_funding(scene.work, new)

    async def insert(scene: Scene) -> None:
        await win(scene, scene.day)

    async def more(scene: Scene) -> None:
        row = await _again(scene, Funding, "funding")
        await correct_funding(scene.work, row, {"amount": Decimal("130000.00")})

    async def backdate(scene: Scene) -> None:
        await win(scene, scene.earlier)

    return Probe("core.project_funding", insert, more, backdate, _project)


def _payment() -> Probe:
    async def pay(scene: Scene, day: date) -> None:
        project = await _again(scene, Project, "project")
        scene.made["payment"] = await record_payment(scene.work, project, Decimal("50000.25"), day)

    async def insert(scene: Scene) -> None:
        await pay(scene, scene.day)

    async def wrong(scene: Scene) -> None:
        await void_payment(scene.work, await _again(scene, ProjectPayment, "payment"))

    async def backdate(scene: Scene) -> None:
        await pay(scene, scene.earlier)

    return Probe("core.project_payments", insert, wrong, backdate, _project)


_CARE, _HOME = ProjectFacility.ELDERLY_CARE, ProjectFacility.FUNERAL_HOME
_DONE = ("begin", "complete")

PROJECT_PROBES = (
    _probe("projects"),
    _probe("projects_planned"),
    _probe("projects_started", "begin"),
    _probe("projects_suspended", "begin", "suspend"),
    _probe("projects_completed", *_DONE),
    _probe("projects_operating", *_DONE, "operate"),
    _probe("projects_late", "begin", due=True),
    _probe("projects_completed_in_period", *_DONE),
    _probe("livelihood_projects_on_time", level=ProjectLevel.COUNTY),
    *(
        _probe(f"livelihood_projects_on_time_{level.name.lower()}", "begin", level=level)
        for level in ProjectLevel
    ),
    _moved("days_to_operation", facility=_CARE),
    _probe("funeral_project_days", "begin", facility=_HOME),
    _meeting(),
    _funding(),
    _payment(),
)
