"""Design 7: for every declared figure, insert, correct and back-date one fact and see exactly that figure move."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest

from core.host import Host
from minzheng.testing import Probe, Running, Trial, service, unprobed
from tests.core.measures.probes import PROBES
from tests.core.measures.project_probes import PROJECT_PROBES

ALL = (*PROBES, *PROJECT_PROBES)


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    """Core alone."""
    return ()


@pytest.fixture
async def running(database_url: str) -> AsyncIterator[Running]:
    async with service(database_url, [], today=date(2022, 11, 30), migrate=False) as opened:
        yield opened


@pytest.mark.parametrize("probe", ALL, ids=str)
async def test_exactly_this_figure_moves(running: Running, probe: Probe) -> None:
    await Trial(running, probe, ALL.index(probe)).run()


def test_no_measure_is_without_a_probe() -> None:
    assert unprobed(Host([]), "core", ALL) == []
