"""Domain 1.7: what is published does not tell a cell of 1 or 2, whoever adds and subtracts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.measures.small_cells import Shown, completed, published, tree

CITY = "410189000000"


def city(counts: list[list[int]]) -> dict[str, int]:
    """Counts by village: a list for each town."""
    return {
        f"410189{101 + t}{201 + v}": count for t, town in enumerate(counts) for v, count in enumerate(town)
    }


def shown(counts: list[list[int]]) -> tuple[Shown, dict[str, Shown], dict[str, Shown]]:
    """How the cells are published; the tally knows only of those that have any."""
    found = city(counts)
    made = published(tree(CITY, {code: count for code, count in found.items() if count}))
    towns = {f"{code[:9]}000" for code in found}
    return (
        made.whole,
        {code: made.town(code) for code in sorted(towns)},
        {code: made.village(code) for code in found},
    )


def test_the_rule_of_domain_1_7() -> None:
    whole, towns, villages = shown([[0, 5], [7, 2], [9, 9]])
    assert whole is Shown.EXACT
    assert [*towns.values()] == [Shown.EXACT] * 3
    # 0 shows 0; 2 shows <3, and 7 is held back, since the town's 9 would tell.
    assert [*villages.values()][:4] == [Shown.EXACT, Shown.EXACT, Shown.HIDDEN, Shown.SMALL]


def test_one_small_cell_in_a_small_whole() -> None:
    whole, towns, villages = shown([[0, 1], [0]])
    assert whole is Shown.SMALL
    assert [*towns.values()] == [Shown.SMALL, Shown.EXACT]
    assert [*villages.values()] == [Shown.EXACT, Shown.SMALL, Shown.EXACT]


def test_two_small_cells_would_tell_in_a_small_whole() -> None:
    whole, towns, villages = shown([[1, 0], [1], [0]])
    assert whole is Shown.SMALL
    assert [*towns.values()] == [Shown.HIDDEN] * 3
    assert [*villages.values()][:3] == [Shown.HIDDEN] * 3


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([4, 0, 3], ["EXACT", "EXACT", "EXACT"]),
        ([4, 1, 3], ["EXACT", "SMALL", "HIDDEN"]),
        ([1, 2, 9], ["SMALL", "SMALL", "EXACT"]),
        ([1, 1, 9], ["SMALL", "SMALL", "HIDDEN"]),
        ([1, 1, 1, 0], ["HIDDEN", "HIDDEN", "HIDDEN", "HIDDEN"]),
    ],
)
def test_a_row_of_months(counts: list[int], shown: list[str]) -> None:
    assert [mark.name for mark in completed(counts)] == shown


def _possible(mark: Shown, count: int) -> range:
    """What somebody who knows the rule but not the number thinks possible."""
    if mark is Shown.EXACT:
        return range(count, count + 1)
    return range(1, 3) if mark is Shown.SMALL else range(13)


def _worlds(
    counts: Mapping[str, int], whole: Shown, towns: Mapping[str, Shown], villages: Mapping[str, Shown]
) -> Iterator[tuple[int, ...]]:
    """All counts that fit what is published."""
    codes = list(counts)
    for world in product(*(_possible(villages[code], counts[code]) for code in codes)):
        sums = dict.fromkeys(towns, 0)
        for code, count in zip(codes, world, strict=True):
            sums[f"{code[:9]}000"] += count
        real = {town: sum(c for code, c in counts.items() if code[:9] == town[:9]) for town in towns}
        fits = all(sums[town] in _possible(mark, real[town]) for town, mark in towns.items())
        if fits and sum(sums.values()) in _possible(whole, sum(counts.values())):
            yield world


@settings(max_examples=400)
@given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=2), min_size=1, max_size=2))
def test_no_small_cell_can_be_worked_out(counts: list[list[int]]) -> None:
    found = city(counts)
    whole, towns, villages = shown(counts)
    worlds = set(_worlds(found, whole, towns, villages))
    assert tuple(found.values()) in worlds
    for index, code in enumerate(found):
        if 0 < found[code] < 3:
            assert len({world[index] for world in worlds}) > 1, (counts, villages)
