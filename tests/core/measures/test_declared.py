"""Declarations of measures and sections: what is refused at start, how a figure is shown, how a sentence is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from core.declarations import check as check_declarations
from core.errors import Refused, StartupError
from core.host import Host
from core.measures.declared import Facts, Measure, MeasureKind, MeasureLevel, Rounding, check
from core.measures.frame import Span, framed
from core.persons.models import Person
from core.report.declared import Placeholder, ReportSection, pieces

TODAY = date(2022, 11, 30)
PERSONS = Facts("person", lambda frame: select(Person.id.label("key"), Person.division))


def measure(**more: Any) -> Measure:
    """A measure of a plugin that is nowhere."""
    words = dict.fromkeys(("zh", "en", "unit_zh", "unit_en", "definition_zh", "definition_en"), "x")
    return Measure(**{"name": "pets.dogs", "read": "registry:read", "facts": PERSONS, **words, **more})


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"facts": None}, "has facts"),
        ({"kind": MeasureKind.RATE}, "a rate has a numerator"),
        ({"kind": MeasureKind.RATE, "facts": None, "numerator": PERSONS}, "a rate has a numerator"),
        ({"kind": MeasureKind.LATEST}, "is not drilled"),
        ({"divisor": 25}, "a power of ten"),
    ],
)
def test_what_a_measure_must_have(more: dict[str, Any], said: str) -> None:
    with pytest.raises(StartupError, match=said):
        measure(**more)


def test_a_rate_of_what_is_not_there() -> None:
    rate = measure(kind=MeasureKind.RATE, facts=None, numerator="pets.cats", denominator=PERSONS)
    with pytest.raises(StartupError, match=r"there is no measure pets\.cats"):
        check([rate])
    check([rate, measure(name="pets.cats")])


def test_a_host_refuses_what_does_not_fit() -> None:
    host = Host([])
    with pytest.raises(StartupError, match="must start with pets"):
        host._declare("pets", host.book(Measure), [measure(name="core.dogs")])
    with pytest.raises(StartupError, match="there is no permission pets:read"):
        host._declare("pets", host.book(Measure), [measure(read="pets:read")])
    shown = dict(host.readers)
    host._declare("pets", host.book(Measure), [measure(name="pets.cats", read="names:read")])
    assert host.readers == shown  # the permission of a figure shows no rows of its own
    section = ReportSection(plugin="pets", title="犬", sentences=("犬{**=pets.absent}只。",))
    host._declare("pets", host.book(ReportSection), [section])
    with pytest.raises(StartupError, match=r"the report names pets\.absent"):
        check_declarations(host)


@pytest.mark.parametrize(
    "sentence", ["犬{**=Pets}只。", "犬{**}只。", "{@nothing}犬。", "犬{**=pets.dogs:略}只。"]
)
def test_a_placeholder_that_is_none(sentence: str) -> None:
    with pytest.raises(StartupError, match="is none"):
        ReportSection(plugin="pets", title="犬", sentences=(sentence,))


def test_a_sentence_is_words_and_places() -> None:
    found = list(pieces("{@year}年{***=a.b:约}份{=c.d}，{12=e.f}处。"))
    places = [piece for piece in found if isinstance(piece, Placeholder)]
    assert [piece for piece in found if isinstance(piece, str)] == ["年", "份", "，", "处。"]
    assert [place.measure for place in places] == ["", "a.b", "c.d", "e.f"]
    assert [place.stars for place in places[1:]] == ["***", "**", "**"]
    assert places[1].rounding is Rounding.HALF_UP


def test_values_are_exact_and_shown_rounded() -> None:
    total = measure(kind=MeasureKind.SUM, divisor=10000)
    value = total.value((Decimal("123456.78"),))
    assert value == Decimal("12.345678")
    assert total.shown(value) == "12.35"
    assert total.shown(Decimal("12.5"), Rounding.HALF_UP) == "13"
    assert total.shown(Decimal("12.9"), Rounding.DOWN) == "12"
    assert total.shown(Decimal("600.00")) == "600"
    assert total.value((None,)) is None
    assert replace(total, zero=True).value((None,)) == 0
    assert measure().value((None,)) == 0


def test_rates() -> None:
    rate = measure(kind=MeasureKind.RATE, facts=None, numerator=PERSONS, denominator=PERSONS)
    assert rate.value((Decimal(1), Decimal(3))) == Decimal("33.33")
    assert rate.value((None, Decimal(3))) == 0
    assert rate.value((Decimal(1), None)) is None
    assert replace(rate, percent=False).value((Decimal(10), Decimal(4))) == Decimal("2.50")
    assert not rate.additive
    assert rate.level is MeasureLevel.VILLAGE


@pytest.mark.parametrize(
    ("as_of", "before"),
    [
        ("2024-02-28", ("2023-03-01", "2023-02-28")),  # the 28th of February is in both
        ("2024-02-29", ("2023-03-01", "2023-02-28")),
        ("2025-02-28", ("2024-03-01", "2024-02-29")),  # a whole month is a whole month
        ("2022-11-30", ("2021-12-01", "2021-11-30")),
    ],
)
def test_the_same_span_of_a_leap_year(as_of: str, before: tuple[str, str]) -> None:
    frame = framed("410189000000", Span(), date.fromisoformat(as_of), None, None).year_before
    assert (frame.end.isoformat(), frame.as_of.isoformat()) == before


def test_frames() -> None:
    frame = framed("410189000000", Span(2022), TODAY, None, None)
    assert (frame.start, frame.end, frame.as_of) == (date(2022, 1, 1), date(2022, 12, 1), TODAY)
    before = frame.year_before
    assert (before.start, before.end, before.as_of) == (
        date(2021, 1, 1),
        date(2021, 12, 1),
        date(2021, 11, 30),
    )
    past = framed("410189000000", Span(2021), TODAY, None, None)
    assert (past.end, past.as_of) == (date(2022, 1, 1), date(2021, 12, 31))
    month = framed("410189000000", Span(2022, 2), TODAY, None, None)
    assert (month.start, month.end) == (date(2022, 2, 1), date(2022, 3, 1))
    assert frame.path == ["410189000000", "410100000000", "410000000000", "000000000000"]
    with pytest.raises(Refused, match="DATE_ORDER"):
        framed("410189000000", Span(start=date(2022, 5, 1), end=date(2022, 5, 1)), TODAY, None, None)
