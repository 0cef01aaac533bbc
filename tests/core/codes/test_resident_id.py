"""Domain 1.1 and vectors 1-6, and that a single wrong digit never passes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.codes.resident_id import ResidentId, check_digit, make, matches, normalise, parse
from core.codes.sets import Gender
from core.errors import Refused

TODAY = date(2022, 11, 30)
BIRTHS = st.dates(date(1900, 1, 1), TODAY)
SEQUENCES = st.integers(0, 999)


def refusal(text: str, today: date = TODAY) -> str:
    with pytest.raises(Refused) as caught:
        parse(text, today)
    return caught.value.code.code


def with_check(first17: str) -> str:
    return first17 + check_digit(first17)


@pytest.mark.parametrize(
    ("text", "number", "gender", "birth_date"),
    [
        ("410189195803150015", "410189195803150015", Gender.MALE, date(1958, 3, 15)),
        ("41018919580315004x", "41018919580315004X", Gender.FEMALE, date(1958, 3, 15)),
        ("410189196007220021", "410189196007220021", Gender.FEMALE, date(1960, 7, 22)),
    ],
)
def test_valid(text: str, number: str, gender: Gender, birth_date: date) -> None:
    assert parse(text, TODAY) == ResidentId(number, birth_date, gender)


def test_a_leap_day_is_a_birth_date() -> None:
    assert parse(make("410189", date(2008, 2, 29), 1), TODAY).birth_date == date(2008, 2, 29)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("410189195803150016", "ID_CHECKSUM"),
        ("410189198702291015", "ID_BIRTHDATE"),
        ("410189580315001", "ID_LENGTH"),
        ("4101891958031500X5", "ID_FORMAT"),
        ("990101195803150015", "ID_REGION"),
        ("110101209912310015", "ID_FUTURE_BIRTH"),
    ],
)
def test_the_invalid_examples_of_the_domain(text: str, code: str) -> None:
    assert refusal(text) == code


def test_the_worked_example() -> None:
    assert check_digit("41018919580315001") == "5"
    assert check_digit("41018919580315004") == "X"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "ID_LENGTH"),
        ("   ", "ID_LENGTH"),
        ("4101891958031500155", "ID_LENGTH"),
        ("99X", "ID_LENGTH"),
        ("9X0101195803150015", "ID_FORMAT"),
        ("990101190002300015", "ID_REGION"),
        ("410189209902310015", "ID_BIRTHDATE"),
        ("110101209912310016", "ID_FUTURE_BIRTH"),
    ],
)
def test_only_the_first_failure_is_told(text: str, code: str) -> None:
    assert refusal(text) == code


@pytest.mark.parametrize(
    "birth", ["19000230", "19000229", "00000101", "19581315", "19580015", "19580300", "19580432"]
)
def test_days_that_do_not_exist(birth: str) -> None:
    assert refusal(with_check(f"410189{birth}001")) == "ID_BIRTHDATE"


@pytest.mark.parametrize(
    "region", ["10", "16", "20", "24", "38", "40", "47", "55", "66", "70", "80", "84", "00"]
)
def test_two_digits_that_are_no_province(region: str) -> None:
    assert refusal(with_check(f"{region}018919580315001")) == "ID_REGION"


def test_today_is_no_future() -> None:
    newborn = make("410189", TODAY, 1)
    assert parse(newborn, TODAY).birth_date == TODAY
    assert refusal(newborn, TODAY - timedelta(days=1)) == "ID_FUTURE_BIRTH"


@pytest.mark.parametrize(
    "text",
    [
        "410189 19580315 004x",
        " 410189-19580315-004X\n",
        "４１０１８９１９５８０３１５００４ｘ",
        "410189\u201019580315\u2013004\u2014X",
        "410189\u221219580315\uff0d004\u00a0X",
        "\ufeff410189\u300019580315\u200b004\u00adX\u2028",
    ],
)
def test_fillers_of_every_kind_are_stripped(text: str) -> None:
    assert normalise(text) == "41018919580315004X"


@pytest.mark.parametrize("zero", ["\u0660", "\u06f0", "\u0966", "\u0e50", "\u07c0"])
def test_digits_of_other_scripts_are_no_digits(zero: str) -> None:
    foreign = "".join(chr(ord(zero) + int(digit)) for digit in "410189195803150015")
    assert refusal(foreign) == "ID_FORMAT"
    assert refusal(f"4101891958031500{foreign[:1]}5") == "ID_FORMAT"


@pytest.mark.parametrize("other", ["\u0425", "\u03a7", "\u00d7", "*", "B"])
def test_what_only_looks_like_an_x(other: str) -> None:
    assert refusal(f"41018919580315004{other}") == "ID_FORMAT"


def test_matches_is_silent_or_refuses() -> None:
    who = parse("410189198506121051", TODAY)
    matches(who, Gender.MALE, date(1985, 6, 12))
    for gender, birth_date in [
        (Gender.FEMALE, date(1985, 6, 12)),
        (Gender.UNKNOWN, date(1985, 6, 12)),
        (Gender.MALE, date(1985, 6, 13)),
    ]:
        with pytest.raises(Refused) as caught:
            matches(who, gender, birth_date)
        assert caught.value.code.code == "ID_MISMATCH"


@given(BIRTHS, SEQUENCES)
def test_what_is_made_is_parsed(birth_date: date, sequence: int) -> None:
    who = parse(make("410189", birth_date, sequence), TODAY)
    assert who.birth_date == birth_date
    assert who.gender is (Gender.MALE if sequence % 2 else Gender.FEMALE)


@given(BIRTHS, SEQUENCES, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_change_is_refused(birth_date: date, sequence: int, place: int, other: str) -> None:
    number = make("410189", birth_date, sequence)
    changed = number[:place] + other + number[place + 1 :]
    if changed != number:
        assert refusal(changed).startswith("ID_")


@given(BIRTHS, SEQUENCES)
def test_check_digit_agrees_with_the_weights_of_the_domain(birth_date: date, sequence: int) -> None:
    number = make("410189", birth_date, sequence)
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], weights, strict=True))
    assert number[17] == "10X98765432"[total % 11]


@given(st.text())
def test_anything_is_refused_or_parsed(text: str) -> None:
    assert refusal(text).startswith("ID_")  # random text is never a valid id


@pytest.mark.parametrize(
    ("region", "sequence"), [("41018", 1), ("41018x", 1), ("410189", 1000), ("410189", -1)]
)
def test_make_refuses_what_does_not_fit(region: str, sequence: int) -> None:
    with pytest.raises(ValueError):
        make(region, TODAY, sequence)
