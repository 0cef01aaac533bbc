"""The file that a bank pays from. Account numbers leave the service in it, and nowhere else in full.

It is a CSV in UTF-8 with a mark, its columns in the order of `COLUMNS`; every row is an item of one sending.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core.entitlements.declared import Programme
from core.errors import Refused
from core.ids import typed
from core.payments.accounts import ACCOUNT_CONTEXT
from core.payments.models import BankAccount, Payment, PaymentBatch
from core.payments.refusals import PAYMENT_FILE
from core.payments.workflow import BATCH, PAYMENTS
from core.spreadsheets import neutral
from core.work import Work

# Batch, file and item, by which the bank's answer is matched; who, where, how much, and what for.
COLUMNS = ("批次号", "文件号", "序号", "收款人", "开户银行", "账号", "金额", "用途")


@dataclass(frozen=True)
class BankFile:
    """A file for the bank."""

    name: str
    content: str
    rows: int

    @property
    def data(self) -> bytes:
        """What is written to disk: UTF-8 with the mark by which spreadsheet programs read Chinese."""
        return self.content.encode("utf-8-sig")


async def bank_file(work: Work, batch: PaymentBatch, number: int | None = None) -> BankFile:
    """The file of a sending of a batch, by default the last. That it was made is audited.

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE, PAYMENT_FILE.
    """
    work.require_within(PAYMENTS.permission("send"), batch.division)
    file = batch.files if number is None else number
    rows = await _rows(work, batch, file)
    if not rows:
        raise Refused(PAYMENT_FILE, ("file",), file=file, files=batch.files)
    details = {"file": file, "items": len(rows)}
    work.audit("payments.file_issued", typed(BATCH, batch.id), district=batch.district, details=details)
    await work.flush()
    return BankFile(f"{batch.code}-{file}.csv", _written(rows), len(rows))


async def _rows(work: Work, batch: PaymentBatch, file: int) -> list[Sequence[str]]:
    query = (
        select(Payment, BankAccount)
        .join(BankAccount, BankAccount.id == Payment.account_id)
        .where(Payment.batch_id == batch.id, Payment.file == file)
        .order_by(Payment.number)
    )
    return [_row(work, batch, item, account) for item, account in await work.session.execute(query)]


def _row(work: Work, batch: PaymentBatch, item: Payment, account: BankAccount) -> Sequence[str]:
    number = work.vault.decrypt(account.number_cipher, ACCOUNT_CONTEXT)
    declared: Any = work.host.book(Programme).get(batch.programme)
    title = f"{declared.zh if declared else batch.programme} {item.for_month:%Y-%m} {item.kind.zh}"
    cells = (batch.code, str(item.file), str(item.number), account.holder, account.bank, number)
    return [neutral(cell) for cell in (*cells, f"{item.amount:.2f}", title)]


def _written(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([COLUMNS, *rows])
    return text.getvalue()
