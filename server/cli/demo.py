"""`minzheng demo`: fills a database with the demo city, and serves it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from core.errors import StartupError
from core.settings import Settings
from server.cli import audit, serve
from server.cli.common import (
    DatabaseOption,
    PluginsOption,
    complain,
    database_file,
    make_folder,
    out,
    progress_bar,
    say,
    settings_of,
)

if TYPE_CHECKING:
    from core.demo_city.generate import Summary
    from core.demo_city.marker import State

_FILE = "demo.db"
_DOCUMENTS = "demo-documents"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help="生成演示城市 / Make the demo city")(demo)


def demo(
    context: typer.Context,
    database: DatabaseOption = None,
    persons: Annotated[
        int, typer.Option(help="居民人数 / How many residents", min=1, max=5_000_000)
    ] = 10_000,
    seed: Annotated[int, typer.Option(help="随机种子 / Equal seeds give equal cities")] = 1,
    today: Annotated[str, typer.Option(help="业务日期 / The business date")] = "2022-11-30",
    with_server: Annotated[
        bool, typer.Option("--serve", help="生成后启动服务 / Serve the city afterwards")
    ] = False,
    port: Annotated[int, typer.Option(help="端口 / The port", min=0, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="监听地址 / The address to listen on")] = "127.0.0.1",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="先删除 SQLite 文件 / Delete the SQLite file first")
    ] = False,
    plugins: PluginsOption = None,
    write_register: Annotated[
        Path | None,
        typer.Option(help="只写一份含错误的登记表 / Only write a register file with faults"),
    ] = None,
    rows: Annotated[int, typer.Option(help="登记表的行数 / Rows of the register file", min=1)] = 1000,
) -> None:
    day = _day(today)
    if write_register is not None:
        _write_register_file(write_register, rows, seed, day)
        return
    settings = _settings(context, database, day, plugins)
    make_folder(settings)
    if fresh:
        _delete(settings)
    _prepare(settings, persons, seed, reuse=with_server)
    if with_server:
        _serve(settings, host, port)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise StartupError(f"{text} 不是日期 / {text} is no date: write it like 2022-11-30") from None


def _settings(context: typer.Context, database: str | None, today: date, plugins: str | None) -> Settings:
    """Development settings. Unless a database is named the demo has a file of its own, apart from the bureau's."""
    flags = {"database": database, "dev": True, "today": today, "plugins": plugins}
    settings = settings_of(context, **flags)
    own: dict[str, Any] = {}
    if "database" not in settings.model_fields_set:
        own["database"] = f"sqlite:///{settings.var / _FILE}"
    # Its files apart from the bureau's, too: a doctor of the one would take the other's for nobody's.
    if "documents" not in settings.model_fields_set:
        own["documents"] = str(settings.var / _DOCUMENTS)
    return settings_of(context, **{**flags, **own}) if own else settings


def _write_register_file(path: Path, rows: int, seed: int, today: date) -> None:
    from core.demo_city.divisions import village_codes
    from core.importing.register_file import write_register

    counts = write_register(path, rows=rows, seed=seed, divisions=village_codes(), today=today)
    table = Table("内容 / what", "行数 / rows")
    table.columns[1].justify = "right"
    for what, count in counts.items():
        table.add_row(what, str(count))
    out.print(table)
    say(f"已写入 {path} / wrote {path}")


def _delete(settings: Settings) -> None:
    path = database_file(settings)
    if path is None:
        raise StartupError(
            "--fresh 只用于 SQLite 文件；PostgreSQL 请换一个空数据库 / "
            "--fresh is for SQLite files: take another, empty PostgreSQL database"
        )
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    if settings.documents == str(settings.var / _DOCUMENTS):
        shutil.rmtree(settings.documents, ignore_errors=True)


def _prepare(settings: Settings, persons: int, seed: int, *, reuse: bool) -> None:
    """See to it that the database holds the city.

    Args:
        reuse: keep the same city if it is there already, and make one anew in place of another.
    """
    from core.demo_city.marker import Marker, State
    from core.host import Host
    from core.vault import Keyring, Vault

    host, vault = Host.load(settings), Vault(Keyring.ensure(settings.keys))
    _migrate(settings, host)
    assert settings.today is not None
    wanted = Marker.of(host, vault, settings.today, persons=persons, seed=seed)
    state, details = asyncio.run(_found(settings))
    if reuse and state is State.FILLED and wanted.fits(details, vault):
        complain("沿用已有的演示城市 / the demo city is there already")
        return
    if reuse and state in (State.FILLED, State.UNFINISHED) and database_file(settings):
        complain("重新生成演示城市 / making the demo city anew")
        _delete(settings)
        _migrate(settings, host)
    _report(asyncio.run(_fill(settings, host, vault, persons, seed)))
    asyncio.run(audit.seal_all(settings))


def _migrate(settings: Settings, host: Any) -> None:
    from migrations.run import upgrade

    upgrade(settings.database, list(host.plugins))


async def _found(settings: Settings) -> tuple[State, Any]:
    from core.db import Database
    from core.demo_city import marker

    database = Database(settings.database)
    try:
        async with database.reading() as session:
            return await marker.found(session)
    finally:
        await database.close()


async def _fill(settings: Settings, host: Any, vault: Any, persons: int, seed: int) -> Summary:
    from core.clock import Clock
    from core.db import Database
    from core.demo_city.generate import fill
    from core.documents.storage import storage_of

    database, clock = Database(settings.database), Clock(settings.today)
    storage = storage_of(settings)
    try:
        with _bar(persons) as progress:
            parts = (database, host, vault, clock)
            return await fill(*parts, persons=persons, seed=seed, progress=progress, storage=storage)
    finally:
        await database.close()


@contextmanager
def _bar(persons: int) -> Iterator[Any]:
    """A progress bar on stderr."""
    with progress_bar() as bar:
        task = bar.add_task("", total=persons)

        def show(done: int, step: str) -> None:
            bar.update(task, completed=done, description=step)

        yield show


def _report(summary: Summary) -> None:
    say(f"区划 / divisions: {summary.divisions}")
    say(f"居民 / persons: {summary.persons}")
    say(f"家庭 / households: {summary.households}")
    for table, count in summary.tables.items():
        say(f"{table}: {count}")
    say(f"用时 / time: {summary.seconds:.1f} s")


def _serve(settings: Settings, host: str, port: int) -> None:
    """Serve the city, and say how to get in once the service answers."""
    from core.demo_city.divisions import CITY
    from core.demo_city.generate import CITY_OFFICER
    from server.auth import mint

    token = mint(settings, "CITY_OFFICER", CITY, subject=CITY_OFFICER)
    serve.run(settings, host, port, announce=f"Token: {token}")
