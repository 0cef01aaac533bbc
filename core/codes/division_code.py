"""Division codes (行政区划代码): 12 digits in segments PP CC XX TTT VVV (domain 1.3; GB/T 2260, GB/T 10114).

A code is compared by whole segments, never by stripping zeros: town 370687110000 stripped to 37068711 would
also take town 370687111000 and its villages.

All functions but `parse` take a code that `parse` returned.
"""

from __future__ import annotations

import enum
import re
import unicodedata

from core.codes.refusals import DIV_FORMAT
from core.codes.sets import CodedEnum, CodeSet
from core.errors import Refused


class Tier(enum.IntEnum):
    """How deep in the tree a code stands; the lower tier is the greater number."""

    PROVINCE = 1
    PREFECTURE = 2
    COUNTY = 3
    TOWN = 4
    VILLAGE = 5


class DivisionKind(CodedEnum, zh="行政区划类别"):
    """What a code proposes its division to be (domain 1.3). A village's true kind is its committee's."""

    STREET = "STREET", "", "街道", "Street"
    TOWN = "TOWN", "", "镇", "Town"
    TOWNSHIP = "TOWNSHIP", "", "乡", "Township"
    SPECIAL = "SPECIAL", "", "类似乡级单位", "Special zone"
    COMMUNITY = "COMMUNITY", "", "社区", "Community", "居", "居委会", "社区居委会"
    VILLAGE = "VILLAGE", "", "村", "Village", "村委会"


# Digits up to and including the tier's own segment.
_WIDTHS = {Tier.PROVINCE: 2, Tier.PREFECTURE: 4, Tier.COUNTY: 6, Tier.TOWN: 9, Tier.VILLAGE: 12}
_STARTS = {Tier.PROVINCE: 0, Tier.PREFECTURE: 2, Tier.COUNTY: 4, Tier.TOWN: 6, Tier.VILLAGE: 9}

# First and last number of each kind's range.
_TOWN_KINDS = (
    (1, 99, DivisionKind.STREET),
    (100, 199, DivisionKind.TOWN),
    (200, 399, DivisionKind.TOWNSHIP),
    (400, 599, DivisionKind.SPECIAL),
)
_VILLAGE_KINDS = (
    (1, 199, DivisionKind.COMMUNITY),
    (200, 399, DivisionKind.VILLAGE),
    (400, 499, DivisionKind.COMMUNITY),
    (500, 599, DivisionKind.VILLAGE),
)

URBAN_RURAL_CLASSES = CodeSet(
    name="UrbanRuralClass",
    zh="城乡分类代码",
    en="Urban-rural class",
    labels={
        "111": ("主城区", "Main urban area"),
        "112": ("城乡结合区", "Urban-rural fringe"),
        "121": ("镇中心区", "Town centre"),
        "122": ("镇乡结合区", "Town-rural fringe"),
        "123": ("特殊区域", "Special area"),
        "210": ("乡中心区", "Township centre"),
        "220": ("村庄", "Village"),
    },
)


def parse(text: str) -> str:
    """A code as it is stored, padded on the right with zeros to 12 digits (domain 1.3).

    A gap, a zero segment above a non-zero one, is refused: the parent of such a code is not one tier above
    it, and a town without a county belongs to no district of this service. The four prefecture-level cities
    with towns but without counties (东莞 中山 儋州 嘉峪关) are therefore written as the city alone.

    Args:
        text: 6, 9 or 12 digits, full-width ones included.

    Raises:
        Refused: DIV_FORMAT for any other length or character, all zeros, or a gap.
    """
    code = unicodedata.normalize("NFKC", text).strip()
    if not re.fullmatch(r"[0-9]{6}(?:[0-9]{3}){0,2}", code):
        raise Refused(DIV_FORMAT)
    padded = code.ljust(12, "0")
    if any(int(_segment(padded, above)) == 0 for above in Tier if above <= tier(padded)):
        raise Refused(DIV_FORMAT)
    return padded


