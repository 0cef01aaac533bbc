"""The income test against the examples of domain 2 and vectors 14 to 18."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugins.assistance.codes import AssistanceBand as Band
from plugins.assistance.codes import AssistanceIncomeKind as Kind
from plugins.assistance.codes import AssistancePeriod as Period
from plugins.assistance.codes import AssistanceUrbanRural
from plugins.assistance.rules import Item, Standard, assess, standard_for, top_up

S, K, NATIONAL = Decimal(630), Decimal(2), Decimal("1.5")


def _item(amount: str, kind: Kind = Kind.OTHER, period: Period = Period.MONTH) -> Item:
    return Item(kind, Decimal(amount), period)


@pytest.mark.parametrize(
    ("income", "local", "national"),
    [
        ("629.99", Band.DIBAO, Band.DIBAO),
        ("630.00", Band.MARGINAL, Band.MARGINAL),
        ("944.99", Band.MARGINAL, Band.MARGINAL),
        ("945.00", Band.MARGINAL, Band.NONE),
        ("1259.99", Band.MARGINAL, Band.NONE),
        ("1260.00", Band.NONE, Band.NONE),
    ],
)
def test_bands_are_strict(income: str, local: Band, national: Band) -> None:
    verdict = assess([_item(income)], 1, S, K, NATIONAL)
    assert verdict is not None
    assert (verdict.band, verdict.national_band) == (local, national)


def test_the_worked_example() -> None:
    items = [
        _item("1800", Kind.WAGES),
        _item("300", Kind.WORK_COST),
        _item("150", Kind.TRANSFER_IN),
        _item("300", Kind.DEDUCTION),
        _item("500", Kind.EXCLUDED_ASSISTANCE),
    ]
    verdict = assess(items, 3, S, K, NATIONAL)
    assert verdict is not None
    assert (verdict.income, verdict.per_capita) == (Decimal("1350.00"), Decimal("450.00"))


def test_compared_before_it_is_rounded() -> None:
    # 22679.99 a year among 3 is 629.9997 a month: shown as 630.00, and below the standard all the same.
    verdict = assess([_item("22679.99", period=Period.YEAR)], 3, S, K, NATIONAL)
    assert verdict is not None
    assert (verdict.per_capita, verdict.band) == (Decimal("630.00"), Band.DIBAO)
    exact = assess([_item("22680.00", period=Period.YEAR)], 3, S, K, NATIONAL)
    assert exact is not None
    assert exact.band is Band.MARGINAL


def test_half_a_cent_goes_up() -> None:
    verdict = assess([_item("0.01")], 2, S, K, NATIONAL)
    assert verdict is not None
    assert verdict.per_capita == Decimal("0.01")


def test_nothing_is_guessed() -> None:
    assert assess([], 3, S, K, NATIONAL) is None
    assert assess([_item("0")], 0, S, K, NATIONAL) is None
    without = assess([_item("0")], 1, None, K, NATIONAL)
    assert without is not None
    assert (without.band, without.national_band) == (None, None)
    low, high = assess([_item("0")], 1, S, None, None), assess([_item("630")], 1, S, None, None)
    assert low is not None
    assert high is not None
    assert (low.band, high.band) == (Band.DIBAO, None)


def test_the_national_factor_stands_in() -> None:
    verdict = assess([_item("945")], 1, S, None, NATIONAL)
    assert verdict is not None
    assert verdict.band is Band.NONE


PATH = ["410189101201", "410189101000", "410189000000", "410100000000", "410000000000"]


def test_the_nearest_standard_of_the_right_kind() -> None:
    every, urban, rural = AssistanceUrbanRural.ALL, AssistanceUrbanRural.URBAN, AssistanceUrbanRural.RURAL
    standards = [
        Standard("410189000000", urban, Decimal(700)),
        Standard("410189000000", rural, Decimal(500)),
        Standard("410189000000", every, Decimal(600)),
        Standard("410189102000", every, Decimal(999)),
    ]
    assert standard_for(standards, PATH, True) == 700
    assert standard_for(standards, PATH, False) == 500
    assert standard_for(standards, PATH, None) == 600
    nearer = [*standards, Standard("410189101000", every, Decimal(650))]
    assert standard_for(nearer, PATH, True) == 650
    assert standard_for(standards, ["410189102000"], True) == 999
    assert standard_for([], PATH, True) is None


@pytest.mark.parametrize(("monthly", "amount"), [("1350", "540.00"), ("1000", "890.00"), ("1890", "0.00")])
def test_the_top_up_is_rounded_once(monthly: str, amount: str) -> None:
    assert top_up(Decimal(monthly) * 12, 3, S) == Decimal(amount)
