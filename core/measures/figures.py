"""From tallies to figures: values, parts, what is missing and what is held back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from core.access.scope import Words
from core.codes import division_code
from core.codes.division_code import Tier
from core.districts import Districts
from core.host import Host
from core.measures.declared import Measure, MeasureKind, Rounding
from core.measures.frame import Frame
from core.measures.small_cells import Published, Shown, published, tree
from core.measures.tally import NOTHING, Grouping, Question, Tally, tally

NO_DATA: Words = ("没有数据", "no data")


def off(plugin: str) -> Words:
    """The plugin is not enabled."""
    return f"未启用插件 {plugin}", f"plugin {plugin} is not enabled"


@dataclass(frozen=True)
class Figure:
    """A measure of one division and period.

    Attributes:
        value: exact, as text; `<3` for a small cell; None if it is missing or held back.
        number: the value where it is shown; None otherwise.
        actual: how many facts there are, shown or not: never for a caller.
        missing: why there is none, Chinese and English.
        held_back: it would tell of single persons.
        parts: numerator and denominator of a rate, as far as they may be shown.
    """

    measure: Measure
    frame: Frame
    code: str
    value: str | None = None
    number: Decimal | None = None
    missing: Words | None = None
    held_back: bool = False
    actual: int = 0
    parts: tuple[str | None, ...] = ()

    def display(self, rounding: Rounding | None = None) -> str | None:
        """As texts show it."""
        return self.value if self.number is None else self.measure.shown(self.number, rounding)


@dataclass(frozen=True)
class Ask:
    """A measure in a frame, broken down or as one figure.

    Attributes:
        codes: of the divisions that a breakdown shall have, with or without facts.
    """

    measure: Measure
    frame: Frame
    by: Grouping | None = None
    codes: tuple[str, ...] = ()


Table = dict[str, Figure]


class Figures:
    """Counts figures. What a caller may ask for is decided before.

    Args:
        measures: all that may be named, by name.
    """

    def __init__(self, session: AsyncSession, host: Host) -> None:
        self._session = session
        self._districts: Districts = host.districts
        self._known: Mapping[str, Measure] = host.book(Measure).all

    async def one(self, asks: Sequence[Ask]) -> list[Figure]:
        """The figure of each question that is not broken down."""
        tables = await self.tables(asks)
        return [table[ask.frame.division] for ask, table in zip(asks, tables, strict=True)]

    async def tables(self, asks: Sequence[Ask]) -> list[Table]:
        """The figures by division code, in one statement for every 100 parts."""
        questions = [self._questions(ask) for ask in asks]
        answers = iter(await tally(self._session, [q for some in questions for q in some]))
        found = [[next(answers) for _ in some] for some in questions]
        return [self._table(ask, parts) for ask, parts in zip(asks, found, strict=True)]

    async def raw(self, asks: Sequence[Ask]) -> list[Decimal | None]:
        """The values as they are, with nothing held back: for tests, never for a caller."""
        found = await self._tallies(asks, None)
        amounts = [
            [table.get(ask.frame.division, NOTHING).amount for table in tables]
            for ask, tables in zip(asks, found, strict=True)
        ]
        return [ask.measure.value(tuple(some)) for ask, some in zip(asks, amounts, strict=True)]

    async def by_village(self, asks: Sequence[Ask]) -> list[list[dict[str, Tally]]]:
        """The parts of figures by the division of their facts, with nothing held back: for tests, as `raw`."""
        return await self._tallies(asks, Grouping.VILLAGE)

    async def _tallies(self, asks: Sequence[Ask], by: Grouping | None) -> list[list[dict[str, Tally]]]:
        questions = [
            [self.question(ask, i, ask.frame, by) for i in range(len(ask.measure.parts(self._known)))]
            for ask in asks
        ]
        answers = iter(await tally(self._session, [q for some in questions for q in some]))
        return [[next(answers) for _ in some] for some in questions]

    def runs(self, ask: Ask) -> bool:
        """Whether the measure's plugin is used where it is asked for."""
        plugin, district = ask.measure.plugin, ask.frame.district
        if plugin == "core":
            return True
        using = self._districts.plugins_of(district) if district else self._districts.everything
        return plugin in using

    def _questions(self, ask: Ask) -> list[Question]:
        if not self.runs(ask):
            return []
        frame, by = ask.frame, ask.by
        if ask.measure.small_cells:  # what may be shown depends on the cells beside it
            frame, by = frame.at(frame.district or frame.division), Grouping.VILLAGE
        return [self.question(ask, i, frame, by) for i in range(len(ask.measure.parts(self._known)))]

    def question(self, ask: Ask, part: int, frame: Frame, by: Grouping | None) -> Question:
        """One part of a figure, without the districts that do not use its plugin."""
        made = Question(ask.measure.parts(self._known)[part], frame, by)
        if ask.measure.plugin == "core" or ask.measure.kind is MeasureKind.LATEST:
            return made
        usual, others = self._districts.exceptions(ask.measure.plugin)
        return replace(made, without=others) if usual else replace(made, only=others)

    def _table(self, ask: Ask, parts: Sequence[dict[str, Tally]]) -> Table:
        if not parts:
            missing = self._missing(ask, off(ask.measure.plugin))
            return {code: replace(missing, code=code) for code in ask.codes or (ask.frame.division,)}
        if ask.measure.small_cells:
            return self._suppressed(ask, parts)
        return {
            code: _figure(ask, code, [part.get(code, NOTHING) for part in parts])
            for code in _codes(ask, parts)
        }

    def _missing(self, ask: Ask, reason: Words) -> Figure:
        return Figure(ask.measure, ask.frame, ask.frame.division, missing=reason)

    def _suppressed(self, ask: Ask, parts: Sequence[dict[str, Tally]]) -> Table:
        """Of a district's villages: what may be shown of the cells asked for, and of all above them."""
        root = ask.frame.district or ask.frame.division
        marks = [published(tree(root, {code: t.count for code, t in part.items()})) for part in parts]
        sums = [_summed(ask, part) for part in parts]
        return {
            code: _figure(
                ask, code, [s.get(code, NOTHING) for s in sums], [_mark(ask, made, code) for made in marks]
            )
            for code in _codes(ask, sums)
        }


