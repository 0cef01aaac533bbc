"""The guide for plugin authors quotes the example plugin, and the example keeps to the public face."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "plugin-authors.md").read_text(encoding="utf-8")
QUOTED = re.findall(r"^```\w+ file=(\S+)\n(.+?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SOURCES = sorted((ROOT / "tests" / "dummy_plugin").rglob("*.py"))


def test_all_code_is_quoted() -> None:
    assert len(QUOTED) > 15
    assert "```python\n" not in PAGE


@pytest.mark.parametrize(("file", "code"), QUOTED, ids=[f"{i}-{file}" for i, (file, _) in enumerate(QUOTED)])
def test_what_is_quoted_is_there(file: str, code: str) -> None:
    assert code in (ROOT / file).read_text(encoding="utf-8")


def imported(path: Path) -> set[str]:
    """The modules a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "the example spells its imports out"
            found.add(str(node.module))
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_example_imports_the_public_face_alone(path: Path) -> None:
    modules = imported(path)
    tops = {module.partition(".")[0] for module in modules}
    assert not tops & {"core", "schema", "server", "migrations", "plugins", "tests", "tools"}
    ours = {module for module in modules if module.partition(".")[0] == "minzheng"}
    assert ours <= {"minzheng.plugin", "minzheng.graphql", "minzheng.testing"}
