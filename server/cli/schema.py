"""`minzheng schema print`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.settings import Settings
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
        typer.Option(help="写入此目录的 <插件>.graphql / Write to <plugins>.graphql in this folder"),
    ] = None,
) -> None:
    names, sdl = _sdl(settings_of(context, plugins=plugins))
    if write is None:
        say(sdl)
        return
    write.mkdir(parents=True, exist_ok=True)
    path = write / f"{'+'.join(names) or 'core'}.graphql"
    path.write_text(sdl.rstrip("\n") + "\n", "utf-8")
    say(str(path))


def _sdl(settings: Settings) -> tuple[list[str], str]:
    from core.clock import Clock
    from core.db import Database
    from core.host import Host
    from core.vault import Keyring, Vault
    from schema.service import GraphQLService

    host = Host.load(settings)
    # Nothing connects and nothing is encrypted: a schema is made from the plugins alone.
    service = GraphQLService(
        host=host,
        database=Database(settings.database),
        vault=Vault(Keyring.fresh()),
        clock=Clock(settings.today),
        settings=settings,
    )
    return sorted(host.plugins), service.composition(host.districts.everything).schema.as_str()
