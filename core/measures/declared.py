"""What a measure is: a figure with its definition, its unit, and the dated facts that it counts (design 7, domain 7).

A declaration is enough: the catalogue, the drill-down, the report and its sources come from it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from core.books import owner_of
from core.errors import StartupError
from core.measures.frame import Frame


class MeasureKind(enum.Enum):
    """How a figure comes from its facts: their number, the sum of their amounts, a rate of two, the nearest one's."""

    COUNT = "COUNT"
    SUM = "SUM"
    RATE = "RATE"
    LATEST = "LATEST"


class MeasurePeriod(enum.Enum):
    """Whether facts that hold on the day are counted, or what happened in the period."""

    AS_OF = "AS_OF"
    IN_PERIOD = "IN_PERIOD"


class MeasureLevel(enum.Enum):
    """How deep a figure may be drilled (domain 7: T and V)."""

    NONE = "NONE"
    TOWN = "TOWN"
    VILLAGE = "VILLAGE"


class Rounding(enum.Enum):
    """How a figure is shown: as it is, to a whole number (约), or to the whole number below (多)."""

    EXACT = "EXACT"
    HALF_UP = "HALF_UP"
    DOWN = "DOWN"


@dataclass(frozen=True)
class Facts:
    """The rows behind a figure.

    Args:
        prefix: of their typed ids, as a GraphQL type has it.
        rows: from a frame to a select of `key` (a row's id, each once), `division`, and perhaps `day` and `amount`.
            It keeps to the frame: `frame.inside(…)`, and `frame.holds(…)` or `frame.happened(…)` with `frame.known(…)`.
    """

    prefix: str
    rows: Callable[[Frame], Any]


@dataclass(frozen=True)
class Part:
    """What is counted or summed: a figure has one of them, a rate two."""

    facts: Facts
    kind: MeasureKind


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A declared figure.

    Attributes:
        name: `<owner>.<name>`, its id.
        read: the permission whose scope decides which divisions may be asked for.
        facts: of a count, a sum or a latest value; a latest value is the nearest division's, the latest day's.
        numerator, denominator: of a rate: facts, or the name of a measure of the same owner.
        percent: a rate is a percentage with two places; else a quotient with two places.
        divisor: a power of ten that the sum is divided by, such as 10000 for 万元.
        rounding: how it is shown; its value stays exact.
        zero: whether no facts mean 0; by default they do for a count, and leave any other figure missing.
        small_cells: of statistics on children and guardianship: 1 and 2 are shown as `<3` (domain 1.7).
        caveats: what the figure does not say, Chinese and English.
    """

    shows_rows: ClassVar[bool] = False  # `read` is the permission of the figure, not of rows of its own

    name: str
    zh: str
    en: str
    unit_zh: str
    unit_en: str
    definition_zh: str
    definition_en: str
    read: str
    kind: MeasureKind = MeasureKind.COUNT
    period: MeasurePeriod = MeasurePeriod.AS_OF
    level: MeasureLevel = MeasureLevel.VILLAGE
    facts: Facts | None = None
    numerator: Facts | str | None = None
    denominator: Facts | str | None = None
    percent: bool = True
    divisor: int = 1
    rounding: Rounding = Rounding.EXACT
    zero: bool | None = None
    small_cells: bool = False
    caveats: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        rate = self.kind is MeasureKind.RATE
        whole = self.facts is not None and self.numerator is None and self.denominator is None
        if rate == whole or (rate and (self.numerator is None or self.denominator is None)):
            raise StartupError(
                f"指标 {self.name}：比率须有 numerator 和 denominator，其他指标须有 facts / "
                f"measure {self.name}: a rate has a numerator and a denominator, any other measure has facts"
            )
        if self.kind is MeasureKind.LATEST and self.level is not MeasureLevel.NONE:
            raise StartupError(
                f"指标 {self.name}：最近值不能按下级分列 / "
                f"measure {self.name}: a latest value is not drilled: level NONE"
            )
        if str(self.divisor).rstrip("0") != "1":
            raise StartupError(
                f"指标 {self.name}：divisor 须为 10 的幂 / measure {self.name}: the divisor must be a power of ten"
            )

    @property
    def plugin(self) -> str:
        """Whose it is."""
        return owner_of(self.name)

    @property
    def additive(self) -> bool:
        """Whether the figures of the divisions below add up to it."""
        return self.kind in (MeasureKind.COUNT, MeasureKind.SUM)

    @property
    def zero_means_zero(self) -> bool:
        """Whether no facts mean 0."""
        return self.kind is MeasureKind.COUNT if self.zero is None else self.zero

    def parts(self, known: Mapping[str, Measure]) -> tuple[Part, ...]:
        """What is to be counted for it: one part, or numerator and denominator."""
        if self.facts is not None:
            return (Part(self.facts, self.kind),)
        return tuple(_part(self, asked, known) for asked in (self.numerator, self.denominator) if asked)

    def value(self, amounts: tuple[Decimal | None, ...]) -> Decimal | None:
        """The figure of the amounts of its parts; None where there is none."""
        if self.kind is MeasureKind.RATE:
            return self._rate(*amounts)
        amount = amounts[0]
        if amount is None:
            return Decimal(0) if self.zero_means_zero else None
        return amount.scaleb(1 - len(str(self.divisor)))

    def _rate(self, numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
        if not denominator:
            return None
        rate = (numerator or Decimal(0)) / denominator * (100 if self.percent else 1)
        return rate.quantize(Decimal("0.01"), ROUND_HALF_UP)

    def shown(self, value: Decimal, rounding: Rounding | None = None) -> str:
        """A value as texts show it."""
        return shown(value, rounding or self.rounding)


def _part(measure: Measure, asked: Facts | str, known: Mapping[str, Measure]) -> Part:
    if isinstance(asked, str):
        return known[asked].parts(known)[0]
    return Part(asked, MeasureKind.COUNT if measure.percent else MeasureKind.SUM)


def shown(value: Decimal, rounding: Rounding) -> str:
    """A figure for reading: whole where it is rounded, else with at most two places."""
    if rounding is not Rounding.EXACT:
        how = ROUND_HALF_UP if rounding is Rounding.HALF_UP else ROUND_DOWN
        return f"{value.quantize(Decimal(1), how):f}"
    text = f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".")


def check(measures: Iterable[Measure]) -> None:
    """Refuse a rate of what is not declared, or of what is itself a rate.

    Raises:
        StartupError: says which.
    """
    known = {measure.name: measure for measure in measures}
    for measure in known.values():
        for asked in (measure.numerator, measure.denominator):
            if isinstance(asked, str) and (asked not in known or known[asked].facts is None):
                raise StartupError(
                    f"指标 {measure.name}：没有可作分子分母的指标 {asked} / "
                    f"measure {measure.name}: there is no measure {asked} that it could be a rate of"
                )
