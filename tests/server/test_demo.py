"""`minzheng demo`, without a socket."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from core.errors import StartupError
from server.cli import demo


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command with a folder of its own; `--serve` stops before the socket."""
    monkeypatch.setenv("MINZHENG_VAR", str(tmp_path))
    monkeypatch.setenv("MINZHENG_PLUGINS", "")
    monkeypatch.setattr(demo, "_serve", lambda *_: None)
    app = typer.Typer()
    app.callback()(lambda: None)
    demo.register(app)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["demo", *arguments])

    return invoke


def persons_in(path: Path) -> list[tuple[str]]:
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT id FROM core_person ORDER BY id").fetchall()


def test_it_fills_and_exits(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "sub" / "x.db"
    result = run("--database", f"sqlite:///{path}", "--persons", "30", "--seed", "4")
    assert result.exit_code == 0
    assert "居民 / persons: 30\n" in result.stdout
    assert len(persons_in(path)) == 30


def test_a_second_fill_is_refused_unless_fresh(run: Any, tmp_path: Path) -> None:
    assert run("--persons", "3").exit_code == 0
    assert isinstance(run("--persons", "3").exception, StartupError)
    assert run("--persons", "4", "--fresh").exit_code == 0
    assert len(persons_in(tmp_path / "demo.db")) == 4
    refused = run("--fresh", "--database", "postgresql://localhost/x").exception
    assert isinstance(refused, StartupError)


def test_serving_takes_the_city_that_is_there_and_replaces_any_other(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    assert run("--serve", "--persons", "5").exit_code == 0
    first = persons_in(path)
    assert run("--serve", "--persons", "5").exit_code == 0
    assert persons_in(path) == first
    assert run("--serve", "--persons", "6").exit_code == 0
    assert len(persons_in(path)) == 6
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER core_audit_no_delete")
        connection.execute("DELETE FROM core_audit WHERE action = 'demo.filled'")
    unfinished = persons_in(path)
    assert run("--serve", "--persons", "6").exit_code == 0
    assert len(persons_in(path)) == 6
    assert persons_in(path) != unfinished


def test_serving_never_deletes_what_no_demo_wrote(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    assert run("--persons", "5").exit_code == 0
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER core_audit_no_update")
        connection.execute("UPDATE core_audit SET action = 'x' WHERE action LIKE 'demo.%'")
    assert isinstance(run("--serve", "--persons", "6").exception, StartupError)
    assert len(persons_in(path)) == 5


def test_a_register_file_is_written_without_a_database(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    result = run("--write-register", str(path), "--rows", "60")
    assert "ID_CHECKSUM" in result.stdout
    assert len(path.read_text("utf-8-sig").splitlines()) > 60
    assert not (tmp_path / "demo.db").exists()


def test_a_bad_date_is_told(run: Any) -> None:
    assert isinstance(run("--today", "soon").exception, StartupError)
