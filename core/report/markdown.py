"""The work report as Markdown: its words, and below them every figure with its definition."""

from __future__ import annotations

from collections.abc import Iterator

from core.report.service import ReportFigure, WorkReport


def markdown(report: WorkReport) -> str:
    """All of the report."""
    return "\n".join([*_text(report), *_figures(report)]) + "\n"


def _text(report: WorkReport) -> Iterator[str]:
    yield f"# {report.title}"
    yield ""
    yield f"{report.division_name}（{report.division}），截至 {report.frame.as_of.isoformat()}。"
    for section in report.sections:
        yield ""
        # A star would be read as emphasis.
        yield "".join(sentence.text for sentence in section.sentences).replace("*", r"\*")


def _figures(report: WorkReport) -> Iterator[str]:
    yield ""
    yield "## 数字与口径"
    yield ""
    yield "| 指标 | 数值 | 单位 | 上年同期 | 口径或未统计原因 |"
    yield "| --- | --- | --- | --- | --- |"
    seen: set[str] = set()
    for section in report.sections:
        for sentence in section.sentences:
            for figure in sentence.figures:
                if figure.id not in seen:
                    seen.add(figure.id)
                    yield _row(figure)


def _row(figure: ReportFigure) -> str:
    measure = figure.measure
    told = [
        measure.zh if measure else f"`{figure.id}`",
        figure.value or r"\*\*",
        measure.unit_zh if measure else "",
        figure.previous or "",
        figure.missing[0] if figure.missing else measure.definition_zh if measure else "",
    ]
    return "| " + " | ".join(told) + " |"
