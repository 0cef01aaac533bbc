"""The income test (domain 2; V-57 = 最低生活保障审核确认办法, 民发〔2021〕57号). Pure; money is yuan as `Decimal`.

Sums are kept by the year, so that a yearly amount is never divided before it is compared: per capita monthly
income is `yearly ÷ 12 ÷ n`, and `pc < S` is tested as `yearly < S × 12 × n`, exactly. What is shown is rounded
once, at the end, half up, to 2 places (domain 0).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from plugins.assistance.codes import (
    AssistanceBand,
    AssistanceFactorKind,
    AssistanceIncomeKind,
    AssistancePeriod,
    AssistanceUrbanRural,
)

MONTHS = 12  # of the look-back (domain 2, "Look-back 12 months ÷ 12")
CENT = Decimal("0.01")

# The parameters that the two k are.
FACTORS = {
    AssistanceFactorKind.LOCAL: "assistance.marginal_factor_local",
    AssistanceFactorKind.NATIONAL: "assistance.marginal_factor_national",
}

_ADDED = frozenset(
    {
        AssistanceIncomeKind.WAGES,
        AssistanceIncomeKind.BUSINESS_NET,
        AssistanceIncomeKind.PROPERTY_NET,
        AssistanceIncomeKind.TRANSFER_IN,
        AssistanceIncomeKind.OTHER,
    }
)
_SUBTRACTED = frozenset(
    {AssistanceIncomeKind.WORK_COST, AssistanceIncomeKind.TRANSFER_OUT, AssistanceIncomeKind.DEDUCTION}
)


@dataclass(frozen=True)
class Item:
    """One term of a household's income: yuan by the month or by the year."""

    kind: AssistanceIncomeKind
    amount: Decimal
    period: AssistancePeriod = AssistancePeriod.MONTH


@dataclass(frozen=True)
class Standard:
    """A standard in force: yuan a head and month, for a division and all below it."""

    division: str
    urban_rural: AssistanceUrbanRural
    monthly: Decimal


@dataclass(frozen=True)
class Verdict:
    """An assessment. Money in yuan a month, 2 places; a band is None where a parameter is missing."""

    members: int
    income: Decimal
    per_capita: Decimal
    standard: Decimal | None
    band: AssistanceBand | None
    national_band: AssistanceBand | None


def yearly_income(items: Iterable[Item]) -> Decimal:
    """Y of V-57 art. 13 for twelve months, unrounded, in yuan.

    (wages − work cost) + net business + net property + (transfers in − transfers out) + other, less the extra
    spending from illness or disability. The excluded kinds are recorded and count nothing.
    """
    return sum((_yearly(item) for item in items), Decimal(0))


def _yearly(item: Item) -> Decimal:
    amount = item.amount if item.period is AssistancePeriod.YEAR else item.amount * MONTHS
    if item.kind in _SUBTRACTED:
        return -amount
    return amount if item.kind in _ADDED else Decimal(0)


def band(
    yearly: Decimal, members: int, standard: Decimal | None, factor: Decimal | None
) -> AssistanceBand | None:
    """The layer by income alone (domain 2, "Layers"; V-57 arts. 4 and 8). Assets are not looked at.

    Both tests are strict: with S = 630, 629.99 is dibao and 630.00 is not; with k = 2, 1260.00 is in neither.

    Args:
        yearly: income of the household in twelve months, yuan. members: those counted, at least 1.
        standard: S, yuan a head and month. factor: k.

    Returns:
        None without a standard, and at or above it without a factor: nothing is guessed.
    """
    if standard is None:
        return None
    line = standard * MONTHS * members
    if yearly < line:
        return AssistanceBand.DIBAO
    if factor is None:
        return None
    return AssistanceBand.MARGINAL if yearly < line * factor else AssistanceBand.NONE


def assess(
    items: Sequence[Item],
    members: int,
    standard: Decimal | None,
    local: Decimal | None,
    national: Decimal | None,
) -> Verdict | None:
    """Assess a household's income, by the local k and by the national one; both are reported (domain 2).

    Args:
        items: its declared income. members: n, those counted.
        local: the city's k; the national one stands in where the city has none.

    Returns:
        None without members, and without a single item: income that nobody declared is not an income of zero.
    """
    if members < 1 or not items:
        return None
    yearly = yearly_income(items)
    return Verdict(
        members=members,
        income=_shown(yearly / MONTHS),
        per_capita=_shown(yearly / (MONTHS * members)),
        standard=standard,
        band=band(yearly, members, standard, national if local is None else local),
        national_band=band(yearly, members, standard, national),
    )


def top_up(yearly: Decimal, members: int, standard: Decimal) -> Decimal:
    """What lifts a household to the standard: (S − Y/n) × n, yuan a month, rounded once (domain 2, "Income").

    S = 630, Y = 1350 a month, n = 3: 540.00. S = 630, Y = 1000, n = 3: 890.00.
    """
    return _shown(standard * members - yearly / MONTHS)


def _shown(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def standard_for(standards: Sequence[Standard], path: Sequence[str], urban: bool | None) -> Decimal | None:
    """S for a household: that of the nearest division, and there the urban or rural one before the common one.

    Args:
        standards: those in force on the day. path: the address division and those above it, nearest first.
        urban: whether the address division is urban; None (not known) leaves the common standard only.
    """
    wanted = [AssistanceUrbanRural.ALL]
    if urban is not None:
        wanted.insert(0, AssistanceUrbanRural.URBAN if urban else AssistanceUrbanRural.RURAL)
    by_key = {(item.division, item.urban_rural): item.monthly for item in standards}
    return next((by_key[code, kind] for code in path for kind in wanted if (code, kind) in by_key), None)
