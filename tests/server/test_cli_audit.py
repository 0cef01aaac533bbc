"""`minzheng audit`: exit codes and what it prints, on both databases."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core.access.models import AuditEntry
from core.db import Database
from server.cli import app
from tests.core.access.test_seal import unguarded
from tests.server.places import open_city

RUNNER = CliRunner()
CITY, NATION = "410189000000", "000000000000"


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    return ()


@pytest.fixture(autouse=True)
def _var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("MINZHENG_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("MINZHENG_PLUGINS", "")
    monkeypatch.setenv("MINZHENG_DATABASE", database_url)
    assert run("keys", "generate").exit_code == 0
    open_city(database_url)


def run(*arguments: str) -> Result:
    return RUNNER.invoke(app, list(arguments))


def grant(division: str = CITY) -> None:
    assert run("users", "grant", "li", "--division", division, "--role", "AUDITOR").exit_code == 0


def heads(result: Result) -> list[str]:
    return [line for line in result.stdout.splitlines() if line.count(":") == 2]


def test_sound_altered_and_missing(database_url: str) -> None:
    grant()
    grant(NATION)
    unsealed = run("audit", "verify")
    assert (unsealed.exit_code, heads(unsealed)) == (0, [])
    assert run("audit", "seal").stdout.endswith("audit rows sealed: 3\n")
    first = run("audit", "verify")
    assert first.exit_code == 0
    assert [head.rsplit(":", 1)[0] for head in heads(first)] == [f"{CITY}:1", "service:2"]
    grant()
    assert run("audit", "seal").exit_code == 0
    kept = [option for head in heads(first) for option in ("--expect", head)]
    assert run("audit", "verify", *kept).exit_code == 0
    other = run("audit", "verify", "--expect", heads(first)[0].replace(":1:", ":2:"))
    assert other.exit_code == 1
    assert "与保存的链头不符" in other.stdout
    assert isinstance(run("audit", "verify", "--expect", "x").exception, Exception)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE core_audit SET actor = 'x' WHERE position = 2 AND district IS NOT NULL", "@ 2"),
        ("DELETE FROM core_audit WHERE position = 1 AND district IS NOT NULL", "missing: 1"),
    ],
)
async def test_a_spoilt_chain_is_told(database: Database, statement: str, said: str) -> None:
    await _two_sealed()
    await unguarded(database, statement)
    found = await _run("audit", "verify")
    assert found.exit_code == 1
    assert said in found.stdout


async def _two_sealed() -> None:
    for arguments in (GRANT, GRANT, ("audit", "seal")):
        assert (await _run(*arguments)).exit_code == 0


async def _run(*arguments: str) -> Result:
    """The command, whose own loop needs a thread of its own."""
    return await asyncio.to_thread(run, *arguments)


GRANT = ("users", "grant", "li", "--division", CITY, "--role", "AUDITOR")


def test_a_rotation_is_audited_where_there_is_a_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.db"
    monkeypatch.setenv("MINZHENG_DATABASE", f"sqlite:///{path}")
    assert run("keys", "rotate").exit_code == 0
    assert not path.exists()
    assert run("migrate").exit_code == 0
    assert run("keys", "rotate").exit_code == 0
    with sqlite3.connect(path) as connection:
        rows = connection.execute(f"SELECT action, actor FROM {AuditEntry.__tablename__}").fetchall()
    assert rows == [("keys.rotated", "command line")]
