from __future__ import annotations

from typing import Any

import strawberry

from core.payments.bank_file import BankFile, bank_file
from core.work import Work
from schema.mutations.base import mutation, payload, perform
from schema.mutations.payment_input import PaymentBatchInput, PaymentBatchPayload, batch_of
from schema.sql.fields import both


@strawberry.input(description=both("要出具的银行文件。", "A bank file to issue."))
class IssuePaymentFileInput(PaymentBatchInput):
    file: int | None = strawberry.field(
        default=None, description=both("文件号，默认最近一个。", "Number of the file, the last by default.")
    )


@payload("银行文件。", "A bank file.")
class IssuePaymentFilePayload(PaymentBatchPayload):
    name: str | None = strawberry.field(default=None, description=both("文件名。", "File name."))
    content: str | None = strawberry.field(
        default=None,
        description=both(
            "CSV 内容，含完整账号；保存时用 UTF-8 并加 BOM。",
            "The CSV, with account numbers in full; save it as UTF-8 with a mark.",
        ),
    )


@mutation(
    "出具银行文件（含完整账号）；需要 payments:send，留痕。",
    "Issue the bank file, with account numbers in full; needs payments:send, and is audited.",
)
async def issue_payment_file(info: strawberry.Info, input: IssuePaymentFileInput) -> IssuePaymentFilePayload:
    made: list[BankFile] = []

    async def act(work: Work) -> Any:
        batch = await batch_of(work, input)
        made.append(await bank_file(work, batch, input.file))
        return batch

    answer = await perform(info, IssuePaymentFilePayload, input, act)
    shown = made[-1] if made and not answer.errors and not answer.dry_run else None
    # An external effect, so not of a dry run; a repeat under the same key names the batch alone.
    answer.name, answer.content = (shown.name, shown.content) if shown else (None, None)
    return answer
