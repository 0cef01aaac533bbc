"""Unified social credit codes (domain 1.2; vectors 8 to 10)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.codes import credit_code
from core.codes.credit_code import ALPHABET, PREFIXES, make, parse
from core.codes.organizations import OrganizationKind
from core.errors import Refused

VALID = {
    "52410189MJ0A1B2C5J": "52",
    "51410189501234569G": "51",
    "53410189500276548C": "53",
    "114101890057123496": "11",
    "N2410189MF1234ABX0": "N2",
}


def refusal(text: str) -> str:
    with pytest.raises(Refused) as caught:
        parse(text)
    assert not text[8:17] or text[8:17] not in caught.value.message("zh") + caught.value.message("en")
    return caught.value.code.code


@pytest.mark.parametrize(("code", "prefix"), VALID.items())
def test_the_vectors(code: str, prefix: str) -> None:
    found = parse(code)
    assert (found.code, found.prefix) == (code, prefix)
    assert prefix in PREFIXES


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("52410189MJ0A1B2C5K", "USCC_CHECKSUM"),
        ("52410189MI0A1B2C5J", "USCC_ALPHABET"),
        ("52410189MJ0A1B2Ç5J", "USCC_ALPHABET"),
        ("52410189MJ0A1B2C5", "USCC_LENGTH"),
        ("", "USCC_LENGTH"),
        ("52410189MJ0A1B2C5JJ", "USCC_LENGTH"),
    ],
)
def test_refusals(text: str, code: str) -> None:
    assert refusal(text) == code


def test_typed_text_is_levelled() -> None:
    assert parse(" 52410189-mj0a1b2c5j\u3000").code == "52410189MJ0A1B2C5J"
    assert parse("５２４１０１８９ＭＪ０Ａ１Ｂ２Ｃ５Ｊ").code == "52410189MJ0A1B2C5J"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("51410189501234569G", OrganizationKind.ASSOCIATION),
        ("N2410189MF1234ABX0", OrganizationKind.COLLECTIVE),
        (make("54", "410189", "00000001"), None),
        (make("55", "410189", "00000001"), None),
        (make("59", "410189", "00000001"), None),
        (make("ZZ".replace("Z", "Y"), "410189", "00000001"), None),
    ],
)
def test_the_prefix_tells_the_kind(code: str, kind: OrganizationKind | None) -> None:
    assert parse(code).kind is kind


def test_a_wrong_inner_check_digit_is_only_a_warning() -> None:
    right = make("52", "410189", "MJ123456")
    inner = right[16]
    first17 = right[:16] + ("0" if inner != "0" else "1")
    wrong = first17 + credit_code.check_character(first17)
    assert parse(right).warnings == ()
    assert [warning.code for warning in parse(wrong).warnings] == ["USCC_ORG_CHECK"]


@given(st.sampled_from(sorted(PREFIXES)), st.text(ALPHABET, min_size=8, max_size=8))
def test_what_is_made_is_valid(prefix: str, organization: str) -> None:
    found = parse(make(prefix, "410189", organization))
    assert (found.prefix, found.warnings, found.code[8:16]) == (prefix, (), organization)


@given(st.text(ALPHABET, min_size=8, max_size=8), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(organization: str, place: int, other: str) -> None:
    code = make("52", "410189", organization)
    wrong = code[:place] + other + code[place + 1 :]
    if wrong != code:
        assert refusal(wrong) == "USCC_CHECKSUM"


@given(st.text(max_size=30))
def test_no_text_breaks_it(text: str) -> None:
    with suppress(Refused):  # and nothing else
        assert len(parse(text).code) == 18


@pytest.mark.parametrize("parts", [("5", "410189", "00000001"), ("52", "41018", "00000001"),
                                   ("52", "410189", "0000000I")])  # fmt: skip
def test_make_refuses_what_does_not_fit(parts: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="a credit code needs"):
        make(*parts)
