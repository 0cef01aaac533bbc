"""For authors: writing the next revision of a branch from what its models have become."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from alembic import command
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.script import Script
from sqlalchemy import Connection, String

import core
from core.db import Exact, Instant
from core.errors import StartupError
from migrations.branches import (
    CORE,
    GROUP,
    HERE,
    config,
    has_revisions,
    installed,
    owner_of,
    package_of,
    scripts,
)
from migrations.run import alone, async_upgrade

_ID_LENGTH = 32  # of alembic_version.version_num


def new_revision(plugin: str, message: str) -> Path:
    """Write the next revision of a plugin (or of "core") from its models, to be checked by hand.

    It is compared with a throw-away SQLite database that has all revisions of all installed plugins.
    """
    load_models()
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/compared.db"
        return asyncio.run(_new_revision(url, plugin, message))


def load_models() -> None:
    """Import the models of the core and of every installed plugin, so that `Base.metadata` is whole."""
    for path in sorted(Path(core.__path__[0]).glob("*/models.py")):
        import_module(f"core.{path.parent.name}.models")
    for entry in entry_points(group=GROUP):
        entry.load()
        folder = Path(import_module(package_of(entry)).__path__[0])
        for path in sorted(folder.rglob("models.py")):
            import_module(".".join([package_of(entry), *path.relative_to(folder).with_suffix("").parts]))


async def _new_revision(url: str, plugin: str, message: str) -> Path:
    folders = {CORE: HERE / CORE, **installed()}
    if plugin not in folders:
        raise StartupError(
            f"没有安装插件 {plugin!r} / "
            f"no plugin {plugin!r} is installed: its entry point in {GROUP!r} is not found"
        )
    await async_upgrade(url, [name for name in folders if name != CORE])
    folders[plugin].mkdir(exist_ok=True)
    written: list[Script] = []

    def write(_connection: Connection, made: Config) -> None:
        made.attributes["autogenerate"] = autogenerate_options(plugin, made.attributes["owners"])
        script = command.revision(made, message, autogenerate=True, **_place(made, plugin, folders[plugin]))
        written.extend([script] if isinstance(script, Script) else [])

    await alone(url, config(url), write)
    return Path(written[0].path)


def _place(made: Config, plugin: str, folder: Path) -> dict[str, Any]:
    """Where the new revision goes, and its id: the branch and a number, so that errors can name it."""
    directory = scripts(made)
    number = 1 + sum(1 for script in directory.walk_revisions() if plugin in script.branch_labels)
    revision = f"{plugin}_{number:04d}"
    if len(revision) > _ID_LENGTH:
        raise StartupError(
            f"{revision!r} 超过 {_ID_LENGTH} 个字符，请用更短的插件名 / "
            f"{revision!r} is longer than {_ID_LENGTH} characters: choose a shorter plugin name"
        )
    if has_revisions(folder):
        return {"rev_id": revision, "head": f"{plugin}@head"}
    place = {"rev_id": revision, "head": "base", "branch_label": plugin, "version_path": str(folder)}
    if plugin != CORE:
        place["depends_on"] = directory.get_revisions(f"{CORE}@head")[0].revision
    return place


def autogenerate_options(plugin: str, owners: list[str]) -> dict[str, Any]:
    """Options for alembic's comparison: the tables of one owner, and types under their public names."""
    return {
        "include_object": include_object(plugin, owners),
        "render_item": _render_from("core.db" if plugin == CORE else "minzheng.plugin"),
    }


def include_object(plugin: str, owners: list[str]) -> Callable[..., bool]:
    """Alembic's filter for the objects of one owner, told by the prefix of the table's name."""

    def include(thing: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
        table = name if kind == "table" else thing.table.name
        return owner_of(table or "", owners) == plugin

    return include


def _render_from(module: str) -> Callable[[str, Any, AutogenContext], str | Literal[False]]:
    def render(kind: str, thing: Any, context: AutogenContext) -> str | Literal[False]:
        made = _our_type(thing) if kind == "type" else None
        if made is None:
            return False
        context.imports.add(f"from {module} import {made.partition('(')[0]}")
        return made

    return render


def _our_type(kind: Any) -> str | None:
    if isinstance(kind, Instant):
        return "Instant()"
    if isinstance(kind, Exact):
        return f"Exact({kind.scale}, {kind.precision})"
    variant = getattr(kind, "_variant_mapping", {}).get("postgresql")
    if isinstance(variant, String) and variant.collation == "C":
        return f"text({kind.length})" if kind.length else "Text"
    return None
