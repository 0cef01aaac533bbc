"""The whole application in this process, asked over HTTP with development tokens of any role."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx

from core.codes.sets import UserRole
from core.settings import Settings
from minzheng.testing import Running
from server.app import create_app
from server.auth import mint
from server.runtime import Runtime


@dataclass
class Http:
    """An application and a client of it."""

    runtime: Runtime
    client: httpx.AsyncClient

    @property
    def running(self) -> Running:
        """The same service, for what tests write directly."""
        runtime = self.runtime
        return Running(runtime.host, runtime.database, runtime.clock, runtime.vault, runtime.graphql)

    async def ask(
        self, query: str, variables: Mapping[str, Any], role: UserRole, division: str
    ) -> Mapping[str, Any]:
        """The answer to an operation of somebody with a role over a division."""
        token = mint(self.runtime.settings, role.name, division, (), timedelta(hours=1))
        answer = await self.client.post(
            "/graphql",
            json={"query": query, "variables": dict(variables)},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 200, answer.text
        found: Mapping[str, Any] = answer.json()
        return found


@asynccontextmanager
async def over_http(database: str, var: Path, plugins: tuple[str, ...], today: date) -> AsyncIterator[Http]:
    """The application over a migrated database."""
    settings = Settings(dev=True, database=database, var=var, today=today, plugins=list(plugins))
    runtime = await Runtime.open(settings)
    try:
        transport = httpx.ASGITransport(app=create_app(runtime))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            yield Http(runtime, client)
    finally:
        await runtime.close()
