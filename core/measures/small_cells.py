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


@dataclass(frozen=True)
class Published:
    """How the cells of a division are shown, also those that have no facts.

    Attributes:
        silent: the codes under which nothing is told, not even that a cell is 0.
    """

    whole: Shown
    towns: Mapping[str, Shown]
    villages: Mapping[str, Shown]
    silent: frozenset[str]
    root: str

    def town(self, code: str) -> Shown:
        """How a town is shown."""
        return self.towns.get(code) or (Shown.HIDDEN if self.root in self.silent else Shown.EXACT)

    def village(self, code: str) -> Shown:
        """How a village is shown."""
        town = f"{code[:9]}000"
        if code in self.villages:
            return self.villages[code]
        if town in self.towns:
            return Shown.HIDDEN if town in self.silent else Shown.EXACT
        return self.town(town)


def published(root: Cell) -> Published:
    """How the whole, each town and each village is shown."""
    muted: set[int] = set()
    marks = _marked(root, muted)
    while leaks := [c for c in (root, *root.children) if id(c) not in muted and _leaks(c, marks)]:
        muted.update(id(cell) for cell in leaks)
        marks = _marked(root, muted)
    if _leaves_leak(root, marks):
        muted.update(id(town) for town in root.children if marks[id(town)] is not Shown.EXACT)
        marks = _marked(root, muted)
    return Published(
        whole=marks[id(root)],
        towns={town.code: marks[id(town)] for town in root.children},
        villages={child.code: marks[id(child)] for town in root.children for child in town.children},
        silent=frozenset(c.code for c in (root, *root.children) if _silent(c, marks, muted)),
        root=root.code,
    )


def completed(counts: Sequence[int]) -> list[Shown]:
    """How the cells of one row are shown beside their total, such as the months of a year."""
    root = Cell("", sum(counts), [Cell(str(i), count) for i, count in enumerate(counts)])
    marks: dict[int, Shown] = {id(root): _mark(root)}
    _children(root, marks, set())
    if _leaks(root, marks):
        _children(root, marks, {id(root)})
    return [marks[id(cell)] for cell in root.children]


def _marked(root: Cell, muted: set[int]) -> dict[int, Shown]:
    marks: dict[int, Shown] = {id(root): _mark(root)}
    for cell in (root, *root.children):
        _children(cell, marks, muted)
    return marks


def _mark(cell: Cell, *, held_back: bool = False) -> Shown:
    if 0 < cell.count < SMALL:
        return Shown.SMALL
    return Shown.HIDDEN if held_back and cell.count else Shown.EXACT


def _children(cell: Cell, marks: dict[int, Shown], muted: set[int]) -> None:
    """Under a total that is held back every cell is; under one that is shown, as many as it takes."""
    if _silent(cell, marks, muted):
        marks.update({id(child): Shown.HIDDEN for child in cell.children})
        return
    hidden = marks[id(cell)] is not Shown.EXACT
    for child in cell.children:
        marks[id(child)] = _mark(child, held_back=hidden)
    shown = [child for child in cell.children if child.count and marks[id(child)] is Shown.EXACT]
    for child in sorted(shown, key=lambda c: (c.count, c.code)):
        if hidden or not reveals(_held(cell, marks)):
            return
        marks[id(child)] = Shown.HIDDEN


def _silent(cell: Cell, marks: Mapping[int, Shown], muted: set[int]) -> bool:
    """Which cells have any is held back as well: a total that is shown would tell them (`muted`), or there are two
    cells of `<3` in a whole of `<3`, which are 1 each."""
    if id(cell) in muted:
        return True
    if marks[id(cell)] is Shown.EXACT or cell.count >= SMALL:
        return False
    return marks[id(cell)] is Shown.HIDDEN or sum(child.count > 0 for child in cell.children) > 1


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


def _leaves_leak(root: Cell, marks: Mapping[int, Shown]) -> bool:
    """The towns that are held back add up to a number that is known; so do their villages, taken together."""
    towns = [town for town in root.children if marks[id(town)] is not Shown.EXACT]
    held = [count for town in towns for count in _held(town, marks)]
    rest = [c for town in towns for c in town.children if c.count and marks[id(c)] is Shown.EXACT]
    return marks[id(root)] is Shown.EXACT and not rest and reveals(held)
