"""This plugin's figures: each moves by its facts alone, and the seed's sentence is filled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest

from minzheng.testing import Probe, Running, Trial, service, unprobed
from tests.plugins.assistance.probes import PROBES


@pytest.fixture
async def running(database_url: str) -> AsyncIterator[Running]:
    async with service(database_url, ["assistance"], today=date(2022, 11, 30), migrate=False) as opened:
        yield opened


@pytest.mark.parametrize("probe", PROBES, ids=str)
async def test_exactly_this_figure_moves(running: Running, probe: Probe) -> None:
    assert unprobed(running.host, "assistance", PROBES) == []
    await Trial(running, probe, PROBES.index(probe)).run()
