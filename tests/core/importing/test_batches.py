"""Batches of imports: one for each run, never two of one file at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from core.access.principal import Principal
from core.errors import Refused
from core.importing import batches as module
from core.importing import landing
from core.importing.batches import alone, file_hash
from core.importing.divisions import import_divisions
from core.importing.models import ImportKind, ImportState
from core.importing.residents import import_residents
from core.importing.target import Target
from tests.core.importing.helpers import batches, number

Register = Callable[..., Path]
LINES = (
    f"H1,户主,张三,{number()},410189101201,东街",
    f"H1,妻,李四,{number('1960-02-02', 2)},410189101201,",
    f"H2,户主,王五,{number()},410189101201,西街",
)


async def test_every_run_is_a_batch(target: Target, register: Register) -> None:
    path = register(LINES)
    first = await import_residents(target, path)
    second = await import_residents(target, path)
    assert (first.counts.registered, second.counts.already) == (2, 2)
    newer, older = await batches(target)
    assert newer.id != older.id
    for batch, done in ((older, first), (newer, second)):
        assert (batch.kind, batch.state, batch.actor) == (ImportKind.RESIDENTS, ImportState.DONE, "system")
        assert (batch.file, batch.sha256) == (path.name, file_hash(path))
        assert (batch.rows, batch.row_reached, batch.counts) == (3, 4, asdict(done.counts))
        assert batch.finished_at is not None
        assert (batch.undone_at, batch.undone_by) == (None, None)


async def test_divisions_are_a_batch_too(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "divisions.csv"
    path.write_text("code,name\n410189101203,新村\n", "utf-8")
    done = await import_divisions(target, path)
    (batch,) = await batches(target)
    assert (batch.kind, batch.state, batch.counts) == (
        ImportKind.DIVISIONS,
        ImportState.DONE,
        asdict(done.counts),
    )


async def test_a_dry_run_and_a_refused_one_leave_no_batch(
    target: Target, dry: Target, register: Register, tmp_path: Path
) -> None:
    path = register(LINES[:2])
    await import_residents(dry, path)
    nobody = Target(target.database, Principal(None, "nobody"), target.clock, target.vault, target.host)
    with pytest.raises(Refused, match="FORBIDDEN"):
        await import_residents(nobody, path)
    assert await batches(target) == []
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("kind", [import_residents, import_divisions])
async def test_a_second_import_of_the_same_file_is_refused(
    target: Target,
    register: Register,
    tmp_path: Path,
    kind: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 2)
    path = register(LINES)
    if kind is import_divisions:
        path.write_text("code,name\n410189101203,新村\n", "utf-8")
    async with alone(target.database, path.name, file_hash(path)):
        with pytest.raises(Refused, match="IMPORT_RUNNING"):
            await kind(target, path)  # type: ignore[misc]
    await kind(target, path)  # type: ignore[misc]
    assert len(await batches(target)) == 1


async def test_transactions_carry_the_batch(
    target: Target, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:

    seen = []
    real = landing.register

    async def watched(work: object, news: object) -> object:
        seen.append(work.batch)  # type: ignore[attr-defined]
        return await real(work, news)  # type: ignore[arg-type]

    monkeypatch.setattr(landing, "register", watched)
    await import_residents(target, register(LINES))
    (batch,) = await batches(target)
    assert seen == [batch.id]
