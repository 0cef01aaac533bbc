"""The projects of the demo city, as an autumn finds them: some done, some late, one to be ready by the year's end.

Made by the services, each step by somebody who may take it. All days lie in the last year whose November is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from core.codes.projects import ProjectFacility as Facility
from core.codes.projects import ProjectLevel as Level
from core.codes.sets import UserRole
from core.demo import acting
from core.demo_city.divisions import CITY
from core.organizations.models import Organization
from core.projects.milestones import NewMilestone, add_milestone, reach_milestone
from core.projects.models import Project
from core.projects.money import NewFunding, record_funding, record_payment
from core.projects.progress import NewMeeting, NewProgress, hold_meeting
from core.projects.service import NewProject, correct, plan
from core.projects.workflow import PROJECT
from core.work import Work
from core.workflow.service import advance

Day = tuple[int, int]
_FORCE = "民生项目专班"


@dataclass(frozen=True)
class _Plan:
    """A project of the demo.

    Attributes:
        what: fields of `NewProject`. budget: 10,000 yuan. start, due: planned. course: verb, day, reason.
        paid: day, 10,000 yuan.
    """

    name: str
    division: str
    budget: int
    start: Day
    due: Day
    course: Sequence[tuple[str, Day, str | None]] = ()
    paid: Sequence[tuple[Day, int]] = ()
    what: Mapping[str, Any] = field(default_factory=dict)


_BUILDING, _LIVELIHOOD = "core.construction", "core.livelihood"
_PLANS = (
    _Plan(
        "市殡仪馆迁建项目",
        CITY,
        8600,
        (1, 20),
        (12, 31),
        (("begin", (2, 14), None), ("suspend", (4, 2), "疫情防控停工"), ("resume", (4, 25), "疫情缓解复工")),
        (((3, 15), 2000), ((7, 20), 3000), ((10, 25), 1800)),
        {"kind": _BUILDING, "facility": Facility.FUNERAL_HOME, "area_m2": Decimal("12600.00")},
    ),
    _Plan(
        "市未成年人保护中心",
        CITY,
        960,
        (1, 10),
        (9, 30),
        (("begin", (1, 18), None), ("complete", (9, 20), None)),
        (((4, 30), 500), ((9, 28), 400)),
        {"kind": _BUILDING, "facility": Facility.CHILD_PROTECTION, "area_m2": Decimal("4200.00")},
    ),
    _Plan(
        "角宿镇敬老院改造",
        "410189101000",
        320,
        (2, 1),
        (8, 31),
        (("begin", (2, 20), None), ("complete", (8, 12), None), ("operate", (9, 1), None)),
        (((8, 30), 310),),
        {"kind": _LIVELIHOOD, "level": Level.PROVINCE, "facility": Facility.ELDERLY_CARE},
    ),
    _Plan(
        "亢宿镇敬老院改造",
        "410189102000",
        280,
        (2, 1),
        (8, 31),
        (("begin", (3, 1), None), ("complete", (9, 15), None)),
        (((9, 30), 265),),
        {"kind": _LIVELIHOOD, "level": Level.CITY, "facility": Facility.ELDERLY_CARE},
    ),
    _Plan(
        "氐宿镇敬老院改造",
        "410189103000",
        300,
        (3, 1),
        (10, 31),
        (("begin", (3, 20), None),),
        (((6, 30), 120),),
        {"kind": _LIVELIHOOD, "level": Level.COUNTY, "facility": Facility.ELDERLY_CARE},
    ),
    _Plan(
        "紫微街道综合养老服务中心",
        "410189001000",
        450,
        (10, 15),
        (12, 31),
        (),
        (),
        {"kind": _LIVELIHOOD, "level": Level.COUNTY, "facility": Facility.ELDERLY_CARE},
    ),
    _Plan(
        "心宿镇公益性公墓",
        "410189105000",
        150,
        (4, 1),
        (11, 15),
        (("begin", (4, 12), None), ("complete", (11, 10), None), ("operate", (11, 20), None)),
        (((11, 22), 140),),
        {"kind": _BUILDING, "facility": Facility.CEMETERY},
    ),
)
# Each meeting: the day, and for each project discussed (by number) percent, issue, and the day to solve it by.
_MEETINGS: Sequence[tuple[Day, Sequence[tuple[int, int, str | None, Day | None]]]] = (
    (
        (6, 8),
        ((0, 35, "主体施工缺少钢材", (6, 25)), (1, 60, None, None), (2, 70, None, None), (4, 20, None, None)),
    ),
    (
        (9, 7),
        ((0, 65, None, None), (1, 95, None, None), (3, 90, "消防验收未通过", (9, 14)), (4, 45, None, None)),
    ),
    (
        (11, 9),
        ((0, 85, "火化设备未到货", (12, 5)), (4, 70, "配套管网未接通", (11, 25)), (6, 100, None, None)),
    ),
)
_MILESTONES = (
    (0, "主体封顶", (8, 31), (8, 26)),
    (0, "设备安装完成", (12, 5), None),
    (1, "通过省级评估验收", (10, 31), (10, 18)),
)
_FUNDINGS = (
    (0, "省级殡葬基础设施补助", 1500, (3, 1)),
    (4, "中央财政养老服务补助", 120, (4, 20)),
    (3, "市级福彩公益金", 90, (5, 6)),
)


async def projects(work: Work, organizations: Sequence[Organization]) -> list[Project]:
    """Plan the projects and let them go their course, with meetings, milestones and money."""
    year = _year(work.clock.today())
    officer, leader = (acting(work, role, CITY) for role in (UserRole.CITY_OFFICER, UserRole.CITY_LEADER))
    rows = [await _project(officer, leader, item, year, organizations[0]) for item in _PLANS]
    late = rows[4]
    await correct(officer, late, {"task_force": f"{_FORCE}（氐宿镇）"}, date(year, 9, 7))
    for day, discussed in _MEETINGS:
        await _meeting(leader, rows, date(year, *day), discussed, year)
    for index, name, due, reached in _MILESTONES:
        new = NewMilestone(name=name, owner="项目办", due=date(year, *due), project=rows[index])
        row = await add_milestone(officer, new)
        if reached:
            await reach_milestone(officer, row, date(year, *reached), "通过")
    for index, source, amount, day in _FUNDINGS:
        won = NewFunding(source=source, amount=_yuan(amount), on=date(year, *day), project=rows[index])
        await record_funding(officer, won)
    return rows


def _year(today: date) -> int:
    return today.year if today >= date(today.year, 11, 30) else today.year - 1


def _yuan(ten_thousands: int) -> Decimal:
    return Decimal(ten_thousands * 10000)


async def _project(officer: Work, leader: Work, item: _Plan, year: int, body: Organization) -> Project:
    new = NewProject(
        name=item.name,
        division=item.division,
        owner=body.name,
        organization=body,
        task_force=_FORCE,
        planned_start=date(year, *item.start),
        planned_completion=date(year, *item.due),
        budget=_yuan(item.budget),
        on=date(year, 1, 4),
        **item.what,
    )
    row = await plan(officer, new)
    for verb, day, reason in item.course:
        by = leader if verb in ("suspend", "resume") else officer
        await advance(by, PROJECT, row, verb, reason=reason, on=date(year, *day))
    for day, amount in item.paid:
        await record_payment(officer, row, _yuan(amount), date(year, *day), "工程款")
    return row


async def _meeting(
    leader: Work,
    rows: Sequence[Project],
    day: date,
    discussed: Sequence[tuple[int, int, str | None, Day | None]],
    year: int,
) -> None:
    said = [
        NewProgress(project=rows[index], percent=percent, issue=issue, due=date(year, *due) if due else None)
        for index, percent, issue, due in discussed
    ]
    new = NewMeeting(
        division=CITY, chair="分管副局长", on=day, task_force=_FORCE, summary="逐项调度，倒排工期。"
    )
    await hold_meeting(leader, new, said)
