"""An import killed half way, and what it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from core.access.service import system
from core.clock import Clock
from core.db import Database
from core.divisions.service import NewDivision, open_divisions
from core.host import Host
from core.households.models import Household
from core.importing.models import ImportState
from core.importing.register_file import write_register
from core.importing.residents import import_residents
from core.importing.target import Target, errors_path
from core.vault import Keyring, Vault
from tests.conftest import Databases
from tests.core.importing.helpers import ALL, TODAY, VILLAGES, batches, listed, snapshot

ROWS, CHUNK = 600, 20
SCRIPT = """
import asyncio, sys
from datetime import date
from pathlib import Path
from core.access.service import system
from core.clock import Clock
from core.db import Database
from core.host import Host
from core.importing.residents import import_residents
from core.importing.target import Target
from core.vault import Keyring, Vault

url, keys, path, today, chunk = sys.argv[1:]
host = Host([])
vault = Vault(Keyring.load(Path(keys)))
target = Target(Database(url), system(host.permissions), Clock(date.fromisoformat(today)), vault, host)
say = lambda done, total: print(done, flush=True)
asyncio.run(import_residents(target, Path(path), say, chunk_rows=int(chunk)))
"""


async def opened(url: str, keys: Path) -> Target:
    host = Host([])
    vault = Vault(Keyring.ensure(keys))
    target = Target(Database(url), system(host.permissions), Clock(TODAY), vault, host)
    async with target.transaction() as work:
        await open_divisions(work, [NewDivision(code, f"区划{code}") for code in ALL])
    return target


def killed_after(rows: int, *arguments: str) -> None:
    """Run the import in a process of its own, and kill it once it has said that many rows."""
    command = [sys.executable, "-c", SCRIPT, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if int(line) >= rows:
                process.kill()
                break
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("rows", [1, 100, 300])
async def test_a_killed_import_goes_on(
    databases: Databases, plugins: tuple[str, ...], tmp_path: Path, rows: int
) -> None:
    keys, path = tmp_path / "keys.json", tmp_path / "register.csv"
    write_register(path, rows=ROWS, seed=7, divisions=VILLAGES, today=TODAY)
    async with databases.migrated(plugins) as url, databases.migrated(plugins) as clean_url:
        target, clean = await opened(url, keys), await opened(clean_url, keys)
        reference = await import_residents(clean, path)
        complete, errors = await snapshot(clean), listed(path)
        report = errors_path(path).read_bytes()
        killed_after(rows, url, str(keys), str(path), TODAY.isoformat(), str(CHUNK))
        await _only_whole_households(target, complete)
        (broken,) = await batches(target)
        assert (broken.state, broken.finished_at) == (ImportState.RUNNING, None)
        assert rows <= broken.counts["read"] < ROWS
        await import_residents(replace(target, dry_run=True), path)
        resumed_at: list[int] = []
        resumed = await import_residents(target, path, resuming=resumed_at.append)
        assert resumed_at == [broken.row_reached + 1]
        assert resumed.counts == reference.counts
        assert await snapshot(target) == complete
        assert listed(path) == errors
        assert errors_path(path).read_bytes() == report
        (whole,) = await batches(target)
        assert (whole.id, whole.state, whole.rows) == (broken.id, ImportState.DONE, ROWS)
        assert whole.counts == asdict(reference.counts)
        assert sorted(os.listdir(tmp_path)) == ["keys.json", path.name, errors_path(path).name]
        for one in (target, clean):
            await one.database.close()


async def test_a_lost_report_is_made_again(
    databases: Databases, plugins: tuple[str, ...], tmp_path: Path
) -> None:
    keys, path = tmp_path / "keys.json", tmp_path / "register.csv"
    write_register(path, rows=ROWS, seed=7, divisions=VILLAGES, today=TODAY)
    async with databases.migrated(plugins) as url:
        target = await opened(url, keys)
        killed_after(100, url, str(keys), str(path), TODAY.isoformat(), str(CHUNK))
        (part,) = (name for name in os.listdir(tmp_path) if name.endswith(".part"))
        os.unlink(tmp_path / part)
        again = await import_residents(
            target, path, resuming=lambda row: pytest.fail("nothing to go on from")
        )
        assert again.counts.already >= 90
        assert len(listed(path)) == again.counts.cells > 0
        (batch,) = await batches(target)
        assert (batch.state, batch.counts) == (ImportState.DONE, asdict(again.counts))
        await target.database.close()


async def _only_whole_households(target: Target, complete: list[tuple[object, ...]]) -> None:
    async with target.database.reading() as session:
        codes = set(await session.scalars(select(Household.code)))
    landed = await snapshot(target)
    assert 0 < len(landed) < len(complete)
    assert set(landed) <= set(complete)
    whole = Counter(row[3] for row in complete)
    assert Counter(row[3] for row in landed if row[3]) == {code: whole[code] for code in codes}
