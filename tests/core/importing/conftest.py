from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from core.access.service import system
from core.clock import Clock
from core.db import Database
from core.divisions.service import NewDivision, open_divisions
from core.host import Host
from core.importing.target import Target
from core.vault import Keyring, Vault
from tests.core.importing.helpers import ALL, HEADERS, TODAY


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    return ()


@pytest.fixture
async def target(database: Database) -> Target:
    """An empty register of a small city."""
    host = Host([])
    made = Target(database, system(host.permissions), Clock(TODAY), Vault(Keyring.fresh()), host)
    async with made.transaction() as work:
        await open_divisions(work, [NewDivision(code, f"区划{code}") for code in ALL])
    return made


@pytest.fixture
def dry(target: Target) -> Target:
    return replace(target, dry_run=True)


@pytest.fixture
def register(tmp_path: Path) -> Callable[..., Path]:
    """Writes a register of the lines given."""

    def write(lines: Sequence[str], headers: str = HEADERS, name: str = "register.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join((headers, *lines)) + "\n", "utf-8")
        return path

    return write
