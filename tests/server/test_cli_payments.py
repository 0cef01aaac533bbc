"""`minzheng payments file|reconcile`, with the rights of a user, on both databases."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import typer
import xlsxwriter
from typer.testing import CliRunner, Result

from core.access.service import grant, user_named
from core.clock import Clock
from core.codes.sets import UserRole
from core.db import Database
from core.errors import Refused, StartupError
from core.host import Host
from core.settings import Settings
from core.vault import Keyring, Vault
from server.cli import options, payments
from server.cli.common import err, out
from tests.schema.money_city import TODAY, declared, money_city
from tests.schema.paying import accounts, items, rows, sent
from tests.schema.small_city import CITY

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    return ()


@pytest.fixture
def app(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    for name, value in (
        ("VAR", str(tmp_path)),
        ("DATABASE", database_url),
        ("PLUGINS", ""),
        ("DEV", "true"),
        ("TODAY", TODAY.isoformat()),
    ):
        monkeypatch.setenv(f"MINZHENG_{name}", value)
    for console in (out, err):
        monkeypatch.setattr(console, "_width", 200)
    load = Host.load
    monkeypatch.setattr(Host, "load", lambda settings: declared(load(settings)))
    made = typer.Typer()
    made.callback()(options)
    payments.register(made)
    return made


async def run(app: typer.Typer, *arguments: Any) -> Result:
    words = ["payments", *(str(argument) for argument in arguments)]
    return await asyncio.to_thread(CliRunner().invoke, app, words)


async def batch_of(database: Database, url: str, folder: Path) -> Any:
    """A batch of two that was sent, and two users."""
    vault = Vault(Keyring.ensure(Settings(var=folder, database=url).keys))
    async with money_city(database, url, folder, vault) as money:
        for person in (0, 3):
            await money.award(person)
        await accounts(money, 0, 3)
        async with database.writing() as session:
            for subject, role in (("officer", UserRole.CITY_OFFICER), ("leader", UserRole.CITY_LEADER)):
                user = await user_named(session, subject, Clock(TODAY))
                await grant(session, user, CITY, Clock(TODAY), role=role, valid_from=TODAY)
        return await sent(money)


async def states(database: Database) -> list[str]:
    money: Any = type("Money", (), {"database": database})
    return [row.state.name for row in await rows(money)]


async def test_the_file_and_the_answer(
    app: typer.Typer, database: Database, database_url: str, tmp_path: Path
) -> None:
    batch = await batch_of(database, database_url, tmp_path)
    path = tmp_path / "bank.csv"
    done = await run(app, "file", batch["id"], "--out", path, "--as", "officer")
    assert done.exit_code == 0, done.output
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_text("utf-8-sig").splitlines()) == 3
    other = tmp_path / "other.csv"
    for subject in ("leader", "nobody"):
        refused = await run(app, "file", batch["id"], "--out", other, "--as", subject)
        assert isinstance(refused.exception, Refused)
        assert not other.exists()
    assert isinstance((await run(app, "file", batch["id"], "--out", other)).exception, StartupError)

    one = items(batch)[1]
    answer = tmp_path / "answer.csv"
    answer.write_text(
        f"序号,金额,结果,入账日期,原因\n1,{one['amount']},成功,2022-11-30,\n9,x,成功,,\n2,1,别的,,\n",
        "gb18030",
    )
    wrong = await run(app, "reconcile", batch["id"], answer, "--as", "officer")
    assert wrong.exit_code == 3
    assert "row 3 amount" in wrong.output
    assert "row 4 result" in wrong.output
    assert await states(database) == ["SENT", "SENT"]
    answer.write_text(
        f"序号,金额,结果,入账日期,原因\n1,{one['amount']},成功,2022/11/30,\n2,5.00,失败,,销户\n", "utf-8"
    )
    wrong = await run(app, "reconcile", batch["id"], answer, "--as", "officer")
    assert wrong.exit_code == 3
    assert "row 3 amount" in wrong.output
    answer.write_text("序号,结果\n1,成功\n", "utf-8")
    missing = await run(app, "reconcile", batch["id"], answer, "--as", "officer")
    assert isinstance(missing.exception, Refused)
    assert missing.exception.code.code == "COLUMN_MISSING"
    assert await states(database) == ["SENT", "SENT"]

    book = tmp_path / "answer.xlsx"
    with xlsxwriter.Workbook(str(book)) as workbook:
        sheet = workbook.add_worksheet()
        for number, line in enumerate(
            [
                ("序号", "金额（元）", "处理结果", "入账日期", "失败原因"),
                (1, 540, "成功", "20221130", ""),
                (2, 540.0, "退汇", "", "销户"),
            ]
        ):
            sheet.write_row(number, 0, line)
    done = await run(app, "reconcile", batch["id"], book, "--as", "officer")
    assert done.exit_code == 0, done.output
    assert await states(database) == ["PAID", "BOUNCED"]
