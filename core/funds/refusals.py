"""What funds refuse with."""

from __future__ import annotations

from core.errors import ErrorCode

FUND_INSUFFICIENT = ErrorCode(
    "FUND_INSUFFICIENT",
    "资金余额为 {balance} 元，不足以支出 {amount} 元。",
    "The fund has {balance} yuan left, which is less than {amount}.",
)
FUND_EXISTS = ErrorCode(
    "FUND_EXISTS",
    "该区划 {year} 年的此类资金已设立，请用追加。",
    "There is a fund of this kind for the division and {year}; replenish it instead.",
)
FUND_KIND_UNKNOWN = ErrorCode(
    "FUND_KIND_UNKNOWN",
    "没有名为“{name}”的资金类别，现有：{known}。",
    "There is no kind of fund {name}; there are: {known}.",
)
FUND_SUBJECT_MISSING = ErrorCode(
    "FUND_SUBJECT_MISSING", "支出须指明所用于的对象。", "Say what the money is disbursed for."
)
FUND_RETURN_EXCESS = ErrorCode(
    "FUND_RETURN_EXCESS",
    "退回金额超过已支出的 {amount} 元。",
    "No more than the {amount} yuan that were disbursed for this can come back.",
)
FUND_YEAR = ErrorCode(
    "FUND_YEAR",
    "该资金属于 {year} 年，日期须在当年之内。",
    "This is the fund of {year}; the date must lie in it.",
)
FUND_EMPTY = ErrorCode(
    "FUND_EMPTY", "资金余额为零，无可收回。", "The fund is empty: there is nothing to reclaim."
)

FUND_REFUSALS = tuple(value for value in list(globals().values()) if isinstance(value, ErrorCode))
