"""`minzheng payments file|reconcile`: what goes to the bank, and what it answers, with the rights of a user."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import Refusals, Refused, StartupError
from server.cli.common import DatabaseOption, PluginsOption, complain, say, settings_of
from server.cli.exports import principal_of

if TYPE_CHECKING:
    from core.payments.models import PaymentBatch
    from core.settings import Settings
    from core.work import Work

SOME_REFUSED = 3

BatchArgument = Annotated[str, typer.Argument(help="批次编号，payment_batch_… / Id of the batch")]
TokenOption = Annotated[
    str | None, typer.Option(help="用户的令牌 / The user's token", envvar="MINZHENG_TOKEN")
]
AsOption = Annotated[
    str | None, typer.Option("--as", help="用户标识，代替令牌 / The user's sub, in place of a token")
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="发放 / Payments", no_args_is_help=True)
    group.command(
        "file", help="出具银行文件（含完整账号，留痕）/ The bank file, with account numbers in full; audited"
    )(file)
    group.command(help="按银行回单文件核对 / Reconcile with the file that the bank answered")(reconcile)
    app.add_typer(group, name="payments")


def file(
    context: typer.Context,
    batch: BatchArgument,
    out: Annotated[Path, typer.Option(help="写入的 CSV 文件 / The CSV file to write")],
    number: Annotated[
        int | None, typer.Option("--file", help="文件号，默认最近一个 / Its number, the last by default")
    ] = None,
    token: TokenOption = None,
    subject: AsOption = None,
    database: DatabaseOption = None,
    plugins: PluginsOption = None,
) -> None:
    from core.payments.bank_file import BankFile, bank_file

    made: list[BankFile] = []

    async def act(work: Work, row: PaymentBatch) -> None:
        made.append(await bank_file(work, row, number))
        _save(out, made[0].data)  # before the commit: what was not audited is not left behind

    settings = settings_of(context, database=database, plugins=plugins)
    try:
        _run(settings, token, subject, batch, act)
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    say(f"已写入 {made[0].rows} 行到 {out} / rows written: {made[0].rows}")


def reconcile(
    context: typer.Context,
    batch: BatchArgument,
    file: Annotated[Path, typer.Argument(help="CSV 或 XLSX 文件 / A CSV or XLSX file")],
    token: TokenOption = None,
    subject: AsOption = None,
    database: DatabaseOption = None,
    plugins: PluginsOption = None,
) -> None:
    from core.payments.reconciling import read_outcomes
    from core.payments.reconciling import reconcile as take

    if not file.is_file():
        raise StartupError(f"没有文件 {file} / there is no file {file}")
    shown: list[str] = []

    async def act(work: Work, row: PaymentBatch) -> None:
        outcomes = read_outcomes(file)
        try:
            await take(work, row, outcomes)
        except Refusals as several:
            raise Refusals([_at_row(refusal, outcomes) for refusal in several.refusals]) from None
        shown.append(f"{row.state}：{row.paid} / {row.items}，退汇 {row.bounced} / bounced: {row.bounced}")

    try:
        _run(settings_of(context, database=database, plugins=plugins), token, subject, batch, act)
    except Refusals as several:
        for refusal in several.refusals:
            complain(f"{' '.join(refusal.field)}: {refusal.message('zh')} / {refusal.message('en')}")
        complain("未写入任何一行，请改正后重试 / nothing was written: correct the file and try again")
        raise typer.Exit(SOME_REFUSED) from None
    say(shown[0])


def _at_row(refusal: Refused, outcomes: list[Any]) -> Refused:
    """The refusal, blamed on the row of the file."""
    if refusal.field[:1] != ("items",):
        return refusal
    return refusal.at("row", str(outcomes[int(refusal.field[1])].row), *refusal.field[2:])


def _run(
    settings: Settings,
    token: str | None,
    subject: str | None,
    batch: str,
    act: Callable[[Work, PaymentBatch], Awaitable[None]],
) -> None:
    if (token is None) == (subject is None):
        raise StartupError("请给出 --token 或 --as 之一 / give either --token or --as")

    async def run() -> None:
        async with _work(settings, token, subject) as work:
            from core.ids import key_of
            from core.payments.models import PaymentBatch
            from core.payments.workflow import BATCH

            await act(work, await work.find(PaymentBatch, key_of(BATCH, batch), BATCH))

    asyncio.run(run())


@asynccontextmanager
async def _work(settings: Settings, token: str | None, subject: str | None) -> AsyncIterator[Work]:
    from core.work import Work
    from server.runtime import Runtime

    runtime = await Runtime.open(settings)
    try:
        principal = await principal_of(runtime, token, subject, None)
        async with runtime.database.writing() as session:
            yield Work(session, principal, runtime.clock, runtime.vault, runtime.host)
    finally:
        await runtime.close()


def _save(out: Path, data: bytes) -> None:
    handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # account numbers
    with os.fdopen(handle, "wb") as written:
        written.write(data)
