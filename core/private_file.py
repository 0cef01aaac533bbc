"""Files that hold keys: readable by the owner alone, and never seen half-written."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def _draft(path: Path, text: str) -> Iterator[Path]:
    """The content under another name in the same folder; mkstemp opens it with O_EXCL and mode 0600."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def create(path: Path, text: str) -> bool:
    """Make the file unless it exists; of several processes exactly one makes it.

    Returns:
        Whether this call made it. A link, unlike a rename, fails when the name is taken.
    """
    with _draft(path, text) as draft:
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
    return True


def replace(path: Path, text: str) -> None:
    """Put the new content in place of the old at one stroke."""
    with _draft(path, text) as draft:
        draft.replace(path)


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Read, change and replace the file without another process doing so meanwhile."""
    with path.with_name(f".{path.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
