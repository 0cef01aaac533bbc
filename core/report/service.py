"""The work report of a division and a year: every figure counted, or `**` with a reason (design 7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core.access.principal import Principal
from core.access.scope import Words
from core.books import owner_of
from core.dated import ALWAYS
from core.errors import Refused
from core.host import Host
from core.measures.declared import Measure
from core.measures.figures import Ask, Figure, Figures, off
from core.measures.frame import Frame
from core.measures.service import catalogue, reaches, require_division
from core.refusals import FORBIDDEN_SCOPE
from core.report.declared import Placeholder, ReportSection, pieces
from core.settings import BureauNames

LAST = "next"  # the section that the seed ends with

SOURCE = """query ($id: ID!, $division: DivisionCode!, $period: IndicatorPeriod, $asOf: Date, $knownAt: DateTime) {
  indicator(id: $id, division: $division, period: $period, asOf: $asOf, knownAt: $knownAt) {
    rows(first: 100) { value totalCount nodes { id division amount on part } }
  }
}"""
PATH = ("indicator", "rows", "value")


@dataclass(frozen=True)
class Source:
    """An operation that lists the rows behind a figure; what is at `path` in its data equals the figure's value."""

    query: str
    variables: Mapping[str, Any]
    path: Sequence[str]


@dataclass(frozen=True)
class ReportFigure:
    """A figure of a sentence.

    Attributes:
        shown: as the text has it, or would have it: stars where it is missing.
        figure: None where there is no such measure here, or the caller may not ask for it.
        before: of the same span of the year before.
        missing: why it has no value, Chinese and English.
    """

    id: str
    shown: str
    figure: Figure | None = None
    before: Figure | None = None
    missing: Words | None = None

    @property
    def measure(self) -> Measure | None:
        return self.figure.measure if self.figure else None

    @property
    def value(self) -> str | None:
        return self.figure.value if self.figure else None

    @property
    def previous(self) -> str | None:
        return self.before.value if self.before else None

    @property
    def source(self) -> Source | None:
        """Where its value can be checked."""
        if self.figure is None or self.figure.value is None:
            return None
        frame = self.figure.frame
        variables: dict[str, Any] = {
            "id": self.id,
            "division": frame.division,
            "period": {"from": frame.start.isoformat(), "to": frame.end.isoformat()},
            "asOf": frame.as_of.isoformat(),
        }
        if frame.known_at != ALWAYS:
            variables["knownAt"] = frame.known_at.isoformat()
        return Source(SOURCE, variables, PATH)


@dataclass(frozen=True)
class ReportSentence:
    """A sentence as it reads, and its figures in order."""

    text: str
    figures: Sequence[ReportFigure]


@dataclass(frozen=True)
class Section:
    """A section of the report."""

    plugin: str
    title: str
    sentences: Sequence[ReportSentence]


@dataclass(frozen=True)
class WorkReport:
    """The report as of a day."""

    division: str
    division_name: str
    bureau: str
    frame: Frame
    sections: Sequence[Section]

    @property
    def year(self) -> int:
        return self.frame.start.year

    @property
    def title(self) -> str:
        return f"{self.bureau}{self.year}年工作总结"

    @property
    def subtitle(self) -> str:
        return f"{self.division_name}（{self.division}），截至 {self.frame.as_of.isoformat()}。"


