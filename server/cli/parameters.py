"""`minzheng parameters list`: what applies where and when."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from core.errors import StartupError
from core.settings import Settings
from server.cli.common import DatabaseOption, PluginsOption, division_of, out, settings_of

if TYPE_CHECKING:
    from core.host import Host
    from core.parameters.declared import Parameter
    from core.parameters.view import Applied, ParameterView

_NATION = "000000000000"


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="政策参数 / Parameters of the law", no_args_is_help=True)
    group.callback()(_group)
    group.command("list", help="列出各参数适用的值 / List the values that apply")(list_parameters)
    app.add_typer(group, name="parameters")


def _group() -> None:
    """Keeps `list` a command of its own while it is the only one."""


def list_parameters(
    context: typer.Context,
    division: Annotated[
        str, typer.Argument(help="区划代码，默认全国 / Division code, by default the whole country")
    ] = _NATION,
    on: Annotated[str | None, typer.Option(help="日期，默认今天 / The day, today by default")] = None,
    database: DatabaseOption = None,
    plugins: PluginsOption = None,
) -> None:
    from core.host import Host
    from core.parameters.declared import Parameter

    settings = settings_of(context, database=database, plugins=plugins)
    host, place, day = Host.load(settings), division_of(division), _day(on, settings)
    view = asyncio.run(_view(settings, host, place))
    table = Table(
        Column("参数 / parameter", overflow="fold"),
        Column("值 / value", justify="right"),
        Column("区划 / division"),
        Column("起 / from"),
        Column("依据 / source", overflow="fold"),
    )
    for parameter in host.book(Parameter):
        table.add_row(*_row(parameter, view.applied(parameter.name, place, day)))
    out.print(table)


def _day(text: str | None, settings: Settings) -> date:
    from core.clock import Clock

    try:
        return Clock(settings.today).today() if text is None else date.fromisoformat(text)
    except ValueError:
        raise StartupError(f"日期 {text} 应形如 2022-11-30 / {text} is no date: write 2022-11-30") from None


async def _view(settings: Settings, host: Host, division: str) -> ParameterView:
    from core.db import Database
    from core.parameters.service import values

    database = Database(settings.database)
    try:
        async with database.reading() as session:
            return await values(session, host, division)
    finally:
        await database.close()


def _row(parameter: Parameter, found: Applied | None) -> tuple[str, ...]:
    title = f"{parameter.name}\n{parameter.zh} / {parameter.en}"
    if found is None:
        return title, "–", "", "", "未设定 / not set"
    unit = f" {parameter.unit_zh}" if parameter.unit_zh else ""
    start = "" if found.valid_from == date.min else found.valid_from.isoformat()
    return title, found.value + unit, found.division or "默认 / default", start, found.source
