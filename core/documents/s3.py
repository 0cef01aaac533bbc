"""Documents in a bucket of S3, or of anything that speaks it (MinIO, OSS, COS, OBS). Needs `minzheng[s3]`."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from core.documents.storage import FileGone, StorageError, Stored
from core.settings import S3Settings

_CHUNK = 256 * 1024
_PART = 5 * 1024 * 1024  # the least that S3 takes as a part of an upload; so much of a file is held in memory


class Bucket:
    """A bucket under a prefix. S3 shows an object only once its last part has come, so no draft is needed.

    The parts of a killed upload stay, unseen: a lifecycle rule of the bucket (AbortIncompleteMultipartUpload) ends
    them.
    """

    def __init__(self, store: S3Store, place: str) -> None:
        self._store = store
        self._place = place

    @property
    def place(self) -> str:
        return self._place

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> None:
        failed: list[BaseException] = []
        with _failing(failed):
            await obstore.put_async(
                self._store, key, _noting(chunks, failed), chunk_size=_PART, max_concurrency=1
            )

    async def get(self, key: str) -> AsyncIterator[bytes]:
        with _failing():
            found = await obstore.get_async(self._store, key)
            async for chunk in found.stream(min_chunk_size=_CHUNK):
                yield bytes(chunk)

    async def head(self, key: str) -> Stored | None:
        try:
            with _failing():
                return _stored(await obstore.head_async(self._store, key))
        except FileGone:
            return None

    async def delete(self, key: str) -> None:
        with _failing():
            await obstore.delete_async(self._store, key)

    async def list(self) -> AsyncIterator[Stored]:
        with _failing():
            async for batch in obstore.list(self._store):
                for found in batch:
                    yield _stored(found)


async def _noting(chunks: AsyncIterable[bytes], failed: list[BaseException]) -> AsyncIterator[bytes]:
    """The chunks; what they raise is kept, since it comes back through the library as something else."""
    try:
        async for chunk in chunks:
            yield chunk
    except BaseException as error:
        failed.append(error)
        raise


@contextmanager
def _failing(failed: list[BaseException] | None = None) -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        if failed:
            raise failed[0] from None
        # The class alone: the text names the address and the request.
        kind = FileGone if isinstance(error, FileNotFoundError) else StorageError
        raise kind(type(error).__name__) from error


def _stored(found: Any) -> Stored:
    return Stored(found["path"], found["size"], found["last_modified"])


def bucket(address: str, settings: S3Settings) -> Bucket:
    """The storage of `s3://bucket/prefix`. What the settings leave out is taken from the environment (`AWS_*`)."""
    name, _, prefix = address.removeprefix("s3://").partition("/")
    secret = settings.secret_access_key
    given: dict[str, Any] = {
        "endpoint": settings.endpoint,
        "region": settings.region,
        "access_key_id": settings.access_key_id,
        "secret_access_key": secret.get_secret_value() if secret else None,
        "virtual_hosted_style_request": settings.virtual_hosted,
    }
    options = {"allow_http": (settings.endpoint or "").startswith("http://"), "timeout": "60s"}
    config = {key: value for key, value in given.items() if value is not None}
    store = S3Store(name, prefix=prefix.strip("/") or None, client_options=options, **config)  # type: ignore[arg-type]
    return Bucket(store, f"s3://{name}/{prefix}")
