"""The sealed audit, on both databases: the chain, every way to spoil it, sealers and writers at once."""

from __future__ import annotations

import asyncio
import logging
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from core.access import seal as seals
from core.access import sealer
from core.access.audit import entry
from core.access.models import AuditEntry, AuditHead
from core.access.seal import seal
from core.access.verify import Chain, Kept, verify
from core.clock import Clock
from core.db import Database
from core.errors import StartupError
from core.vault import Keyring, Vault

CLOCK = Clock(date(2022, 11, 30))
EAST, WEST = "410189000000", "410188000000"


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    return ()


@pytest.fixture(scope="module")
def vault() -> Vault:
    return Vault(Keyring.fresh())


async def add(database: Database, count: int, district: str | None = EAST, actor: str = "li") -> None:
    async with database.writing() as session:
        for number in range(count):
            details = {"count": number, "说明": "几项"}
            session.add(
                entry(CLOCK, actor, "thing.done", district=district, fields=["b", "a"], details=details)
            )


@pytest.fixture
async def sealed(database: Database, vault: Vault) -> Database:
    """Five rows of one district, three of another, two of none; all of them sealed."""
    await add(database, 5)
    await add(database, 3, WEST)
    await add(database, 2, None)
    assert await seal(database, vault, CLOCK, chunk=4) == 10
    return database


async def chains(database: Database, vault: Vault, *kept: Kept) -> dict[str, Chain]:
    return {chain.name: chain for chain in await verify(database, vault, kept)}


async def run(database: Database, *statements: str) -> None:
    async with database.writing() as session:
        for statement in statements:
            await session.execute(text(statement))


async def unguarded(database: Database, *statements: str) -> None:
    """Past the triggers, as somebody who owns the database can."""
    drops = (
        ["DROP TRIGGER core_audit_no_delete", "DROP TRIGGER core_audit_no_update"]
        if database.dialect_name == "sqlite"
        else ["DROP FUNCTION core_audit_refuse() CASCADE"]
    )
    await run(database, *drops, *statements)


async def test_rows_are_chained_by_district_in_order(sealed: Database, vault: Vault) -> None:
    found = await chains(sealed, vault)
    assert {name: (c.rows, c.position, c.sound, c.unsealed) for name, c in found.items()} == {
        WEST: (3, 3, True, 0),
        EAST: (5, 5, True, 0),
        "service": (2, 2, True, 0),
    }
    async with sealed.reading() as session:
        rows = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.at, AuditEntry.id)))
    east = [row.position for row in rows if row.district == EAST]
    assert east == [1, 2, 3, 4, 5]
    assert len({row.seal for row in rows}) == 10


async def test_a_round_goes_on_where_the_last_one_ended(sealed: Database, vault: Vault) -> None:
    assert await seal(sealed, vault, CLOCK) == 0
    await add(sealed, 2)
    before = (await chains(sealed, vault))[EAST]
    assert (before.sound, before.unsealed, before.rows) == (True, 2, 5)
    assert before.oldest is not None
    assert await seal(sealed, vault, CLOCK) == 2
    after = (await chains(sealed, vault))[EAST]
    assert (after.sound, after.unsealed, after.position) == (True, 0, 7)


WHERE = f"district = '{EAST}' AND position"
EDITS = {
    "actor": "actor = 'wang'",
    "actor_id": "actor_id = id",
    "action": "action = action || '!'",
    "subject": "subject = 'person_1'",
    "purpose": "purpose = ''",
    "fields": "fields = '[\"a\"]'",
    "details": "details = '{}'",
    "white space": 'fields = \'["a","b"]\'',
    "seal": "seal = repeat_zero",
}


@pytest.mark.parametrize("edit", EDITS)
async def test_the_first_altered_row_is_named(sealed: Database, vault: Vault, edit: str) -> None:
    change = EDITS[edit].replace("repeat_zero", f"'{'0' * 64}'")
    await unguarded(sealed, f"UPDATE core_audit SET {change} WHERE {WHERE} IN (3, 4)")
    found = await chains(sealed, vault)
    assert found[EAST].altered is not None
    assert found[EAST].altered[1] == 3
    assert not found[EAST].sound
    assert found[EAST].missing is None
    assert found[WEST].sound
    assert found["service"].sound


