"""The test that every declared figure must pass (design 7): insert, correct and back-date one fact; exactly it moves.

PROBES = (Probe("pets.dogs", insert=new_dog, correct=dog_elsewhere, backdate=dog_of_last_year),)
assert not unprobed(running.host, "pets", PROBES)
for probe in PROBES:
    await Trial(running, probe, number=…).run()
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.codes import division_code
from core.codes.sets import Gender, IdType
from core.dated import ALWAYS
from core.divisions.service import NewDivision, by_code, open_divisions
from core.host import Host
from core.measures.declared import Measure, MeasureKind, MeasurePeriod
from core.measures.figures import Ask, Figures
from core.measures.frame import Frame, Span, framed
from core.measures.tally import NOTHING, Tally
from core.persons.models import Person
from core.persons.service import NewPerson, register
from core.work import Work

if TYPE_CHECKING:
    from minzheng.testing import Running

PROVINCE = "410000000000"
TOWN, OTHER_TOWN, NEIGHBOUR_TOWN = "410189150", "410189151", "410188150"


@dataclass
class Scene:
    """Where and when a fact is written, and the means to write it.

    Attributes:
        here: a village of its own for this probe; other: one in another town.
        day: in the year that is counted; earlier: in the year before.
        place: where the figure is expected to move: `here`, unless a function says otherwise.
    """

    work: Work
    here: str
    other: str
    day: date
    earlier: date
    number: int
    place: str = ""
    made: dict[str, Any] = field(default_factory=dict)

    async def person(
        self,
        *,
        gender: Gender = Gender.MALE,
        born: date = date(1980, 3, 4),
        since: date = date(2015, 1, 1),
        **more: Any,
    ) -> Person:
        """Somebody who has lived here since a day."""
        new = NewPerson(
            name="张某",
            id_type=IdType.NONE,
            gender=gender,
            birth_date=born,
            since=max(since, born),
            **{"registered_division": self.here, "residence_division": self.here, **more},
        )
        return (await register(self.work, [new]))[0]


Step = Callable[[Scene], Awaitable[None]]


async def _nothing(_scene: Scene) -> None: ...


@dataclass(frozen=True)
class Probe:
    """How to try a measure. Each function is a transaction of its own; they share `scene.made`.

    Attributes:
        insert: write one fact of `scene.day` in `scene.here`. correct: it was wrong; sets `scene.place` to where it
            is in truth, if it is anywhere. backdate: write one fact of `scene.earlier`.
        prepare: what must be there before.
        along: measures that may move as well, such as totals that contain it.
        days: other days than the middle of the two years.
        forgets: its rows are changed in place, so what was known before a correction cannot be told.
    """

    measure: str
    insert: Step
    correct: Step
    backdate: Step
    prepare: Step = _nothing
    along: frozenset[str] = frozenset()
    days: tuple[date, date] | None = None
    forgets: bool = False

    def __str__(self) -> str:
        return self.measure


def unprobed(host: Host, owner: str, probes: Iterable[Probe]) -> list[str]:
    """The measures of a plugin (or core) that have no probe: there should be none."""
    tried = {probe.measure for probe in probes}
    return sorted(m.name for m in host.book(Measure) if m.plugin == owner and m.name not in tried)


Values = Mapping[tuple[str, str, int], Decimal | None]


@dataclass
class Trial:
    """One probe on a running service.

    Args:
        number: of the trial on this database: it has villages of its own.
    """

    running: Running
    probe: Probe
    number: int

    @property
    def _year(self) -> int:
        return self.running.clock.today().year

    async def run(self) -> None:
        """Insert, correct and back-date.

        Raises:
            AssertionError: a figure did not move where it should, or moved where it should not.
        """
        scene = self._scene()
        await self._settle(scene.here, scene.other, f"{NEIGHBOUR_TOWN}201")
        await self._do(self.probe.prepare, scene)
        before = await self._values(scene)
        inserted = await self._step("insert", scene, before, self._year)
        corrected = await self._step("correct", scene, inserted, self._year)
        await self._step("backdate", scene, corrected, self._year - 1)

    def _scene(self) -> Scene:
        number = f"{201 + self.number:03}"
        year = self._year
        day, earlier = self.probe.days or (date(year, 6, 15), date(year - 1, 6, 15))
        here, other = TOWN + number, OTHER_TOWN + number
        work: Any = None
        return Scene(work, here, other, day, earlier, self.number, here)

    async def _settle(self, *villages: str) -> None:
        """Open the villages that are not there yet, with everything above them."""
        codes = {code for village in villages for code in _above(village)}
        async with self.running.work() as work:
            known = await by_code(work.session, codes)
            await open_divisions(work, [NewDivision(c, f"区划{c}") for c in sorted(codes - known.keys())])

    async def _do(self, step: Step, scene: Scene) -> None:
        async with self.running.work() as work:
            scene.work = work
            await step(scene)

    async def _step(self, name: str, scene: Scene, before: Values, year: int) -> Values:
        """One step: what has moved is the figure, in its place and in no year before."""
        before_place = scene.place
        known = await self._known(scene, year)
        moment = self.running.clock.now()
        await self._do(getattr(self.probe, name), scene)
        after = await self._values(scene)
        moved = {key for key in after if key in before and after[key] != before[key]}
        mine = {(place, y) for measure, place, y in moved if measure == self.probe.measure}
        told = f"{self.probe.measure}, {name}"
        expected = before_place if name == "correct" else scene.place
        assert (expected, year) in mine or self._new(scene, before, after, year), f"{told}: did not move"
        allowed = {*self._path(before_place), *self._path(scene.place)}
        strayed = {(place, y) for place, y in mine if place not in allowed or not self._covers(y, year)}
        assert not strayed, f"{told}: moved elsewhere, too: {sorted(strayed)}"
        others = {measure for measure, _, _ in moved} - {self.probe.measure, *self.probe.along}
        assert not others, f"{told}: others moved: {sorted(others)}"
        remembered = self.probe.forgets or await self._known(scene, year, moment) == known
        assert remembered, f"{told}: moved in what was known before"
        return after

    def _new(self, scene: Scene, before: Values, after: Values, year: int) -> bool:
        """The figure of a division that was not there before."""
        key = (self.probe.measure, scene.place, year)
        return key not in before and bool(after[key])

    def _covers(self, counted: int, year: int) -> bool:
        """Whether a fact of a year may count in another: what stands does from then on, what happened in its own."""
        period = self.running.host.book(Measure)[self.probe.measure].period
        return counted == year or (period is MeasurePeriod.AS_OF and counted > year)

    def _path(self, code: str) -> list[str]:
        """The divisions that contain a place, as far as a figure adds up to them."""
        measure = self.running.host.book(Measure)[self.probe.measure]
        if measure.kind is MeasureKind.LATEST:
            return [code]
        above = (division_code.district(code), division_code.town(code), code)
        return [found for found in above if found]

    def _places(self, scene: Scene) -> list[str]:
        around = [scene.here, scene.other, scene.place, f"{NEIGHBOUR_TOWN}201"]
        return sorted({code for place in around for code in _above(place)})

    def _frame(self, place: str, year: int, known_at: datetime = ALWAYS) -> Frame:
        frame = framed(place, Span(self._year), self.running.clock.today(), None, None)
        return replace(frame if year == self._year else frame.year_before, known_at=known_at)

    async def _values(self, scene: Scene) -> Values:
        """Every figure of every measure, around the scene, in both years: counted by village, added up from there."""
        places, years = self._places(scene), (self._year, self._year - 1)
        measures = list(self.running.host.book(Measure))
        near = [m for m in measures if m.kind is MeasureKind.LATEST]  # these do not add up
        summed = [m for m in measures if m.kind is not MeasureKind.LATEST]
        keys = [(m, place, year) for m in near for place in places for year in years]
        found = await self._raw([Ask(m, self._frame(place, year)) for m, place, year in keys])
        values = {(m.name, place, year): value for (m, place, year), value in zip(keys, found, strict=True)}
        wide = [(m, year) for m in summed for year in years]
        asks = [Ask(m, self._frame(PROVINCE, year)) for m, year in wide]
        async with self.running.database.reading() as session:
            parts = await Figures(session, self.running.host).by_village(asks)
        for (measure, year), tables in zip(wide, parts, strict=True):
            for place in places:
                values[measure.name, place, year] = measure.value(
                    tuple(_within(table, place).amount for table in tables)
                )
        return values

    async def _known(self, scene: Scene, year: int, moment: datetime = ALWAYS) -> list[Decimal | None]:
        measure = self.running.host.book(Measure)[self.probe.measure]
        return await self._raw([Ask(measure, self._frame(p, year, moment)) for p in _above(scene.here)])

    async def _raw(self, asks: Sequence[Ask]) -> list[Decimal | None]:
        async with self.running.database.reading() as session:
            return await Figures(session, self.running.host).raw(asks)


def _within(table: Mapping[str, Tally], place: str) -> Tally:
    inside = (found for code, found in table.items() if division_code.covers(place, code))
    return sum(inside, NOTHING)


def _above(code: str) -> list[str]:
    above = (division_code.district(code), division_code.town(code), code)
    return sorted({found for found in above if found})


__all__ = ["Probe", "Scene", "Trial", "unprobed"]
