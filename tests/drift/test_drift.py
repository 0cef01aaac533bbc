"""The revisions make the tables that the models declare, on both databases."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

import core.db
from core.db import Base, Database
from core.errors import StartupError
from migrations import branches
from migrations.author import include_object, load_models, new_revision
from migrations.branches import (
    HERE,
    breaches_of_law,
    config,
    has_revisions,
    installed,
    owner_of,
    scripts,
)
from migrations.run import alone, async_downgrade, async_pending, async_upgrade

CATALOG = {
    "sqlite": ["SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"],
    "postgresql": [
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace",
        "SELECT attrelid::regclass || '.' || attname, format_type(atttypid, atttypmod) || ' ' || attnotnull"
        " || ' ' || coalesce(collname, '') FROM pg_attribute JOIN pg_class c ON c.oid = attrelid LEFT JOIN "
        "pg_collation l ON l.oid = attcollation WHERE relnamespace = 'public'::regnamespace AND attnum > 0 "
        "AND NOT attisdropped AND relkind = 'r'",
        "SELECT tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    ],
}


@pytest.fixture(scope="module", autouse=True)
def _declared() -> None:
    load_models()


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    """All that are installed: their models are loaded too."""
    return tuple(name for name, folder in installed().items() if has_revisions(folder))


def owned(thing: Any, name: str | None, kind: str, *_rest: Any) -> bool:
    """Not the tables that other tests declare for themselves."""
    table = name if kind == "table" else thing.table.name
    return owner_of(table or "", ["core", *installed()]) is not None


def owned_tables() -> list[Any]:
    return [table for table in Base.metadata.sorted_tables if owned(table, table.name, "table")]


def catalog(connection: Connection) -> dict[str, set[str]]:
    """What the database itself says of its tables; column order and line breaks apart."""
    found: dict[str, set[str]] = {}
    for query in CATALOG[connection.dialect.name]:
        for name, definition in connection.execute(text(query)):
            if "alembic_version" not in name:
                # SQLite quotes the name of a table that it has renamed.
                found[name] = parts(" ".join(definition.replace('"', "").split()))
    return found


def parts(definition: str) -> set[str]:
    """The definition and its top-level members: a column added later stands after the constraints."""
    depth, members, current = 0, set(), ""
    for char in definition:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if (char == "," and depth == 1) or (char in "()" and depth == (char == "(")):
            members.add(current.strip())
            current = ""
        else:
            current += char
    return {*members, current.strip()} - {""}


async def read(url: str, what: Any) -> Any:
    database = Database(url)
    try:
        async with database.write_engine.begin() as connection:
            return await connection.run_sync(what)
    finally:
        await database.close()


async def versions(url: str) -> set[str]:
    rows = await read(url, lambda c: c.execute(text("SELECT version_num FROM alembic_version")).all())
    return {row[0] for row in rows}


def core_head() -> str:
    return str(scripts(config("sqlite://")).get_revisions("core@head")[0].revision)


async def test_alembic_sees_no_difference(database_url: str) -> None:
    def differences(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "compare_server_default": True, "include_object": owned}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Base.metadata))

    assert await read(database_url, differences) == []


async def test_the_catalog_is_that_of_the_models(database_url: str, empty_url: str) -> None:
    # Alembic does not compare CHECK constraints, partial indexes and collations in full; this does.
    await read(empty_url, lambda connection: Base.metadata.create_all(connection, tables=owned_tables()))
    assert await read(database_url, catalog) == await read(empty_url, catalog)


async def test_upgrade_again_changes_nothing(empty_url: str, plugins: tuple[str, ...]) -> None:
    assert await async_pending(empty_url, plugins) == ["core", *plugins]
    await async_upgrade(empty_url, plugins)
    assert await async_pending(empty_url, plugins) == []
    before = await read(empty_url, catalog), await versions(empty_url)
    await async_upgrade(empty_url, plugins)
    assert (await read(empty_url, catalog), await versions(empty_url)) == before


async def test_the_seal_comes_and_goes(empty_url: str) -> None:
    await async_upgrade(empty_url, [])
    with_seal = await read(empty_url, catalog)
    await async_downgrade(empty_url, [], "core_0003")
    assert not [name for name in await read(empty_url, catalog) if "unsealed" in name or "_no_" in name]
    await async_upgrade(empty_url, [])
    assert await read(empty_url, catalog) == with_seal


@pytest.mark.parametrize("target", ["base", "core@base"])
async def test_the_core_is_not_taken_down(database_url: str, plugins: tuple[str, ...], target: str) -> None:
    before = await read(database_url, catalog)
    with pytest.raises(StartupError, match="drop the database"):
        await async_downgrade(database_url, plugins, target)
    with pytest.raises(StartupError, match="drop the database"):  # nor by alembic's own command
        await alone(
            database_url, config(database_url, plugins), lambda _, made: command.downgrade(made, target)
        )
    assert await read(database_url, catalog) == before


@pytest.mark.parametrize(
    ("revision", "message"),
    [
        ("core_9999", "ahead of this code: it has revision core_9999 of 'core'"),
        ("retired_0003", "revision retired_0003 of plugin 'retired', which is not installed"),
        ("8f3a2b", "revision 8f3a2b of no installed plugin"),
    ],
)
async def test_an_unknown_revision_is_named(database_url: str, revision: str, message: str) -> None:
    insert = text("INSERT INTO alembic_version VALUES (:revision)").bindparams(revision=revision)
    await read(database_url, lambda connection: connection.execute(insert))
    for act in (async_pending, async_upgrade):
        with pytest.raises(StartupError, match=message):
            await act(database_url, [])


async def test_two_processes_do_not_migrate_at_once(empty_url: str) -> None:
    code = f"from migrations.run import upgrade; upgrade({empty_url!r}, [])"
    running = [subprocess.Popen([sys.executable, "-c", code], cwd=HERE.parent) for _ in range(2)]  # noqa: ASYNC220
    assert [process.wait() for process in running] == [0, 0]
    assert await async_pending(empty_url, []) == []


def test_the_first_revisions_keep_the_laws() -> None:
    assert list(breaches_of_law(scripts(config("sqlite://")))) == []


@pytest.mark.parametrize("path", sorted((HERE / "core").glob("*.py")), ids=lambda path: path.stem)
def test_revisions_are_frozen(path: Path) -> None:
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    ours = {node.module for node in tree if isinstance(node, ast.ImportFrom) and node.module}
    assert ours <= {"collections.abc", "alembic", "typing", "core.db", "core.errors"}


def test_a_table_belongs_to_the_longest_prefix() -> None:
    owners = ["core", "elder", "elder_care"]
    assert owner_of("elder_care_plan", owners) == "elder_care"
    assert owner_of("elder_plan", owners) == "elder"
    assert owner_of("alembic_version", owners) is None
    assert include_object("core", owners)(None, "core_person", "table", False, None)
    assert not include_object("core", owners)(None, "elder_plan", "table", True, None)


# A plugin as an author has it: a package with an entry point, whose models import under a name of its own.
MODELS = """
    from sqlalchemy import Column, Index, Table
    from core.db import Base, Instant, Money, Text
    for name in {tables}:
        if name not in Base.metadata.tables:
            columns = Column("id", Text, primary_key=True), Column("due", Money)
            Table(name, Base.metadata, *columns, Index(None, "due"))
