"""Domain 1.7 and vector 7: what a mask leaves to see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access.masks import mask_bank, mask_id, mask_name, mask_phone


def test_vector_7() -> None:
    assert mask_id("410189198802292066") == "4****************6"


@pytest.mark.parametrize(
    ("number", "masked"), [("E00000001", "E*******1"), ("12345", "*****"), ("12", "**"), ("", "")]
)
def test_other_documents(number: str, masked: str) -> None:
    assert mask_id(number) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("", ""),
        ("张", "*"),
        ("张三", "张*"),
        ("张三丰", "张*丰"),
        ("欧阳海天", "欧**天"),
        ("阿布·买提", "阿***提"),
    ],
)
def test_names(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812345678", "138****5678"),
        ("01061234567", "010****4567"),
        ("037161234567", "037****4567"),
        ("61234567", "****4567"),
        ("6123456", "*******"),
        ("110", "***"),
        ("", ""),
    ],
)
def test_phones(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("account", "masked"), [("6222000000001234", "************1234"), ("1234567", "*******"), ("", "")]
)
def test_bank_accounts(account: str, masked: str) -> None:
    assert mask_bank(account) == masked


@given(st.text("0123456789X", max_size=24))
def test_how_much_a_mask_shows(number: str) -> None:
    shown = {mask: len(mask(number).replace("*", "")) for mask in (mask_id, mask_phone, mask_bank)}
    assert shown[mask_id] <= 2
    assert shown[mask_bank] <= 4
    assert len(number) - shown[mask_phone] >= min(4, len(number))
