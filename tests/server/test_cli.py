from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.settings import Settings
from server.auth import TokenVerifier
from server.cli import app, main

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINZHENG_VAR", str(tmp_path / "var"))


def failing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str]:
    """Exit code and stderr of the real entry point."""
    monkeypatch.setattr(sys, "argv", ["minzheng", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert isinstance(caught.value.code, int)
    return caught.value.code, capsys.readouterr().err


async def test_token_alone_on_stdout() -> None:
    rights = [
        "--role",
        "CITY_OFFICER",
        "--division",
        "410189",
        "--grant",
        "pii:read",
        "--grant",
        "users:write",
    ]
    result = RUNNER.invoke(app, ["token", *rights, "--ttl", "5m"])
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1
    claims = await TokenVerifier(Settings(dev=True)).verify(result.stdout.strip())
    assert claims.subject == "dev:CITY_OFFICER:410189000000:pii:read,users:write"


async def test_token_subject() -> None:
    result = RUNNER.invoke(
        app, ["token", "--role", "AUDITOR", "--division", "000000000000", "--subject", "li"]
    )
    assert (await TokenVerifier(Settings(dev=True)).verify(result.stdout.strip())).subject == "li"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["token", "--role", "KING", "--division", "410189000000"], "没有角色 KING"),
        (["token", "--role", "AUDITOR", "--division", "41"], " / "),
        (
            ["token", "--role", "AUDITOR", "--division", "410189000000", "--ttl", "long"],
            "long is no duration",
        ),
        (["--config", "absent.toml", "keys", "show"], "there is no settings file absent.toml"),
        (["keys", "show"], "there is no key file"),
        (["serve", "--today", "2022-09-01"], "setting today is for development only"),
        (["users", "grant", "li", "--division", "410189000000"], "give either --role or --permission"),
    ],
)
def test_refusals_are_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    code, stderr = failing(monkeypatch, capsys, *arguments)
    assert code == 1
    assert said in stderr
    assert len(stderr.splitlines()) == 1


def test_usage_errors(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, stderr = failing(monkeypatch, capsys, "token", "--colour", "red")
    assert code == 2
    assert "Traceback" not in stderr


def test_keys(tmp_path: Path) -> None:
    made = RUNNER.invoke(app, ["keys", "generate"])
    assert made.exit_code == 0
    assert RUNNER.invoke(app, ["keys", "generate"]).exit_code == 1
    assert RUNNER.invoke(app, ["keys", "rotate"]).exit_code == 0
    shown = RUNNER.invoke(app, ["keys", "show"]).stdout
    assert len(shown.splitlines()) == 3
    assert shown.count("当前 / current") == 1
