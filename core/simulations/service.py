"""Running a rule set with other values over one read-only snapshot; memory does not grow with the register."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.principal import NATION, Principal
from core.codes import division_code
from core.db import Database
from core.errors import Refused
from core.host import Host
from core.parameters.declared import Parameter
from core.parameters.refusals import (
    RULE_SET_PARAMETER,
    RULE_SET_UNKNOWN,
    SIMULATION_SLOW,
    SIMULATION_WROTE,
)
from core.parameters.service import root_of, values
from core.parameters.view import Applied, Override, ParameterView
from core.refusals import FORBIDDEN, FORBIDDEN_SCOPE
from core.simulations.declared import RuleSet, Subject, Verdict

CHUNK = 1000  # subjects that a rule reads at a time
EXAMPLES = 100  # subjects that change, the first ones, kept to be told
SECONDS = 30.0


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        values: other values by (parameter, division): as if that division had set them for all days.
    """

    rules: RuleSet
    division: str
    on: date
    values: Override


@dataclass
class Sum:
    """Subjects and yuan a month."""

    count: int = 0
    amount: Decimal = Decimal(0)

    def add(self, verdict: Verdict) -> None:
        """Count a verdict."""
        self.count += 1
        self.amount += verdict.amount


@dataclass
class Totals:
    """What a rule set finds with one set of values: by category, those outside all of them under None."""

    by_category: dict[str | None, Sum] = field(default_factory=dict)

    def add(self, verdict: Verdict) -> None:
        """Count a verdict."""
        self.by_category.setdefault(verdict.category, Sum()).add(verdict)

    def of(self, category: str | None) -> Sum:
        """What was found of a category."""
        return self.by_category.get(category, Sum())

    @property
    def inside(self) -> Sum:
        """All that is in some category."""
        found = [total for category, total in self.by_category.items() if category is not None]
        return Sum(sum(t.count for t in found), sum((t.amount for t in found), Decimal(0)))


@dataclass
class Difference:
    """How many enter, leave, move to another category, stay with another amount, or stay as they are."""

    baseline: Totals = field(default_factory=Totals)
    simulated: Totals = field(default_factory=Totals)
    entered: int = 0
    left: int = 0
    moved: int = 0
    adjusted: int = 0
    unchanged: int = 0

    def add(self, before: Verdict, after: Verdict) -> None:
        """Count a subject."""
        self.baseline.add(before)
        self.simulated.add(after)
        name = _change(before, after)
        setattr(self, name, getattr(self, name) + 1)

    @property
    def monthly(self) -> Decimal:
        """What it would cost more (or less) in a month, yuan."""
        totals = (self.simulated, self.baseline)
        after, before = (sum((s.amount for s in t.by_category.values()), Decimal(0)) for t in totals)
        return after - before


def _change(before: Verdict, after: Verdict) -> str:
    if before.category != after.category:
        return "entered" if before.category is None else "left" if after.category is None else "moved"
    return "unchanged" if before.amount == after.amount else "adjusted"


@dataclass(frozen=True)
class Example:
    """A subject that changes."""

    subject: Subject
    before: Verdict
    after: Verdict


@dataclass(frozen=True)
class Changed:
    """A parameter that was given another value, and what applies there and then."""

    name: str
    division: str
    baseline: Applied | None
    value: str


@dataclass
class Simulation:
    """What a rule set would find with other values.

    Attributes:
        divisions: those that were looked at: the one asked about, or what of it lies in the caller's scope.
        by_division: by the division of the next tier below the one asked about.
    """

    question: Question
    divisions: tuple[str, ...]
    parameters: list[Changed]
    total: Difference = field(default_factory=Difference)
    by_division: dict[str, Difference] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)

    def add(self, subject: Subject, before: Verdict, after: Verdict) -> None:
        """Count a subject in."""
        part = _below(self.question.division, subject.division)
        self.total.add(before, after)
        self.by_division.setdefault(part, Difference()).add(before, after)
        if before != after and len(self.examples) < EXAMPLES:
            self.examples.append(Example(subject, before, after))


