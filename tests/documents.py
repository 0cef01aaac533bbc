"""What the tests of documents share: small real files, and a site that takes and hands them out over HTTP."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from core.documents.files import png, tiny_pdf
from core.settings import Settings
from server.app import create_app
from server.auth import mint
from server.runtime import Runtime
from tests.schema import small_city
from tests.schema.small_city import CITY, TODAY

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
PDF_BYTES = tiny_pdf("Proof")
PNG_BYTES = png(4, 4)
JPEG_BYTES = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(200) + b"\xff\xd9"
EXE_BYTES = b"MZ\x90\x00\x03" + bytes(120) + b"PE\0\0" + zlib.compress(bytes(500))

REQUEST = """mutation R($i: RequestUploadInput!) { requestUpload(input: $i) {
  document { id state kind { name } } uploadUrl expiresAt dryRun errors { code field } } }"""
DOWNLOAD = """mutation D($i: RequestDownloadInput!) { requestDownload(input: $i) {
  document { id } downloadUrl expiresAt errors { code field } } }"""
REMOVE = """mutation X($i: RemoveDocumentInput!) { removeDocument(input: $i) {
  document { id state removedAt } errors { code field } } }"""
SHOWN = """query S($id: ID!) { document(id: $id) {
  id state size sha256 mediaType title uploadedAt uploadedBy subject kind { name title titleZh titleEn } } }"""


@dataclass
class Site:
    """A running service, a client and the small city."""

    runtime: Runtime
    client: httpx.AsyncClient
    city: small_city.City

    @property
    def folder(self) -> Path:
        return Path(self.runtime.settings.documents)

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file())

    def headers(self, role: str = "CITY_OFFICER", division: str = CITY, *grants: str) -> dict[str, str]:
        token = mint(self.runtime.settings, role, division, grants, timedelta(hours=1))
        return {"Authorization": f"Bearer {token}", "Accept-Language": "en"}

    async def ask(self, query: str, by: dict[str, str] | None = None, **variables: Any) -> Any:
        sent = {"query": query, "variables": variables}
        answer = await self.client.post("/graphql", json=sent, headers=by or self.headers())
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert "errors" not in body, body
        return body["data"]

    async def requested(
        self, content: bytes = PDF_BYTES, by: dict[str, str] | None = None, **fields: Any
    ) -> Any:
        asked = {
            "subject": self.city.person(0),
            "kind": "core.identity_proof",
            "title": "身份证",
            "mediaType": PDF,
            "size": len(content),
            **fields,
        }
        return (await self.ask(REQUEST, by, i=asked))["requestUpload"]

    async def put(self, url: str, content: Any = PDF_BYTES, **headers: str) -> httpx.Response:
        return await self.client.put(url, content=content, headers={"Accept-Language": "en", **headers})

    async def stored(
        self, content: bytes = PDF_BYTES, by: dict[str, str] | None = None, **fields: Any
    ) -> str:
        asked = await self.requested(content, by, **fields)
        assert asked["errors"] == [], asked
        answer = await self.put(asked["uploadUrl"], content)
        assert answer.status_code == 201, answer.text
        assert answer.json()["sha256"] == hashlib.sha256(content).hexdigest()
        return str(asked["document"]["id"])

    async def shown(self, document: str, by: dict[str, str] | None = None) -> Any:
        return (await self.ask(SHOWN, by, id=document))["document"]

    def reader(self, role: str = "CITY_OFFICER", division: str = CITY) -> dict[str, str]:
        """Somebody who may see what is masked, and says why."""
        return {**self.headers(role, division, "pii:read"), "Purpose": "verification"}

    async def link(self, document: str, by: dict[str, str] | None = None) -> str:
        asked = (await self.ask(DOWNLOAD, by or self.reader(), i={"document": document}))["requestDownload"]
        assert asked["errors"] == [], asked
        return str(asked["downloadUrl"])


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of a refusal in the service's own shape."""
    (error,) = json.loads(answer.text)["errors"]
    assert error["message"]
    return answer.status_code, error["extensions"]["code"]


Opened = Callable[..., AbstractAsyncContextManager[Site]]


@asynccontextmanager
async def site_of(database_url: str, var: Path, **settings: Any) -> AsyncIterator[Site]:
    """The service in this process over a small city, with files under `var` unless the settings say otherwise."""
    made = Settings(dev=True, database=database_url, var=var, plugins=[], today=TODAY, **settings)
    runtime = await Runtime.open(made)
    try:
        city = await small_city.build(runtime.database, runtime.host, runtime.vault)
        transport = httpx.ASGITransport(create_app(runtime))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield Site(runtime, client, city)
    finally:
        await runtime.close()