"""


class Author:
    """Writes plugins into a folder and installs them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.entries: list[EntryPoint] = []
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.setattr(branches, "entry_points", lambda group: list(self.entries))
        monkeypatch.setattr("migrations.author.entry_points", lambda group: list(self.entries))

    def install(self, name: str, plugin: str = "") -> Path:
        package = self.folder / f"try_{name}"
        (package / "migrations").mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "plugin.py").write_text(plugin)
        self.entries.append(EntryPoint(name, f"try_{name}.plugin", "minzheng.plugins"))
        return package

    def revision(self, plugin: str, number: int, depends_on: str | tuple[str, ...] | None) -> None:
        down = f"{plugin}_{number - 1:04d}" if number > 1 else None
        code = f"""
            from alembic import op
            revision = "{plugin}_{number:04d}"
            down_revision = {down!r}
            branch_labels = {None if down else (plugin,)!r}
            depends_on = {depends_on!r}
            def upgrade():
                op.execute("CREATE TABLE {plugin}_t{number} (id INTEGER)")
            def downgrade():
                op.execute("DROP TABLE {plugin}_t{number}")
        """
        path = self.folder / f"try_{plugin}" / "migrations" / f"{plugin}_{number:04d}.py"
        path.write_text(dedent(code))


@pytest.fixture
def author(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Author]:
    before = set(Base.metadata.tables)
    yield Author(tmp_path, monkeypatch)
    for name in set(Base.metadata.tables) - before:
        if name.startswith(("widgets_", "gadgets_")):
            Base.metadata.remove(Base.metadata.tables[name])
    for name in [name for name in sys.modules if name.startswith("try_")]:
        del sys.modules[name]


