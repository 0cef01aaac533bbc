"""The facts behind a figure, page by page, and the figure once more, counted from them."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Text, Uuid, bindparam, cast, func, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Refused
from core.ids import typed
from core.measures.declared import MeasureKind
from core.measures.figures import Ask, Figure, Figures
from core.measures.tally import Grouping, Question, Tally, amount_of, facts_of, scale_of
from core.refusals import CURSOR_INVALID, PAGE_SIZE

MAX_PAGE, DEFAULT_PAGE = 100, 20
PARTS = ("NUMERATOR", "DENOMINATOR")


@dataclass(frozen=True)
class FactRow:
    """One fact: its typed id, where and when it counts, and what it adds; `part` of a rate's."""

    id: str
    division: str
    on: date | None
    amount: str | None
    part: str | None


@dataclass(frozen=True)
class FactPage:
    """Some of the facts behind a figure.

    Attributes:
        total_count: how many there are; None where that would tell of single persons.
        value: the figure, counted from the facts one by one.
    """

    total_count: int | None
    value: str | None
    nodes: Sequence[FactRow] = ()
    end_cursor: str | None = None
    has_next_page: bool = False


@dataclass
class FactPages:
    """The pages of one figure's facts.

    Args:
        figure: as it is published: what is held back of it has no rows.
    """

    session: AsyncSession
    figures: Figures
    ask: Ask
    figure: Figure
    _hidden: list[str] = field(default_factory=list)

    async def page(self, first: int | None, after: str | None) -> FactPage:
        """A page, in order of the facts' ids.

        Raises:
            Refused: PAGE_SIZE, CURSOR_INVALID.
        """
        size = DEFAULT_PAGE if first is None else first
        if not 1 <= size <= MAX_PAGE:
            raise Refused(PAGE_SIZE, ("first",), maximum=MAX_PAGE)
        start = _read(after)
        if self.figure.held_back or not self.figures.runs(self.ask):
            return FactPage(None, self.figure.value)
        await self._hide()
        tallies = [await self._total(question) for question in self._questions()]
        number = self.ask.measure.value(tuple(found.amount for found in tallies))
        found = await self._some(start, size + 1)
        return FactPage(
            total_count=sum(found.count for found in tallies),
            value=None if number is None else f"{number:f}",
            nodes=[row for _, row in found[:size]],
            end_cursor=found[:size][-1][0] if found else None,
            has_next_page=len(found) > size,
        )

    async def _hide(self) -> None:
        """What lies in a cell that is held back is not listed."""
        if self.ask.measure.small_cells:
            (table,) = await self.figures.tables([Ask(self.ask.measure, self.ask.frame, Grouping.VILLAGE)])
            self._hidden = [code for code, figure in table.items() if figure.held_back]

    def _questions(self) -> Iterator[Question]:
        count = 2 if self.ask.measure.kind is MeasureKind.RATE else 1
        for part in range(count):
            yield self.figures.question(self.ask, part, self.ask.frame, None)

    async def _total(self, question: Question) -> Tally:
        """Every fact once, whatever the select gives."""
        kind, facts = question.part.kind, facts_of(question)
        amount = facts.c.amount if "amount" in facts.c else facts.c.key
        if kind is MeasureKind.LATEST:
            found = (await self.session.execute(_latest(facts))).all()
            return Tally(len(found), amount_of(found[0][1], question, self.session) if found else None)
        once: Any = select(
            facts.c.key, func.count() if kind is MeasureKind.COUNT else func.max(amount).label("amount")
        )
        once = once.group_by(facts.c.key).subquery()
        total = func.sum(once.c.amount) if kind is MeasureKind.SUM else func.count()
        count, text = (
            await self.session.execute(select(func.count(), cast(total, Text)).select_from(once))
        ).one()
        if kind is MeasureKind.COUNT:
            return Tally(count, Decimal(count) if count else None)
        return Tally(count, amount_of(text, question, self.session) if count else None)

    async def _some(self, start: tuple[int, uuid.UUID | None], limit: int) -> list[tuple[str, FactRow]]:
        found: list[tuple[str, FactRow]] = []
        for part, question in enumerate(self._questions()):
            if part >= start[0] and len(found) < limit:
                key = start[1] if part == start[0] else None
                found += await self._part(part, question, key, limit - len(found))
        return found

    async def _part(
        self, part: int, question: Question, key: uuid.UUID | None, limit: int
    ) -> list[tuple[str, FactRow]]:
        facts = facts_of(question)
        extra = [facts.c[name] for name in ("day", "amount") if name in facts.c]
        query = select(facts.c.key, facts.c.division, *extra).order_by(facts.c.key).limit(limit)
        if key is not None:
            query = query.where(facts.c.key > bindparam(None, key, type_=Uuid()))
        if self._hidden:
            query = query.where(not_(facts.c.division.in_(self._hidden)))
        rows = (await self.session.execute(query)).mappings()
        return [(_cursor(part, row["key"]), self._row(part, question, row)) for row in rows]

    def _row(self, part: int, question: Question, row: Any) -> FactRow:
        amount = row.get("amount")
        if isinstance(amount, Decimal):
            amount = amount.quantize(Decimal(1).scaleb(-scale_of(question)))
        return FactRow(
            id=typed(question.part.facts.prefix, row["key"]),
            division=row["division"],
            on=row.get("day"),
            amount=None if amount is None else f"{amount}",
            part=PARTS[part] if self.ask.measure.kind is MeasureKind.RATE else None,
        )


def _latest(facts: Any) -> Any:
    order = [facts.c.division.desc(), *([facts.c.day.desc()] if "day" in facts.c else []), facts.c.key.desc()]
    return select(facts.c.key, cast(facts.c.amount, Text)).order_by(*order)


def _cursor(part: int, key: uuid.UUID) -> str:
    return base64.urlsafe_b64encode(bytes([part]) + key.bytes).decode().rstrip("=")


def _read(cursor: str | None) -> tuple[int, uuid.UUID | None]:
    if cursor is None:
        return 0, None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 17 or raw[0] > 1:
        raise Refused(CURSOR_INVALID, ("after",))
    return raw[0], uuid.UUID(bytes=raw[1:])
