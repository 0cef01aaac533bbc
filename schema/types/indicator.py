"""`indicators` and `indicator`: the catalogue of figures, and one of them with its breakdowns, series and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import strawberry

from core.divisions.models import Division as DivisionRow
from core.measures import declared
from core.measures.figures import Ask, Figure, Figures
from core.measures.frame import Frame, Span, framed
from core.measures.rows import FactPage, FactPages
from core.measures.service import catalogue, cells, figure, measure_of, require, require_division, series
from core.measures.tally import Grouping
from schema.sql.arguments import given
from schema.sql.computed import Computed
from schema.sql.fields import argument, both, field
from schema.sql.row import Row
from schema.types.division import Division
from schema.types.enums import By, IndicatorBy, IndicatorKind, IndicatorLevel, IndicatorTiming
from schema.types.scalars import DivisionCode


@strawberry.input(
    description=both(
        "期间：年，或年和月，或起止日期。",
        "A period: a year, a month of it, or two days.",
    )
)
class IndicatorPeriod:
    year: int | None = strawberry.field(default=strawberry.UNSET, description=both("年。", "Year."))
    month: int | None = strawberry.field(
        default=strawberry.UNSET, description=both("月，1–12。", "Month, 1 to 12.")
    )
    from_: date | None = strawberry.field(
        name="from", default=strawberry.UNSET, description=both("起始日。", "First day.")
    )
    to: date | None = strawberry.field(
        default=strawberry.UNSET, description=both("截止日（不含）。", "The first day after it.")
    )


def _told(zh: str, en: str, env: Any) -> str:
    return zh if env.language == "zh" else en


def _plain(zh: str, en: str, **options: Any) -> Any:
    return strawberry.field(description=both(zh, en), **options)


def _computed(run: Any, zh: str, en: str, arguments: Sequence[Any] = ()) -> Any:
    return field(Computed(run), zh, en, arguments)


@dataclass(frozen=True)
class Described:
    """A measure in the caller's language."""

    measure: declared.Measure
    env: Any

    @property
    def id(self) -> str:
        return self.measure.name

    @property
    def plugin(self) -> str:
        return self.measure.plugin

    @property
    def title(self) -> str:
        return _told(self.measure.zh, self.measure.en, self.env)

    @property
    def unit(self) -> str:
        return _told(self.measure.unit_zh, self.measure.unit_en, self.env)

    @property
    def definition(self) -> str:
        return _told(self.measure.definition_zh, self.measure.definition_en, self.env)

    @property
    def caveats(self) -> str | None:
        return _told(*self.measure.caveats, self.env) if self.measure.caveats else None

    @property
    def kind(self) -> declared.MeasureKind:
        return self.measure.kind

    @property
    def timing(self) -> declared.MeasurePeriod:
        return self.measure.period

    @property
    def level(self) -> declared.MeasureLevel:
        return self.measure.level

    @property
    def additive(self) -> bool:
        return self.measure.additive

    @property
    def small_cells(self) -> bool:
        return self.measure.small_cells


@strawberry.type(description=both("一项指标的定义。", "What an indicator is."))
class IndicatorDefinition:
    id: strawberry.ID = _plain("指标编号，如 core.population。", "Its id, such as core.population.")
    plugin: str = _plain("所属插件，或 core。", "Whose it is: a plugin, or core.")
    title: str = _plain("名称。", "Title.")
    unit: str = _plain("单位。", "Unit.")
    definition: str = _plain("口径。", "What is counted.")
    caveats: str | None = _plain("说明。", "What it does not say.")
    kind: IndicatorKind = _plain("类型。", "Kind.")
    timing: IndicatorTiming = _plain("时点或期间。", "As of a day or over a period.")
    level: IndicatorLevel = _plain("可分列到哪一级。", "How deep it is drilled.")
    additive: bool = _plain("下级之和是否等于合计。", "Whether the divisions below add up to it.")
    small_cells: bool = _plain(
        "是否按小数值规则发布：1、2 显示为 <3。", "Whether cells of 1 and 2 are shown as <3."
    )


@strawberry.type(description=both("比率的分子和分母。", "The numerator and denominator of a rate."))
class IndicatorParts:
    numerator: str | None = _plain("分子；不予公布时为空。", "Numerator; null where it is held back.")
    denominator: str | None = _plain("分母；不予公布时为空。", "Denominator; null where it is held back.")


@strawberry.type(description=both("某一下级区划的数值。", "The figure of a division below."))
class IndicatorCell:
    division: Division = _plain("区划。", "The division.")
    value: str | None = _plain(
        "精确值；小数值为 <3，不予公布或没有数据时为空。",
        "Exact; <3 for a small cell, null where held back or missing.",
    )
    display: str | None = _plain("显示值。", "As texts show it.")
    suppressed: bool = _plain("因数值过小不予公布。", "Held back: it would tell of single persons.")
    parts: IndicatorParts | None = _plain("比率的分子和分母。", "The parts of a rate.")


