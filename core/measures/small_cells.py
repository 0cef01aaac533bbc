"""Cells that would tell of one child: 1 and 2 are shown as `<3`, and a second cell is held back where a total
would reveal the first (domain 1.7, last sentence)."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SMALL = 3  # below it a cell is not shown


class Shown(enum.Enum):
    """How a cell is published."""

    EXACT = "exact"
    SMALL = "<3"
    HIDDEN = "held back"


@dataclass
class Cell:
    """A number with those it is the sum of."""

    code: str
    count: int = 0
    children: list[Cell] = field(default_factory=list)


def tree(root: str, counts: Mapping[str, int]) -> Cell:
    """The cells of a division, its towns and their villages; facts above a town hang on the root by themselves."""
    towns: dict[str, Cell] = {}
    for code, count in sorted(counts.items()):
        town = code if code[6:9] == "000" else f"{code[:9]}000"
        cell = towns.setdefault(town, Cell(town))
        cell.count += count
        cell.children.append(Cell(code, count))
    return Cell(root, sum(counts.values()), list(towns.values()))


def published(root: Cell) -> tuple[Shown, dict[str, Shown], dict[str, Shown]]:
    """How the whole, each town and each village is shown."""
    forced: set[int] = set()
    marks = _marked(root, forced)
    while leaks := [cell for cell in (root, *root.children) if _leaks(cell, marks)]:
        forced.update(id(cell) for cell in leaks)
        marks = _marked(root, forced)
    towns = {town.code: marks[id(town)] for town in root.children}
    villages = {child.code: marks[id(child)] for town in root.children for child in town.children}
    return marks[id(root)], towns, villages


def completed(counts: Sequence[int]) -> list[Shown]:
    """How the cells of one row are shown beside their total, such as the months of a year."""
    root = Cell("", sum(counts), [Cell(str(i), count) for i, count in enumerate(counts)])
    marks: dict[int, Shown] = {id(root): _mark(root, forced=False)}
    _children(root, marks, set())
    return [marks[id(cell)] for cell in root.children]


def _marked(root: Cell, forced: set[int]) -> dict[int, Shown]:
    marks: dict[int, Shown] = {id(root): _mark(root, forced=id(root) in forced)}
    for cell in (root, *root.children):
        _children(cell, marks, forced)
    return marks


def _mark(cell: Cell, *, forced: bool) -> Shown:
    if 0 < cell.count < SMALL:
        return Shown.SMALL
    return Shown.HIDDEN if forced and cell.count else Shown.EXACT


def _children(cell: Cell, marks: dict[int, Shown], forced: set[int]) -> None:
    """Under a total that is held back every cell is; under one that is shown, as many as it takes."""
    hidden = marks[id(cell)] is not Shown.EXACT
    for child in cell.children:
        marks[id(child)] = _mark(child, forced=hidden or id(child) in forced)
    shown = [child for child in cell.children if child.count and marks[id(child)] is Shown.EXACT]
    for child in sorted(shown, key=lambda c: (c.count, c.code)):
        if hidden or not reveals(_held(cell, marks)):
            return
        marks[id(child)] = Shown.HIDDEN


def _held(cell: Cell, marks: Mapping[int, Shown]) -> list[int]:
    return [child.count for child in cell.children if marks[id(child)] is not Shown.EXACT]


def reveals(held: Sequence[int]) -> bool:
    """Whether the sum of the cells that are not shown tells one of them: there is one, or all are 1, or all are 2."""
    if len(held) < 2:
        return len(held) == 1
    return max(held) < SMALL and sum(held) in (len(held), 2 * len(held))


def _leaks(cell: Cell, marks: Mapping[int, Shown]) -> bool:
    """A total that is shown still tells what its cells hold back: nothing is left to hold back but itself."""
    return marks[id(cell)] is Shown.EXACT and reveals(_held(cell, marks))
