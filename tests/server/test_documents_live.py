"""Documents over a real socket: the way a browser goes, and a client that goes away in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import select

from core.documents.models import Document, DocumentState
from core.ids import typed
from core.persons.models import Person
from tests.documents import PDF, PDF_BYTES, REQUEST, code
from tests.live import Live, live


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    return ()


@pytest.fixture
async def service(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Live]:
    monkeypatch.setenv("MINZHENG_PLUGINS", "")
    async with live(database_url, tmp_path, persons=20) as service:
        yield service


async def _requested(service: Live, client: httpx.AsyncClient, size: int) -> str:
    async with service.runtime.database.reading() as session:
        person = (await session.scalars(select(Person).limit(1))).one()
    asked = {"subject": typed("person", person.id), "kind": "core.identity_proof", "title": "证件"}
    body: dict[str, Any] = {"query": REQUEST, "variables": {"i": {**asked, "mediaType": PDF, "size": size}}}
    headers = {"Authorization": f"Bearer {service.token()}"}
    answer = (await client.post("/graphql", json=body, headers=headers)).json()
    return str(answer["data"]["requestUpload"]["uploadUrl"])


def _files(service: Live) -> list[Path]:
    root = Path(service.runtime.settings.documents)
    return [path for path in root.rglob("*") if path.is_file()]


async def _slowly(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 100_000):
        yield content[start : start + 100_000]
        await asyncio.sleep(0)


async def test_over_a_socket(service: Live) -> None:
    async with httpx.AsyncClient(base_url=service.url) as client:
        url = await _requested(service, client, len(PDF_BYTES))
        assert (await client.put(url, content=PDF_BYTES)).status_code == 201
        big = PDF_BYTES + bytes(3_000_000)
        url = await _requested(service, client, len(big))
        assert code(await client.put(url, content=_slowly(big + bytes(200_000)))) == (413, "DOC_SIZE")
        url = await _requested(service, client, len(big))
        assert (await client.put(url, content=_slowly(big))).status_code == 201
    assert len(_files(service)) == 2


async def test_a_client_that_goes_away_leaves_no_half_document(service: Live) -> None:
    async with httpx.AsyncClient(base_url=service.url) as client:
        url = await _requested(service, client, 1_000_000)
    address = urlsplit(service.url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(f"PUT {url} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n".encode())
    writer.write(PDF_BYTES + bytes(300_000))
    await writer.drain()
    await _until(lambda: len(_files(service)) == 1)
    writer.close()
    await _until(lambda: _files(service) == [])
    async with service.runtime.database.reading() as session:
        (document,) = (await session.scalars(select(Document))).all()
    assert (document.state, document.storage_key) == (DocumentState.AWAITING, None)


async def _until(holds: Any) -> None:
    for _ in range(200):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to be")
