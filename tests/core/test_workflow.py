"""Limits by the calendar (domain 0, vectors 19 to 21), and declarations that cannot run."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.errors import StartupError
from core.workflow.declared import Deadline, Limit, State, Transition, Unit, Workflow
from core.workflow.diagram import mermaid, table

WD = Unit.WORKING_DAYS


@pytest.mark.parametrize(
    ("limit", "start", "end"),
    [
        (Limit(3, WD), date(2022, 9, 2), date(2022, 9, 7)),  # vector 19: survey
        (Limit(30, WD), date(2022, 9, 2), date(2022, 10, 20)),
        (Limit(45, WD), date(2022, 9, 2), date(2022, 11, 10)),
        (Limit(20, WD), date(2022, 10, 24), date(2022, 11, 21)),
        (Limit(45, WD), date(2022, 10, 24), date(2022, 12, 26)),
        (Limit(7), date(2022, 9, 20), date(2022, 9, 27)),  # vector 20: publicity
        (Limit(10, WD), date(2022, 9, 28), date(2022, 10, 17)),  # vector 21
        (Limit(10, WD), date(2022, 9, 9), date(2022, 9, 26)),  # vector 37
        (Limit(60), date(2022, 6, 20), date(2022, 8, 19)),  # vector 42: not moved
        (Limit(30), date(2022, 3, 1), date(2022, 3, 31)),
        (Limit(30, moved=True), date(2022, 9, 1), date(2022, 10, 8)),  # into the National Day holiday
        (Limit(1, Unit.MONTHS), date(2022, 1, 31), date(2022, 2, 28)),
        (Limit(0, WD), date(2022, 9, 2), date(2022, 9, 2)),
    ],
)
def test_ends_of_limits(limit: Limit, start: date, end: date) -> None:
    assert limit.end(start) == end


OPEN, DONE = State("OPEN", "办理中", "Open"), State("DONE", "已办结", "Done", final=True)
CLOSE = Transition("close", "办结", "Close", ("OPEN",), "DONE")


def declared(**changes: Any) -> Workflow:
    given = {
        "name": "core.case",
        "zh": "事项",
        "en": "Case",
        "model": None,
        "prefix": "case",
        "read": "registry:read",
        "initial": "OPEN",
        "states": (OPEN, DONE),
        "transitions": (CLOSE,),
        **changes,
    }
    return Workflow(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"initial": "BEGUN"}, "BEGUN"),
        ({"transitions": (Transition("close", "", "", ("OPEN",), "SHUT"),)}, "SHUT"),
        ({"transitions": (Transition("close", "", "", ("OPEN",), "DONE", four_eyes=("ask",)),)}, "ask"),
        (
            {"transitions": (Transition("close", "", "", ("OPEN",), "DONE", extends=("end", Limit(1))),)},
            "end",
        ),
        ({"states": (OPEN, State("DONE", "", "", awaits="reopen", final=True))}, "reopen"),
        ({"states": (OPEN, DONE, State("LOST", "", ""))}, "LOST"),
        ({"states": (State("OPEN", "", "", final=True), DONE)}, "OPEN"),
        ({"deadlines": (Deadline("end", "", "", "OPEN", ("NEVER",), Limit(1)),)}, "NEVER"),
    ],
)
def test_a_wrong_word_is_named(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(StartupError, match=word):
        declared(**changes)


def test_the_diagram_says_who_and_when() -> None:
    verb = Transition(
        "close", "办结", "Close", ("OPEN",), "DONE", reason=True, auto=Limit(7), four_eyes=("start",)
    )
    workflow = declared(states=(State("OPEN", "办理中", "Open", Limit(3, WD)), DONE), transitions=(verb,))
    drawn = mermaid(workflow)
    assert 'state "办理中（3 个工作日内）" as OPEN' in drawn
    assert "OPEN --> DONE: 办结（系统） 须另一人，写明理由，7 日后自动" in drawn
    assert "| `close` 办结 · Close | 办理中 | 已办结 | SYSTEM |" in table(workflow)
