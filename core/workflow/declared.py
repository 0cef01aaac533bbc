"""What a workflow is: states, the transitions between them, who makes them, and how long each may take.

A declaration is enough: `core.workflow.service` keeps to it, and tasks, diagrams, mutations and tests come from it.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from core.access.permissions import Permission
from core.books import owner_of
from core.codes.ages import months_after
from core.codes.calendar import days_after, moved, working_days_after
from core.codes.sets import UserRole
from core.errors import ErrorCode, StartupError
from core.workflow.refusals import TOO_EARLY

START = "start"


class Unit(enum.Enum):
    """What a limit counts (domain 0)."""

    DAYS = "d"
    WORKING_DAYS = "wd"
    MONTHS = "m"


@dataclass(frozen=True)
class Limit:
    """A length of time; the day it starts on is not counted (Civil Code 201).

    Attributes:
        parameter: the dated parameter that gives `n` where it is set; `n` holds elsewhere.
        moved: a citizen's limit, which ends on the next working day if it would end on a day off (Civil Code 203).
    """

    n: int
    unit: Unit = Unit.DAYS
    parameter: str | None = None
    moved: bool = False

    def end(self, start: date, n: int | None = None) -> date:
        """The last day of the limit that starts on `start`."""
        count = self.n if n is None else n
        last = _ENDS[self.unit](start, count)
        return moved(last) if self.moved else last


_ENDS: Mapping[Unit, Callable[[date, int], date]] = {
    Unit.DAYS: days_after,
    Unit.WORKING_DAYS: working_days_after,
    Unit.MONTHS: months_after,
}


@dataclass(frozen=True)
class State:
    """A state of a case.

    Attributes:
        limit: how long a case should stay in it.
        awaits: the transition that is somebody's task now; by default the first that a person makes.
        final: nothing follows.
    """

    name: str
    zh: str
    en: str
    limit: Limit | None = None
    awaits: str | None = None
    final: bool = False


@dataclass(frozen=True)
class Deadline:
    """A limit over several states, such as thirty working days from acceptance to decision.

    Attributes:
        since: the state whose (first) entry starts it. until: the states that end it.
        limit: how long it is, or the column of the case that says its last day.
    """

    name: str
    zh: str
    en: str
    since: str
    until: tuple[str, ...]
    limit: Limit | str


@dataclass(frozen=True)
class Step:
    """A transition being made, as guards and effects see it.

    Attributes:
        on: the day on which it was made. inputs: what the verb's own input says beside the reason.
    """

    transition: Transition
    source: str
    on: date
    reason: str | None
    inputs: Mapping[str, Any]


Act = Callable[[Any, Any, Step], Awaitable[None]]


@dataclass(frozen=True)
class Transition:
    """A verb: from some states to another, by some roles.

    Attributes:
        target: None stays in the state.
        roles: who makes it. Empty is the service alone.
        four_eyes: transitions (or `start`) that whoever makes this one had no hand in.
        reason: a reason must be given.
        after: at least this long after the state was entered; `early` is what a hasty caller is told.
        auto: the service makes it by itself once a case has been this long in the state.
        extends: a deadline, and its limit from now on (counted from where the deadline began).
        guard: raises what refuses it. effect: what else happens, in the same transaction.
        bare: a mutation `<verb><Noun>` is made of it; False for a verb with an input of its own.
        dated: it may be recorded later than it was made: its input takes the day, `on`.
    """

    name: str
    zh: str
    en: str
    source: tuple[str, ...]
    target: str | None
    roles: frozenset[UserRole] = frozenset()
    four_eyes: tuple[str, ...] = ()
    reason: bool = False
    after: Limit | None = None
    early: ErrorCode = TOO_EARLY
    auto: Limit | None = None
    extends: tuple[str, Limit] | None = None
    guard: Act | None = None
    effect: Act | None = None
    bare: bool = True
    dated: bool = False


@dataclass(frozen=True)
class Workflow:
    """A declared state machine over the rows of a model with `WorkflowColumns` and `PlacedColumns`.

    Attributes:
        name: `<plugin>.<case>`. prefix: of the public ids of its rows. read: the permission that shows them.
        starts: the roles that may begin a case, in the state `initial`. begin: the word for that, in permissions.
    """

    name: str
    zh: str
    en: str
    model: Any
    prefix: str
    read: str
    initial: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    starts: frozenset[UserRole] = frozenset()
    deadlines: tuple[Deadline, ...] = ()
    begin: str = START
    by_state: Mapping[str, State] = field(init=False, repr=False, compare=False)
    by_verb: Mapping[str, Transition] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_state", {state.name: state for state in self.states})
        object.__setattr__(self, "by_verb", {verb.name: verb for verb in self.transitions})
        self._check()

    def permission(self, verb: str) -> str:
        """The permission to make a transition, or to `start`."""
        owner = owner_of(self.name)
        case, word = self.name.removeprefix(owner + "."), self.begin if verb == START else verb
        # Core's own are named as its others are: `payments:approve`.
        return f"{case}:{word}" if owner == "core" else f"{owner}:{case}.{word}"

    def require(self, work: Any, verb: str, row: Any) -> None:
        """Refuse a caller who may not make a transition of a case.

        Raises:
            Refused: FORBIDDEN, FORBIDDEN_SCOPE.
        """
        work.require_within(self.permission(verb), row.division)

    @cached_property
    def permissions(self) -> Sequence[Permission]:
        """The permissions that the declaration implies."""
        begin = Permission(self.permission(START), self.starts, f"{self.zh}：提出", f"{self.en}: start")
        verbs = [
            Permission(self.permission(v.name), v.roles, f"{self.zh}：{v.zh}", f"{self.en}: {v.en.lower()}")
            for v in self.transitions
        ]
        return (begin, *verbs)

    def out_of(self, state: str) -> list[Transition]:
        """The transitions that leave (or stay in) a state."""
        return [verb for verb in self.transitions if state in verb.source]

    def awaited(self, state: str) -> Transition | None:
        """The transition that somebody should make next."""
        named = self.by_state[state].awaits
        if named is not None:
            return self.by_verb[named]
        moving = (verb for verb in self.out_of(state) if verb.roles and verb.target is not None)
        return next(moving, None)

    def _check(self) -> None:
        """Refuse what cannot run.

        Raises:
            StartupError: names the workflow and the word that is wrong.
        """
        for what, word, known in self._words():
            if word not in known:
                raise StartupError(
                    f"工作流 {self.name}：{what} 提到了未声明的 {word} / "
                    f"workflow {self.name}: {what} names {word}, which is not declared"
                )
        stuck = [s.name for s in self.states if not s.final and not self.out_of(s.name)]
        left = [s.name for s in self.states if s.final and self.out_of(s.name)]
        if stuck or left:
            raise StartupError(
                f"工作流 {self.name}：状态 {'、'.join(stuck + left)} 的 final 与转换不符 / "
                f"workflow {self.name}: final does not fit the transitions of {', '.join(stuck + left)}"
            )

    def _words(self) -> list[tuple[str, str, Any]]:
        states, verbs = self.by_state, {START, *self.by_verb}
        deadlines = {deadline.name for deadline in self.deadlines}
        words: list[tuple[str, str, Any]] = [("initial", self.initial, states)]
        for verb in self.transitions:
            words += [(verb.name, name, states) for name in (*verb.source, *filter(None, [verb.target]))]
            words += [(verb.name, name, verbs) for name in verb.four_eyes]
            words += [(verb.name, verb.extends[0], deadlines)] if verb.extends else []
        for state in self.states:
            words += [(state.name, state.awaits, verbs)] if state.awaits else []
        for deadline in self.deadlines:
            words += [(deadline.name, name, states) for name in (deadline.since, *deadline.until)]
        return words
