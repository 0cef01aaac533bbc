"""The code sets of funds and payments as GraphQL enums."""

from __future__ import annotations

import enum

from core.funds import models as funds
from core.payments import codes
from schema.types.enums import described

FundEntryKind = described(funds.FundEntryKind, "资金收支类别。", "What moves a fund.")
PaymentKind = described(codes.PaymentKind, "发放类别。", "What a payment is.")
PaymentState = described(codes.PaymentState, "发放状态。", "State of a payment.")
PaymentHeldReason = described(
    codes.HeldReason, "暂缓原因。", "Why a payment is held back.", "PaymentHeldReason"
)
RecoveryCause = described(codes.RecoveryCause, "多发原因。", "Why too much was paid.")


class Result(enum.Enum):
    PAID = "PAID"
    BOUNCED = "BOUNCED"


PaymentResult = described(
    Result,
    "银行处理结果。",
    "What became of a payment.",
    "PaymentResult",
    {Result.PAID: ("已入账", "Paid"), Result.BOUNCED: ("退汇", "Bounced")},
)
