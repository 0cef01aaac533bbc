"""Where files are kept: one small interface over a folder or an S3 bucket.

A key is a path of plain names. Nothing stands at a key until every byte of it is safe.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from core.errors import StartupError
from core.settings import Settings

INCOMING = "incoming/"  # unfinished uploads, where the storage shows them
STORED = "stored/"


class StorageError(Exception):
    """The storage failed; says how, never what it holds."""


class FileGone(StorageError):
    """There is no file at a key."""


@dataclass(frozen=True)
class Stored:
    """A file as the storage sees it."""

    key: str
    size: int
    modified: datetime


class Storage(Protocol):
    """Keeps files. Every method raises StorageError when the storage fails."""

    @property
    def place(self) -> str:
        """What it is, for an operator: a folder or an address, without credentials."""

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> None:
        """Store what comes, all of it or nothing; an exception of `chunks` passes."""

    def get(self, key: str) -> AsyncIterator[bytes]:
        """The bytes of a file. Raises FileGone."""

    async def head(self, key: str) -> Stored | None:
        """What is at a key, if anything is."""

    async def delete(self, key: str) -> None:
        """Let nothing be at a key, whether or not something was."""

    def list(self) -> AsyncIterator[Stored]:
        """Every file, unfinished ones included."""


def storage_of(settings: Settings) -> Storage:
    """The storage that the settings name; nothing is made or asked yet.

    Raises:
        StartupError: S3 is asked for and its library is not installed.
    """
    if not settings.documents.startswith("s3://"):
        from core.documents.folder import Folder

        return Folder(Path(settings.documents))
    try:
        from core.documents.s3 import bucket
    except ImportError:
        raise StartupError(
            "材料存于 S3 需要安装 minzheng[s3] / documents in S3 need minzheng[s3]: pip install 'minzheng[s3]'"
        ) from None
    return bucket(settings.documents, settings.s3)