@strawberry.type(description=both("序列中的一段。", "One stretch of a series."))
class IndicatorPoint:
    from_: date = _plain("起始日。", "First day.", name="from")
    to: date = _plain("截止日（不含）。", "The first day after it.")
    as_of: date = _plain("时点指标的截至日。", "The day on which standing facts are counted.")
    value: str | None = _plain("精确值。", "Exact value.")
    display: str | None = _plain("显示值。", "As texts show it.")
    suppressed: bool = _plain("因数值过小不予公布。", "Held back: it would tell of single persons.")


@strawberry.type(description=both("数字背后的一条事实。", "One fact behind a figure."))
class IndicatorRow:
    id: strawberry.ID = _plain("记录的全局编号。", "Global id of the record.")
    division: DivisionCode = _plain("计入的区划代码。", "Code of the division where it counts.")
    amount: str | None = _plain("计入的数额；计数指标为空。", "What it adds; null where facts are counted.")
    on: date | None = _plain("日期。", "Its day.")
    part: str | None = _plain(
        "NUMERATOR 或 DENOMINATOR；非比率为空。", "Of a rate: NUMERATOR or DENOMINATOR."
    )


@strawberry.type(
    description=both(
        "数字背后的事实，小数值背后的不列出。",
        "The facts behind a figure; those behind small cells are not listed.",
    )
)
class IndicatorRows:
    total_count: int | None = _plain("条数；不予公布时为空。", "How many; null where that is held back.")
    value: str | None = _plain("由这些事实重新计算的数值。", "The figure, counted once more from the facts.")
    nodes: list[IndicatorRow] = _plain("本页的事实。", "The facts of this page.")
    end_cursor: str | None = _plain("本页末尾的游标。", "Cursor of the last one.")
    has_next_page: bool = _plain("是否还有下一页。", "Whether there are more.")


class Shown:
    """A figure's fields, whichever type they are of."""

    figure: Figure

    @property
    def value(self) -> str | None:
        return self.figure.value

    @property
    def display(self) -> str | None:
        return self.figure.display()

    @property
    def suppressed(self) -> bool:
        return self.figure.held_back

    @property
    def parts(self) -> IndicatorParts | None:
        return (
            IndicatorParts(**dict(zip(("numerator", "denominator"), self.figure.parts, strict=True)))
            if (self.figure.parts)
            else None
        )


@dataclass(frozen=True)
class CellAnswer(Shown):
    division: Row
    figure: Figure


@dataclass(frozen=True)
class PointAnswer(Shown):
    frame: Frame
    figure: Figure

    @property
    def from_(self) -> date:
        return self.frame.start

    @property
    def to(self) -> date:
        return self.frame.end

    @property
    def as_of(self) -> date:
        return self.frame.as_of


@dataclass(frozen=True)
class IndicatorAnswer(Described, Shown):
    """One figure, and what it takes to break it down."""

    frame: Frame
    division: Row
    figure: Figure
    before: Figure
    by: By | None

    @property
    def missing(self) -> str | None:
        return " / ".join(self.figure.missing) if self.figure.missing else None

    @property
    def previous(self) -> str | None:
        return self.before.value

    @property
    def from_(self) -> date:
        return self.frame.start

    @property
    def to(self) -> date:
        return self.frame.end

    @property
    def as_of(self) -> date:
        return self.frame.as_of


async def _cells(source: IndicatorAnswer, env: Any, _arguments: Mapping[str, Any]) -> list[CellAnswer]:
    if source.by not in (By.TOWN, By.VILLAGE):
        return []
    async with env.database.reading() as session:
        ask = Ask(source.measure, source.frame, Grouping(source.by.value))
        found = await cells(session, Figures(session, env.host), ask)
    return [CellAnswer(Row(Division, {DivisionRow: cell.division}), cell.figure) for cell in found]


async def _series(source: IndicatorAnswer, env: Any, _arguments: Mapping[str, Any]) -> list[PointAnswer]:
    if source.by not in (By.MONTH, By.YEAR):
        return []
    async with env.database.reading() as session:
        found = await series(Figures(session, env.host), source.measure, source.frame, source.by.value)
    return [PointAnswer(point.frame, point.figure) for point in found]


async def _rows(source: IndicatorAnswer, env: Any, arguments: Mapping[str, Any]) -> FactPage:
    asked = given(arguments)
    async with env.database.reading() as session:
        pages = FactPages(
            session, Figures(session, env.host), Ask(source.measure, source.frame), source.figure
        )
        return await pages.page(asked.get("first"), asked.get("after"))


