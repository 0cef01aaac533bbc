from __future__ import annotations

from typing import Any

import strawberry

from core.payments.accounts import set_account
from core.work import Work
from schema.mutations.base import Payload, WriteInput, found, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.payment import BankAccount


@strawberry.input(description=both("人员的银行账户。", "Where somebody is paid."))
class SetBankAccountInput(WriteInput):
    person: strawberry.ID = strawberry.field(description=both("人员编号。", "Id of the person."))
    number: str = strawberry.field(
        description=both("账号，8 至 30 位数字。", "Account number, 8 to 30 digits.")
    )
    bank: str = strawberry.field(description=both("开户银行。", "The bank."))
    holder: str | None = strawberry.field(
        default=None,
        description=both("户名，默认本人姓名。", "Whose account it is; the person's by default."),
    )


@payload("写入结果。", "What was written.")
class SetBankAccountPayload(Payload):
    bank_account: BankAccount | None = written(lambda: BankAccount, "银行账户。", "The bank account.")


@mutation(
    "登记银行账户，取代原账户。", "Say where somebody is paid from now on, instead of the account before."
)
async def set_bank_account(info: strawberry.Info, input: SetBankAccountInput) -> SetBankAccountPayload:
    async def act(work: Work) -> Any:
        person = await found(work, input.person, "person")
        return await set_account(work, person, input.number, input.bank, input.holder)

    return await perform(info, SetBankAccountPayload, input, act)
