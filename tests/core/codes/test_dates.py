"""Dates as they stand in forms and spreadsheets."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.codes.dates import parse_date
from core.errors import Refused


@pytest.mark.parametrize(
    "text",
    [
        "2022-09-09",
        "2022-9-9",
        "2022/9/9",
        "2022.09.09",
        "20220909",
        "2022年9月9日",
        " ２０２２－０９－０９ ",
        "2022 年 9 月 9 日",
    ],
)
def test_dates(text: str) -> None:
    assert parse_date(text) == date(2022, 9, 9)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2022",
        "2022-09",
        "2022-02-30",
        "2022-13-01",
        "0000-01-01",
        "09/09/2022",
        "44813",
        "2022-09-09T00:00",
    ],
)
def test_no_dates(text: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_date(text)
    assert caught.value.code.code == "DATE_FORMAT"


@given(st.dates())
def test_iso_dates_are_parsed(day: date) -> None:
    assert parse_date(day.isoformat()) == day
