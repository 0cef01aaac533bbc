"""Domain 1.3 and vectors 11-12: segments, never stripped zeros."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.codes.division_code import (
    URBAN_RURAL_CLASSES,
    DivisionKind,
    Tier,
    code_range,
    covers,
    derived_urban,
    district,
    is_urban,
    parent,
    parse,
    proposed_kind,
    tier,
    town,
)
from core.errors import Refused

CITY, TOWN, VILLAGE = "410189000000", "410189101000", "410189101201"


@st.composite
def codes(draw: st.DrawFn, least: Tier = Tier.PROVINCE) -> str:
    """A code of any tier, with few distinct segments so that relatives are drawn often."""
    depth = draw(st.integers(least, Tier.VILLAGE))
    two = st.sampled_from(["01", "10", "11", "90", "98"])
    three = st.sampled_from(["001", "010", "100", "101", "110", "111", "999"])
    segments = [draw(kind) for kind in (two, two, two, three, three)[:depth]]
    return "".join(segments).ljust(12, "0")


def segments(code: str) -> list[str]:
    return [code[:2], code[2:4], code[4:6], code[6:9], code[9:]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("370687001", "370687001000"),
        ("410189", CITY),
        ("410189101201", VILLAGE),
        (" ４１０１８９１０１ ", TOWN),
        ("410000", "410000000000"),
        ("410100000000", "410100000000"),
        ("429004", "429004000000"),
    ],
)
def test_parse(text: str, code: str) -> None:
    assert parse(text) == code


@pytest.mark.parametrize(
    "text",
    [
        *["", "41", "4101", "41018", "4101891", "41018910120", "4101891012011", "41018X", "410189 101"],
        *["000000", "000000000", "000000000000", "٤١٠١٨٩", "-41018"],
        *["000101", "410001", "410100101", "410100101000", "410000101000", "410189000201", "000000000201"],
        *["441900003000"],
    ],
)
def test_parse_refuses(text: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(text)
    assert caught.value.code.code == "DIV_FORMAT"


def test_parents_up_to_the_root() -> None:
    assert parent(VILLAGE) == TOWN
    assert parent(TOWN) == CITY
    assert parent(CITY) == "410100000000"
    assert parent("410100000000") == "410000000000"
    assert parent("410000000000") is None
    assert parent("370687110000") == "370687000000"


def test_tiers() -> None:
    assert [tier(code) for code in ("410000000000", "410100000000", CITY, TOWN, VILLAGE)] == list(Tier)
    assert tier("370690000000") is Tier.COUNTY
    with pytest.raises(Refused):
        tier("000000000000")


def test_zeros_are_not_stripped() -> None:
    assert not covers("370687110000", "370687111000")
    assert not covers("370687110000", "370687112201")
    assert covers("370687110000", "370687110201")
    assert not covers("410000000000", "420000000000")
    assert not covers("110000000000", "100000000000")
    assert not covers("370100000000", "371000000000")


def test_own_codes_of_the_levels() -> None:
    assert (district(VILLAGE), town(VILLAGE)) == (CITY, TOWN)
    assert (district(TOWN), town(TOWN)) == (CITY, TOWN)
    assert (district(CITY), town(CITY)) == (CITY, None)
    assert (district("410100000000"), town("410100000000")) == (None, None)


@given(codes())
def test_parse_keeps_what_is_whole(code: str) -> None:
    assert parse(code) == code
    assert code in {parse(code[:width]) for width in (6, 9, 12) if not code[width:].strip("0")}


@given(codes(), codes())
def test_covers_is_segment_equality(above: str, code: str) -> None:
    expected = all(
        one in (other, "00", "000") for one, other in zip(segments(above), segments(code), strict=True)
    )
    assert covers(above, code) is expected


@given(codes(), codes())
def test_covers_is_ancestry(above: str, code: str) -> None:
    line: list[str] = []
    at: str | None = code
    while at is not None:
        line.append(at)
        at = parent(at)
    assert covers(above, code) is (above in line)
    assert [int(tier(one)) for one in line] == list(range(tier(code), 0, -1))


@given(codes(), codes())
def test_the_range_holds_what_is_covered(above: str, code: str) -> None:
    low, high = code_range(above)
    assert len(low) == len(high) == 12
    assert (low <= code < high) is covers(above, code)


def test_ranges() -> None:
    assert code_range("410000000000") == ("410000000000", "420000000000")
    assert code_range("410900000000") == ("410900000000", "411000000000")
    assert code_range("419900000000") == ("419900000000", "420000000000")
    low, high = code_range("990000000000")
    assert low <= "999999999999" < high


@given(codes(least=Tier.COUNTY))
def test_levels_cover_the_code(code: str) -> None:
    for level, own in ((Tier.COUNTY, district(code)), (Tier.TOWN, town(code))):
        assert (own is None) is (tier(code) < level)
        if own is not None:
            assert tier(own) is level
            assert covers(own, code)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("410189001001", DivisionKind.COMMUNITY),
        ("370687401498", DivisionKind.COMMUNITY),
        ("410189101501", DivisionKind.VILLAGE),
        ("410189101199", DivisionKind.COMMUNITY),
        ("410189101200", DivisionKind.VILLAGE),
        ("410189101399", DivisionKind.VILLAGE),
        ("410189101400", DivisionKind.COMMUNITY),
        ("410189101599", DivisionKind.VILLAGE),
        ("410189101600", None),
        ("410189001000", DivisionKind.STREET),
        ("410189099000", DivisionKind.STREET),
        ("410189100000", DivisionKind.TOWN),
        ("410189199000", DivisionKind.TOWN),
        ("410189200000", DivisionKind.TOWNSHIP),
        ("410189399000", DivisionKind.TOWNSHIP),
        ("410189400000", DivisionKind.SPECIAL),
        ("410189599000", DivisionKind.SPECIAL),
        ("410189600000", None),
        (CITY, None),
        ("410000000000", None),
    ],
)
def test_proposed_kind(code: str, kind: DivisionKind | None) -> None:
    assert proposed_kind(code) is kind


def test_urban_rural_classes() -> None:
    assert {code: is_urban(code) for code in URBAN_RURAL_CLASSES.labels} == {
        **dict.fromkeys(["111", "112", "121", "122", "123"], True),
        **dict.fromkeys(["210", "220"], False),
    }
    with pytest.raises(Refused) as caught:
        is_urban("100")
    assert caught.value.code.code == "CODE_UNKNOWN"


@pytest.mark.parametrize(
    ("code", "urban"),
    [
        ("410189001001", True),
        ("410189001401", True),
        ("410189001201", None),
        ("410189101201", False),
        ("410189201501", False),
        ("410189101001", None),
        ("370687401498", None),
        ("410189401201", None),
        ("410189101600", None),
        (TOWN, None),
        ("410189001000", None),
        (CITY, None),
        ("410000000000", None),
    ],
)
def test_derived_urban(code: str, urban: bool | None) -> None:
    assert derived_urban(code) is urban


@given(codes(), codes())
def test_two_codes_of_one_tier_do_not_overlap(one: str, other: str) -> None:
    assert one == other or tier(one) is not tier(other) or not covers(one, other)