def _codes(ask: Ask, parts: Sequence[Mapping[str, Tally]]) -> list[str]:
    if ask.by is None:
        return [ask.frame.division]
    return sorted({*ask.codes, *(code for part in parts for code in part)})


def _mark(ask: Ask, made: Published, code: str) -> Shown:
    if ask.by is Grouping.VILLAGE or (ask.by is None and ask.frame.tier is Tier.VILLAGE):
        return made.village(code)
    if ask.by is Grouping.TOWN or ask.frame.tier is Tier.TOWN:
        return made.town(code)
    return made.whole


def _summed(ask: Ask, part: Mapping[str, Tally]) -> dict[str, Tally]:
    """The cells of the district that lie in the division, under the codes that are asked for."""
    found: dict[str, Tally] = {}
    for village, count in part.items():
        if division_code.covers(ask.frame.division, village):
            code = _cell(ask, village)
            found[code] = found.get(code, NOTHING) + count
    return found


def _cell(ask: Ask, village: str) -> str:
    if ask.by is None:
        return ask.frame.division
    above = village[6:9] == "000"
    return village if ask.by is Grouping.VILLAGE or above else f"{village[:9]}000"


def _figure(ask: Ask, code: str, tallies: Sequence[Tally], marks: Sequence[Shown] = ()) -> Figure:
    measure, frame = ask.measure, ask.frame
    number = measure.value(tuple(found.amount for found in tallies))
    rate = measure.kind is MeasureKind.RATE
    parts = (
        tuple(_part(*pair) for pair in zip(tallies, marks or [Shown.EXACT] * 2, strict=False)) if rate else ()
    )
    made = Figure(measure, frame, code, actual=tallies[0].count, parts=parts)
    if any(mark is not Shown.EXACT for mark in marks) or (rate and marks and _tells(tallies)):
        small = not rate and marks[0] is Shown.SMALL and measure.kind is MeasureKind.COUNT
        return replace(made, value=Shown.SMALL.value if small else None, held_back=True)
    if number is None:
        return replace(made, missing=NO_DATA)
    return replace(made, value=f"{number:f}", number=number)


def _tells(tallies: Sequence[Tally]) -> bool:
    """A rate whose other side is a small cell: all but one or two."""
    return 0 < tallies[1].count - tallies[0].count < 3


def _part(found: Tally, mark: Shown) -> str | None:
    if mark is Shown.EXACT:
        return f"{found.amount or Decimal(0):f}"
    return Shown.SMALL.value if mark is Shown.SMALL else None
