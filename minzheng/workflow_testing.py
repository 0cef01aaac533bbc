"""The tests that a declared workflow implies: each transition, from each state, by each role, allowed and refused.

matrix = Matrix(PERMIT, "PetsPermit", new_permit)
for case in matrix.cases():
    await matrix.check(running, case)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from strawberry.utils.str_converters import to_camel_case

from core.codes.sets import UserRole
from core.ids import typed
from core.work import Work
from core.workflow.declared import Transition, Workflow
from schema.mutations.transitions import field_of

if TYPE_CHECKING:
    from minzheng.testing import Running

# From the query, its variables, and the role and division of the caller to the whole answer.
Ask = Callable[[str, Mapping[str, Any], UserRole, str], Awaitable[Mapping[str, Any]]]
Prepare = Callable[[Work, Any], Awaitable[None]]
_LONG_AGO = timedelta(days=400)


@dataclass(frozen=True)
class Case:
    """One cell of the matrix."""

    state: str
    verb: Transition
    role: UserRole

    def __str__(self) -> str:
        return f"{self.state}-{self.verb.name}-{self.role.name}"


@dataclass(frozen=True)
class Matrix:
    """How to try a workflow.

    Attributes:
        noun: as given to `transition_mutations`.
        make: a new case in the first state, made with the service's own rights.
        named: the input's field for the case; by default the noun without the plugin's name.
        mutations: for verbs with an input of their own: the mutation's name and what else its input says.
        prepare: for verbs whose guard wants something: what to do to the case first.
        guarded: for verbs whose guard wants more than an empty case has: the code that it then says.
        within: verbs that no mutation makes by itself, but another verb's does.
    """

    workflow: Workflow
    noun: str
    make: Callable[[Work], Awaitable[Any]]
    named: str | None = None
    mutations: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    prepare: Mapping[str, Prepare] = field(default_factory=dict)
    guarded: Mapping[str, str] = field(default_factory=dict)
    within: frozenset[str] = frozenset()

    def cases(self) -> list[Case]:
        """Every state, transition that somebody may make, and role."""
        verbs = [v for v in self.workflow.transitions if v.roles and v.name not in self.within]
        states = self.workflow.states
        return [Case(state.name, verb, role) for state in states for verb in verbs for role in UserRole]

    def expected(self, case: Case) -> set[str]:
        """The codes of which the answer must have one; empty when it must have none."""
        if case.role not in (*case.verb.roles, UserRole.SYSTEM):
            return {"FORBIDDEN", "NOT_FOUND"}
        if case.state not in case.verb.source:
            return {"STATE_INVALID"}
        return {self.guarded[case.verb.name]} if case.verb.name in self.guarded else set()

    async def check(self, running: Running, case: Case, ask: Ask | None = None) -> None:
        """Try one case, and fail with what was answered.

        Args:
            ask: how to ask, such as over HTTP; by default the service in this process.
        """
        row = await self.row(running, case)
        answer = await (ask or _asking(running))(*self.question(case, row), case.role, row.district)
        found = [error["code"] for error in next(iter(answer["data"].values()))["errors"]]
        wanted = self.expected(case)
        assert (found[0] in wanted) if wanted and found else not (wanted or found), f"{case}: {found}"

    async def row(self, running: Running, case: Case) -> Any:
        """A case that has been in the state for long, and wants nothing that the verb's guard asks for."""
        async with running.work() as work:
            row = await self.make(work)
            row.state, row.entered_on = case.state, work.clock.today() - _LONG_AGO
            await work.flush()
            if case.verb.name in self.prepare:
                await self.prepare[case.verb.name](work, row)
        return row

    def question(self, case: Case, row: Any) -> tuple[str, Mapping[str, Any]]:
        """The mutation and its variables."""
        name, more = self.mutations.get(case.verb.name, (self._mutation(case.verb), {}))
        kind = f"{name[0].upper()}{name[1:]}Input"
        reason = {"reason": "复核。"} if case.verb.reason else {}
        given = {self._field(): typed(self.workflow.prefix, row.id), **reason, **more}
        return f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ errors {{ code }} }} }}", {
            "input": given
        }

    def _mutation(self, verb: Transition) -> str:
        return to_camel_case(verb.name) + self.noun

    def _field(self) -> str:
        return self.named or to_camel_case(field_of(self.workflow, self.noun))


def _asking(running: Running) -> Ask:
    async def ask(query: str, variables: Mapping[str, Any], role: UserRole, division: str) -> Any:
        return await running.execute(query, role=role, division=division, variables=variables)

    return ask
