"""The targets that the documents promise exist and are listed by `make help` in both languages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGETS = {"demo", "test", "test-long", "drift", "lint", "types", "contracts", "codegen", "docs"}
TARGETS |= {"check", "sdl", "lock", "build", "clean", "install", "format"}
TARGETS |= {"clients", "browser", "vendor"}


def _bootstrap_copy(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of the bootstrap in an empty folder, so that the real .venv is never at stake."""
    (folder / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "bootstrap.sh", folder / "tools")
    environment = {**os.environ, "PYTHON": python}
    command = ["bash", str(folder / "tools" / "bootstrap.sh"), "runtime"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_help_lists_every_target_in_both_languages() -> None:
    output = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = {match[1]: match[2] for match in re.finditer(r"^  make (\S+)\s+(.*)$", output, re.MULTILINE)}
    assert lines.keys() >= TARGETS
    assert all(re.search("[一-鿿].* ?· [A-Z]", text) for text in lines.values())


def test_no_fitting_python_is_said_in_both_languages(tmp_path: Path) -> None:
    done = _bootstrap_copy(tmp_path, "no-such-python")
    assert done.returncode == 1
    assert "未找到 Python 3.11" in done.stderr
    assert "No Python 3.11 or later was found" in done.stderr


def test_a_python_without_ensurepip_is_explained(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\n')
    python.chmod(0o755)
    done = _bootstrap_copy(tmp_path, str(python))
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
    assert not (tmp_path / ".venv").exists()
