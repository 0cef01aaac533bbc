from __future__ import annotations

import csv
from pathlib import Path

import pytest

from core.codes.resident_id import parse
from core.errors import StartupError
from core.importing.register_file import FAULTS, HEADERS, write_register
from tests.core.importing.helpers import TODAY, VILLAGES


def written(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_same_seed_same_file(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_register(tmp_path / name, rows=150, seed=seed, divisions=VILLAGES, today=TODAY)
    first, second, third = (written(tmp_path / name) for name in "abc")
    assert first == second != third


def test_people_of_an_unassigned_region(tmp_path: Path) -> None:
    write_register(tmp_path / "r.csv", rows=300, seed=1, divisions=VILLAGES, today=TODAY, faults={})
    header, *rows = written(tmp_path / "r.csv")
    assert tuple(header) == HEADERS
    assert len({parse(row[3], TODAY).number for row in rows}) == 300
    assert all(row[3].startswith("410189") and row[7] in VILLAGES for row in rows)


def test_each_fault_once_by_default(tmp_path: Path) -> None:
    stated = write_register(tmp_path / "r.csv", rows=200, seed=1, divisions=VILLAGES, today=TODAY)
    assert stated == dict.fromkeys(FAULTS, 1)


@pytest.mark.parametrize(
    ("faults", "said"), [({"ID_CHECKSUM": 99}, "too few rows"), ({"ID_MAGIC": 1}, "no fault ID_MAGIC")]
)
def test_impossible_faults(tmp_path: Path, faults: dict[str, int], said: str) -> None:
    with pytest.raises(StartupError, match=said):
        write_register(tmp_path / "r.csv", rows=50, seed=1, divisions=VILLAGES, today=TODAY, faults=faults)
    assert not (tmp_path / "r.csv").exists()
