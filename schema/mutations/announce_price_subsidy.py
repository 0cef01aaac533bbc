from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from core.payments.subsidies import announce
from core.work import Work
from schema.mutations.base import Payload, WriteInput, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.price_subsidy import PriceSubsidy
from schema.types.scalars import DivisionCode


@strawberry.input(description=both("要登记的价格补贴。", "A price subsidy to enter."))
class AnnouncePriceSubsidyInput(WriteInput):
    programme: str = strawberry.field(description=both("待遇项目名称。", "Name of the programme."))
    division: DivisionCode = strawberry.field(
        description=both("县级或以下区划，含其下级。", "A district, or a division within one, and all below.")
    )
    month: date = strawberry.field(description=both("月份的首日。", "First day of the month."))
    amount: Decimal = strawberry.field(description=both("每人金额，元。", "Yuan for each person."))
    source: str = strawberry.field(description=both("依据，如文件。", "The announcement it comes from."))


@payload("写入结果。", "What was written.")
class AnnouncePriceSubsidyPayload(Payload):
    price_subsidy: PriceSubsidy | None = written(lambda: PriceSubsidy, "价格补贴。", "The price subsidy.")


@mutation(
    "登记某月的价格补贴；需要 benefits:rules。", "Enter the price subsidy of a month; needs benefits:rules."
)
async def announce_price_subsidy(
    info: strawberry.Info, input: AnnouncePriceSubsidyInput
) -> AnnouncePriceSubsidyPayload:
    async def act(work: Work) -> Any:
        place, amount = input.division, input.amount
        return await announce(work, input.programme, place, input.month, amount, input.source)

    return await perform(info, AnnouncePriceSubsidyPayload, input, act)