def rules_of(host: Host, name: str, plugins: Sequence[str] | frozenset[str]) -> RuleSet:
    """A rule set of core or of some plugins.

    Raises:
        Refused: RULE_SET_UNKNOWN, naming those there are.
    """
    known = {rules.name: rules for rules in host.book(RuleSet).of(plugins)}
    if name not in known:
        raise Refused(RULE_SET_UNKNOWN, ("ruleSet",), name=name[:80], known=", ".join(known) or "-")
    return known[name]


async def simulate(
    database: Database, host: Host, principal: Principal, question: Question, seconds: float = SECONDS
) -> Simulation:
    """Judge every subject with the values as they are and with others instead. Nothing is written, nothing audited.

    A caller whose scope is narrower than the division gets what lies in it.

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE, RULE_SET_PARAMETER, PARAMETER_RANGE, PARAMETER_MISSING, SIMULATION_SLOW
            (after `seconds`), SIMULATION_WROTE (the rule set tried to).
    """
    divisions = _allowed(principal, question)
    question = _checked(question, host)
    try:
        async with asyncio.timeout(seconds), database.looking(seconds) as session:
            with _written(question.rules):
                return await _run(session, host, question, divisions)
    except TimeoutError:
        raise Refused(SIMULATION_SLOW, seconds=int(seconds)) from None


def _allowed(principal: Principal, question: Question) -> tuple[str, ...]:
    permission, division = question.rules.permission, question.division
    if not principal.can(permission):
        raise Refused(FORBIDDEN, permission=permission)
    scope = principal.scope(permission)
    whole = (NATION,) if scope.everywhere else scope.codes
    found = whole if division == NATION else scope.narrowed(division).codes
    if not found:
        raise Refused(FORBIDDEN_SCOPE, ("division",), division=division)
    return found


def _checked(question: Question, host: Host) -> Question:
    """With canonical values."""
    view, rules = ParameterView(host.book(Parameter).all, ()), question.rules
    said = {}
    for (name, division), text in question.values.items():
        if name not in rules.parameters:
            known = ", ".join(rules.parameters)
            raise Refused(RULE_SET_PARAMETER, ("values",), rule_set=rules.name, name=name[:80], known=known)
        said[name, division] = view.parameter(name).canonical(text)
    return Question(rules, question.division, question.on, said)


async def _run(
    session: AsyncSession, host: Host, question: Question, divisions: tuple[str, ...]
) -> Simulation:
    rules, day = question.rules, question.on
    before = await values(session, host, root_of(question.division), rules.parameters)
    after = before.laid_over(question.values)
    made = Simulation(question, divisions, list(_changed(question, before)))
    for division in divisions:
        async with aclosing(rules.subjects(session, division, day)) as chunks:  # type: ignore[type-var]
            async for chunk in chunks:
                for subject in chunk:
                    made.add(subject, rules.judge(subject, before, day), rules.judge(subject, after, day))
                await asyncio.sleep(0)  # others are served, and the time limit is kept
    return made


def _changed(question: Question, before: ParameterView) -> Iterator[Changed]:
    for (name, division), value in question.values.items():
        yield Changed(name, division, before.applied(name, division, question.on), value)


@lru_cache(maxsize=10_000)
def _below(asked: str, division: str) -> str:
    """The division of the next tier below the one asked about, or that itself."""
    tier = 0 if asked == NATION else int(division_code.tier(asked))
    path = division_code.path_of(division)
    return next((code for code in path if division_code.tier(code) > tier), division)


@contextmanager
def _written(rules: RuleSet) -> Iterator[None]:
    """Tell what the database refuses because it was to be read only."""
    try:
        yield
    except DBAPIError as error:
        text = str(error.orig).lower()
        if "read-only transaction" in text or "readonly database" in text:
            raise Refused(SIMULATION_WROTE, name=rules.name) from None
        if "statement timeout" in text:
            raise TimeoutError from None
        raise


async def pages(
    session: AsyncSession, query: Select[*tuple[Any, ...]], key: Any, size: int = CHUNK
) -> AsyncIterator[Sequence[Any]]:
    """The rows of a query in the order of a unique column, chunk by chunk, never all at once.

    Args:
        key: the column; it is selected, too, as the last of a row.
    """
    last: Any = None
    while True:
        page = query.add_columns(key).order_by(key).limit(size)
        rows = (await session.execute(page if last is None else page.where(key > last))).all()
        if rows:
            yield rows
        if len(rows) < size:
            return
        last = rows[-1][-1]
