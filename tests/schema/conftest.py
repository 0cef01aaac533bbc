from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.access.principal import Principal
from core.clock import Clock
from core.db import Database
from core.host import Host
from core.settings import Settings
from core.vault import Keyring, Vault
from schema.request import GraphQLRequest
from schema.service import GraphQLService
from tests.schema import small_city


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    """Core alone."""
    return ()


@dataclass
class Served:
    """The service over the small city, and both of its paths."""

    service: GraphQLService
    city: small_city.City
    callers: dict[str, Principal]

    async def ask(
        self, query: str, caller: str | Principal = "city", *, planned: bool = True, **options: Any
    ) -> Any:
        """The whole answer; `planned=False` forces graphql-core's path."""
        principal = self.callers[caller] if isinstance(caller, str) else caller
        request = GraphQLRequest(query, principal, **options)
        path = self.service._planned
        if not planned:
            self.service._planned = _refuse  # type: ignore[method-assign]
        try:
            answer = await self.service.execute(request)
        finally:
            self.service._planned = path  # type: ignore[method-assign]
        return json.loads(answer.body)

    async def both(self, query: str, caller: str = "city", **options: Any) -> Any:
        """The answer of the planner, which must be graphql-core's to the byte and the key order."""
        planned = await self.ask(query, caller, **options)
        ordinary = await self.ask(query, caller, planned=False, **options)
        explain = planned.pop("extensions")["explain"]
        ordinary.pop("extensions")
        assert json.dumps(planned, ensure_ascii=False) == json.dumps(ordinary, ensure_ascii=False), query
        return planned, explain


async def _refuse(*_arguments: Any) -> None:
    return None


@pytest.fixture
async def served(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    host = Host([])
    vault = Vault(Keyring.fresh())
    city = await small_city.build(database, host, vault)
    settings = Settings(dev=True, database=database_url, var=tmp_path, id_searches_per_minute=100000)
    clock = Clock(small_city.TODAY)
    service = GraphQLService(host=host, database=database, vault=vault, clock=clock, settings=settings)
    await service.open()
    yield Served(service, city, small_city.callers(host))
    await service.close()
