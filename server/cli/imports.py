"""`minzheng import divisions|residents FILE`, `minzheng import list`.

Exit code 0: all of it landed; 3: some cells were refused.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table
from sqlalchemy.exc import SQLAlchemyError

from core.errors import Refusals, StartupError
from core.settings import Settings
from server.cli.common import DatabaseOption, PluginsOption, complain, out, progress_bar, settings_of

if TYPE_CHECKING:
    from core.host import Host
    from core.importing.divisions import DivisionImport
    from core.importing.models import ImportBatch
    from core.importing.residents import ResidentImport
    from core.importing.target import Target
    from core.importing.undo import Undone

    Import = DivisionImport | ResidentImport
    Importer = Callable[[Target, Path, Callable[[int, int], None]], Awaitable[Import]]

SOME_REFUSED = 3

FileArgument = Annotated[Path, typer.Argument(help="CSV 或 XLSX 文件 / A CSV or XLSX file")]
DryRunOption = Annotated[
    bool,
    typer.Option("--dry-run", help="只检查，不写入；同样列出错误 / Check and list the errors, write nothing"),
]

_DRY = "试运行，未写入 / dry run, nothing was written"
_HEX = re.compile("[0-9a-f]{32}")
_DONE = {
    "read": ("读取行数", "rows read"),
    "opened": ("新设区划", "divisions opened"),
    "renamed": ("变更区划", "divisions changed"),
    "unchanged": ("未变", "unchanged"),
    "registered": ("登记人员", "persons registered"),
    "already": ("此前已登记", "registered before"),
    "refused": ("未导入的行", "rows refused"),
    "households": ("立户", "households opened"),
    "joined": ("加入已有户", "joined an open household"),
    "headless": ("无户主未立户", "households without a good head, not opened"),
    "cells": ("有误的单元格", "bad cells"),
}


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="导入 / Import", no_args_is_help=True)
    group.command(help="导入行政区划 / Import division codes and names")(divisions)
    group.command(help="导入居民名册 / Import a register of residents")(residents)
    group.command("list", help="列出导入批次 / List the batches")(list_batches)
    group.command(help="撤销一个导入批次 / Undo a batch as a whole")(undo)
    app.add_typer(group, name="import")


def divisions(
    context: typer.Context,
    file: FileArgument,
    database: DatabaseOption = None,
    dry_run: DryRunOption = False,
    plugins: PluginsOption = None,
) -> None:
    from core.importing.divisions import import_divisions

    _finish(
        _run(settings_of(context, database=database, plugins=plugins), file, dry_run, import_divisions),
        dry_run,
    )


def residents(
    context: typer.Context,
    file: FileArgument,
    database: DatabaseOption = None,
    dry_run: DryRunOption = False,
    plugins: PluginsOption = None,
) -> None:
    from core.importing.residents import import_residents

    importer = partial(import_residents, resuming=_resuming)
    _finish(_run(settings_of(context, database=database, plugins=plugins), file, dry_run, importer), dry_run)


def _resuming(row: int) -> None:
    complain(f"继续上次的导入，从第 {row} 行 / resuming at row {row}")


def list_batches(
    context: typer.Context,
    database: DatabaseOption = None,
    limit: Annotated[int, typer.Option(help="最多几条 / How many at most", min=1, max=1000)] = 50,
) -> None:
    url = settings_of(context, database=database).database
    titles = (
        "批次 / batch",
        "类型 / kind",
        "文件 / file",
        "行 / rows",
        "状态 / state",
        "开始 / started",
        "人 / by",
    )
    # The batch's id is there to be copied: it is never broken, and the rest fits beside it in 80 columns.
    columns = (Column(title, overflow="fold", no_wrap=title == titles[0]) for title in titles)
    table = Table(*columns, box=None, pad_edge=False)
    for batch in asyncio.run(_batches(url, limit)):
        table.add_row(*_shown(batch))
    out.print(table)


def undo(
    context: typer.Context,
    batch: Annotated[
        str, typer.Argument(help="批次编号，见 import list / The batch, as import list shows it")
    ],
    database: DatabaseOption = None,
    dry_run: DryRunOption = False,
    plugins: PluginsOption = None,
) -> None:
    try:
        done = asyncio.run(_undo(settings_of(context, database=database, plugins=plugins), batch, dry_run))
    except Refusals as error:
        for refusal in error.refusals:
            complain(f"{refusal.message('zh')} / {refusal.message('en')}")
        raise typer.Exit(SOME_REFUSED) from None
    table = Table("表 / table", "行数 / rows", title=_DRY if dry_run else None)
    table.columns[1].justify = "right"
    for name, count in done.rows.items():
        table.add_row(name, str(count))
    out.print(table)


async def _undo(settings: Settings, text: str, dry_run: bool) -> Undone:
    import uuid

    from core.importing.models import ImportBatch
    from core.importing.undo import undo_import

    async with _target(settings, dry_run) as target, target.transaction() as work:
        row = await work.session.get(ImportBatch, uuid.UUID(text)) if _HEX.fullmatch(text) else None
        if row is None:
            raise StartupError(
                f"没有批次 {text}，请用 minzheng import list 查看 / there is no batch {text}: see minzheng import list"
            )
        return await undo_import(work, row)


async def _batches(url: str, limit: int) -> Sequence[ImportBatch]:
    from core.db import Database
    from core.importing.batches import recent

    database = Database(url)
    try:
        async with database.reading() as session:
            return await recent(session, limit)
    finally:
        await database.close()


def _shown(batch: ImportBatch) -> tuple[str, ...]:
    rows = f"{batch.counts.get('read', 0)}/{'?' if batch.rows is None else batch.rows}"
    started = f"{batch.started_at:%m-%d %H:%M}Z"
    return batch.id.hex, batch.kind.name.lower(), batch.file, rows, batch.state.name, started, batch.actor


def _run(settings: Settings, file: Path, dry_run: bool, importer: Importer) -> Import:
    if not file.is_file():
        raise StartupError(f"没有文件 {file} / there is no file {file}")

    async def run() -> Import:
        async with _target(settings, dry_run) as target:
            with progress_bar(transient=True) as bar:
                task = bar.add_task("导入 / import", total=None)
                return await importer(
                    target, file, lambda done, total: bar.update(task, completed=done, total=total)
                )

    return asyncio.run(run())


@asynccontextmanager
async def _target(settings: Settings, dry_run: bool) -> AsyncIterator[Target]:
    """The database of the settings, written to by the service itself."""
    from core.access.keys import require_own_keys
    from core.access.service import system
    from core.clock import Clock
    from core.db import Database
    from core.host import Host
    from core.importing.target import Target
    from core.vault import Keyring, Vault

    host = Host.load(settings)
    await _refuse_pending(settings, host)
    vault, database = Vault(Keyring.ensure(settings.keys)), Database(settings.database)
    try:
        await require_own_keys(database, vault)
        yield Target(database, system(host.permissions), Clock(settings.today), vault, host, dry_run)
    finally:
        await database.close()


async def _refuse_pending(settings: Settings, host: Host) -> None:
    from migrations.run import async_pending

    try:
        behind = await async_pending(settings.database, list(host.plugins))
    except SQLAlchemyError as error:
        # Not its message: it may quote a password.
        raise StartupError(
            f"数据库无法连接，请检查设置 database，或先运行 minzheng migrate / the database does not answer "
            f"({type(error).__name__}): check the setting database, or run minzheng migrate first"
        ) from None
    if behind:
        raise StartupError(
            f"数据库待升级（{'、'.join(behind)}），请运行 minzheng migrate / "
            f"migrations are pending ({', '.join(behind)}): run minzheng migrate"
        )


def _finish(done: Import, dry_run: bool) -> None:
    if done.ignored:
        names = "、".join(done.ignored)
        complain(f"未导入：{names} / not imported: {names}")
    out.print(_summary(asdict(done.counts), dry_run))
    if done.errors:
        complain(
            f"有误的单元格列在 {done.errors}，改正后可再次导入同一文件 / bad cells are listed in {done.errors}: "
            f"correct them and import the same file again"
        )
        raise typer.Exit(SOME_REFUSED)


def _summary(counts: Mapping[str, int], dry_run: bool) -> Table:
    title = _DRY if dry_run else None
    table = Table("项目 / item", "数量 / count", title=title)
    table.columns[1].justify = "right"
    for name, count in counts.items():
        zh, en = _DONE[name]
        table.add_row(f"{zh} / {en}", str(count))
    return table