async def test_a_moved_moment_shows(sealed: Database, vault: Vault) -> None:
    moved = "replace(at, '2022', '2021')" if sealed.dialect_name == "sqlite" else "at - interval '1 day'"
    await unguarded(sealed, f"UPDATE core_audit SET at = {moved} WHERE {WHERE} = 2")
    altered = (await chains(sealed, vault))[EAST].altered
    assert altered is not None
    assert altered[1] == 2


async def test_a_missing_row_is_named(sealed: Database, vault: Vault) -> None:
    await unguarded(sealed, f"DELETE FROM core_audit WHERE {WHERE} = 3")
    east = (await chains(sealed, vault))[EAST]
    assert (east.missing, east.altered, east.broken_head, east.sound) == (3, None, False, False)


async def test_a_row_that_changes_its_district_is_missed(sealed: Database, vault: Vault) -> None:
    index = "DROP INDEX ix_core_audit_district_position"
    await unguarded(sealed, index, f"UPDATE core_audit SET district = '{WEST}' WHERE {WHERE} = 2")
    found = await chains(sealed, vault)
    assert found[EAST].missing == 2
    assert found[WEST].altered is not None


async def test_a_cut_tail_does_not_reach_the_head(sealed: Database, vault: Vault) -> None:
    await unguarded(sealed, f"DELETE FROM core_audit WHERE {WHERE} >= 4")
    east = (await chains(sealed, vault))[EAST]
    assert (east.missing, east.broken_head, east.position) == (4, True, 3)


async def test_a_whole_chain_that_is_gone_is_missed(sealed: Database, vault: Vault) -> None:
    await unguarded(sealed, f"DELETE FROM core_audit WHERE district = '{EAST}'")
    assert (await chains(sealed, vault))[EAST].missing == 1


async def test_a_tail_cut_with_its_head_shows_against_a_kept_head(sealed: Database, vault: Vault) -> None:
    kept = (await chains(sealed, vault))[EAST].head
    async with sealed.reading() as session:
        third = await session.scalar(
            select(AuditEntry.seal).where(AuditEntry.district == EAST, AuditEntry.position == 3)
        )
    await unguarded(
        sealed,
        f"DELETE FROM core_audit WHERE {WHERE} > 3",
        f"UPDATE core_audit_head SET position = 3, seal = '{third}' WHERE chain = '{EAST}'",
    )
    assert (await chains(sealed, vault))[EAST].sound
    assert (await chains(sealed, vault, kept))[EAST].unexpected == kept
    gone = Kept("110101000000", 1, "0" * 64)
    assert (await chains(sealed, vault, gone))["110101000000"].unexpected == gone


async def test_a_kept_head_still_fits_when_the_chain_has_grown(sealed: Database, vault: Vault) -> None:
    kept = (await chains(sealed, vault))[EAST].head
    await add(sealed, 1)
    await seal(sealed, vault, CLOCK)
    assert (await chains(sealed, vault, Kept.parse(str(kept))))[EAST].sound
    other = Kept(EAST, 2, kept.seal)
    assert (await chains(sealed, vault, other))[EAST].unexpected == other


async def test_a_seal_is_not_forged_without_the_key(sealed: Database, vault: Vault) -> None:
    await unguarded(
        sealed,
        f"UPDATE core_audit SET actor = 'wang', position = NULL, seal = NULL WHERE {WHERE} = 5",
        f"UPDATE core_audit_head SET position = 4 WHERE chain = '{EAST}'",
    )
    await seal(sealed, Vault(Keyring.fresh()), CLOCK)
    altered = (await chains(sealed, vault))[EAST].altered
    assert altered is not None
    assert altered[1] == 5


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM core_audit WHERE position = 1",
        "UPDATE core_audit SET actor = 'wang' WHERE position = 1",
        "UPDATE core_audit SET seal = NULL, position = NULL WHERE position = 1",
        "UPDATE core_audit SET position = position + 10",
    ],
)
async def test_the_database_refuses(sealed: Database, vault: Vault, statement: str) -> None:
    with pytest.raises(DBAPIError, match="core_audit is append-only"):
        await run(sealed, statement)
    assert all(chain.sound for chain in (await chains(sealed, vault)).values())


