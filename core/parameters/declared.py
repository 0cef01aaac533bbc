"""What a parameter is: its kind and range, and what the law said on each day where nobody set another value.

A value is kept and compared as its canonical text: `1.5`, `30`, `true`, or the name of a choice.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from core.access.permissions import PARAMETERS_WRITE
from core.codes.sets import CodedEnum
from core.errors import Refused, StartupError
from core.parameters.refusals import PARAMETER_RANGE

Plain = Decimal | int | bool | str
ALWAYS = date.min  # the first day of a default without one
SINCE = date(1949, 10, 1)  # the earliest first day of a value that is set: before, there was nobody to set it
LONGEST = 40  # characters of a canonical text
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_FLAGS = ("true", "false")


class ParameterKind(CodedEnum, zh="参数类别"):
    """What values a parameter takes."""

    NUMBER = "NUMBER", "", "数值", "A number"
    WHOLE = "WHOLE", "", "整数", "A whole number"
    CHOICE = "CHOICE", "", "选项", "One of some choices"
    FLAG = "FLAG", "", "是否", "True or false"


@dataclass(frozen=True)
class Default:
    """What held from a day on, by law, where nobody set another value. `valid_to` is the first day outside."""

    value: str
    valid_from: date = ALWAYS
    valid_to: date | None = None
    source: str = ""

    def holds(self, on: date) -> bool:
        """Whether it held on a day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A value of a parameter of kind CHOICE."""

    name: str
    zh: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A limit, an age, a factor, a standard: a value of the law that differs by day and by division.

    Attributes:
        name: `<plugin>.<parameter>`.
        unit_zh, unit_en: what it counts, such as 日 and "days".
        minimum, maximum: of a number, both included. places: after its point, at most.
        defaults: none means that a division without a value has none (PARAMETER_MISSING).
        write: the permission to set it over a division.
    """

    name: str
    zh: str
    en: str
    unit_zh: str = ""
    unit_en: str = ""
    kind: ParameterKind = ParameterKind.NUMBER
    choices: tuple[Choice, ...] = ()
    minimum: Decimal | int | None = None
    maximum: Decimal | int | None = None
    places: int = 2
    defaults: tuple[Default, ...] = ()
    write: str = PARAMETERS_WRITE

    def __post_init__(self) -> None:
        try:
            said = [self.canonical(default.value) for default in self.defaults]
        except Refused as refusal:
            raise StartupError(f"{refusal.message('zh')} / {refusal.message('en')}") from None
        ordered = sorted(self.defaults, key=lambda default: default.valid_from)
        gaps = pairwise(ordered)
        overlap = any(one.valid_to is None or one.valid_to > other.valid_from for one, other in gaps)
        if overlap or said != [d.value for d in self.defaults] or not all(d.source for d in self.defaults):
            raise StartupError(
                f"参数 {self.name}：默认值须写作规范文本、注明依据且时间不重叠 / "
                f"parameter {self.name}: defaults are canonical texts with a source, and do not overlap"
            )

    def canonical(self, text: str) -> str:
        """The one text of a value.

        Raises:
            Refused: PARAMETER_RANGE, saying what is wanted.
        """
        text = text.strip()
        if self.kind in (ParameterKind.CHOICE, ParameterKind.FLAG):
            known = _FLAGS if self.kind is ParameterKind.FLAG else tuple(c.name for c in self.choices)
            if text in known:
                return text
            raise self._refused(text, ", ".join(known))
        if not _NUMBER.fullmatch(text):
            raise self._refused(text, self._wanted)
        return self._number(Decimal(text))

    def _number(self, number: Decimal) -> str:
        shown = format(number.normalize() + 0, "f")  # + 0: no negative zero
        _, _, fraction = shown.partition(".")
        low, high = self.minimum, self.maximum
        outside = (low is not None and number < low) or (high is not None and number > high)
        if outside or len(fraction) > self._places:
            raise self._refused(shown, self._wanted)
        return shown

    @property
    def _places(self) -> int:
        return 0 if self.kind is ParameterKind.WHOLE else self.places

    @property
    def _wanted(self) -> str:
        """The numbers that it takes, in signs of both languages: `≥ 1, ≤ 100, n × 0.01`."""
        bounds = [
            f"{sign} {bound}"
            for sign, bound in (("≥", self.minimum), ("≤", self.maximum))
            if bound is not None
        ]
        return ", ".join([*bounds, f"n × {Decimal(1).scaleb(-self._places):f}"])

    def _refused(self, value: str, wanted: str) -> Refused:
        return Refused(PARAMETER_RANGE, ("value",), name=self.name, value=value[:LONGEST], wanted=wanted)

    def plain(self, text: str) -> Plain:
        """The value of a canonical text: Decimal, int, bool or the name of a choice."""
        readers: dict[enum.Enum, Any] = {
            ParameterKind.NUMBER: Decimal,
            ParameterKind.WHOLE: int,
            ParameterKind.FLAG: lambda word: word == "true",
            ParameterKind.CHOICE: str,
        }
        value: Plain = readers[self.kind](text)
        return value

    def default(self, on: date) -> Default | None:
        """What the law says of a day."""
        return next((default for default in self.defaults if default.holds(on)), None)
