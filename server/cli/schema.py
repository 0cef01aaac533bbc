"""`minzheng schema print`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.cli.common import PluginsOption, say, settings_of


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="GraphQL 模式 / The GraphQL schema", no_args_is_help=True)
    group.callback()(_group)
    group.command("print", help="输出 SDL / Print the SDL")(print_schema)
    app.add_typer(group, name="schema")


def _group() -> None:
    """Keeps `print` a command of its own while it is the only one."""


def print_schema(
    context: typer.Context,
    plugins: PluginsOption = None,
    write: Annotated[
        Path | None,
        typer.Option(help="把各插件组合写入此目录 / Write each plugin set to this folder"),
    ] = None,
) -> None:
    from core.host import Host
    from schema.composed import ComposedSchema
    from schema.snapshots import snapshots

    host = Host.load(settings_of(context, plugins=plugins))
    if write is None:
        say(ComposedSchema(host, host.plugins).as_str())
        return
    write.mkdir(parents=True, exist_ok=True)
    for name, sdl in snapshots(host).items():
        (write / name).write_text(sdl, "utf-8")
        say(str(write / name))
