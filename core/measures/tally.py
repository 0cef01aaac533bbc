"""Counting: many questions in one statement, a UNION ALL of grouped sub-selects, whatever the number of towns."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, cast, func, literal_column, not_, null, or_, select, union_all
from sqlalchemy import case as case_
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Exact, Text
from core.measures.declared import MeasureKind, Part
from core.measures.frame import Frame

CHUNK = 100  # sub-selects in one statement; SQLite takes 500


class Grouping(enum.Enum):
    """By what a tally is broken down."""

    TOWN = "TOWN"
    VILLAGE = "VILLAGE"


@dataclass(frozen=True)
class Question:
    """One part of one figure, in one frame.

    Attributes:
        without: districts whose rows do not count, since they do not use the plugin; None counts all.
        only: districts whose rows alone count.
    """

    part: Part
    frame: Frame
    by: Grouping | None = None
    without: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Tally:
    """How many facts there are, and what their amounts come to."""

    count: int
    amount: Decimal | None

    def __add__(self, other: Tally) -> Tally:
        known = [amount for amount in (self.amount, other.amount) if amount is not None]
        return Tally(self.count + other.count, sum(known, Decimal(0)) if known else None)


NOTHING = Tally(0, None)


async def tally(session: AsyncSession, questions: Sequence[Question]) -> list[dict[str, Tally]]:
    """The answers by division code; without a breakdown there is one, under the code of the frame.

    One statement for each 100 questions.
    """
    found: list[dict[str, Tally]] = [{} for _ in questions]
    for start in range(0, len(questions), CHUNK):
        some = questions[start : start + CHUNK]
        statement = union_all(*(_term(i, question) for i, question in enumerate(some)))
        for i, code, count, text in await session.execute(statement):
            question = some[i]
            amount = amount_of(text, question, session)
            if question.part.kind is MeasureKind.COUNT:
                amount = Decimal(count) if count else None
            if count:
                found[start + i][code or question.frame.division] = Tally(count, amount)
    return found


def scale_of(question: Question) -> int:
    """The places of the amounts, which SQLite keeps as whole numbers of the last place."""
    column = question.part.facts.rows(question.frame).selected_columns.get("amount")
    return column.type.scale if column is not None and isinstance(column.type, Exact) else 0


def amount_of(text: str | None, question: Question, session: AsyncSession) -> Decimal | None:
    """The amount in a column that was cast to text."""
    if text is None:
        return None
    sqlite = session.get_bind().dialect.name == "sqlite"
    return Decimal(text).scaleb(-scale_of(question)) if sqlite else Decimal(text)


def facts_of(question: Question) -> Any:
    """The rows that count for a question, as a derived table."""
    rows = question.part.facts.rows(question.frame).subquery()
    tests = [] if question.part.kind is MeasureKind.LATEST else [question.frame.under(rows.c.division)]
    tests += _districts(question, rows.c.division)
    return select(rows).where(*tests).subquery() if tests else rows


def _districts(question: Question, division: Any) -> list[ColumnElement[bool]]:
    district = func.substr(division, literal_column("1"), literal_column("6")).op("||")(_word("000000"))
    tests = []
    if question.only is not None:
        tests.append(or_(*(district == code for code in question.only)))
    if question.without:
        tests.append(not_(or_(*(district == code for code in question.without))))
    return tests


def _word(text: str) -> ColumnElement[str]:
    return literal_column(f"'{text}'", Text)


def _term(number: int, question: Question) -> Any:
    facts, kind = facts_of(question), question.part.kind
    place: Any = literal_column(str(number)).label("number")
    if kind is MeasureKind.LATEST:
        first = _nearest(facts)
        return select(
            place, _word("").label("code"), literal_column("1").label("count"), _text(first.c.amount)
        )
    total = (
        cast(null(), Text).label("amount") if kind is MeasureKind.COUNT else _text(func.sum(facts.c.amount))
    )
    code = _code(question, facts.c.division).label("code")
    found = select(place, code, func.count().label("count"), total).select_from(facts)
    return found if question.by is None else found.group_by(_code(question, facts.c.division))


def _text(value: Any) -> ColumnElement[str]:
    return cast(value, Text).label("amount")


def _nearest(facts: Any) -> Any:
    """The one that holds: the code of a division sorts after those of all above it."""
    order = [facts.c.division.desc(), *([facts.c.day.desc()] if "day" in facts.c else []), facts.c.key.desc()]
    return select(facts.c.amount).order_by(*order).limit(literal_column("1")).subquery()


def _code(question: Question, division: Any) -> ColumnElement[str]:
    """The code that a fact is counted under; what lies above the towns stays under its own."""
    if question.by is None:
        return _word("")
    if question.by is Grouping.VILLAGE:
        code: ColumnElement[str] = division
        return code
    town = func.substr(division, literal_column("1"), literal_column("9")).op("||")(_word("000"))
    above = func.substr(division, literal_column("7"), literal_column("3")) == _word("000")
    return case_((above, division), else_=town)
