from __future__ import annotations

import asyncio
import io
import socket
import sys
from datetime import date
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from typer.testing import CliRunner

from core.access.service import system
from core.clock import Clock
from core.codes.organizations import OrganizationKind
from core.db import Database
from core.divisions.service import NewDivision, open_divisions
from core.errors import StartupError
from core.host import Host
from core.organizations.service import NewOrganization, register
from core.settings import Settings
from core.vault import Keyring, Vault
from core.work import Work
from server.auth import TokenVerifier
from server.cli import app, common, main, serve
from tests.server.places import open_city

RUNNER = CliRunner()
GRANT = ["users", "grant", "li", "--division", "410189000000"]


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
        ([*GRANT, "--role", "SYSTEM"], "the role SYSTEM is the service's own"),
        ([*GRANT, "--permission", "pii:reed"], "known are registry:read"),
        ([*GRANT, "--role", "AUDITOR", "--plugin", "absent"], "plugin absent is not enabled"),
        ([*GRANT, "--role", "AUDITOR", "--to", "2001-01-01"], "end on 2001-01-01, before it begins"),
        (["plugins", "list", "--plugins", "absent"], "插件 absent 已启用但未安装"),
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


def test_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("MINZHENG_DATABASE", f"sqlite:///{tmp_path / 'x.db'}")
    assert RUNNER.invoke(app, ["migrate"]).exit_code == 0
    open_city(f"sqlite:///{tmp_path / 'x.db'}")
    assert RUNNER.invoke(app, [*GRANT, "--role", "AUDITOR", "--plugin", "assistance"]).exit_code == 0
    term = ["--from", "2022-12-01", "--to", "2023-01-01"]
    assert RUNNER.invoke(app, [*GRANT, "--permission", "pii:read", *term]).exit_code == 0
    listed = RUNNER.invoke(app, ["users", "list"]).stdout
    assert "AUDITOR (assistance)" in listed
    assert "2022-12-01 – 2023-01-01" in listed
    assert RUNNER.invoke(app, ["users", "revoke", "li"]).exit_code == 0
    assert "AUDITOR" not in RUNNER.invoke(app, ["users", "list"]).stdout


async def _organization(url: str) -> str:
    """Register one past the command line, which has no verb for it; its credit code."""
    async with Database(url).writing() as session:
        host = Host([])
        work = Work(session, system(host.permissions), Clock(), Vault(Keyring.fresh()), host)
        names = {"410000000000": "省", "410100000000": "地区", "410189000000": "示范市"}
        await open_divisions(work, [NewDivision(code, name) for code, name in names.items()])
        new = NewOrganization(
            name="慈善总会",
            kind=OrganizationKind.ASSOCIATION,
            credit_code="51410189501234569G",
            division="410189000000",
        )
        return (await register(work, [new]))[0].credit_code


def test_users_act_for_organizations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert RUNNER.invoke(app, ["migrate"]).exit_code == 0
    code = asyncio.run(_organization(Settings().database))
    tied = [*GRANT, "--role", "AUDITOR", "--organization", code]
    assert RUNNER.invoke(app, tied).exit_code == 0
    term = ["--from", "2022-12-01", "--to", "2099-01-01"]
    assert RUNNER.invoke(app, ["users", "join", "li", code, *term]).exit_code == 0
    listed = RUNNER.invoke(app, ["users", "list"]).stdout
    assert f"AUDITOR @ {code}" in listed
    assert "2022-12-01 – 2099-01-01" in listed
    assert RUNNER.invoke(app, ["users", "leave", "li", code]).exit_code == 0
    assert "2099-01-01" not in RUNNER.invoke(app, ["users", "list"]).stdout
    for arguments, said in (
        (["users", "leave", "li", code], "li does not act for"),
        (["users", "join", "li", "nobody"], "there is no organization nobody"),
        (["users", "join", "li", code, "--to", "2001-01-01"], "before it begins"),
        ([*GRANT, "--role", "AUDITOR", "--organization", "nobody"], "there is no organization nobody"),
    ):
        result = RUNNER.invoke(app, arguments)
        assert result.exit_code == 1
        assert said in str(result.exception)


def test_grants_over_divisions_that_are_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url, village = f"sqlite:///{tmp_path / 'x.db'}", "410189101201"
    monkeypatch.setenv("MINZHENG_DATABASE", url)
    assert RUNNER.invoke(app, ["migrate"]).exit_code == 0
    grant = ["users", "grant", "li", "--division", village, "--role", "VILLAGE_WORKER"]
    code, said = failing(monkeypatch, capsys, *grant)
    assert (code, len(said.splitlines())) == (1, 1)
    assert f"没有代码为 {village} 的区划，请先导入" in said
    open_city(url, village, valid_to=date(2022, 11, 1), successor_code="410189101202")
    assert "is not in force" in failing(monkeypatch, capsys, *grant)[1]
    assert RUNNER.invoke(app, [*grant, "--from", "2022-10-01"]).exit_code == 0
    listed = RUNNER.invoke(app, ["users", "list"]).stdout
    assert "closed on 2022-11-01: revoke this grant and give one over 410189101202" in listed


def test_a_port_in_use_is_named_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            StartupError, match=rf"cannot listen on 127.0.0.1:{port} \(Address already in use\):"
        ):
            serve._listen("127.0.0.1", port)


def test_the_bar_fits_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(width=80, force_terminal=True, file=io.StringIO())
    monkeypatch.setattr(common, "err", console)
    bar = common.progress_bar()
    bar.add_task(
        "社会救助：365 户收入 · assistance: incomes of 365 households", total=10_000, completed=10_000
    )
    with console.capture() as shown:
        console.print(bar.get_renderable())
    lines = Text.from_ansi(shown.get()).plain.splitlines()
    assert len(lines) == 1
    assert "10000/10000 " in lines[0]
    assert cell_len(lines[0]) <= 80
