"""What a rule set is: it reads subjects of the register, chunk by chunk, and judges each by the parameters.

Reading and judging are apart, so that the register is read once and judged twice, with the values as they are and
with others instead.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core.parameters.view import ParameterView


@dataclass(frozen=True)
class Subject:
    """Who or what is judged.

    Attributes:
        id: a public id, such as `household_…`. division: where it lies. facts: all that the rule reads of it.
    """

    id: str
    division: str
    facts: Any = None


@dataclass(frozen=True)
class Verdict:
    """What a rule says of a subject.

    Attributes:
        category: one of the rule set's; None is outside all of them. amount: yuan a month.
    """

    category: str | None
    amount: Decimal = Decimal(0)


@dataclass(frozen=True)
class Category:
    """Something that a rule finds a subject to be, such as a layer of assistance."""

    name: str
    zh: str
    en: str


Read = Callable[[AsyncSession, str, date], AsyncIterator[Sequence[Subject]]]
Judge = Callable[[Subject, ParameterView, date], Verdict]


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """A rule over the register that can be tried out.

    Attributes:
        name: `<plugin>.<rules>`. permission: to try it out, over a division.
        parameters: that it reads, and that may be given other values.
        subjects: an async generator of (session, division, day): all that the rule could concern in the division
            and below it, at most `CHUNK` at a time. It reads only: the database refuses whatever it writes.
        judge: pure; the same facts and values give the same verdict.
    """

    name: str
    zh: str
    en: str
    permission: str
    parameters: tuple[str, ...]
    categories: tuple[Category, ...]
    subjects: Read
    judge: Judge
