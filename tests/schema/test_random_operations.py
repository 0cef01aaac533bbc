"""Random operations over the composed schema: the planner and graphql-core answer the same, to the byte.

hypothesis-graphql makes the documents; their arguments are then replaced by ones that mean something here
(ids that exist, divisions of the city, small pages), or every document would only test refusals.
"""

from __future__ import annotations

import json
from itertools import cycle
from typing import Any

import pytest
from graphql import (
    ArgumentNode,
    FieldNode,
    IntValueNode,
    ListValueNode,
    Node,
    ObjectFieldNode,
    StringValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from core.host import Host
from schema.composed import ComposedSchema
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, EAST, EAST_VILLAGE, WEST, WEST_VILLAGE

SCHEMA = ComposedSchema(Host([]), [])
SCALARS = {
    "Date": st.sampled_from(["1988-02-29", "2000-01-01"]).map(nodes.String),
    "DateTime": st.just("2022-11-30T00:00:00Z").map(nodes.String),
    "Decimal": st.just("1.00").map(nodes.String),
    "CitizenId": st.just("410189195803150015").map(nodes.String),
    "CreditCode": st.just("52410189MJ0A1B2C5J").map(nodes.String),
    "DivisionCode": st.sampled_from([CITY, EAST, WEST, EAST_VILLAGE, WEST_VILLAGE]).map(nodes.String),
}
DOCUMENTS = queries(
    SCHEMA.as_str(),
    custom_scalars=SCALARS,
    fields=[
        "persons",
        "households",
        "divisions",
        "person",
        "household",
        "node",
        "nodes",
        "division",
        "auditEntries",
        "lifeEvents",
        "divorceApplications",
    ],
)
CALLERS = ("city", "town", "two places", "auditor", "names in one town", "unmasking one town", "prefecture")


class Sensible(Visitor):
    """Replaces arguments by ones that find something."""

    def __init__(self, ids: list[str]) -> None:
        super().__init__()
        self._ids = cycle(ids)

    def enter_field(self, node: FieldNode, *_: Any) -> Node:
        names = {argument.name.value for argument in node.arguments or ()}
        unwanted = {"after", "before", *({"last"} if "first" in names else set())}
        unwanted |= {"id"} if {"id", "code"} <= names else set()
        kept = [self._argument(node, a) for a in node.arguments or () if a.name.value not in unwanted]
        return FieldNode(
            name=node.name,
            alias=node.alias,
            arguments=tuple(kept),
            directives=node.directives,
            selection_set=node.selection_set,
        )

    def _argument(self, field: FieldNode, argument: ArgumentNode) -> ArgumentNode:
        name, value = argument.name.value, argument.value
        if name in ("first", "last"):
            value = IntValueNode(value=str(1 + abs(int(getattr(value, "value", "3") or 3)) % 4))
        elif name == "id":
            value = StringValueNode(value=self._id(field.name.value))
        elif name == "ids":
            value = ListValueNode(values=tuple(StringValueNode(value=next(self._ids)) for _ in range(3)))
        return ArgumentNode(name=argument.name, value=value)

    def _id(self, field: str) -> str:
        wanted = {"person": "person_", "household": "household_"}.get(field, "")
        return next(id_ for id_ in self._ids if id_.startswith(wanted))

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> Node | None:
        if node.name.value == "name" and isinstance(node.value, StringValueNode):
            return ObjectFieldNode(
                name=node.name, value=StringValueNode(value="张" if len(node.value.value) % 2 else "")
            )
        return None


def sensible(document: str, ids: list[str]) -> str:
    """The document with arguments that mean something in the small city."""
    return print_ast(visit(parse(document), Sensible(ids)))


class Share:
    """How many operations the planner took: a run in which it takes few has tested nothing."""

    def __init__(self) -> None:
        self.planned = 0
        self.all = 0


async def _compare(served: Served, document: str, caller: str, share: Share) -> None:
    query = sensible(document, served.city.ids)
    planned = await served.ask(query, caller)
    explain = planned.pop("extensions", {}).get("explain", {"planned": False})
    ordinary = await served.ask(query, caller, planned=False)
    ordinary.pop("extensions", None)
    share.all += 1
    share.planned += bool(explain["planned"])
    assert json.dumps(planned, ensure_ascii=False) == json.dumps(ordinary, ensure_ascii=False), query


@pytest.mark.parametrize("examples", [60, pytest.param(600, marks=pytest.mark.slow)])
async def test_random_operations_agree(served: Served, examples: int) -> None:
    share = Share()
    found: list[tuple[str, str]] = []

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(DOCUMENTS, st.sampled_from(CALLERS))
    def gather(document: str, caller: str) -> None:
        found.append((document, caller))

    gather()
    for document, caller in found:
        await _compare(served, document, caller, share)
    print(f"planned {share.planned} of {share.all} random operations")  # noqa: T201 (shown with -rP)
    assert share.all >= examples * 0.8
    assert share.planned / share.all >= 0.6


def test_enums_are_kept() -> None:
    """The rewriting leaves the rest of a document alone."""
    text = sensible("{ persons(orderBy: [{field: NAME, direction: DESC}]) { totalCount } }", ["person_1"])
    assert "DESC" in text
