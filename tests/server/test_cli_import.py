"""`minzheng import`, on a database of the test's own."""

from __future__ import annotations

import os
import sqlite3
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from core.errors import Refused, StartupError
from core.importing.register_file import write_register
from server.cli import imports, migrate, options
from server.cli.common import err, out

REAL = Path(__file__).parents[2] / "examples" / "data" / "divisions-370687.csv"
CITY = "code,name\n410189,市\n410189101,镇\n410189101201,村\n"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.setenv("MINZHENG_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("MINZHENG_PLUGINS", "")
    for console in (out, err):
        monkeypatch.setattr(console, "_width", 200)
    made = typer.Typer()
    made.callback()(options)
    for group in (imports, migrate):
        group.register(made)
    return made


def run(app: typer.Typer, *arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def counted(result: Result, zh: str) -> int:
    (line,) = (line for line in result.stdout.splitlines() if zh in line)
    return int(line.split("│")[2])


def test_unmigrated(app: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    result = run(app, "import", "divisions", REAL)
    assert isinstance(result.exception, StartupError)
    assert result.exit_code == 1
    assert "minzheng migrate" in str(result.exception)


def test_the_real_city(app: typer.Typer) -> None:
    run(app, "migrate")
    first = run(app, "import", "divisions", REAL)
    assert (first.exit_code, counted(first, "新设区划")) == (0, 736)
    second = run(app, "import", "divisions", REAL)
    assert (second.exit_code, counted(second, "未变"), counted(second, "新设区划")) == (0, 736, 0)


def test_a_register(app: typer.Typer, tmp_path: Path) -> None:
    run(app, "migrate")
    city, register = tmp_path / "city.csv", tmp_path / "register.xlsx"
    city.write_text(CITY, "utf-8")
    assert run(app, "import", "divisions", city).exit_code == 0
    stated = write_register(register, rows=100, seed=1, divisions=["410189101201"], today=date(2022, 11, 30))
    tried = run(app, "import", "residents", register, "--dry-run")
    assert tried.exit_code == imports.SOME_REFUSED
    assert "nothing was written" in tried.stdout
    result = run(app, "import", "residents", register)
    assert result.exit_code == imports.SOME_REFUSED
    assert counted(result, "登记人员") == counted(tried, "登记人员") == 100 - sum(stated.values()) + 1
    assert counted(result, "有误的单元格") == sum(stated.values())
    assert "register.xlsx.errors.csv" in result.stderr
    assert "年收入" in result.stderr


def test_the_list_of_batches(app: typer.Typer, tmp_path: Path) -> None:
    run(app, "migrate")
    city = tmp_path / "city.csv"
    city.write_text(CITY, "utf-8")
    run(app, "import", "divisions", city)
    shown = run(app, "import", "list")
    assert shown.exit_code == 0
    (line,) = (line for line in shown.stdout.splitlines() if "city.csv" in line)
    assert all(word in line for word in ("divisions", "3/3", "DONE", "system"))


def test_an_import_is_undone_by_its_batch(app: typer.Typer, tmp_path: Path) -> None:
    run(app, "migrate")
    city, register = tmp_path / "city.csv", tmp_path / "register.csv"
    city.write_text(CITY, "utf-8")
    run(app, "import", "divisions", city)
    write_register(register, rows=40, seed=1, divisions=["410189101201"], today=date(2022, 11, 30), faults={})
    assert counted(run(app, "import", "residents", register), "登记人员") == 40
    kinds = {line.split()[1]: line.split()[0] for line in run(app, "import", "list").stdout.splitlines()[1:]}
    assert counted(run(app, "import", "undo", kinds["residents"], "--dry-run"), "core_person ") == 40
    assert counted(run(app, "import", "undo", kinds["residents"]), "core_person ") == 40
    for batch, said in ((kinds["residents"], "IMPORT_STATE"), (kinds["divisions"], "IMPORT_KIND")):
        assert said in str(run(app, "import", "undo", batch).exception)
    assert "no batch" in str(run(app, "import", "undo", "0" * 32).exception)
    assert counted(run(app, "import", "residents", register), "登记人员") == 40


def test_a_broken_import_says_where_it_goes_on(app: typer.Typer, tmp_path: Path) -> None:
    run(app, "migrate")
    city, register = tmp_path / "city.csv", tmp_path / "register.csv"
    city.write_text(CITY, "utf-8")
    run(app, "import", "divisions", city)
    write_register(register, rows=100, seed=1, divisions=["410189101201"], today=date(2022, 11, 30))
    with sqlite3.connect(tmp_path / "var" / "minzheng.db") as database:
        # All rows land, and then the disk is full.
        database.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON core_import_batch WHEN new.row_reached > 60 "
            "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    broken = run(app, "import", "residents", register)
    assert broken.exit_code == 1
    with sqlite3.connect(tmp_path / "var" / "minzheng.db") as database:
        database.execute("DROP TRIGGER full")
    resumed = run(app, "import", "residents", register)
    assert "继续上次的导入，从第" in resumed.stderr
    assert counted(resumed, "读取行数") == 100
    assert counted(resumed, "此前已登记") == 0


def test_an_unusable_file(app: typer.Typer, tmp_path: Path) -> None:
    run(app, "migrate")
    file = tmp_path / "x.csv"
    file.write_text("甲,乙\n1,2\n", "utf-8")
    result = run(app, "import", "residents", file)
    assert isinstance(result.exception, Refused)
    assert result.exception.code.code == "COLUMN_MISSING"
    assert sorted(os.listdir(tmp_path)) == ["var", "x.csv"]


def test_a_missing_file(app: typer.Typer) -> None:
    refusal = run(app, "import", "residents", "nowhere.csv").exception
    assert isinstance(refusal, StartupError)
    assert str(refusal) == "没有文件 nowhere.csv / there is no file nowhere.csv"