def tier(code: str) -> Tier:
    """The tier of the last non-zero segment (domain 1.3, "level by trailing zeros").

    Raises:
        Refused: DIV_FORMAT when all segments are zero.
    """
    for level in reversed(Tier):
        if int(_segment(code, level)):
            return level
    raise Refused(DIV_FORMAT)


def parent(code: str) -> str | None:
    """The code with its last non-zero segment zeroed; None for a province (domain 1.3)."""
    level = tier(code)
    if level is Tier.PROVINCE:
        return None
    return code[: _STARTS[level]].ljust(12, "0")


def path_of(code: str) -> tuple[str, ...]:
    """The code and those above it, from the province down."""
    above = parent(code)
    return (code,) if above is None else (*path_of(above), code)


def covers(above: str, code: str) -> bool:
    """Whether `code` equals `above` on the non-zero segments of `above`, itself included (domain 1.3)."""
    width = _WIDTHS[tier(above)]
    return code[:width] == above[:width]


def district(code: str) -> str | None:
    """The 12-digit code of the county-level division of `code`; None above the county tier."""
    return _at(code, Tier.COUNTY)


def town(code: str) -> str | None:
    """The 12-digit code of the town or street of `code`; None above the town tier."""
    return _at(code, Tier.TOWN)


def code_range(code: str) -> tuple[str, str]:
    """The half-open range [lo, hi) that holds exactly what `code` covers, compared by code point.

    Meant for provinces and prefectures, which have no level column of their own; from the county down an
    equality on the level's column is far cheaper.

    Args:
        code: a 12-digit code.

    Returns:
        `code` itself, and the next code of its tier.
    """
    width = _WIDTHS[tier(code)]
    following = f"{int(code[:width]) + 1:0{width}d}"
    # After 99… no code of that width is left; ":" is the character after "9".
    return code, (following if len(following) == width else ":").ljust(12, "0")


def proposed_kind(code: str) -> DivisionKind | None:
    """The kind that segment TTT of a town, or VVV of a village, proposes (domain 1.3).

    Returns:
        The kind, or None above the town tier and outside the known ranges. It is a proposal: for a village
        with a committee, the committee's kind decides.
    """
    level = tier(code)
    if level < Tier.TOWN:
        return None
    _, ranges = proposals(level)
    number = int(_segment(code, level))
    return next((kind for low, high, kind in ranges if low <= number <= high), None)


def proposals(level: Tier) -> tuple[int, tuple[tuple[int, int, DivisionKind], ...]]:
    """Where the segment of a town or village begins, and the ranges of its three digits by kind; for use in SQL."""
    return _STARTS[level], _TOWN_KINDS if level is Tier.TOWN else _VILLAGE_KINDS


def is_urban(class_code: str) -> bool:
    """Whether an urban-rural class is urban: 1xx is, 2xx is not (domain 1.3, 城乡分类).

    Raises:
        Refused: CODE_UNKNOWN when it is not one of the seven classes.
    """
    return URBAN_RURAL_CLASSES.parse(class_code).startswith("1")


def derived_urban(code: str) -> bool | None:
    """Urban or rural as far as the code alone tells, for divisions without an urban-rural class.

    A community under a street is urban; a village under a town or township is rural. A community in a town
    may be its centre or its outskirts, a village under a street may have been built over, and special zones
    are anything: None, as for everything above the village tier.
    """
    above = town(code)
    if above is None or tier(code) is not Tier.VILLAGE:
        return None
    kinds = proposed_kind(above), proposed_kind(code)
    if kinds == (DivisionKind.STREET, DivisionKind.COMMUNITY):
        return True
    rural = kinds[0] in {DivisionKind.TOWN, DivisionKind.TOWNSHIP} and kinds[1] is DivisionKind.VILLAGE
    return False if rural else None


def _segment(code: str, level: Tier) -> str:
    return code[_STARTS[level] : _WIDTHS[level]]


def _at(code: str, level: Tier) -> str | None:
    return code[: _WIDTHS[level]].ljust(12, "0") if tier(code) >= level else None
