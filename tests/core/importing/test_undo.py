"""An import is undone as one batch, or not at all."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.access.models import AuditEntry
from core.errors import Refusals, Refused
from core.events.death import Death, death
from core.households.models import Household, HouseholdMember
from core.importing.models import ImportBatch, ImportState
from core.importing.register_file import write_register
from core.importing.residents import import_residents
from core.importing.target import Target
from core.importing.undo import undo_import
from core.persons.models import Person, PersonVersion
from tests.core.importing.helpers import TODAY, VILLAGES


async def last_batch(target: Target) -> ImportBatch:
    async with target.database.reading() as session:
        query = select(ImportBatch).order_by(ImportBatch.id.desc()).limit(1)
        return (await session.scalars(query)).one()


async def undone(target: Target, batch: ImportBatch) -> Any:
    async with target.transaction() as work:
        return await undo_import(work, await work.session.get_one(ImportBatch, batch.id))


async def standing(target: Target) -> dict[str, int]:
    """How many rows of each kind anybody sees."""
    tests = {
        Person: Person.removed_at.is_(None),
        Household: Household.removed_at.is_(None),
        HouseholdMember: HouseholdMember.voided_at.is_(None),
        PersonVersion: PersonVersion.voided_at.is_(None),
    }
    async with target.database.reading() as session:
        return {
            model.__name__: (await session.scalar(select(func.count()).select_from(model).where(test))) or 0
            for model, test in tests.items()
        }


def register(tmp_path: Path, name: str, rows: int, seed: int) -> Path:
    path = tmp_path / f"{name}.csv"
    write_register(path, rows=rows, seed=seed, divisions=VILLAGES, today=TODAY, faults={})
    return path


@pytest.mark.parametrize("rows", [40, 700])  # object by object, and in bulk
async def test_a_batch_goes_as_it_came(target: Target, tmp_path: Path, rows: int) -> None:
    await import_residents(target, register(tmp_path, "first", 30, 1))
    before = await standing(target)
    path = register(tmp_path, "second", rows, 2)
    done = await import_residents(target, path)
    batch = await last_batch(target)
    counts = (await undone(target, batch)).rows
    assert counts["core_person"] == done.counts.registered > rows // 2
    assert done.counts.joined > 0  # households of the first file
    assert await standing(target) == before
    assert (await last_batch(target)).state is ImportState.UNDONE
    async with target.database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.action == "residents.import_undone")
        assert (await session.scalars(query)).one().details["batch"] == batch.id.hex
    with pytest.raises(Refused, match="IMPORT_STATE"):
        await undone(target, batch)
    again = await import_residents(target, path)  # the numbers are free again
    assert again.counts.registered == done.counts.registered


async def test_what_others_depend_on_stops_it(target: Target, tmp_path: Path) -> None:
    await import_residents(target, register(tmp_path, "first", 30, 1))
    batch, before = await last_batch(target), await standing(target)
    async with target.transaction() as work:
        person = (await work.session.scalars(select(Person).order_by(Person.birth_date).limit(1))).one()
        await death(work, Death(person=person, on=date(2022, 11, 1)))
    with pytest.raises(Refusals) as refused:
        await undone(target, batch)
    assert {refusal.code.code for refusal in refused.value.refusals} == {"IMPORT_DEPENDED"}
    assert (await standing(target))["Person"] == before["Person"]
    assert (await last_batch(target)).state is ImportState.DONE
