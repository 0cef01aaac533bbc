"""What this plugin counts (domain 2 and 7): assessed households by band, and the factors that make the bands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, case, literal_column, or_, select

from minzheng.plugin import Facts, Frame, Measure, MeasureKind, MeasureLevel
from plugins.assistance.codes import AssistanceBand, AssistanceFactorKind
from plugins.assistance.models import AssistanceAssessment, AssistanceFactor
from plugins.assistance.permissions import READ
from plugins.assistance.service import FACTOR

Rows = Callable[[Frame], Any]


def _assessed(frame: Frame, *more: Any) -> Any:
    """What the rules said of households on the day; the row is the household."""
    row = AssistanceAssessment
    columns = (
        row.household_id.label("key"),
        row.division.label("division"),
        row.valid_from.label("day"),
        *more,
    )
    return select(*columns).where(frame.inside(row), frame.holds(row))


def _in_band(column: Any, band: AssistanceBand) -> Rows:
    return lambda frame: _assessed(frame).where(column == band)


def _widened(frame: Frame) -> Any:
    """Households that are marginal by one k alone: 1 by the local one, -1 by the national one."""
    row, marginal = AssistanceAssessment, AssistanceBand.MARGINAL
    local = and_(row.band == marginal, or_(row.national_band.is_(None), row.national_band != marginal))
    national = and_(row.national_band == marginal, or_(row.band.is_(None), row.band != marginal))
    amount = case((local, literal_column("1")), else_=literal_column("-1")).label("amount")
    return _assessed(frame, amount).where(or_(local, national))


def _factors(kind: AssistanceFactorKind) -> Rows:
    """The factors that hold on the day, of the division and of those above it."""

    def rows(frame: Frame) -> Any:
        row = AssistanceFactor
        return select(
            row.id.label("key"),
            row.division.label("division"),
            row.valid_from.label("day"),
            row.value.label("amount"),
        ).where(row.kind == kind, row.division.in_(frame.path), frame.holds(row))

    return rows


def _before(rows: Rows) -> Rows:
    """The same on the day before the period."""
    return lambda frame: rows(replace(frame, as_of=frame.start - timedelta(days=1)))


_LOCAL = _factors(AssistanceFactorKind.LOCAL)
_CAVEAT = (
    "仅按收入判定，未含财产核查和审批。",
    "By income alone; assets and decisions are not part of it.",
)


def _households(name: str, zh: str, en: str, definition: tuple[str, str], rows: Rows, **more: Any) -> Measure:
    return Measure(
        name=f"assistance.{name}",
        zh=zh,
        en=en,
        unit_zh="户",
        unit_en="households",
        definition_zh=definition[0],
        definition_en=definition[1],
        read=READ,
        facts=Facts("household", rows),
        caveats=_CAVEAT,
        **more,
    )


def _factor(name: str, zh: str, en: str, definition: tuple[str, str], rows: Rows) -> Measure:
    return Measure(
        name=f"assistance.{name}",
        zh=zh,
        en=en,
        unit_zh="倍",
        unit_en="times",
        definition_zh=definition[0],
        definition_en=definition[1],
        read=READ,
        kind=MeasureKind.LATEST,
        level=MeasureLevel.NONE,
        facts=Facts(FACTOR, rows),
    )


MEASURES = (
    _factor(
        "local_marginal_factor",
        "本地低保边缘系数",
        "Local marginal factor",
        (
            "截至日有效的本地系数 k，取最近的区划。",
            "The local k that holds on the day, of the nearest division.",
        ),
        _LOCAL,
    ),
    _factor(
        "previous_marginal_factor",
        "期初本地低保边缘系数",
        "Local marginal factor before the period",
        ("期间开始前一日有效的本地系数 k。", "The local k that held on the day before the period."),
        _before(_LOCAL),
    ),
    _factor(
        "national_marginal_factor",
        "国家低保边缘系数",
        "National marginal factor",
        ("截至日有效的国家系数 k。", "The national k that holds on the day."),
        _factors(AssistanceFactorKind.NATIONAL),
    ),
    _households(
        "dibao_income_households",
        "收入低于低保标准的户",
        "Households with income below the dibao standard",
        ("截至日人均月收入低于低保标准的户。", "Per capita income below the standard on the day."),
        _in_band(AssistanceAssessment.band, AssistanceBand.DIBAO),
    ),
    _households(
        "local_marginal_households",
        "低保边缘户（本地系数）",
        "Marginal households by the local k",
        (
            "截至日人均月收入不低于标准、低于本地系数倍标准的户。",
            "At least the standard, below the local k times it.",
        ),
        _in_band(AssistanceAssessment.band, AssistanceBand.MARGINAL),
    ),
    _households(
        "national_marginal_households",
        "低保边缘户（国家系数）",
        "Marginal households by the national k",
        (
            "截至日人均月收入不低于标准、低于国家系数倍标准的户。",
            "At least the standard, below the national k times it.",
        ),
        _in_band(AssistanceAssessment.national_band, AssistanceBand.MARGINAL),
    ),
    _households(
        "marginal_widened_households",
        "扩大系数后增加的低保边缘户",
        "Marginal households by the wider k alone",
        (
            "本地系数的边缘户减国家系数的边缘户。",
            "Marginal households by the local k less those by the national k.",
        ),
        _widened,
        kind=MeasureKind.SUM,
        zero=True,
    ),
)
