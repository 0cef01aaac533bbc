"""Asking for figures: who may, of what, and the breakdowns, series and rows of one (design 7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.principal import Principal
from core.codes.ages import months_after
from core.codes.division_code import Tier
from core.divisions.models import Division
from core.divisions.service import by_code
from core.errors import Refused
from core.host import Host
from core.measures.declared import Measure, MeasureLevel, MeasurePeriod
from core.measures.figures import Ask, Figure, Figures
from core.measures.frame import Frame
from core.measures.refusals import INDICATOR_BY, INDICATOR_POINTS, INDICATOR_UNKNOWN
from core.measures.small_cells import Shown, completed
from core.measures.tally import Grouping
from core.refusals import DIV_UNKNOWN, FORBIDDEN, FORBIDDEN_SCOPE

MAX_POINTS = 120
YEARS = 5  # of a series by year that is asked for one year


def catalogue(
    host: Host, plugins: Iterable[str], plugin: str | None = None, ids: Sequence[str] | None = None
) -> list[Measure]:
    """The measures of core and some plugins, all of them or those that are named."""
    found = host.book(Measure).of(plugins)
    return [
        measure
        for measure in found
        if (plugin is None or measure.plugin == plugin) and (ids is None or measure.name in ids)
    ]


def measure_of(host: Host, plugins: Iterable[str], name: str) -> Measure:
    """The measure of that id.

    Raises:
        Refused: INDICATOR_UNKNOWN.
    """
    found = catalogue(host, plugins, ids=[name])
    if not found:
        raise Refused(INDICATOR_UNKNOWN, ("id",), id=name[:80])
    return found[0]


def reaches(principal: Principal, measure: Measure, division: str) -> bool:
    """Whether a caller may ask for a figure of a division."""
    return principal.scope(measure.read).covers(division)


def require(principal: Principal, measure: Measure, division: str) -> None:
    """Refuse a question about a division that is not the caller's.

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE.
    """
    if not principal.can(measure.read):
        raise Refused(FORBIDDEN, ("id",), permission=measure.read)
    if not reaches(principal, measure, division):
        raise Refused(FORBIDDEN_SCOPE, ("division",), division=division)


async def require_division(session: AsyncSession, code: str) -> Division:
    """The division of a code.

    Raises:
        Refused: DIV_UNKNOWN.
    """
    found = (await by_code(session, [code])).get(code)
    if found is None:
        raise Refused(DIV_UNKNOWN, ("division",), code=code)
    return found


async def figure(figures: Figures, measure: Measure, frame: Frame) -> tuple[Figure, Figure]:
    """A figure, and that of the same span of the year before; one statement."""
    now, before = await figures.one([Ask(measure, frame), Ask(measure, frame.year_before)])
    return now, before


@dataclass(frozen=True)
class Cell:
    """A figure of a division below."""

    division: Division
    figure: Figure


_DEEP = {Grouping.TOWN: Tier.TOWN, Grouping.VILLAGE: Tier.VILLAGE}


async def cells(session: AsyncSession, figures: Figures, ask: Ask) -> list[Cell]:
    """The figures of the towns or villages below, those with nothing as well; two statements.

    What lies above them, such as an organization with its seat in the city, is under its own division.

    Raises:
        Refused: INDICATOR_BY.
    """
    assert ask.by is not None
    allowed = (MeasureLevel.VILLAGE, MeasureLevel(ask.by.value))
    if ask.measure.level not in allowed or ask.frame.tier >= _DEEP[ask.by]:
        raise Refused(
            INDICATOR_BY, ("by",), id=ask.measure.name, division=ask.frame.division, by=ask.by.value
        )
    there = await _in_force(session, ask)
    (table,) = await figures.tables([replace(ask, codes=tuple(there))])
    gone = await by_code(session, [code for code in table if code not in there])
    divisions = there | gone
    return [Cell(divisions[code], table[code]) for code in sorted(table)]


async def _in_force(session: AsyncSession, ask: Ask) -> dict[str, Division]:
    """The divisions below that are in force on the day, by code."""
    assert ask.by is not None
    frame, row = ask.frame, Division
    query = select(row).where(
        row.tier == _DEEP[ask.by], frame.under(row.code), frame.lasts(row.valid_from, row.valid_to)
    )
    return {found.code: found for found in await session.scalars(query)}


@dataclass(frozen=True)
class Point:
    """A figure of one stretch of a series."""

    frame: Frame
    figure: Figure


async def series(figures: Figures, measure: Measure, frame: Frame, by: str) -> list[Point]:
    """The figures of the months of the period, or of its years (five where it is within one); one statement.

    Raises:
        Refused: INDICATOR_POINTS.
    """
    frames = _months(frame) if by == "MONTH" else _years(frame)
    if len(frames) > MAX_POINTS:
        raise Refused(INDICATOR_POINTS, ("period",), maximum=MAX_POINTS)
    found = await figures.one([Ask(measure, point) for point in frames])
    if measure.small_cells and measure.period is MeasurePeriod.IN_PERIOD:
        found = _completed(found)
    return [Point(point, figure) for point, figure in zip(frames, found, strict=True)]


def _completed(found: Sequence[Figure]) -> list[Figure]:
    """One more point is held back where the total of the period would tell the only one that is."""
    return [
        replace(f, value=None, number=None, held_back=True, parts=(None,) * len(f.parts))
        if mark is Shown.HIDDEN and not f.held_back
        else f
        for f, mark in zip(found, completed([f.actual for f in found]), strict=True)
    ]


def _months(frame: Frame) -> list[Frame]:
    first = frame.start.replace(day=1)
    count = (frame.end.year - first.year) * 12 + frame.end.month - first.month + 1
    starts = [months_after(first, n) for n in range(min(count, MAX_POINTS + 1))]
    return [_cut(frame, start, months_after(start, 1)) for start in starts if start < frame.end]


def _years(frame: Frame) -> list[Frame]:
    last = frame.as_of.year
    first = frame.start.year if frame.start.year < last else max(1, last - YEARS + 1)
    years = range(first, min(last, first + MAX_POINTS) + 1)
    return [
        _cut(replace(frame, start=min(frame.start, date(first, 1, 1))), date(y, 1, 1), date(y + 1, 1, 1))
        for y in years
    ]


def _cut(frame: Frame, start: date, end: date) -> Frame:
    """A stretch of the period, up to its end."""
    start, end = max(start, frame.start), min(end, frame.end)
    return replace(frame, start=start, end=end, as_of=min(frame.as_of, end - timedelta(days=1)))
