"""`minzheng report`: the work report of a division and a year, as Markdown or a Word file."""

from __future__ import annotations

import asyncio
import enum
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import StartupError
from core.settings import Settings
from server.cli.common import DatabaseOption, PluginsOption, division_of, say, settings_of

if TYPE_CHECKING:
    from core.report.service import WorkReport


class ReportFormat(enum.Enum):
    """What a report is written as."""

    MARKDOWN = "md"
    WORD = "docx"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help="年度工作报告，数字均由库中统计 / The year's work report, every figure counted")(report)


def report(
    context: typer.Context,
    division: Annotated[str, typer.Option(help="区划代码 / The division code")],
    year: Annotated[int, typer.Option(help="年度 / The year")],
    as_of: Annotated[
        str | None, typer.Option(help="截至哪一天，默认今天 / As of which day, today by default")
    ] = None,
    format_: Annotated[
        ReportFormat, typer.Option("--format", help="Markdown 或 Word / Markdown or Word")
    ] = ReportFormat.MARKDOWN,
    out: Annotated[
        Path | None, typer.Option(help="写入的文件，默认屏幕 / The file to write, by default the screen")
    ] = None,
    today: Annotated[
        str | None, typer.Option(help="业务日期，仅用于演示库 / The business date, of a demo alone")
    ] = None,
    database: DatabaseOption = None,
    plugins: PluginsOption = None,
) -> None:
    if format_ is ReportFormat.WORD and out is None:
        raise StartupError("Word 文件请给出 --out / give --out for a Word file")
    dev = {} if today is None else {"dev": True, "today": _day(today)}
    settings = settings_of(context, database=database, plugins=plugins, **dev)
    code, day = division_of(division), None if as_of is None else _day(as_of)
    found = asyncio.run(_report(settings, code, year, day))
    _write(found, format_, out)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise StartupError(f"{text} 不是日期 / {text} is no date: write it like 2022-11-30") from None


async def _report(settings: Settings, division: str, year: int, as_of: date | None) -> WorkReport:
    from core.access.service import system
    from core.clock import Clock
    from core.db import Database
    from core.host import Host
    from core.measures.frame import Span, framed
    from core.report.service import Reporter

    host, database = Host.load(settings), Database(settings.database)
    frame = framed(division, Span(year), Clock(settings.today).today(), as_of, None)
    try:
        async with database.reading() as session:
            caller = system(host.permissions)
            reporter = Reporter(session, host, frozenset(host.plugins), caller, settings.bureau)
            return await reporter.report(frame)
    finally:
        await database.close()


def _write(found: WorkReport, form: ReportFormat, out: Path | None) -> None:
    from core.report.markdown import markdown
    from core.report.word import word

    if out is None:
        say(markdown(found))
        return
    out.write_bytes(word(found) if form is ReportFormat.WORD else markdown(found).encode())
    say(f"已写入 {out} / wrote {out}")
