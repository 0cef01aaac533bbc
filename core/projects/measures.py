"""The figures of projects that core owns (domain 7): by state, late, on time, meetings, money, days to operation.

A project stands as its version of the day says, as far as was known; what happened is counted by its own day.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, func, literal, literal_column, not_, or_, select

from core.access.permissions import PROJECTS_READ
from core.codes.projects import ProjectFacility, ProjectLevel, ProjectState
from core.days import days_between
from core.measures.declared import Facts, Measure, MeasureKind, MeasurePeriod
from core.measures.frame import Frame
from core.projects.late import days_to_operation_sql, late_sql
from core.projects.models import (
    FUNDING,
    MEETING,
    PAYMENT,
    PROJECT,
    DispatchMeeting,
    Funding,
    Project,
    ProjectPayment,
)
from core.projects.models import ProjectVersion as Then

Rows = Callable[[Frame], Select[Any]]
Test = Callable[[Frame], ColumnElement[bool]]
Amount = Callable[[Frame], Any]

_PROJECTS, _DAYS, _MONEY = ("个", "projects"), ("天", "days"), ("万元", "10,000 yuan")


def _projects(*tests: Test, amount: Amount | None = None) -> Facts:
    """Projects as they stood on the day."""

    def rows(frame: Frame) -> Select[Any]:
        columns: list[Any] = [
            Project.id.label("key"),
            Project.division.label("division"),
            Then.valid_from.label("day"),
        ]
        if amount is not None:
            columns.append(amount(frame).label("amount"))
        found = select(*columns).join(Then, Then.project_id == Project.id)
        return found.where(frame.inside(Project), frame.holds(Then), *(test(frame) for test in tests))

    return Facts(PROJECT, rows)


def _day(frame: Frame) -> Any:
    return literal(frame.as_of, Date())


def _late(frame: Frame) -> ColumnElement[bool]:
    return late_sql(Then, _day(frame))


def _on_time(frame: Frame) -> ColumnElement[bool]:
    return not_(_late(frame))


def _in_state(state: ProjectState) -> Test:
    return lambda frame: Then.state == state.name


def _completed(frame: Frame) -> ColumnElement[bool]:
    return frame.happened(Then.actual_completion)


def _promised(level: ProjectLevel | None = None) -> Test:
    """On a list of livelihood projects, and not done before the period began."""

    def test(frame: Frame) -> ColumnElement[bool]:
        listed = Then.level.is_not(None) if level is None else Then.level == level
        return and_(listed, or_(Then.actual_completion.is_(None), Then.actual_completion >= frame.start))

    return test


def _of(*facilities: ProjectFacility) -> Test:
    return lambda frame: Then.facility.in_(facilities)


def _done(frame: Frame) -> ColumnElement[bool]:
    return Then.actual_completion.is_not(None)


def _days_left(frame: Frame) -> Any:
    return days_between(func.coalesce(Then.actual_completion, _day(frame)), Then.planned_completion)


def _days_to_operation(frame: Frame) -> Any:
    return days_to_operation_sql(Then, _day(frame))


def _one(_frame: Frame) -> Any:
    return literal_column("1")


def _recorded(frame: Frame, row: Any, day: Any) -> Select[Any]:
    """What was recorded of a day in the period, and stands."""
    columns = (row.id.label("key"), row.division.label("division"), day.label("day"))
    return select(*columns).where(
        frame.inside(row), frame.happened(day), frame.known(row.recorded_at, row.voided_at)
    )


def _meetings(frame: Frame) -> Select[Any]:
    return _recorded(frame, DispatchMeeting, DispatchMeeting.held_on)


def _won(frame: Frame) -> Select[Any]:
    gone = select(Project.id).where(Project.id == Funding.project_id, not_(frame.standing(Project.voided_at)))
    found = _recorded(frame, Funding, Funding.won_on).add_columns(Funding.amount.label("amount"))
    return found.where(~gone.exists())


def _paid(frame: Frame) -> Select[Any]:
    row = ProjectPayment
    found = _recorded(frame, row, row.paid_on).add_columns(row.amount.label("amount"))
    return found.join(Project, Project.id == row.project_id).where(frame.standing(Project.voided_at))


def _figure(
    name: str, zh: str, en: str, units: tuple[str, str], definition: tuple[str, str], **more: Any
) -> Measure:
    return Measure(
        name=f"core.{name}",
        zh=zh,
        en=en,
        unit_zh=units[0],
        unit_en=units[1],
        definition_zh=definition[0],
        definition_en=definition[1],
        read=PROJECTS_READ,
        **more,
    )


def _state(state: ProjectState) -> Measure:
    return _figure(
        f"projects_{state.name.lower()}",
        f"{state.zh}的项目",
        f"Projects that are {state.en.lower()}",
        _PROJECTS,
        (f"截至日状态为“{state.zh}”的项目。", f"Projects in the state {state.name} on the day."),
        facts=_projects(_in_state(state)),
    )


def _kept(name: str, zh: str, en: str, level: ProjectLevel | None = None) -> Measure:
    """The share of livelihood projects that are on time."""
    return _figure(
        name,
        zh,
        en,
        ("%", "%"),
        (
            "列入民生实事且期间开始前未竣工的项目中，截至日未逾期的 ÷ 全部。",
            "Of the livelihood projects not completed before the period: not late on the day, of all.",
        ),
        kind=MeasureKind.RATE,
        numerator=_projects(_promised(level), _on_time),
        denominator=_projects(_promised(level)),
    )


def _average(
    name: str, zh: str, en: str, definition: tuple[str, str], amount: Amount, *tests: Test
) -> Measure:
    """Days a project."""
    return _figure(
        name,
        zh,
        en,
        _DAYS,
        definition,
        kind=MeasureKind.RATE,
        percent=False,
        numerator=_projects(*tests, amount=amount),
        denominator=_projects(*tests, amount=_one),
    )


PROJECT_MEASURES: tuple[Measure, ...] = (
    _figure(
        "projects",
        "项目",
        "Projects",
        _PROJECTS,
        ("截至日已立项的项目，各种状态。", "Projects set up by the day, in any state."),
        facts=_projects(),
    ),
    *(_state(state) for state in ProjectState),
    _figure(
        "projects_late",
        "逾期的项目",
        "Late projects",
        _PROJECTS,
        (
            "实际竣工日期（未竣工则为截至日）晚于计划竣工日期的项目。",
            "Completed after the planned day, or not completed though that is over.",
        ),
        facts=_projects(_late),
    ),
    _figure(
        "projects_completed_in_period",
        "竣工的项目",
        "Projects completed",
        _PROJECTS,
        ("期间内竣工的项目。", "Projects completed in the period."),
        facts=_projects(_completed),
        period=MeasurePeriod.IN_PERIOD,
    ),
    _kept("livelihood_projects_on_time", "如期的民生实事", "Livelihood projects on time"),
    *(
        _kept(
            f"livelihood_projects_on_time_{level.name.lower()}",
            f"如期的{level.zh}民生实事",
            f"Livelihood projects on time: {level.en.lower()}",
            level,
        )
        for level in ProjectLevel
    ),
    _figure(
        "dispatch_meetings",
        "项目调度会",
        "Dispatch meetings",
        ("次", "meetings"),
        ("期间内召开的项目调度会。", "Dispatch meetings held in the period."),
        facts=Facts(MEETING, _meetings),
        period=MeasurePeriod.IN_PERIOD,
    ),
    _figure(
        "project_funding",
        "争取到的项目资金",
        "Project money won",
        _MONEY,
        ("期间内争取到的项目资金。", "Money won for projects in the period."),
        kind=MeasureKind.SUM,
        divisor=10000,
        facts=Facts(FUNDING, _won),
        period=MeasurePeriod.IN_PERIOD,
    ),
    _figure(
        "project_payments",
        "已付项目资金",
        "Paid for projects",
        _MONEY,
        ("期间内支付的项目资金。", "Paid for projects in the period."),
        kind=MeasureKind.SUM,
        divisor=10000,
        facts=Facts(PAYMENT, _paid),
        period=MeasurePeriod.IN_PERIOD,
    ),
    _average(
        "funeral_project_days",
        "殡仪馆项目距计划竣工天数",
        "Days left of the funeral home's project",
        (
            "计划竣工日期减实际竣工日期（未竣工则减截至日），负数为逾期天数；多个项目取平均。",
            "Planned completion less the completion, or the day; negative is late. The mean of several projects.",
        ),
        _days_left,
        _of(ProjectFacility.FUNERAL_HOME),
    ),
    _average(
        "days_to_operation",
        "养老、未保项目竣工到运营的天数",
        "Days from completion to operation of care and child protection projects",
        (
            "已竣工的养老服务、未成年人保护项目自竣工到投入运营（未运营则到截至日）的平均天数。",
            "Mean days from completion to operation, or to the day, of completed elderly care and child protection.",
        ),
        _days_to_operation,
        _of(ProjectFacility.ELDERLY_CARE, ProjectFacility.CHILD_PROTECTION),
        _done,
    ),
)
