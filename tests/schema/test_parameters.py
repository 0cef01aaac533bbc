"""Parameters by division, day and moment of knowledge; setting, correcting and ending them; who may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from core.access.models import AuditEntry
from core.access.principal import NATION, Grant, Principal
from core.access.service import system
from core.clock import Clock
from core.db import Database, recorded_statements
from core.errors import Refused
from core.host import Host
from core.parameters.declared import Default, Parameter, ParameterKind
from core.parameters.models import ParameterValue
from core.parameters.service import flag, number, value, values, view_of, whole, whole_or
from core.parameters.setting import NewValue, beginning, end_value, set_value
from core.work import Work
from schema.types.parameter import ParameterValue as Shown
from tests.schema.asking import audited
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, EAST, EAST_COMMUNITY, EAST_VILLAGE, NEIGHBOUR, TODAY, WEST

FACTOR, DAYS = "core.factor", "core.days"
NEW_YEAR = date(2022, 1, 1)
DECLARED = (
    Parameter(
        name=FACTOR,
        zh="系数",
        en="Factor",
        minimum=1,
        maximum=100,
        places=4,
        defaults=(
            Default("1", valid_to=NEW_YEAR, source="旧文件"),
            Default("1.5", NEW_YEAR, source="民发〔2021〕57号"),
        ),
    ),
    Parameter(name=DAYS, zh="期限", en="Limit", unit_zh="日", unit_en="days", kind=ParameterKind.WHOLE),
    Parameter(name="core.tiered", zh="分档", en="Tiered", kind=ParameterKind.FLAG),
)


@pytest.fixture
def declared(served: Served) -> Served:
    served.service.host.book(Parameter).add("core", DECLARED)
    return served


@asynccontextmanager
async def working(served: Served, caller: str | None = None, today: date = TODAY) -> AsyncIterator[Work]:
    service = served.service
    by = served.callers[caller] if caller else system(service.host.permissions)
    async with service.database.writing() as session:
        yield Work(session, by, Clock(today), service.vault, service.host)


async def put(served: Served, division: str, text: str, day: date, name: str = FACTOR) -> None:
    async with working(served) as work:
        new = NewValue(name=name, division=division, value=text, valid_from=day, source="某政发〔2022〕1号")
        await set_value(work, new)


async def at(served: Served, division: str, day: date, known_at: datetime | None = None) -> Any:
    async with working(served) as work:
        return await value(work, FACTOR, division, day, known_at)


async def rows(database: Database, *tests: Any) -> list[ParameterValue]:
    async with database.reading() as session:
        query = select(ParameterValue).where(*tests).order_by(ParameterValue.valid_from, ParameterValue.id)
        return list(await session.scalars(query))


STANDING = ParameterValue.voided_at.is_(None)


async def test_nearest_division_and_the_day_before_and_after(declared: Served) -> None:
    march, april = date(2022, 3, 1), date(2022, 4, 1)
    await put(declared, NATION, "1.2", march)
    await put(declared, CITY, "2", march)
    await put(declared, EAST, "3", april)
    assert await at(declared, EAST_VILLAGE, date(2021, 12, 31)) == 1
    assert await at(declared, EAST_VILLAGE, date(2022, 2, 28)) == Decimal("1.5")
    assert await at(declared, EAST_VILLAGE, march) == 2
    assert await at(declared, EAST_VILLAGE, date(2022, 3, 31)) == 2
    assert await at(declared, EAST_VILLAGE, april) == await at(declared, EAST, april) == 3
    assert await at(declared, WEST, april) == await at(declared, CITY, april) == 2
    assert await at(declared, NEIGHBOUR, april) == await at(declared, NATION, april) == Decimal("1.2")
    assert await at(declared, "410000000000", april) == Decimal("1.2")


async def test_a_correction_keeps_what_was_known(declared: Served) -> None:
    await put(declared, CITY, "2", NEW_YEAR)
    before = (await rows(declared.service.database))[0].recorded_at
    await asyncio.sleep(0.002)
    await put(declared, CITY, "2.5", NEW_YEAR)
    assert await at(declared, EAST, TODAY) == Decimal("2.5")
    assert await at(declared, EAST, TODAY, before) == 2
    assert await at(declared, EAST, TODAY, before.replace(year=2000)) == Decimal("1.5")
    assert [row.value for row in await rows(declared.service.database, STANDING)] == ["2.5"]
    assert len(await rows(declared.service.database)) == 2


async def test_a_value_holds_until_the_next_one_known(declared: Served) -> None:
    """In whatever order they are set, ahead or back-dated, the days come out the same."""
    for text, day in (("4", date(2023, 4, 1)), ("2", date(2022, 2, 1)), ("3", date(2022, 6, 1))):
        await put(declared, CITY, text, day)
    await put(declared, CITY, "3.5", date(2022, 6, 1))
    found = await rows(declared.service.database, STANDING)
    assert [(row.value, row.valid_from, row.valid_to) for row in found] == [
        ("2", date(2022, 2, 1), date(2022, 6, 1)),
        ("3.5", date(2022, 6, 1), date(2023, 4, 1)),
        ("4", date(2023, 4, 1), None),
    ]
    assert await at(declared, CITY, date(2022, 5, 31)) == 2
    assert await at(declared, CITY, date(2023, 4, 1)) == 4


async def test_ending_gives_way_to_what_is_above(declared: Served) -> None:
    await put(declared, CITY, "2", NEW_YEAR)
    await put(declared, EAST, "3", NEW_YEAR)
    await put(declared, EAST, "4", date(2023, 1, 1))
    async with working(declared) as work:
        ended = await end_value(work, FACTOR, EAST, date(2022, 7, 1))
        assert (ended.value, ended.valid_to) == ("3", date(2022, 7, 1))
        assert await value(work, FACTOR, EAST, date(2022, 7, 1)) == 2  # at once, in the same transaction
    assert await at(declared, EAST, date(2022, 6, 30)) == 3
    assert await at(declared, EAST, date(2023, 1, 1)) == 2
    with pytest.raises(Refused, match="PARAMETER_NOT_SET"):
        async with working(declared) as work:
            await end_value(work, FACTOR, EAST, date(2022, 7, 1))
    with pytest.raises(Refused, match="DATE_ORDER"):
        async with working(declared) as work:
            await end_value(work, FACTOR, CITY, date(2021, 12, 31))
    async with working(declared) as work:
        await end_value(work, FACTOR, CITY, NEW_YEAR)  # it never was
    assert await at(declared, CITY, TODAY) == Decimal("1.5")


async def test_kinds_and_what_is_missing(declared: Served) -> None:
    await put(declared, CITY, "10", NEW_YEAR, DAYS)
    await put(declared, CITY, "true", NEW_YEAR, "core.tiered")
    async with working(declared) as work:
        assert await whole(work, DAYS, EAST) == 10
        assert await flag(work, "core.tiered", EAST) is True
        assert await number(work, FACTOR, EAST) == Decimal("1.5")
        assert await whole_or(work, DAYS, NEIGHBOUR, TODAY, 7) == 7
        assert await whole_or(work, None, NEIGHBOUR, TODAY, 7) == 7
        assert await whole_or(work, DAYS, CITY, TODAY, 7) == 10
        with pytest.raises(Refused, match="PARAMETER_MISSING"):
            await whole(work, DAYS, NEIGHBOUR)
        for name in ("core.nothing", "x", ""):
            with pytest.raises(Refused, match="PARAMETER_UNKNOWN"):
                await value(work, name, CITY)


async def test_one_statement_for_a_district(declared: Served) -> None:
    await put(declared, EAST_VILLAGE, "3", NEW_YEAR)
    async with working(declared) as work:
        await work.session.connection()
        with recorded_statements() as statements:
            for code in (CITY, EAST, EAST_VILLAGE, EAST_COMMUNITY, WEST) * 20:
                await number(work, FACTOR, code)
                await whole_or(work, DAYS, code, TODAY, 1)
        assert len(statements) == 1
        with recorded_statements() as statements:
            view = await values(work.session, work.host, CITY)
            assert [view.number(FACTOR, code, TODAY) for code in (EAST_VILLAGE, WEST)] == [3, Decimal("1.5")]
        assert len(statements) == 1
        nation = await values(work.session, work.host, NATION)
        assert nation.number(FACTOR, EAST_VILLAGE, TODAY) == 3
        assert (await view_of(work, EAST)) is (await view_of(work, WEST))


async def test_of_two_who_set_at_once_both_are_kept_in_order(declared: Served) -> None:
    await put(declared, CITY, "2", NEW_YEAR)
    days = (date(2022, 3, 1), date(2022, 3, 1), date(2022, 2, 1), date(2022, 4, 1))
    await asyncio.gather(
        *(put(declared, CITY, str(text), day) for text, day in enumerate(days, 3)),
        put(declared, EAST, "9", NEW_YEAR),
    )
    found = await rows(declared.service.database, STANDING, ParameterValue.division == CITY)
    spans = [(row.valid_from, row.valid_to) for row in found]
    assert spans == [
        (NEW_YEAR, date(2022, 2, 1)),
        (date(2022, 2, 1), date(2022, 3, 1)),
        (date(2022, 3, 1), date(2022, 4, 1)),
        (date(2022, 4, 1), None),
    ]


SET = """mutation { setParameter(input: {name: "%s", division: %s, value: "%s", validFrom: "%s", source: "%s"%s}) {
  value { id name value source divisionCode division { name } validFrom validTo voidedAt }
  errors { code field message } dryRun } }"""


def asked(
    name: str = FACTOR, place: str | None = CITY, text: str = "2", day: str = "2022-03-01", **more: str
) -> str:
    division = f'"{place}"' if place else "null"
    return SET % (name, division, text, day, more.get("source", "某政发〔2022〕1号"), more.get("options", ""))


async def test_setting_by_mutation(declared: Served) -> None:
    tried = await declared.ask(asked(options=", dryRun: true"))
    assert tried["data"]["setParameter"]["value"]["value"] == "2"
    assert not await rows(declared.service.database)
    answer = await declared.ask(asked(text="2.0"))
    shown = answer["data"]["setParameter"]["value"]
    assert shown.pop("id").startswith("parameter_")
    assert shown == {
        "name": FACTOR,
        "value": "2",
        "source": "某政发〔2022〕1号",
        "divisionCode": CITY,
        "division": {"name": "示范市"},
        "validFrom": "2022-03-01",
        "validTo": None,
        "voidedAt": None,
    }
    entry = (await audited(declared, "parameter.set"))[-1]
    assert entry.district == CITY
    assert entry.details == {"name": FACTOR, "division": CITY, "value": "2", "since": "2022-03-01"}
    ended = await declared.ask(
        'mutation { endParameter(input: {name: "core.factor", division: "410189000000", on: "2022-05-01"}) '
        "{ value { validTo } errors { code } } }"
    )
    assert ended["data"]["endParameter"] == {"value": {"validTo": "2022-05-01"}, "errors": []}
    assert await audited(declared, "parameter.ended")


@pytest.mark.parametrize(
    ("query", "caller", "code"),
    [
        (asked("core.nothing"), "city", "PARAMETER_UNKNOWN"),
        (asked(text="0.5"), "city", "PARAMETER_RANGE"),
        (asked(text="a"), "city", "PARAMETER_RANGE"),
        (asked(source=" "), "city", "SOURCE_MISSING"),
        (asked(source="文" * 201), "city", "TEXT_LENGTH"),
        (asked(day="1949-09-30"), "city", "DATE_ORDER"),
        (asked(place="410189199000"), "city", "DIV_UNKNOWN"),
        (asked(place=NEIGHBOUR), "city", "FORBIDDEN_SCOPE"),
        (asked(place=None), "city", "FORBIDDEN_SCOPE"),
        (asked(place="410000000000"), "city", "FORBIDDEN_SCOPE"),
        (asked(), "town", "FORBIDDEN"),
        (asked(), "auditor", "FORBIDDEN"),
    ],
)
async def test_refusals(declared: Served, query: str, caller: str, code: str) -> None:
    answer = await declared.ask(query, caller)
    assert [error["code"] for error in answer["data"]["setParameter"]["errors"]] == [code]
    assert not await rows(declared.service.database)


async def test_the_nation_is_set_by_a_grant_over_the_nation(declared: Served) -> None:
    nation = Principal(None, "ministry", (Grant(NATION, frozenset({"parameters:write"})),))
    answer = await declared.ask(asked(place=None), nation)
    assert answer["data"]["setParameter"]["value"]["divisionCode"] == NATION
    assert await at(declared, NEIGHBOUR, TODAY) == 2


CATALOGUE = """{ parameters(%s) { name plugin title unit kind minimum maximum places value isDefault
  division { code name } source validFrom validTo maySet history%s { value divisionCode validFrom validTo } } }"""


async def test_the_catalogue(declared: Served) -> None:
    await put(declared, CITY, "2", date(2022, 3, 1))
    await put(declared, CITY, "3", date(2022, 3, 1))
    query = CATALOGUE % ('division: "410189101201", name: "core.factor"', "")
    found, explain = await declared.both(query, "town")
    assert found["data"]["parameters"] == [
        {
            "name": FACTOR,
            "plugin": "core",
            "title": "Factor",
            "unit": "",
            "kind": "NUMBER",
            "minimum": "1",
            "maximum": "100",
            "places": 4,
            "value": "3",
            "isDefault": False,
            "division": {"code": CITY, "name": "示范市"},
            "source": "某政发〔2022〕1号",
            "validFrom": "2022-03-01",
            "validTo": None,
            "maySet": False,
            "history": [{"value": "3", "divisionCode": CITY, "validFrom": "2022-03-01", "validTo": None}],
        }
    ]
    assert sum("core_parameter_value" in text for text in explain["statements"]) == 1
    early, _ = await declared.both(
        CATALOGUE % ('division: "410189000000", asOf: "2022-02-28", plugin: "core"', "(corrections: true)")
    )
    by_name = {row["name"]: row for row in early["data"]["parameters"]}
    assert len(by_name) == 13 + 3
    assert (by_name[FACTOR]["value"], by_name[FACTOR]["isDefault"]) == ("1.5", True)
    assert by_name[FACTOR]["maySet"] is True
    assert [row["value"] for row in by_name[FACTOR]["history"]] == ["3", "2"]
    assert by_name[DAYS]["value"] is None
    assert by_name["core.marriage_age_man"]["value"] == "22"
    assert by_name["core.marriage_age_man"]["validFrom"] is None
    known, _ = await declared.both(CATALOGUE % ('knownAt: "2022-01-01T00:00:00Z", name: "core.factor"', ""))
    assert known["data"]["parameters"][0]["value"] == "1.5"
    assert known["data"]["parameters"][0]["history"] == []


async def test_a_value_by_its_id(declared: Served) -> None:
    answer = await declared.ask(asked())
    key = answer["data"]["setParameter"]["value"]["id"]
    found, explain = await declared.both(
        '{ node(id: "%s") { id ... on ParameterValue { name value division { code } recordedAt } } }' % key,
        "village",
    )
    assert found["data"]["node"]["value"] == "2"
    assert explain["planned"]
    assert Shown.__prefix__ == "parameter"  # type: ignore[attr-defined]


async def test_a_limit_of_core_is_a_parameter(declared: Served) -> None:
    """The Civil Code's age of marriage is read on the day, and may be set as any other."""
    await put(declared, CITY, "21", date(2022, 6, 1), "core.marriage_age_man")
    async with working(declared) as work:
        assert await whole(work, "core.marriage_age_man", EAST, date(2022, 5, 31)) == 22
        assert await whole(work, "core.marriage_age_man", EAST, date(2022, 6, 1)) == 21


async def test_what_was_set_ahead_is_told_on_its_day(declared: Served) -> None:
    await put(declared, CITY, "2", date(2022, 3, 1))
    await put(declared, CITY, "3", date(2022, 12, 1))
    async with working(declared) as work:
        await end_value(work, FACTOR, CITY, date(2023, 2, 1))
        assert await beginning(work, TODAY) == []
        begun = await beginning(work, date(2022, 12, 1))
        assert [(change.value, change.reason) for change in begun] == [("3", "began")]
        assert [change.value for change in await beginning(work, date(2023, 2, 1))] == [None]


async def test_nothing_is_kept_of_what_was_refused(declared: Served, database: Database) -> None:
    async with database.reading() as session:
        before = await session.scalar(select(func.count()).select_from(AuditEntry))
    await declared.ask(asked(text="0"))
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(AuditEntry)) == before


def test_the_host_of_core_alone_declares_them() -> None:
    assert {parameter.name.partition(".")[0] for parameter in Host([]).book(Parameter)} == {"core"}
