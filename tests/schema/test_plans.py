"""Plans: what shares one, what must not, and how many statements each path sends."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from schema.sql.engine import Engine
from schema.sql.lru import Lru
from schema.sql.planner import Run
from tests.schema.conftest import Served
from tests.schema.small_city import EAST, EAST_VILLAGE, WEST

QUERY = "query Q($d: DivisionCode, $n: Int) { persons(filter: {division: $d}, first: $n) { edges { node { name } } } }"
MEMBERS = (
    "{ households(first: %d) { edges { node { members { person { name disabilities { level } } } } } } }"
)


async def _explained(served: Served, caller: str = "city", query: str = QUERY, **variables: Any) -> Any:
    answer = await served.ask(query, caller, variables=variables)
    assert "errors" not in answer, answer
    return answer["extensions"]["explain"]


async def test_values_share_a_plan_and_shapes_do_not(served: Served) -> None:
    assert (await _explained(served, d=EAST, n=2))["planHit"] is False
    assert (await _explained(served, d=WEST, n=7))["planHit"] is True
    assert (await _explained(served, d=EAST_VILLAGE, n=2))[
        "planHit"
    ] is False  # another level, another column
    assert (await _explained(served, n=2))["planHit"] is False  # no filter


async def test_callers_of_one_kind_share_a_plan_but_not_its_rows(served: Served) -> None:
    query = "{ persons(first: 100) { edges { node { residenceDivision { town: code } } } } }"
    east = await served.ask(query, "town")
    west = await served.ask(query, "other town")
    assert west["extensions"]["explain"]["planHit"] is True
    assert east["data"] != west["data"]
    masked = await served.ask(query, "auditor")
    assert masked["extensions"]["explain"]["planHit"] is False


async def test_a_purpose_is_another_plan(served: Served) -> None:
    query = "{ persons(first: 100) { edges { node { idNumber } } } }"
    await served.ask(query, "no purpose")
    opened = await served.ask(query, "unmasking")
    assert opened["extensions"]["explain"]["planHit"] is False
    again = await served.ask(query, "no purpose")
    assert again["extensions"]["explain"]["planHit"] is True
    assert all("*" in (e["node"]["idNumber"] or "*") for e in again["data"]["persons"]["edges"])


async def test_statements_do_not_grow_with_the_rows(served: Served) -> None:
    for planned, most in ((True, 1), (False, 6)):
        few, many = [
            (await served.ask(MEMBERS % size, planned=planned))["extensions"]["explain"]["statementCount"]
            for size in (1, 100)
        ]
        assert few == many <= most


async def test_no_value_of_a_request_is_in_the_statement(served: Served) -> None:
    explain = await _explained(served, d=EAST, n=3)
    assert EAST not in explain["statements"][0]


async def test_a_kept_plan_keeps_no_request(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[Run]] = []
    compile_ = Engine.compile

    def watched(self: Engine, *arguments: Any) -> Any:
        made.append(weakref.ref(arguments[-1]))
        return compile_(self, *arguments)

    monkeypatch.setattr(Engine, "compile", watched)
    await _explained(served, d=EAST, n=2)
    await served.ask("{ persons(first: 2) { edges { node { idNumber age } } } }", "unmasking one town")
    gc.collect()
    assert [run() for run in made] == [None, None]


def test_the_cache_is_bounded_and_keeps_what_is_used() -> None:
    cache: Lru[int, str] = Lru(2)
    for key in (1, 2):
        cache.put(key, str(key))
    cache.get(1)
    cache.put(3, "3")
    assert (cache.get(1), cache.get(2), cache.get(3), len(cache)) == ("1", None, "3", 2)
