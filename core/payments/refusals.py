"""What payments, bank accounts and recoveries refuse with."""

from __future__ import annotations

from core.errors import ErrorCode

PROGRAMME_NOT_MONTHLY = ErrorCode(
    "PROGRAMME_NOT_MONTHLY", "“{name}”不按月发放。", "{name} is not paid by the month."
)
PAYMENT_DIVISION = ErrorCode(
    "PAYMENT_DIVISION",
    "发放批次须属于县级或以下区划。",
    "A batch is of a district, or of a division within one.",
)
PAYMENTS_NOTHING = ErrorCode("PAYMENTS_NOTHING", "没有可发放的项目。", "There is nobody to pay here.")
PAYMENT_EXISTS = ErrorCode(
    "PAYMENT_EXISTS",
    "该人员同一项目同一月份已有发放记录。",
    "There is a payment of this programme for this person and month.",
)
PAYMENT_UNKNOWN = ErrorCode(
    "PAYMENT_UNKNOWN",
    "批次中没有序号为 {number} 的已发送项目。",
    "The batch has sent no item number {number}.",
)
PAYMENT_AMOUNT = ErrorCode(
    "PAYMENT_AMOUNT",
    "序号 {number} 的金额应为 {amount} 元。",
    "The amount of item {number} is {amount} yuan.",
)
PAYMENT_SETTLED = ErrorCode(
    "PAYMENT_SETTLED",
    "序号 {number} 已按另一结果核销。",
    "Item {number} was reconciled before, with another outcome.",
)
PAYMENT_REPEATED = ErrorCode(
    "PAYMENT_REPEATED", "序号 {number} 出现了两次。", "Item {number} is there twice."
)
PAYMENT_DATE_MISSING = ErrorCode(
    "PAYMENT_DATE_MISSING", "入账成功须有入账日期。", "What was paid needs the day on which it was."
)
PAYMENT_STATE = ErrorCode(
    "PAYMENT_STATE",
    "该项目的状态为 {state}，须为 {allowed}。",
    "This item is {state}; it has to be {allowed}.",
)
PAYMENT_FILE = ErrorCode(
    "PAYMENT_FILE",
    "该批次没有第 {file} 个银行文件，现有 {files} 个。",
    "The batch has no bank file {file}; it has {files}.",
)
PAYMENT_CELL = ErrorCode("PAYMENT_CELL", "“{value}”无法识别，应为{wanted}。", "{value!r} is not {wanted}.")
ACCOUNT_FORMAT = ErrorCode(
    "ACCOUNT_FORMAT", "银行账号须为 8 至 30 位数字。", "A bank account number has 8 to 30 digits."
)
SUBSIDY_EXISTS = ErrorCode(
    "SUBSIDY_EXISTS",
    "该区划本月的价格补贴已登记。",
    "The price subsidy of this programme, division and month is entered already.",
)
SUBSIDY_MISSING = ErrorCode(
    "SUBSIDY_MISSING", "没有登记本月的价格补贴。", "No price subsidy is entered for this programme and month."
)
RECOVERY_NOTHING = ErrorCode(
    "RECOVERY_NOTHING",
    "这些月份没有多发且未追回的金额。",
    "Nothing was overpaid in these months that is not being recovered already.",
)
REPAYMENT_EXCESS = ErrorCode(
    "REPAYMENT_EXCESS", "还款超过尚欠的 {amount} 元。", "No more than the {amount} yuan owed can be repaid."
)

PAYMENT_REFUSALS = tuple(value for value in list(globals().values()) if isinstance(value, ErrorCode))
