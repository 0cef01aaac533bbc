"""The test of design 7 finds a measure that counts wrongly; a plugin's section and figures come into the report."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core.measures.declared import Facts, Measure
from core.report.declared import ReportSection
from minzheng.testing import Running, Trial, service
from tests.core.measures.probes import PROBES

CITY = "410189000000"


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    """Core alone."""
    return ()


@pytest.fixture
async def running(database_url: str) -> AsyncIterator[Running]:
    async with service(database_url, [], today=date(2022, 11, 30), migrate=False) as opened:
        yield opened


def _wrong(running: Running, name: str, change: Any) -> None:
    """Let a measure count something else than it says."""
    known = running.host.book(Measure)
    measure = known[name]
    assert measure.facts is not None
    rows = measure.facts.rows
    facts = Facts(measure.facts.prefix, lambda frame: rows(change(frame)))
    known._found[name] = replace(measure, facts=facts)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("births", lambda f: replace(f, start=date(1949, 1, 1)), "moved elsewhere"),
        ("births", lambda f: replace(f, end=date(2099, 1, 1)), "moved elsewhere"),
        ("population", lambda f: replace(f, as_of=date(2022, 11, 30)), "moved elsewhere"),
        ("households", lambda f: replace(f, as_of=date(2022, 1, 1)), "did not move"),
        ("organizations", lambda f: replace(f, known_at=date.max), "known"),
    ],
)
async def test_a_wrong_measure_is_found(running: Running, name: str, change: Any, said: str) -> None:
    from core.dated import ALWAYS

    def changed(frame: Any) -> Any:
        made = change(frame)
        return replace(made, known_at=ALWAYS) if made.known_at == date.max else made

    _wrong(running, f"core.{name}", changed)
    probe = next(probe for probe in PROBES if probe.measure == f"core.{name}")
    with pytest.raises(AssertionError, match=said):
        await Trial(running, probe, 0).run()


async def test_a_figure_that_moves_along_must_be_declared(running: Running) -> None:
    probe = next(probe for probe in PROBES if probe.measure == "core.births")
    with pytest.raises(AssertionError, match=r"others moved: \['core\.population'\]"):
        await Trial(running, replace(probe, along=frozenset({"core.registered_population"})), 0).run()


async def test_a_section_of_a_plugin(running: Running) -> None:
    """Sentences for a section that is there follow it; others stand before the last section."""
    for plugin, text in (
        ("funeral", "公墓{**=core.towns}处。"),
        ("pets", "全市{**=core.towns:约}个镇养犬。"),
    ):
        section = ReportSection(plugin=plugin, title="新的一节", sentences=(text,))
        running.host.book(ReportSection).add(plugin, [section])
    everything = frozenset({"pets", "funeral"})
    running.host.districts = replace(running.host.districts, default=everything)
    running.graphql._plugins_for = lambda principal: everything  # type: ignore[method-assign]
    running.graphql._compositions[everything] = running.graphql.composition([])
    await running.settle("410189101201")
    query = (
        '{ workReport(division: "%s", year: 2022) { sections { plugin title sentences { text } } } }' % CITY
    )
    answer = await running.execute(query, division=CITY)
    sections = answer["data"]["workReport"]["sections"]
    assert [section["plugin"] for section in sections][5:] == ["funeral", "pets", "core"]
    assert sections[5]["sentences"][-1]["text"] == "公墓1处。"
    assert sections[6] == {
        "plugin": "pets",
        "title": "新的一节",
        "sentences": [{"text": "全市1个镇养犬。"}],
    }
