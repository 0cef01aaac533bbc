"""The work report as Markdown: its words, and below them every figure with its definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.report.service import ReportFigure, WorkReport

HEADINGS = ("指标", "数值", "单位", "上年同期", "口径或未统计原因")


def markdown(report: WorkReport) -> str:
    """All of the report."""
    return "\n".join([*_text(report), *_figures(report)]) + "\n"


def _text(report: WorkReport) -> Iterator[str]:
    yield f"# {report.title}"
    yield ""
    yield report.subtitle
    for section in report.sections:
        yield ""
        yield _plain("".join(sentence.text for sentence in section.sentences))


def _figures(report: WorkReport) -> Iterator[str]:
    yield ""
    yield "## 数字与口径"
    yield ""
    yield _line(HEADINGS)
    yield _line(["---"] * len(HEADINGS))
    for row in rows(report):
        yield _line([_plain(cell) for cell in row])


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _plain(text: str) -> str:
    """Text in which Markdown sees no emphasis and no HTML."""
    for mark in "*_<|":
        text = text.replace(mark, f"\\{mark}")
    return text


def rows(report: WorkReport) -> list[tuple[str, ...]]:
    """Every figure once: what it is, its value, unit and that of the year before, and what it counts or lacks."""
    figures = (f for section in report.sections for sentence in section.sentences for f in sentence.figures)
    return [_row(figure) for figure in {figure.id: figure for figure in figures}.values()]


def _row(figure: ReportFigure) -> tuple[str, ...]:
    measure = figure.measure
    return (
        measure.zh if measure else figure.id,
        figure.value or "**",
        measure.unit_zh if measure else "",
        figure.previous or "",
        figure.missing[0] if figure.missing else measure.definition_zh if measure else "",
    )
