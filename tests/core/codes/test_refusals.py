"""Refusals say what is wrong in two languages and never repeat an id."""

from __future__ import annotations

import string
from datetime import date

import pytest

from core.codes import dates, division_code, names, phones, resident_id
from core.codes.refusals import CODES_REFUSALS, unknown_code
from core.codes.sets import ETHNICITIES, Gender, parse_disability_level, parse_enum
from core.errors import CodeBook, ErrorCode, Refused


def placeholders(message: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(message) if name}


@pytest.mark.parametrize("code", CODES_REFUSALS, ids=lambda code: code.code)
def test_both_languages_speak_of_the_same_parameters(code: ErrorCode) -> None:
    assert code.zh
    assert code.en
    assert placeholders(code.zh) == placeholders(code.en)


def test_codes_are_unique() -> None:
    CodeBook().add("core", CODES_REFUSALS)
    assert len({code.code for code in CODES_REFUSALS}) == len(CODES_REFUSALS) == 17


WRONG_ID = "410189195803150016"


@pytest.mark.parametrize(
    "check",
    [
        lambda text: resident_id.parse(text, date(2022, 11, 30)),
        division_code.parse,
        names.check_name,
        phones.check_phone,
        dates.parse_date,
        ETHNICITIES.parse,
        parse_disability_level,
        lambda text: parse_enum(Gender, text),
    ],
)
def test_an_id_in_the_wrong_column_is_not_told(check: object) -> None:
    assert callable(check)
    with pytest.raises(Refused) as caught:
        check(WRONG_ID)
    told = caught.value.message("zh") + caught.value.message("en") + repr(caught.value.params)
    assert "1958" not in told
    assert WRONG_ID[:6] not in told


def test_a_long_value_is_cut_and_braces_are_harmless() -> None:
    refusal = unknown_code("{x}" * 20, "性别 (Gender)")
    assert len(refusal.params["value"]) == 21
    assert "{x}" in refusal.message("zh")


def test_the_title_of_the_code_set_is_in_the_message() -> None:
    with pytest.raises(Refused) as caught:
        parse_enum(Gender, "雄")
    assert caught.value.params == {"value": "雄", "code_set": "性别 (Gender)"}
    assert "“雄”不在代码集“性别 (Gender)”中" in caught.value.message("zh")
