"""One running service for all client libraries, which may write to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Sqlite
from tests.live import Live, live

PERSONS = 300


@pytest.fixture(scope="package")
async def site(sqlite: Sqlite, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    async with (
        sqlite.migrated(("assistance",)) as database,
        live(database, tmp_path_factory.mktemp("var"), persons=PERSONS) as site,
    ):
        yield site
