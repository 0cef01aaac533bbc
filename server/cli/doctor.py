"""`minzheng doctor`. Exit code 0: sound, perhaps with notices; 1: a problem."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Column, Table

from server.cli.common import DatabaseOption, PluginsOption, complain, out, progress_bar, say, settings_of

if TYPE_CHECKING:
    from core.doctor import Patient, Report
    from core.settings import Settings

_MARKS = {"ok": "[green]✓[/]", "notice": "[yellow]![/]", "problem": "[red]✗[/]"}
_SHOWN = 20  # findings of one check in the table; --json has them all


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help="检查设置、数据库与材料文件 / Check settings, database and the files of documents")(
        doctor
    )


def doctor(
    context: typer.Context,
    database: DatabaseOption = None,
    plugins: PluginsOption = None,
    rehash: Annotated[
        bool, typer.Option("--hash", help="重新计算每个文件的 SHA-256 / Read and hash every file again")
    ] = False,
    clean: Annotated[
        bool,
        typer.Option(
            "--clean", help="删除无主文件和未上传的材料 / Remove orphans and documents without a file"
        ),
    ] = False,
    mark: Annotated[
        bool,
        typer.Option(
            "--mark", help="标记丢失与找回的材料 / Write down which documents are lost or found again"
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON / Print JSON")] = False,
) -> None:
    settings = settings_of(context, database=database, plugins=plugins)
    reports = asyncio.run(_examined(settings, rehash=rehash, clean=clean, mark=mark))
    if as_json:
        say(json.dumps([report.as_json() for report in reports], ensure_ascii=False, indent=2))
    else:
        out.print(_table(reports))
    if any(report.level == "problem" for report in reports):
        if not as_json:
            complain("发现问题，见上 / problems were found, see above")
        raise typer.Exit(1)


async def _examined(settings: Settings, **options: Any) -> list[Report]:
    from core.clock import Clock
    from core.db import Database
    from core.doctor import Patient
    from core.documents.storage import storage_of
    from core.host import Host

    database = Database(settings.database)
    parts = (settings, Host.load(settings), database, storage_of(settings), Clock(settings.today))
    try:
        return await _with_bar(Patient(*parts, **options))
    finally:
        await database.close()


async def _with_bar(patient: Patient) -> list[Report]:
    from core.doctor import examine
    from server.doctor import CHECKS

    with progress_bar(transient=True) as bar:
        task = bar.add_task("检查 / checking", total=None)
        patient.progress = lambda done, total: bar.update(task, completed=done, total=total)
        return [report async for report in examine(patient, CHECKS)]


def _table(reports: list[Report]) -> Table:
    table = Table("", Column("检查 / check", no_wrap=True), Column("结果 / found", overflow="fold"))
    for report in reports:
        table.add_row(
            _MARKS[report.level], f"{report.check.zh} / {report.check.en}", "\n".join(_lines(report))
        )
    return table


def _lines(report: Report) -> list[str]:
    lines = [
        f"{finding.about}: {finding.zh} / {finding.en}" if finding.about else f"{finding.zh} / {finding.en}"
        for finding in report.findings
    ]
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"… +{more}（--json）"] if more > 0 else lines or ["—"]
