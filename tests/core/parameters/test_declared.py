"""What a declaration takes and refuses, and what a view answers; no database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.access.principal import NATION
from core.db import new_id
from core.errors import Refused, StartupError
from core.host import Host
from core.parameters.declared import Choice, Default, Parameter, ParameterKind
from core.parameters.models import ParameterValue
from core.parameters.view import ParameterView, path
from core.simulations.declared import RuleSet
from core.workflow.declared import Limit, State, Transition, Workflow

CITY, TOWN, VILLAGE = "410189000000", "410189101000", "410189101201"


def parameter(**changes: Any) -> Parameter:
    return Parameter(**{"name": "core.factor", "zh": "系数", "en": "Factor", **changes})


@pytest.mark.parametrize(
    ("changes", "text", "canonical"),
    [
        ({}, "1.50", "1.5"),
        ({}, " 0630.00", "630"),
        ({}, "-0", "0"),
        ({"places": 4}, "0.0001", "0.0001"),
        ({"kind": ParameterKind.WHOLE}, "10", "10"),
        ({"kind": ParameterKind.WHOLE}, "100", "100"),
        ({"kind": ParameterKind.WHOLE}, "10.0", "10"),
        ({"kind": ParameterKind.FLAG}, "true", "true"),
        (
            {"kind": ParameterKind.CHOICE, "choices": (Choice(name="CITY", zh="市", en="City"),)},
            "CITY",
            "CITY",
        ),
    ],
)
def test_canonical_texts(changes: dict[str, Any], text: str, canonical: str) -> None:
    assert parameter(**changes).canonical(text) == canonical


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, ""),
        ({}, "1e3"),
        ({}, "NaN"),
        ({}, "一"),
        ({}, "１"),
        ({}, "1.505"),
        ({}, "9" * 19),
        ({"minimum": 1}, "0.99"),
        ({"maximum": Decimal("2.5")}, "2.51"),
        ({"kind": ParameterKind.WHOLE}, "1.5"),
        ({"kind": ParameterKind.FLAG}, "TRUE"),
        ({"kind": ParameterKind.CHOICE, "choices": (Choice(name="CITY", zh="市", en="City"),)}, "TOWN"),
    ],
)
def test_what_does_not_fit(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(Refused) as refused:
        parameter(**changes).canonical(text)
    assert refused.value.code.code == "PARAMETER_RANGE"
    assert "{" not in refused.value.message("zh") + refused.value.message("en")


@pytest.mark.parametrize(
    "defaults",
    [
        (Default("1.50", source="law"),),  # not canonical
        (Default("x", source="law"),),
        (Default("1"),),  # no source
        (Default("1", source="law"), Default("2", date(2020, 1, 1), source="law")),  # overlap
    ],
)
def test_defaults_that_cannot_be(defaults: tuple[Default, ...]) -> None:
    with pytest.raises(StartupError, match=r"core\.factor"):
        parameter(defaults=defaults)


def test_the_path_ends_with_the_nation() -> None:
    assert path(VILLAGE) == (VILLAGE, TOWN, CITY, "410100000000", "410000000000", NATION)
    assert path(NATION) == (NATION,)


def value(division: str, text: str, start: date, end: date | None = None) -> ParameterValue:
    return ParameterValue(
        id=new_id(),
        name="core.factor",
        division=division,
        value=text,
        source="law",
        set_by="x",
        valid_from=start,
        valid_to=end,
        recorded_at=datetime(2022, 1, 1, tzinfo=UTC),
    )


def test_the_nearest_division_then_the_default_of_the_day() -> None:
    new_year = date(2022, 1, 1)
    defaults = (
        Default("1", valid_to=new_year, source="old law"),
        Default("1.5", new_year, date(2023, 1, 1), source="new law"),
    )
    rows = [value(CITY, "2", date(2022, 3, 1)), value(TOWN, "3", date(2022, 4, 1), date(2022, 5, 1))]
    view = ParameterView({"core.factor": parameter(defaults=defaults)}, rows)

    def at(code: str, month: int, day: int = 1, year: int = 2022) -> Any:
        return view.get("core.factor", code, date(year, month, day))

    assert [at(VILLAGE, 12, 31, 2021), at(VILLAGE, 1)] == [1, Decimal("1.5")]
    assert [at(VILLAGE, 2, 28), at(VILLAGE, 3)] == [Decimal("1.5"), 2]
    assert [at(VILLAGE, 3, 31), at(VILLAGE, 4), at(VILLAGE, 4, 30), at(VILLAGE, 5)] == [2, 3, 3, 2]
    assert at(NATION, 4) == at("410188000000", 4) == Decimal("1.5")  # not below what was set
    assert at("410188000000", 1, year=2023) is None
    over = view.laid_over({("core.factor", CITY): "4"})
    assert over.get("core.factor", VILLAGE, date(2022, 4, 1)) == 3  # the town's own still comes first
    assert over.get("core.factor", VILLAGE, date(2022, 6, 1)) == 4
    assert at(VILLAGE, 6) == 2
    with pytest.raises(Refused, match="PARAMETER_MISSING"):
        view.value("core.factor", "410188000000", date(2023, 1, 1))
    with pytest.raises(Refused, match="PARAMETER_UNKNOWN"):
        view.value("core.other", CITY, new_year)


async def _none(*_: Any) -> Any:  # pragma: no cover
    yield []


def test_a_declaration_that_names_what_nobody_declares_stops_the_start() -> None:
    from core.declarations import check

    rules = RuleSet(
        name="core.rules",
        zh="",
        en="",
        permission="registry:read",
        parameters=("core.nowhere",),
        categories=(),
        subjects=_none,
        judge=lambda *_: None,  # type: ignore[arg-type, return-value]
    )
    host = Host([])
    host.book(RuleSet).add("core", [rules])
    with pytest.raises(StartupError, match=r"core\.nowhere"):
        check(host)
    host = Host([])
    case = Workflow(
        name="core.case",
        zh="事项",
        en="Case",
        model=None,
        prefix="case",
        read="registry:read",
        initial="OPEN",
        states=(
            State("OPEN", "", "", Limit(3, parameter="core.gone")),
            State("DONE", "", "", final=True),
        ),
        transitions=(Transition("close", "", "", ("OPEN",), "DONE"),),
    )
    host.book(Workflow).add("core", [case])
    with pytest.raises(StartupError, match=r"core\.gone"):
        check(host)
