"""The work report as a Word file."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from core.report.markdown import HEADINGS, rows
from core.report.service import WorkReport

_FONT = "宋体"


def word(report: WorkReport) -> bytes:
    """All of the report as a .docx."""
    from docx import Document  # here: only who writes a Word file waits for it

    document = Document()
    _use_font(document.styles["Normal"])
    document.add_heading(report.title, level=0)
    document.add_paragraph(report.subtitle)
    for section in report.sections:
        document.add_paragraph("".join(sentence.text for sentence in section.sentences))
    document.add_heading("数字与口径", level=1)
    _table(document, [HEADINGS, *rows(report)])
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _use_font(style: Any) -> None:
    from docx.oxml.ns import qn

    style.font.name = _FONT
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)


def _table(document: Any, lines: list[tuple[str, ...]]) -> None:
    table = document.add_table(rows=0, cols=len(lines[0]))
    table.style = "Table Grid"
    for line in lines:
        for cell, text in zip(table.add_row().cells, line, strict=True):
            cell.text = text
