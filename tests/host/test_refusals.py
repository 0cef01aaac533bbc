"""Everything that stops start-up, each with the words it stops with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

import core
from core.districts import Districts
from core.errors import StartupError
from core.host import Host
from core.settings import Settings
from migrations.branches import config
from schema.composed import ComposedSchema

Make = Callable[..., None]

MANIFEST = """
from minzheng.plugin import Manifest
MANIFEST = Manifest(name={name!r}, title_zh="试", title_en="Try", version="1", core_min={low!r}, core_max={high!r},
    requires={requires!r}, optional={optional!r})
"""
HEAD = """
from __future__ import annotations
import strawberry
from minzheng import graphql as g
from minzheng.plugin import ErrorCode, Permission, UserRole, hookimpl
"""


@pytest.fixture
def make_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Writes plugins: a package `try_<name>` with an entry point in a distribution of its own."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(name: str, plugin: str = "", *, package: str = "", said: str = "", **files: str) -> None:
        package = package or f"try_{name}"
        options = {"low": "0.1", "high": "0.1", "requires": (), "optional": ()}
        manifest = MANIFEST.format(**{"name": name, **options, **eval(f"dict({said})")})
        written = {"__init__": "", "manifest": manifest, "plugin": HEAD + dedent(plugin), **files}
        (tmp_path / package).mkdir()
        for file, code in written.items():
            (tmp_path / package / f"{file}.py").write_text(dedent(code), encoding="utf-8")
        info = tmp_path / f"dist_{package}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: dist-{package}\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[minzheng.plugins]\n{name} = {package}.plugin\n")

    yield make
    for name in [name for name in sys.modules if name.startswith("try_")]:
        del sys.modules[name]


def refused(message: str, *plugins: str) -> None:
    """The host, or the schema of all its plugins, does not start."""
    with pytest.raises(StartupError, match=message):
        ComposedSchema(Host(plugins), plugins)


def test_a_plugin_that_fits_starts(make_plugin: Make) -> None:
    make_plugin("good")
    ComposedSchema(Host(["good"]), ["good"])


def test_not_installed(make_plugin: Make) -> None:
    make_plugin("good")
    refused("plugin absent is enabled but not installed; installed are: .*good", "absent")


def test_settings_that_name_a_plugin_for_one_district() -> None:
    settings = Settings(plugins=[], districts={"410189000000": {"plugins": ["absent"]}})
    with pytest.raises(StartupError, match="plugin absent is enabled but not installed"):
        Host.load(settings)


def test_two_distributions_claim_a_name(make_plugin: Make) -> None:
    make_plugin("twin")
    make_plugin("twin", package="try_other")
    refused(
        r"plugin twin is claimed by (?=.*try_twin.plugin \(dist-try_twin\))(?=.*try_other.plugin)(?=.* and )"
        ".*: uninstall one",
        "twin",
    )


def test_no_manifest(make_plugin: Make, tmp_path: Path) -> None:
    make_plugin("bare")
    (tmp_path / "try_bare" / "manifest.py").unlink()
    refused("plugin bare cannot be loaded: try_bare.manifest: ModuleNotFoundError", "bare")


def test_an_empty_manifest(make_plugin: Make) -> None:
    make_plugin("bare", manifest="")
    refused(r"plugin bare: try_bare/manifest.py must define MANIFEST = Manifest\(", "bare")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("name='other'", "plugin odd: its manifest is named other; make the two equal"),
        (
            "low='0.2'",
            "plugin odd 1 works with minzheng 0.2 to 0.1, this is 0.1.0: install a fitting version",
        ),
        ("low='0.0.1', high='0.0.9'", "plugin odd 1 works with minzheng 0.0.1 to 0.0.9, this is 0.1.0"),
        ("low='1.x'", "'1.x' is no version of minzheng: write numbers and dots"),
        ("requires=('absent',)", "plugin odd requires plugin absent: enable it too"),
        ("requires=('odd',)", "plugins odd require each other in a circle"),
    ],
)
def test_a_manifest_that_does_not_fit(make_plugin: Make, said: str, message: str) -> None:
    make_plugin("odd", said=said)
    refused(message, "odd")


@pytest.mark.parametrize("name", ["core", "node", "Big", "two__lines"])
def test_a_name_that_is_not_free(make_plugin: Make, name: str) -> None:
    make_plugin(name)
    refused(f"plugin {name}: the name must be lower snake case and not one of ours", name)


def test_migrations_refuse_a_plugin_called_core(make_plugin: Make) -> None:
    make_plugin("core")
    with pytest.raises(StartupError, match="a plugin may not be called 'core'"):
        config("sqlite://")


@pytest.mark.parametrize("way", ["requires", "optional"])
def test_a_circle(make_plugin: Make, way: str) -> None:
    make_plugin("one", said=f"{way}=('two',)")
    make_plugin("two", said=f"{way}=('one',)")
    refused("plugins one, two require each other in a circle", "one", "two")


def test_required_plugins_come_first(make_plugin: Make) -> None:
    make_plugin("a", said="requires=('z',), optional=('m',)")
    make_plugin("m")
    make_plugin("z")
    assert list(Host(["a", "m", "z"]).plugins) == ["m", "z", "a"]
    assert list(Host(["a", "z"]).plugins) == ["z", "a"]


HOOKS = [
    ("1 / 0", "plugin bad cannot be loaded: try_bad.plugin: ZeroDivisionError: division by zero"),
    ("import absent_library", "try_bad.plugin: ModuleNotFoundError: No module named 'absent_library'"),
    ("@hookimpl\ndef permisions(): ...", r"unknown hook \(misspelt\?\): .*permisions"),
    (
        "@hookimpl\ndef permissions(more): ...",
        r"plugin bad: a hook does not fit its specification: (?s:.)*more",
    ),
    ("def permissions(): ...", "plugin bad: the hook permissions is not marked @hookimpl"),
    ("@hookimpl\ndef life_event(work, event): ...", "plugin bad: the hook life_event must be `async def`"),
    ("@hookimpl\nasync def permissions(): ...", "plugin bad: the hook permissions must be `def`"),
    ("@hookimpl\ndef permissions(): raise KeyError('x')", "plugin bad raised in permissions: KeyError: 'x'"),
    ("@hookimpl\ndef error_codes(): return 1 / 0", "plugin bad raised in error_codes: ZeroDivisionError"),
    (
        "@hookimpl\ndef type_extensions(): return 1 / 0",
        "plugin bad raised in type_extensions: ZeroDivisionError",
    ),
    ("@hookimpl\ndef schema_types(): return 1 / 0", "plugin bad raised in schema_types: ZeroDivisionError"),
    (
        "@hookimpl\ndef permissions(): return ['bad:read']",
        "permissions gave 'bad:read', which is no Permission",
    ),
    (
        "@hookimpl\ndef permissions(): return [Permission('good:read', frozenset(), '', '')]",
        "plugin bad: permission good:read must start with bad:",
    ),
    (
        "@hookimpl\ndef permissions(): return [Permission('bad:read', frozenset(), '', '')] * 2",
        "permission bad:read is claimed by both bad and bad",
    ),
    (
        "@hookimpl\ndef error_codes(): return [ErrorCode('NOT_FOUND', '别的话。', 'Other words.')]",
        "error code NOT_FOUND is claimed by both core and bad",
    ),
]


@pytest.mark.parametrize(("plugin", "message"), HOOKS, ids=[str(i) for i in range(len(HOOKS))])
def test_hooks(make_plugin: Make, plugin: str, message: str) -> None:
    make_plugin("bad", plugin)
    refused(message, "bad")


def test_two_plugins_claim_an_error_code(make_plugin: Make) -> None:
    code = "@hookimpl\ndef error_codes(): return [ErrorCode('SHARED', {!r}, 'Shared.')]"
    make_plugin("one", code.format("甲"))
    make_plugin("two", code.format("乙"))
    refused("error code SHARED is claimed by both one and two", "one", "two")


def extension(target: str, fields: str, more: str = "") -> str:
    body = "\n".join(f"    {line}" for line in dedent(fields).strip().splitlines())
    return f"""
{more}
@strawberry.type
class Added:
{body}

