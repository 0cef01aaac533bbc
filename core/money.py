"""Money is `Decimal`, in yuan with two places. What has more places is refused, never rounded away."""

from __future__ import annotations

from decimal import Decimal

from core.errors import ErrorCode, Refused

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
# What a column of money holds with room for sums.
LIMIT = Decimal("999999999.99")

MONEY_AMOUNT = ErrorCode(
    "MONEY_AMOUNT",
    "金额须在 {least} 元至 {most} 元之间，最多两位小数。",
    "An amount lies between {least} and {most} yuan and has at most two decimal places.",
)


def check_amount(amount: Decimal, *field: str, least: Decimal = CENT, most: Decimal = LIMIT) -> Decimal:
    """An amount in yuan with its two places.

    Raises:
        Refused: MONEY_AMOUNT.
    """
    if not amount.is_finite() or not least <= amount <= most or amount != amount.quantize(CENT):
        raise Refused(MONEY_AMOUNT, field, least=least, most=most)
    return amount.quantize(CENT)
