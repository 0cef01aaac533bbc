"""Documents in S3: the same service over a bucket of a local server (moto)."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.doctor import Patient, examine
from core.documents.s3 import bucket
from core.documents.storage import StorageError
from core.settings import S3Settings
from server.doctor import CHECKS
from tests.documents import EXE_BYTES, PDF_BYTES, REMOVE, Site, code, site_of

_SERVER = """
import sys
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""
S3 = {"region": "us-east-1", "access_key_id": "test", "secret_access_key": "test"}


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    return ()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server on a free loopback port, in a process of its own: it answers in threads."""
    command = [sys.executable, "-c", _SERVER]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        yield url
        process.terminate()


@pytest.fixture
async def site(endpoint: str, database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    name = f"bucket-{time.time_ns()}"
    async with httpx.AsyncClient() as client:
        assert (await client.put(f"{endpoint}/{name}")).status_code == 200
    settings: dict[str, Any] = {"documents": f"s3://{name}/papers", "s3": {"endpoint": endpoint, **S3}}
    async with site_of(database_url, tmp_path, **settings) as site:
        yield site


async def keys(site: Site) -> list[str]:
    return [file.key async for file in site.runtime.graphql.storage.list()]


async def chunked(content: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def test_the_whole_way(site: Site) -> None:
    document = await site.stored()
    assert await keys(site) == [f"stored/410189000000/{document.partition('_')[2]}"]
    fetched = await site.client.get(await site.link(document))
    assert (fetched.status_code, fetched.content) == (200, PDF_BYTES)
    await site.ask(REMOVE, i={"document": document, "reason": "x"})
    assert await keys(site) == []


async def test_a_file_of_several_parts(site: Site) -> None:
    content = PDF_BYTES + os.urandom(9_000_000)
    asked = await site.requested(content)
    assert (await site.put(asked["uploadUrl"], chunked(content))).status_code == 201
    fetched = await site.client.get(await site.link(asked["document"]["id"]))
    assert fetched.content == content


async def test_what_is_refused_leaves_nothing(site: Site) -> None:
    wrong = await site.requested(EXE_BYTES)
    assert code(await site.put(wrong["uploadUrl"], EXE_BYTES)) == (415, "DOC_TYPE")
    content = PDF_BYTES + os.urandom(7_000_000)
    late = await site.requested(content)
    answer = await site.put(late["uploadUrl"], chunked(content + b"%"))
    assert code(answer) == (413, "DOC_SIZE")
    hashed = await site.requested(content, sha256="0" * 64)
    assert code(await site.put(hashed["uploadUrl"], chunked(content))) == (422, "DOC_HASH")
    assert await keys(site) == []


async def test_the_doctor_looks_into_the_bucket(site: Site) -> None:
    gone, altered = await site.stored(), await site.stored()
    storage = site.runtime.graphql.storage
    await storage.delete(f"stored/410189000000/{gone.partition('_')[2]}")
    await storage.put(f"stored/410189000000/{altered.partition('_')[2]}", chunked(PDF_BYTES[:-1] + b" "))
    runtime = site.runtime
    parts = (runtime.settings, runtime.host, runtime.database, storage, runtime.clock)
    reports = {r.check.name: r async for r in examine(Patient(*parts, rehash=True), CHECKS)}
    assert reports["storage"].level == "ok"
    assert [f.about for f in reports["files"].findings if f.about] == [gone, altered]


async def test_a_bucket_that_is_not_there_is_told_without_its_address(endpoint: str) -> None:
    storage = bucket("s3://no-such-bucket/x", S3Settings(endpoint=endpoint, **S3))  # type: ignore[arg-type]
    with pytest.raises(StorageError) as caught:
        await asyncio.wait_for(storage.put("stored/a", chunked(b"x")), 30)
    assert endpoint not in str(caught.value)
