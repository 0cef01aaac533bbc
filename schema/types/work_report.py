"""`workReport`: the sentences of the year's report, every figure of them counted (design 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import strawberry

from core.measures.frame import Span, framed
from core.report import service
from core.report.markdown import markdown
from core.report.service import Reporter, Source
from schema.sql.arguments import given
from schema.sql.computed import Computed
from schema.sql.fields import argument, both, field
from schema.types.indicator import Described, as_of_arguments
from schema.types.scalars import DivisionCode, JsonObject


def _plain(zh: str, en: str, **options: Any) -> Any:
    return strawberry.field(description=both(zh, en), **options)


@strawberry.type(
    description=both(
        "可自行核对的查询：在其结果 data 中，path 处的值等于该数字。",
        "An operation to check a figure with: in its data, what is at path equals the value.",
    )
)
class WorkReportSource:
    query: str = _plain("完整的 GraphQL 操作。", "The whole operation.")
    variables: JsonObject = _plain("变量。", "Its variables.")
    path: list[str] = _plain("数值在 data 中的位置。", "Where the value is in data.")


@strawberry.type(description=both("语句中的一个数字。", "A figure of a sentence."))
class WorkReportFigure:
    id: strawberry.ID = _plain("指标编号。", "Id of the indicator.")
    title: str | None = _plain("指标名称。", "Title of the indicator.")
    value: str | None = _plain("精确值；没有时为空。", "Exact value; null where there is none.")
    display: str = _plain("文中的写法；没有数值时为星号。", "As the text has it: stars where it is missing.")
    unit: str | None = _plain("单位。", "Unit.")
    previous: str | None = _plain("上年同期的数值。", "The value of the same span of the year before.")
    missing: str | None = _plain("为何没有数值。", "Why there is no value.")
    definition: str | None = _plain("口径。", "What is counted.")
    source: WorkReportSource | None = _plain("可核对的查询。", "The operation to check it with.")


@strawberry.type(description=both("报告的一句。", "A sentence of the report."))
class WorkReportSentence:
    text: str = _plain("文字。", "Its words.")
    figures: list[WorkReportFigure] = _plain("其中的数字，按出现次序。", "Its figures, in order.")


@strawberry.type(description=both("报告的一节。", "A section of the report."))
class WorkReportSection:
    plugin: str = _plain("所属插件，或 core。", "The plugin it is about, or core.")
    title: str = _plain("标题；开头一节没有标题。", "Its title; empty for the opening.")
    sentences: list[WorkReportSentence] = _plain("语句。", "Its sentences.")


@strawberry.type(description=both("年度工作报告。", "The work report of a year."))
class WorkReport:
    division: DivisionCode = _plain("区划代码。", "Code of the division.")
    division_name: str = _plain("区划名称。", "Name of the division.")
    year: int = _plain("年度。", "The year.")
    as_of: date = _plain("截至日。", "As of this day.")
    title: str = _plain("标题。", "Title.")
    sections: list[WorkReportSection] = _plain("各节。", "Its sections.")
    markdown: str = _plain("全文，Markdown。", "All of it as Markdown.")


@dataclass(frozen=True)
class FigureAnswer:
    """A figure in the caller's language."""

    figure: service.ReportFigure
    env: Any

    @property
    def id(self) -> str:
        return self.figure.id

    @property
    def described(self) -> Described | None:
        return Described(self.figure.measure, self.env) if self.figure.measure else None

    @property
    def title(self) -> str | None:
        return self.described.title if self.described else None

    @property
    def unit(self) -> str | None:
        return self.described.unit if self.described else None

    @property
    def definition(self) -> str | None:
        return self.described.definition if self.described else None

    @property
    def value(self) -> str | None:
        return self.figure.value

    @property
    def display(self) -> str:
        return self.figure.shown

    @property
    def previous(self) -> str | None:
        return self.figure.previous

    @property
    def missing(self) -> str | None:
        return " / ".join(self.figure.missing) if self.figure.missing else None

    @property
    def source(self) -> Source | None:
        return self.figure.source


@dataclass(frozen=True)
class SentenceAnswer:
    text: str
    figures: Sequence[FigureAnswer]


@dataclass(frozen=True)
class SectionAnswer:
    plugin: str
    title: str
    sentences: Sequence[SentenceAnswer]


@dataclass(frozen=True)
class ReportAnswer:
    report: service.WorkReport
    env: Any

    @property
    def division(self) -> str:
        return self.report.division

    @property
    def division_name(self) -> str:
        return self.report.division_name

    @property
    def year(self) -> int:
        return self.report.year

    @property
    def as_of(self) -> date:
        return self.report.frame.as_of

    @property
    def title(self) -> str:
        return self.report.title

    @property
    def markdown(self) -> str:
        return markdown(self.report)

    @property
    def sections(self) -> list[SectionAnswer]:
        return [
            SectionAnswer(section.plugin, section.title, [self._sentence(s) for s in section.sentences])
            for section in self.report.sections
        ]

    def _sentence(self, sentence: service.ReportSentence) -> SentenceAnswer:
        return SentenceAnswer(sentence.text, [FigureAnswer(found, self.env) for found in sentence.figures])


async def report_of(
    env: Any, division: str, year: int, as_of: date | None = None, known_at: Any = None
) -> service.WorkReport:
    """The report that a caller sees.

    Raises:
        Refused: FORBIDDEN_SCOPE, DIV_UNKNOWN, DATE_ORDER, DATE_FUTURE (a year that has not begun).
    """
    frame = framed(division, Span(year), env.clock.today(), as_of, known_at)
    async with env.database.reading() as session:
        reporter = Reporter(session, env.host, env.plugins, env.principal, env.bureau)
        return await reporter.report(frame)


async def _report(_source: None, env: Any, arguments: Mapping[str, Any]) -> ReportAnswer:
    asked = given(arguments)
    found = await report_of(env, asked["division"], asked["year"], asked.get("asOf"), asked.get("knownAt"))
    return ReportAnswer(found, env)


def work_report_field() -> Any:
    """The report, on the query root."""
    return field(
        Computed(_report),
        "年度工作报告：种子报告的语句，数字由本服务统计，没有的保留 ** 并说明原因。",
        "The year's work report: every figure counted here; one that is missing keeps its stars and says why.",
        [
            argument("division", DivisionCode, "区划代码。", "Code of the division.", required=True),
            argument("year", int, "年度。", "The year.", required=True),
            *as_of_arguments(),
        ],
    )