@hookimpl
def type_extensions():
    return {{{target}: Added}}
"""


RESOLVED = "@strawberry.field\ndef {0}(self) -> int:\n    return 1"
SCHEMAS = [
    (
        extension("type('Pig', (), {})", RESOLVED.format("bad")),
        "plugin bad extends Pig, which this schema does not have",
    ),
    (
        extension("g.Person", RESOLVED.format("worse")),
        "plugin bad adds worse to Person: .* only one field, bad",
    ),
    (
        extension("g.Person", RESOLVED.format("bad") + "\n" + RESOLVED.format("more")),
        "plugin bad adds more to Person: it may add only one field, bad",
    ),
    (extension("g.Query", RESOLVED.format("other")), "plugin bad adds other to Query"),
    (extension("g.Person", "bad: int"), "plugin bad: field bad has neither a resolver nor SQL"),
    (
        extension("g.Mutation", "@strawberry.mutation\ndef do_it(self) -> int:\n    return 1"),
        "plugin bad: mutation doIt must carry the plugin's name",
    ),
    (
        extension(
            "g.Person",
            "bad: Other | None = g.namespace(lambda: Other, plugin='other', zh='', en='')",
            "@strawberry.type\nclass Other:\n    a: int",
        ),
        "plugin bad: the namespace bad on Person must say plugin='bad', it says 'other'",
    ),
    (
        extension(
            "g.Person",
            "bad: Other | None = g.namespace(lambda: Other, zh='', en='')",
            "@strawberry.type\nclass Other:\n    a: int",
        ),
        "plugin bad: the namespace bad on Person must say plugin='bad', it says None",
    ),
    (
        extension(
            "g.Query",
            "@strawberry.field\ndef bad(self) -> Other: ...",
            "@strawberry.type\nclass Other:\n    a: int",
        ),
        "plugin bad: type Other must start with the plugin's name",
    ),
    (
        extension(
            "g.Query",
            "@strawberry.field\ndef bad(self) -> Colour: ...",
            "import enum\n@strawberry.enum\nclass Colour(enum.Enum):\n    RED = 1",
        ),
        "plugin bad: type Colour must start with the plugin's name",
    ),
    (
        extension("g.WriteInput", RESOLVED.format("bad")),
        "plugin bad extends the input .*: inputs cannot be extended",
    ),
    (
        """
        @strawberry.type
        class BadThing(g.Node):
            pass
        BadThing.__prefix__ = "person"
        @hookimpl
        def schema_types():
            return [BadThing]
        """,
        "plugin bad: id prefix person must start with bad_",
    ),
]


@pytest.mark.parametrize(("plugin", "message"), SCHEMAS, ids=[str(i) for i in range(len(SCHEMAS))])
def test_schemas(make_plugin: Make, plugin: str, message: str) -> None:
    make_plugin("bad", plugin)
    refused(message, "bad")


def test_a_field_that_core_has_too(make_plugin: Make) -> None:
    make_plugin("phone", extension("g.Person", RESOLVED.format("phone")))
    refused("Person.phone is declared twice, by schema.types.person and try_phone.plugin", "phone")


def test_two_plugins_with_one_mutation(make_plugin: Make) -> None:
    code = extension("g.Mutation", "@strawberry.mutation\ndef join_one_two(self) -> int:\n    return 1")
    make_plugin("one", code)
    make_plugin("two", code)
    refused("Mutation.joinOneTwo is declared twice, by try_one.plugin and try_two.plugin", "one", "two")


MODELS = """
from typing import ClassVar
from sqlalchemy.orm import Mapped, mapped_column
from minzheng.plugin import Base, Public

