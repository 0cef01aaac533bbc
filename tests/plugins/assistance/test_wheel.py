"""The plugin as a wheel of its own, installed away from this repository."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
OURS = ("minzheng", "core", "schema", "server", "migrations")
LOAD = """
import plugins.assistance.plugin as plugin
from core.host import Host
from migrations.branches import has_revisions, installed
from schema.composed import ComposedSchema
host = Host(["assistance"])
assert host.plugins["assistance"].distribution == "minzheng-assistance"
assert has_revisions(installed()["assistance"])
assert "perCapitaIncome" in ComposedSchema(host, ["assistance"]).as_str()
print(plugin.__file__)
"""


def _run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    source = str(ROOT / "plugins" / "assistance")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), source)
    (built,) = folder.glob("*.whl")
    return built


def test_what_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (points,) = (name for name in names if name.endswith("entry_points.txt"))
        assert "assistance = plugins.assistance.plugin" in archive.read(points).decode()
    code = {name for name in names if ".dist-info/" not in name}
    sources = (ROOT / "plugins" / "assistance").rglob("*.py")
    expected = {f"plugins/assistance/{path.relative_to(ROOT / 'plugins' / 'assistance')}" for path in sources}
    assert code == expected | {"plugins/assistance/README.md"}


def test_it_works_away_from_here(wheel: Path, tmp_path: Path) -> None:
    target, rest = tmp_path / "site", tmp_path / "ours"
    _run(
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(target),
        str(wheel),
    )
    rest.mkdir()
    for name in OURS:
        (rest / name).symlink_to(ROOT / name)  # the service without its folder of plugins
    path = os.pathsep.join(map(str, (target, rest)))
    loaded = _run(sys.executable, "-c", LOAD, PYTHONPATH=path, PYTHONSAFEPATH="1")
    assert Path(loaded.strip()).is_relative_to(target)
