"""What this plugin refuses with, beside core's codes."""

from __future__ import annotations

from minzheng.plugin import ErrorCode

AMOUNT_RANGE = ErrorCode(
    "AMOUNT_RANGE",
    "金额应为 0 至 9999999999.99 元，最多两位小数，扣减项也填正数。",
    "An amount is 0 to 9999999999.99 yuan with at most 2 places; what is subtracted is written positive too.",
)
FACTOR_RANGE = ErrorCode(
    "FACTOR_RANGE",
    "系数应为 1 至 100，最多四位小数。",
    "A factor is 1 to 100 with at most 4 places.",
)
REFUSALS = (AMOUNT_RANGE, FACTOR_RANGE)
