"""The demo city's documents are real files, sent in the way a user sends them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from core.clock import Clock
from core.db import Database
from core.demo_city.generate import CITY_OFFICER, fill
from core.documents.folder import Folder
from core.documents.models import Document, DocumentState
from core.host import Host
from core.vault import Keyring, Vault
from tests.schema.small_city import TODAY


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    return ()


async def test_some_proofs_of_each_kind(database: Database, tmp_path: Path) -> None:
    parts = (database, Host([]), Vault(Keyring.fresh()), Clock(TODAY))
    storage = Folder(tmp_path / "files")
    await fill(*parts, persons=30, seed=1, progress=lambda *_: None, storage=storage)
    async with database.reading() as session:
        documents = (await session.scalars(select(Document))).all()
    assert {document.kind for document in documents} == {
        "core.identity_proof",
        "core.residence_proof",
        "core.organization_certificate",
    }
    assert {document.state for document in documents} == {DocumentState.STORED}
    assert {document.uploaded_by for document in documents} == {CITY_OFFICER}
    kept = {file.key: file.size async for file in storage.list()}
    assert kept == {document.storage_key: document.size for document in documents}
