"""The code sets of payments (domain 2)."""

from __future__ import annotations

from core.codes.sets import CodedEnum


class PaymentKind(CodedEnum, zh="发放类别"):
    """What a payment is. A REVERSAL is an entry of its own, of the opposite amount, that refers to what it reverses."""

    REGULAR = "REGULAR", "", "当月发放", "Regular"
    BACK_PAY = "BACK_PAY", "", "补发", "Back pay"
    PRICE_SUBSIDY = "PRICE_SUBSIDY", "", "价格补贴", "Price subsidy"
    REVERSAL = "REVERSAL", "", "冲销", "Reversal"


class PaymentState(CodedEnum, zh="发放状态"):
    """PLANNED → SENT → PAID | BOUNCED; BOUNCED → SENT | CANCELLED; HELD until its reason is gone."""

    PLANNED = "PLANNED", "", "待发放", "Planned"
    HELD = "HELD", "", "暂缓", "Held back"
    SENT = "SENT", "", "已送银行", "Sent"
    PAID = "PAID", "", "已入账", "Paid"
    BOUNCED = "BOUNCED", "", "退汇", "Bounced"
    CANCELLED = "CANCELLED", "", "已取消", "Cancelled"


class HeldReason(CodedEnum, zh="暂缓原因"):
    """Why an item is held back, or was cancelled by the service."""

    ACCOUNT_MISSING = "ACCOUNT_MISSING", "", "缺少银行账户", "No bank account"
    DUPLICATE_BENEFIT = "DUPLICATE_BENEFIT", "", "与互斥待遇重复", "An exclusive benefit for the same month"
    PERSON_DECEASED = "PERSON_DECEASED", "", "领取人已死亡", "The payee has died"
    CHANGED = "CHANGED", "", "待遇已变更", "The entitlement changed"


class RecoveryCause(CodedEnum, zh="多发原因"):
    """Why too much was paid (domain 2)."""

    FRAUD = "FRAUD", "", "骗取", "Fraud"
    NOT_REPORTED = "NOT_REPORTED", "", "未如实申报", "Not reported"
    DEATH = "DEATH", "", "死亡", "Death"
    OFFICE_ERROR = "OFFICE_ERROR", "", "经办差错", "Error of the office"
