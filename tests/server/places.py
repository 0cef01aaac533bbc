"""A division for tests that need somewhere to grant, and no more."""

from __future__ import annotations

import asyncio
from datetime import date

from core.codes import division_code
from core.db import Database
from core.divisions.models import Division


def open_city(url: str, code: str = "410189000000", **closed: date | str) -> None:
    """Put one division into a migrated database, past the services; `closed` says when and into what."""
    asyncio.run(_open(url, code, closed))


async def _open(url: str, code: str, closed: dict[str, date | str]) -> None:
    database = Database(url)
    row = Division(
        code=code,
        name="示范市",
        full_name="示范市",
        tier=division_code.tier(code),
        parent_code=division_code.parent(code),
        district=division_code.district(code),
        valid_from=date(1949, 10, 1),
        **closed,
    )
    async with database.writing() as session:
        session.add(row)
    await database.close()