async def test_a_plugin_comes_grows_and_goes(author: Author, empty_url: str) -> None:
    author.install("widgets", "raise RuntimeError('a broken plugin')")  # found, not imported
    author.install("gadgets")
    author.revision("widgets", 1, "core_0001")
    author.revision("gadgets", 1, "core_0001")
    await async_upgrade(empty_url, ["widgets"])
    assert await async_pending(empty_url, ["widgets"]) == []
    assert await async_pending(empty_url, ["widgets", "gadgets"]) == ["gadgets"]

    author.revision("widgets", 2, None)
    assert await async_pending(empty_url, ["widgets"]) == ["widgets"]
    assert await async_pending(empty_url, []) == []
    await async_upgrade(empty_url, ["gadgets", "widgets"])
    assert await versions(empty_url) - {core_head()} == {"widgets_0002", "gadgets_0001"}

    await async_downgrade(empty_url, ["widgets"], "widgets@base")
    assert await async_pending(empty_url, ["widgets", "gadgets"]) == ["widgets"]
    del author.entries[1]
    with pytest.raises(StartupError, match="revision gadgets_0001 of plugin 'gadgets'"):
        await async_upgrade(empty_url, ["widgets"])


async def test_a_dependency_grows_under_its_dependant(author: Author, empty_url: str) -> None:
    # The table of versions then omits the first plugin's row: it is implied, until it grows.
    author.install("widgets")
    author.install("gadgets")
    author.revision("widgets", 1, "core_0001")
    author.revision("gadgets", 1, ("core_0001", "widgets_0001"))
    await async_upgrade(empty_url, ["gadgets"])
    assert await async_pending(empty_url, ["widgets", "gadgets"]) == []
    author.revision("widgets", 2, None)
    await async_upgrade(empty_url, ["widgets", "gadgets"])
    assert await async_pending(empty_url, ["widgets", "gadgets"]) == []
    assert {"widgets_t1", "widgets_t2"} <= await read(empty_url, lambda c: set(inspect(c).get_table_names()))


@pytest.mark.parametrize("depends_on", ["core@head", None, "core_9999"])
def test_a_plugin_depends_on_the_id_of_a_core_revision(author: Author, depends_on: str | None) -> None:
    author.install("widgets")
    author.revision("widgets", 1, depends_on)
    with pytest.raises(StartupError, match=r"core revision|do not fit together"):
        scripts(config("sqlite://", ["widgets"]))


def test_an_enabled_plugin_must_be_installed(author: Author) -> None:
    with pytest.raises(StartupError, match="'absent' is enabled but not installed"):
        config("sqlite://", ["absent"])
    author.install("tableless")
    assert config("sqlite://", ["tableless"]).attributes["branches"] == ["core"]


def test_two_plugins_of_one_name_are_both_named(author: Author) -> None:
    author.install("widgets")
    author.install("gadgets")
    author.entries.append(EntryPoint("widgets", "try_gadgets.plugin", "minzheng.plugins"))
    with pytest.raises(StartupError, match=r"two plugins are called 'widgets'.*try_widgets.*try_gadgets"):
        config("sqlite://")


def test_an_author_writes_revisions(author: Author, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "minzheng.plugin", core.db)  # the public face is tested elsewhere
    package = author.install("widgets")
    (package / "models.py").write_text(dedent(MODELS.format(tables=["widgets_one", "widgets_two"])))
    path = new_revision("widgets", "two tables")
    code = path.read_text()
    assert path == package / "migrations" / "widgets_0001_two_tables.py"
    assert f"depends_on: str | Sequence[str] | None = '{core_head()}'" in code
    assert "('widgets',)" in code
    assert code.count("op.create_table(") == 2
    assert "Exact(2, 14)" in code
    assert "from minzheng.plugin import Text" in code

    again = new_revision("widgets", "nothing")
    assert again.name == "widgets_0002_nothing.py"
    assert "op." not in again.read_text().partition("def upgrade")[2]