class Thing(Base):
    __tablename__ = "{table}"
    {scope}
    id: Mapped[int] = mapped_column(primary_key=True)
"""


def started(folder: Path, *plugins: str, front: Path | None = None) -> str:
    """What a process of its own says when it starts: models and packages of ours stay declared in one."""
    root = str(Path(core.__file__).parents[1])
    path = os.pathsep.join([*([str(front)] if front else []), root, str(folder)])
    code = f"from core.host import Host; Host({list(plugins)!r})"
    environment = {**os.environ, "PYTHONPATH": path}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True
    )
    return run.stderr.strip().splitlines()[-1] if run.returncode else ""


@pytest.mark.parametrize(
    ("table", "scope", "message"),
    [
        ("bad_thing", "__scope__: ClassVar = Public()", ""),
        ("bad_thing", "", "no scope rule for table bad_thing: declare `__scope__` on its model"),
        (
            "other_thing",
            "__scope__: ClassVar = Public()",
            "plugin bad: the name of table other_thing must start with bad_",
        ),
        (
            "core_thing",
            "__scope__: ClassVar = Public()",
            "plugin bad: the name of table core_thing must start with bad_",
        ),
    ],
)
def test_tables(make_plugin: Make, tmp_path: Path, table: str, scope: str, message: str) -> None:
    make_plugin("bad", "from try_bad import models", models=MODELS.format(table=table, scope=scope))
    said = started(tmp_path, "bad")
    assert message in said
    assert bool(message) == bool(said)


def test_a_distribution_that_shadows_ours(tmp_path: Path) -> None:
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "__init__.py").write_text("")
    said = started(tmp_path, front=tmp_path)
    assert f"another distribution shadows minzheng's packages: schema in {tmp_path}" in said


def test_a_package_of_ours_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.host._OURS", ("core", "absent_package"))
    with pytest.raises(StartupError, match="package absent_package of minzheng is missing: install"):
        Host([])


def test_two_hosts_do_not_share(make_plugin: Make) -> None:
    make_plugin("one", "@hookimpl\ndef permissions(): return [Permission('one:x', frozenset(), '', '')]")
    with_one, without = Host(["one"]), Host([])
    assert "one:x" in with_one.permissions.all
    assert "one:x" not in without.permissions.all
    assert with_one.districts == Districts(frozenset({"one"}))
