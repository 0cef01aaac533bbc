"""`minzheng report` writes the report of a database as Markdown and Word."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli import app
from tests.server.places import open_city

RUNNER = CliRunner()
CITY = "410189000000"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MINZHENG_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("MINZHENG_BUREAU__SUPERIOR", "示范地区")
    made = f"sqlite:///{tmp_path / 'city.db'}"
    assert RUNNER.invoke(app, ["migrate", "--database", made, "--plugins", ""]).exit_code == 0
    open_city(made)
    return made


def _run(url: str, *more: str, division: str = CITY) -> tuple[int, str]:
    words = ["report", "--database", url, "--plugins", "", "--today", "2022-11-30"]
    result = RUNNER.invoke(app, [*words, "--division", division, "--year", "2022", *more])
    return result.exit_code, result.output


def test_markdown_on_the_screen(url: str) -> None:
    code, text = _run(url, "--as-of", "2022-06-30")
    assert code == 0
    assert text.startswith("# 民政局2022年工作总结\n\n示范市（410189000000），截至 2022-06-30。\n")
    assert "1—6月份，共服务" in text
    assert "率先在示范地区建成" in text
    assert "| 有免税资格的社会组织 | 0 | 个 | 0 |" in text
    assert r"| minors.center\_area | \*\* |  |  | 未启用插件 minors |" in text


def test_a_word_file(url: str, tmp_path: Path) -> None:
    out = tmp_path / "report.docx"
    assert _run(url, "--format", "docx", "--out", str(out))[0] == 0
    with zipfile.ZipFile(out) as parts:
        text = parts.read("word/document.xml").decode()
    assert "民政局2022年工作总结" in text
    assert "完成了**所敬老院升级改造" in text
    assert "有免税资格的社会组织" in text


@pytest.mark.parametrize(
    ("more", "division"), [(["--format", "docx"], CITY), (["--as-of", "soon"], CITY), ([], "410188000000")]
)
def test_refusals(url: str, more: list[str], division: str) -> None:
    assert _run(url, *more, division=division)[0] == 1
