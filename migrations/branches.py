"""The branches of the schema's history: the core's, and one for each installed plugin that keeps tables.

A plugin is found without importing it: a database must be migratable, and readable by the operator, even when
a plugin of it is broken.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError

from core.db import async_url
from core.errors import StartupError

GROUP = "minzheng.plugins"
CORE = "core"
HERE = Path(__file__).parent


def package_of(entry: EntryPoint) -> str:
    """The package that holds a plugin's entry module: `plugins.assistance` of `plugins.assistance.plugin`."""
    return entry.module.rpartition(".")[0] or entry.module


def installed() -> dict[str, Path]:
    """Every installed plugin's name and the folder its revisions are in, or would be."""
    folders: dict[str, Path] = {}
    for entry in entry_points(group=GROUP):
        folder = _folder(entry)
        if folders.setdefault(entry.name, folder) != folder:
            raise StartupError(
                f"有两个插件都叫 {entry.name!r} / "
                f"two plugins are called {entry.name!r}: {folders[entry.name]} and {folder}"
            )
    if CORE in folders:
        raise StartupError(f"插件不能叫 {CORE!r} / a plugin may not be called {CORE!r}: {folders[CORE]}")
    return folders


def _folder(entry: EntryPoint) -> Path:
    try:
        spec = find_spec(package_of(entry))
    except ModuleNotFoundError:
        spec = None
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise StartupError(
            f"插件 {entry.name!r} 已登记，但没有包 {package_of(entry)!r} / "
            f"plugin {entry.name!r} is registered, but there is no package {package_of(entry)!r}"
        )
    return Path(places[0]) / "migrations"


def has_revisions(folder: Path) -> bool:
    """Whether a folder holds version files; a plugin without tables has none, and then no branch."""
    return any(path.stem != "__init__" for path in folder.glob("*.py"))


def config(url: str, plugins: Sequence[str] = ()) -> Config:
    """Alembic's configuration over all installed plugins; `plugins` are the enabled ones.

    It holds no connection: set `attributes["connection"]` before a command of alembic's that needs one.
    """
    folders = installed()
    for name in plugins:
        if name not in folders:
            raise StartupError(
                f"插件 {name!r} 已启用但未安装，请安装或停用 / "
                f"plugin {name!r} is enabled but not installed: install it, or disable it"
            )
    places = [HERE / CORE, *(folder for folder in folders.values() if folder.is_dir())]
    made = Config()
    _set(made, "script_location", str(HERE))
    _set(made, "path_separator", "os")
    _set(made, "version_locations", os.pathsep.join(map(str, places)))
    _set(made, "file_template", "%(rev)s_%(slug)s")
    made.attributes.update(
        url=async_url(url),
        branches=[CORE, *(name for name in dict.fromkeys(plugins) if has_revisions(folders[name]))],
        owners=[CORE, *folders],
    )
    return made


def _set(made: Config, option: str, value: str) -> None:
    made.set_main_option(option, value.replace("%", "%%"))  # the ini parser interpolates


def scripts(made: Config) -> ScriptDirectory:
    """The revisions on disk, refused if they do not hang together or break the laws of branches."""
    directory = ScriptDirectory.from_config(made)
    try:
        for name in made.attributes["branches"]:
            directory.get_revision(f"{name}@head")
        breaches = list(breaches_of_law(directory))
    except (KeyError, RevisionError, CommandError) as error:
        raise StartupError(
            "各插件的迁移版本不能衔接：可能是插件比核心新，或其首个版本缺少 branch_labels、未依赖版本编号 / "
            f"the revisions of the installed plugins do not fit together: {error}. A plugin may be newer "
            "than this core, or its first revision may lack branch_labels or depend on something not an id"
        ) from error
    if breaches:
        raise StartupError("; ".join(breaches))
    return directory


def breaches_of_law(directory: ScriptDirectory) -> Iterator[str]:
    """What is wrong with the first revisions: each names its branch, and a plugin's depends on a core id."""
    core = {script.revision for script in directory.walk_revisions() if CORE in script.branch_labels}
    for script in directory.walk_revisions():
        if script.down_revision is not None:
            continue
        if not script.branch_labels:
            yield (
                f"首个版本 {script.revision} 没有 branch_labels / "
                f"first revision {script.revision} ({script.path}) has no branch_labels"
            )
        elif script.revision not in core and not core.intersection(_ids(script.dependencies)):
            yield (
                f"首个版本 {script.revision} 须依赖核心某一版本的编号 / "
                f"first revision {script.revision} ({script.path}) must depend on the id of a core revision"
            )


def _ids(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def with_ancestors(directory: ScriptDirectory, heads: Sequence[str]) -> set[str]:
    """The revisions that `heads` stand for. The table of versions omits one that another depends on."""
    found: set[str] = set()
    waiting = list(heads)
    while waiting:
        script: Script | None = directory.get_revision(waiting.pop())
        if script is not None and script.revision not in found:
            found.add(script.revision)
            waiting += [*_ids(script.down_revision), *_ids(script.dependencies)]
    return found


def owner_of(table: str, owners: Sequence[str]) -> str | None:
    """The core or the plugin whose prefix a table's name carries; of `elder` and `elder_care`, the longer."""
    return max((name for name in owners if table.startswith(f"{name}_")), key=len, default=None)
