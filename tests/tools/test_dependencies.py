"""Every dependency is pinned within its declared range, and docs/dependencies.md says what it is for."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.vendor import FILES

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = [ROOT / "pyproject.toml", *sorted(ROOT.glob("plugins/*/pyproject.toml"))]


def _requirements() -> list[Requirement]:
    found: list[str] = []
    for path in PROJECTS:
        project = tomllib.loads(path.read_text(encoding="utf-8"))
        found += project["project"].get("dependencies", [])
        found += project.get("dependency-groups", {}).get("dev", [])
    return [requirement for text in found if (requirement := Requirement(text)).name != "minzheng"]


def _pins() -> dict[str, str]:
    lines = (ROOT / "requirements" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


@pytest.mark.parametrize("requirement", _requirements(), ids=str)
def test_each_requirement_is_pinned_within_its_range(requirement: Requirement) -> None:
    pinned = _pins().get(canonicalize_name(requirement.name))
    assert pinned is not None, "run `make lock`"
    assert requirement.specifier.contains(pinned, prereleases=True), "run `make lock`"


def test_each_dependency_has_one_line_that_says_what_for() -> None:
    document = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `([^`]+)` \|", document, re.MULTILINE)
    declared = {requirement.name for requirement in _requirements()} | {file.package for file in FILES}
    for folder in ("codegen", "clients"):
        package = json.loads((ROOT / "tools" / folder / "package.json").read_text(encoding="utf-8"))
        declared |= {*package["devDependencies"]}
    assert sorted(explained) == sorted(declared)


def test_vendored_versions_are_written_down() -> None:
    document = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for file in FILES:
        assert re.search(rf"^\| `{file.package}` \| {re.escape(file.version)}, ", document, re.MULTILINE)
