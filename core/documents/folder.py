"""Documents in a folder of this machine (or of a file system that all machines of the service share)."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, TypeVar

from core.documents.storage import INCOMING, FileGone, StorageError, Stored

T = TypeVar("T")
_CHUNK = 256 * 1024
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


class Folder:
    """A folder. Files are written under `incoming/`, synced, and moved to their key at one stroke."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def place(self) -> str:
        return str(self._root)

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> None:
        draft = self._path(INCOMING + uuid.uuid4().hex)
        file = await _run(lambda: _begin(draft))
        try:
            async for chunk in chunks:
                await _run(file.write, chunk)
            await _run(lambda: _finish(file, draft, self._path(key)))
        finally:
            await asyncio.shield(_run(lambda: _drop(file, draft)))

    async def get(self, key: str) -> AsyncIterator[bytes]:
        file = await _run(lambda: self._path(key).open("rb"))
        try:
            while chunk := await _run(file.read, _CHUNK):
                yield chunk
        finally:
            file.close()

    async def head(self, key: str) -> Stored | None:
        try:
            found = await _run(lambda: self._path(key).stat())
        except FileGone:
            return None
        return _stored(key, found)

    async def delete(self, key: str) -> None:
        await _run(lambda: self._path(key).unlink(missing_ok=True))

    async def list(self) -> AsyncIterator[Stored]:
        found = _files(self._root)
        while batch := await _run(lambda: [file for file, _ in zip(found, range(500), strict=False)]):
            for file in batch:
                yield file

    def _path(self, key: str) -> Path:
        """The path of a key, which never leads out of the folder."""
        parts = key.split("/")
        if any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
            raise StorageError("not a key")
        return self._root.joinpath(*parts)


async def _run(function: Callable[..., T], *arguments: object) -> T:
    """A call of the file system, in a thread; what fails is told without the path."""
    try:
        return await asyncio.to_thread(function, *arguments)
    except FileNotFoundError as error:
        raise FileGone("no such file") from error
    except OSError as error:
        raise StorageError(os.strerror(error.errno) if error.errno else type(error).__name__) from error


def _begin(draft: Path) -> BinaryIO:
    draft.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    return os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE), "wb")


def _finish(file: BinaryIO, draft: Path, path: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()
    path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    draft.replace(path)
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _drop(file: BinaryIO, draft: Path) -> None:
    file.close()
    draft.unlink(missing_ok=True)


def _files(root: Path) -> Iterator[Stored]:
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            path = Path(folder, name)
            try:
                yield _stored(path.relative_to(root).as_posix(), path.stat())
            except FileNotFoundError:
                continue  # finished or removed meanwhile


def _stored(key: str, found: os.stat_result) -> Stored:
    return Stored(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))