async def test_rows_not_sealed_yet_are_kept_as_well(database: Database) -> None:
    await add(database, 1)
    statements = ["DELETE FROM core_audit", "UPDATE core_audit SET fields = '[]', position = 1, seal = ''"]
    if database.dialect_name == "sqlite":
        columns = "id, at, actor, action, fields, details"
        statements.append(f"INSERT OR REPLACE INTO core_audit ({columns}) SELECT {columns} FROM core_audit")
    else:
        statements.append("TRUNCATE core_audit")
    for statement in statements:
        with pytest.raises(DBAPIError, match="core_audit is append-only"):
            await run(database, statement)


async def test_sealers_and_writers_at_once(database: Database, vault: Vault, database_url: str) -> None:
    others = [Database(database_url) for _ in range(2)]

    async def write(number: int) -> None:
        for _ in range(10):
            await add(database, 3, EAST if number % 2 else WEST, f"writer {number}")

    writers = asyncio.gather(*(write(number) for number in range(4)))
    while not writers.done():
        await asyncio.gather(*(seal(other, vault, CLOCK, chunk=7) for other in (database, *others)))
        await asyncio.sleep(0)
    await writers
    await seal(database, vault, CLOCK, wait=True)
    found = await chains(database, vault)
    assert {name: (c.rows, c.sound, c.unsealed) for name, c in found.items()} == {
        WEST: (60, True, 0),
        EAST: (60, True, 0),
    }
    for other in others:
        await other.close()


async def test_a_row_that_commits_late_comes_after(database: Database, vault: Vault) -> None:
    """In order of commit: a row with an earlier moment that was not visible yet does not break the chain."""
    if database.dialect_name == "sqlite":
        pytest.skip("one writer at a time")
    async with database.writing() as late:
        late.add(entry(CLOCK, "late", "thing.done", district=EAST))
        await late.flush()
        await add(database, 2)
        assert await seal(database, vault, CLOCK) == 2
    assert await seal(database, vault, CLOCK) == 1
    east = (await chains(database, vault))[EAST]
    assert (east.sound, east.position) == (True, 3)


async def test_a_busy_sealer_is_not_waited_for(database: Database, vault: Vault) -> None:
    if database.dialect_name == "sqlite":
        pytest.skip("the write lock is waited for")
    await add(database, 1)
    async with database.writing() as busy:
        await busy.execute(select(seals.func.pg_advisory_xact_lock(seals._LOCK)))
        assert await seal(database, vault, CLOCK) == 0
    assert await seal(database, vault, CLOCK) == 1


async def test_the_background_sealer(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sealer, "_EVERY", 0.05)
    failures = iter([RuntimeError("13800001234")])

    async def failing(*arguments: Any, **options: Any) -> int:
        for failure in failures:
            raise failure
        return await seal(*arguments, **options)

    monkeypatch.setattr(sealer, "seal", failing)
    with caplog.at_level(logging.WARNING):
        async with sealer.sealing(database, vault, CLOCK):
            await add(database, 3)
            for _ in range(200):
                if (await chains(database, vault))[EAST].rows:
                    break
                await asyncio.sleep(0.02)
    assert "RuntimeError" in caplog.text
    assert "13800001234" not in caplog.text
    await add(database, 1)
    await asyncio.sleep(0.2)
    assert (await chains(database, vault))[EAST].unsealed == 1  # it has stopped


async def test_a_head_that_names_no_row(sealed: Database, vault: Vault) -> None:
    async with sealed.writing() as session:
        await session.execute(update(AuditHead).where(AuditHead.chain == EAST).values(seal="0" * 64))
    east = (await chains(sealed, vault))[EAST]
    assert (east.broken_head, east.altered, east.missing) == (True, None, None)


def test_a_kept_head_has_a_form() -> None:
    for wrong in ("", "410189000000", f"{EAST}:x:{'0' * 64}", f"{EAST}:1:00"):
        with pytest.raises(StartupError):
            Kept.parse(wrong)


def test_the_key_is_no_blind_index(vault: Vault) -> None:
    assert seals.key_of(vault).hex() != vault.blind_index("minzheng audit seal")
    assert seals.key_of(vault) == seals.key_of(Vault(vault.keyring))
