"""`minzheng migrate`."""

from __future__ import annotations

import typer

from server.cli.common import DatabaseOption, PluginsOption, make_folder, say, settings_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help="升级数据库 / Bring the database to the tables this version needs")(migrate)


def migrate(context: typer.Context, database: DatabaseOption = None, plugins: PluginsOption = None) -> None:
    from core.host import Host
    from migrations.run import pending, upgrade

    settings = settings_of(context, database=database, plugins=plugins)
    names = list(Host.load(settings).plugins)
    make_folder(settings)
    behind = pending(settings.database, names)
    if behind:
        upgrade(settings.database, names)
        say(f"数据库已升级：{'、'.join(behind)} / migrated: {', '.join(behind)}")
    else:
        say("数据库无需升级 / the database is up to date")