@strawberry.type(
    description=both("一个区划、一个期间的指标数值。", "An indicator of a division and a period.")
)
class Indicator(IndicatorDefinition):
    division: Division = _plain("区划。", "The division.")
    from_: date = _plain("期间起始日。", "First day of the period.", name="from")
    to: date = _plain("期间截止日（不含）。", "The first day after it.")
    as_of: date = _plain("截至日。", "The day as of which it is counted.")
    value: str | None = _plain(
        "精确值；小数值为 <3，没有数据或不予公布时为空。",
        "Exact; <3 for a small cell, null where missing or held back.",
    )
    display: str | None = _plain("显示值：约为四舍五入，多为舍去。", "As texts show it.")
    missing: str | None = _plain("为何没有数值。", "Why there is no value.")
    suppressed: bool = _plain("因数值过小不予公布。", "Held back: it would tell of single persons.")
    previous: str | None = _plain("上年同期的数值。", "The value of the same span of the year before.")
    parts: IndicatorParts | None = _plain("比率的分子和分母。", "The parts of a rate.")
    by: list[IndicatorCell] = _computed(
        _cells,
        "按下级区划分列，没有的也列出；参数 by 为 TOWN 或 VILLAGE 时。",
        "The divisions below, those without facts too, when the argument by is TOWN or VILLAGE.",
    )
    series: list[IndicatorPoint] = _computed(
        _series,
        "按月或按年的序列；参数 by 为 MONTH 或 YEAR 时。",
        "The months or years, when the argument by is MONTH or YEAR.",
    )
    rows: IndicatorRows = _computed(
        _rows,
        "背后的事实。",
        "The facts behind it.",
        [
            argument(
                "first", int, "取前若干条（1–100，默认 20）。", "The first rows, 1 to 100, 20 by default."
            ),
            argument("after", str, "从此游标之后。", "After this cursor."),
        ],
    )


def span_of(asked: Mapping[str, Any] | None) -> Span:
    """The period of an input."""
    said = given(asked or {})
    return Span(said.get("year"), said.get("month"), said.get("from"), said.get("to"))


async def _indicators(_source: None, env: Any, arguments: Mapping[str, Any]) -> list[Described]:
    asked = given(arguments)
    found = catalogue(env.host, env.plugins, asked.get("plugin"), asked.get("ids"))
    return [Described(measure, env) for measure in found]


async def _indicator(_source: None, env: Any, arguments: Mapping[str, Any]) -> IndicatorAnswer:
    asked = given(arguments)
    measure = measure_of(env.host, env.plugins, str(asked["id"]))
    division = asked["division"]
    require(env.principal, measure, division)
    today = env.clock.today()
    frame = framed(division, span_of(asked.get("period")), today, asked.get("asOf"), asked.get("knownAt"))
    async with env.database.reading() as session:
        row = await require_division(session, division)
        now, before = await figure(Figures(session, env.host), measure, frame)
    place: Any = Row(Division, {DivisionRow: row})
    return IndicatorAnswer(measure, env, frame, place, now, before, asked.get("by"))


def indicators_field() -> Any:
    """The catalogue, on the query root."""
    return field(
        Computed(_indicators),
        "指标目录：核心和已启用插件的指标及其口径。",
        "The indicators of core and the plugins that are on, with their definitions.",
        [
            argument("plugin", str, "只列此插件（或 core）的。", "Those of this plugin, or of core, alone."),
            argument("ids", list[strawberry.ID], "只列这些。", "These alone."),
        ],
    )


def indicator_field() -> Any:
    """One figure, on the query root."""
    return field(
        Computed(_indicator),
        "一项指标：某区划、某期间、截至某日，可分列、成序列、查看背后的事实。",
        "A figure of a division and a period as of a day, with breakdowns, series and the facts behind it.",
        [
            argument("id", strawberry.ID, "指标编号。", "Id of the indicator.", required=True),
            argument("division", DivisionCode, "区划代码。", "Code of the division.", required=True),
            argument(
                "period",
                IndicatorPeriod,
                "期间，默认截至日所在的年。",
                "The period; the year of the as-of day by default.",
            ),
            argument("by", IndicatorBy, "分列方式。", "How it is broken down, in `by` or in `series`."),
            *as_of_arguments(),
        ],
    )


def as_of_arguments() -> list[Any]:
    """`asOf` and `knownAt` of a figure."""
    from datetime import datetime

    return [
        argument(
            "asOf",
            date,
            "截至哪一天，默认今天；期间计到这一天为止。",
            "As of which day, today by default; the period is counted up to it.",
        ),
        argument(
            "knownAt", datetime, "按何时所知，默认现在。", "As was known at which moment; now by default."
        ),
    ]
