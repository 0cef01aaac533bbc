"""Telephone numbers as people write them; none of these is anybody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.codes.phones import check_phone
from core.errors import Refused


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13800000000", "13800000000"),
        ("138 0000 0000", "13800000000"),
        ("+86 138-0000-0000", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("008613800000000", "13800000000"),
        ("8613800000000", "13800000000"),
        ("010-60000000", "01060000000"),
        ("(010) 60000000", "01060000000"),
        ("（0535）6000000", "05356000000"),
        ("0371—60000000", "037160000000"),
        ("+86 10 6000 0000", "01060000000"),
        ("+86 0371 60000000", "037160000000"),
        ("+86 371 60000000", "037160000000"),
        ("60000000", "60000000"),
        ("6000000", "6000000"),
        ("86000000", "86000000"),
    ],
)
def test_phones_as_stored(text: str, number: str) -> None:
    assert check_phone(text) == number
    assert check_phone(number) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "110",
        "12345",
        "12800000000",
        "1380000000",
        "138000000000",
        "010-6000000",
        "0100000000",
        "+1 2025550100",
        "1380000000x",
        "٠١٣٨٠٠٠٠٠٠٠",
        "00000000",
        "13800000000 13900000000",
        "+8613800000000+",
    ],
)
def test_phones_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        check_phone(text)
    assert caught.value.code.code == "PHONE_FORMAT"


@given(st.text("0123456789+-() ", max_size=20))
def test_what_is_stored_is_seven_to_twelve_digits(text: str) -> None:
    try:
        number = check_phone(text)
    except Refused:
        return
    assert number.isdigit()
    assert 7 <= len(number) <= 12
    assert check_phone(number) == number
