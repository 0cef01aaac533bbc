"""`minzheng plugins list`."""

from __future__ import annotations

import typer
from rich.table import Table

from server.cli.common import PluginsOption, out, settings_of


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="插件 / Plugins", no_args_is_help=True)
    group.callback()(_group)
    group.command("list", help="列出已安装的插件 / List the installed plugins")(list_plugins)
    app.add_typer(group, name="plugins")


def _group() -> None:
    """Keeps `list` a command of its own while it is the only one."""


def list_plugins(context: typer.Context, plugins: PluginsOption = None) -> None:
    from core.host import Host, installed

    host = Host.load(settings_of(context, plugins=plugins))
    table = Table("名称 / name", "标题 / title", "版本 / version", "状态 / state")
    for name in sorted(installed()):
        plugin = host.plugins.get(name)
        if plugin is None:
            table.add_row(name, "", "", "未启用 / disabled")
            continue
        manifest = plugin.manifest
        title = f"{manifest.title_zh} / {manifest.title_en}"
        table.add_row(name, title, manifest.version, "启用 / enabled")
    out.print(table)
