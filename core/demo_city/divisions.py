"""The plan of the demo city: 示范市, with streets named after the three enclosures of the old Chinese sky,
towns after its mansions, communities after its stars and villages after the solar terms.

No such city exists: 410189 is an unassigned code, and the names are of the sky, not of places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.codes import division_code
from core.codes.division_code import Tier

CITY = "410189000000"
REGION = CITY[:6]

_STREETS = ("紫微街道", "太微街道", "天市街道")
_TOWNS = ("角宿镇", "亢宿镇", "氐宿镇", "房宿镇", "心宿镇", "尾宿镇")
_TOWNSHIP = "箕宿乡"
_STARS = (
    "天枢", "天璇", "天玑", "天权", "玉衡", "开阳", "摇光", "天船", "三台",
    "轩辕", "织女", "河鼓", "勾陈", "华盖", "北落", "天狼", "参宿", "毕宿",
)  # fmt: skip
_TERMS = (
    "立春", "雨水", "惊蛰", "春分", "清明", "谷雨", "立夏", "小满", "芒种", "夏至", "小暑", "大暑",
    "立秋", "处暑", "白露", "秋分", "寒露", "霜降", "立冬", "小雪", "大雪", "冬至", "小寒", "大寒",
)  # fmt: skip
_COMMUNITIES_OF_STREET = 6
_VILLAGES_OF_TOWN = 9


@dataclass(frozen=True)
class Place:
    """One division of the plan.

    Attributes:
        weight: how many residents it has in proportion to the others; 0 where nobody lives directly.
    """

    code: str
    name: str
    urban_rural_class: str | None = None
    weight: float = 0.0


def plan() -> tuple[Place, ...]:
    """The city with the province and prefecture above it, upper divisions first."""
    above = (
        Place("410000000000", "示范省"),
        Place("410100000000", "示范地区"),
        Place(CITY, "示范市"),
    )
    return (*above, *_streets(), *_towns(), *_township())


def homes() -> tuple[Place, ...]:
    """The communities and villages, where people live."""
    return tuple(place for place in plan() if place.weight)


def village_codes() -> tuple[str, ...]:
    """The codes of the communities and villages."""
    return tuple(place.code for place in homes())


def _code(town: int, village: int = 0) -> str:
    return f"{REGION}{town:03d}{village:03d}"


def _streets() -> Iterator[Place]:
    for number, name in enumerate(_STREETS, 1):
        yield Place(_code(number), name)
        for index in range(_COMMUNITIES_OF_STREET):
            star = _STARS[(number - 1) * _COMMUNITIES_OF_STREET + index]
            fringe = index >= _COMMUNITIES_OF_STREET - 2
            yield Place(_code(number, index + 1), f"{star}社区", "112" if fringe else "111", 3.0)


def _towns() -> Iterator[Place]:
    for index, name in enumerate(_TOWNS):
        town = 101 + index
        yield Place(_code(town), name)
        yield Place(_code(town, 1), f"{name[:2]}老街社区", "121", 2.0)
        if index % 2:
            yield Place(_code(town, 2), f"{name[:2]}新街社区", "122", 1.5)
        yield from _villages(town, 4 * index, _VILLAGES_OF_TOWN, near="122")


def _township() -> Iterator[Place]:
    yield Place(_code(201), _TOWNSHIP)
    yield Place(_code(201, 1), f"{_TOWNSHIP[:2]}老街社区", "210", 1.2)
    yield from _villages(201, 0, _VILLAGES_OF_TOWN - 2, near="220")


def _villages(town: int, first: int, count: int, near: str) -> Iterator[Place]:
    """The first village touches the town's centre; the others are open country."""
    for index in range(count):
        name = f"{_TERMS[(first + index) % len(_TERMS)]}村"
        yield Place(_code(town, 201 + index), name, "220" if index else near, 1.0)


def is_rural_town(code: str) -> bool:
    """Whether a community or village belongs to a town or township rather than a street."""
    town = division_code.town(code)
    kind = division_code.proposed_kind(town) if town else None
    return division_code.tier(code) is Tier.VILLAGE and kind is not division_code.DivisionKind.STREET