@dataclass(frozen=True)
class Reporter:
    """What a report is made with: the caller, the plugins, the names in the settings."""

    session: AsyncSession
    host: Host
    plugins: frozenset[str]
    principal: Principal
    names: BureauNames

    async def report(self, frame: Frame) -> WorkReport:
        """The report; one statement for every 100 parts of figures, whatever the number of towns.

        Raises:
            Refused: FORBIDDEN_SCOPE for a division of which the caller may ask nothing, DIV_UNKNOWN.
        """
        measures = {m.name: m for m in catalogue(self.host, self.plugins)}
        asked = {name: m for name, m in measures.items() if reaches(self.principal, m, frame.division)}
        if not asked:
            raise Refused(FORBIDDEN_SCOPE, ("division",), division=frame.division)
        division = await require_division(self.session, frame.division)
        sections = _in_order(self.host.book(ReportSection).of(self._using(frame)))
        named = [name for section in sections for name in section.measures if name in asked]
        found = await self._count([asked[name] for name in dict.fromkeys(named)], frame)
        writer = _Writer(self, frame, measures, found)
        return WorkReport(
            division=frame.division,
            division_name=division.name,
            bureau=self.names.zh,
            frame=frame,
            sections=[writer.section(section) for section in sections],
        )

    def _using(self, frame: Frame) -> frozenset[str]:
        """The plugins of the division's district that the caller has here."""
        if frame.district is None:
            return self.plugins
        return self.plugins & self.host.districts.plugins_of(frame.district)

    async def _count(self, measures: Sequence[Measure], frame: Frame) -> Mapping[str, tuple[Figure, Figure]]:
        asks = [Ask(measure, at) for measure in measures for at in (frame, frame.year_before)]
        found = iter(await Figures(self.session, self.host).one(asks))
        return {measure.name: (next(found), next(found)) for measure in measures}

    def enabled(self, plugin: str, frame: Frame) -> bool:
        """Whether a plugin is used in the division."""
        return plugin == "core" or plugin in self._using(frame)


def _in_order(declared: Iterable[ReportSection]) -> list[ReportSection]:
    """Core's sections with what plugins add to theirs; further ones stand before the last."""
    merged: dict[str, ReportSection] = {}
    for section in declared:
        key = section.key if section.plugin == "core" else section.plugin
        known = merged.get(key)
        sentences = (*(known.sentences if known else ()), *section.sentences)
        merged[key] = replace(known or section, sentences=sentences)
    last = merged.pop(LAST, None)
    return [*merged.values(), *([last] if last else [])]


@dataclass(frozen=True)
class _Writer:
    """Puts the figures into the sentences."""

    made_by: Reporter
    frame: Frame
    measures: Mapping[str, Measure]
    found: Mapping[str, tuple[Figure, Figure]]

    def section(self, section: ReportSection) -> Section:
        return Section(section.plugin, section.title, [self._sentence(text) for text in section.sentences])

    def _sentence(self, sentence: str) -> ReportSentence:
        text, figures = "", list[ReportFigure]()
        for piece in pieces(sentence):
            if isinstance(piece, str):
                text += piece
                continue
            word, figure = self._word(piece) if piece.word else self._figure(piece)
            text += word
            figures += [figure] if figure else []
        return ReportSentence(text, figures)

    def _word(self, place: Placeholder) -> tuple[str, ReportFigure | None]:
        names, frame = self.made_by.names, self.frame
        if place.word in ("year", "month"):
            return str(frame.start.year if place.word == "year" else frame.as_of.month), None
        if place.word == "bureau":
            return names.zh, None
        name = names.superior if place.word == "superior" else names.place
        if name:
            return name, None
        reason = ("设置中未填写名称", f"the setting bureau.{place.word} gives no name")
        stars = "**市" if place.word == "superior" else "**"
        return stars, ReportFigure(f"core.{place.word}_name", stars, missing=reason)

    def _figure(self, place: Placeholder) -> tuple[str, ReportFigure]:
        pair = self.found.get(place.measure)
        if pair is None:
            figure = ReportFigure(place.measure, place.stars, missing=self._why(place.measure))
            return place.stars if place.seed else "", figure
        now, before = pair
        missing = now.missing
        if now.value is None and now.held_back:
            missing = ("数值过小，为保护个人不予公布", "held back: it would tell of single persons")
        shown = now.display(place.rounding) or place.stars
        return shown if place.seed else "", ReportFigure(place.measure, shown, now, before, missing)

    def _why(self, name: str) -> Words:
        plugin = owner_of(name)
        if not self.made_by.enabled(plugin, self.frame):
            return off(plugin)
        measure = self.measures.get(name)
        if measure is None:
            whom = ("核心", "core") if plugin == "core" else (f"插件 {plugin} ", f"plugin {plugin}")
            return f"{whom[0]}尚未统计该指标", f"figure not yet counted by {whom[1]}"
        return (
            f"您在此区划没有权限 {measure.read}",
            f"your permission {measure.read} does not reach this division",
        )
