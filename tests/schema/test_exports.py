"""Exports: what paging by hand shows, no more, in every form."""

from __future__ import annotations

import csv
import io
import json
import os
from contextlib import aclosing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import insert, select

from core.access.permissions import DATA_EXPORT
from core.access.principal import Grant, Principal
from core.access.service import system
from core.clock import Clock
from core.db import new_id
from core.errors import Refused
from core.persons.models import Person
from core.persons.service import register
from core.work import Work
from schema.exporting.export import ExportFailed
from schema.exporting.formats import FORMATS, neutral
from schema.request import GraphQLRequest
from tests.schema.asking import audited
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, EAST, EAST_VILLAGE, TODAY, WEST, WEST_VILLAGE, resident

MANY = 260
SURNAMES = "赵钱孙李周吴郑王"
ROW = (
    (
        "id 姓名: name gender idNumber phone age disabilities { category level } "
        "residenceDivision { code 全称: fullName } registeredDivision { name }"
    )
    .replace("姓名: ", "fullName: ")
    .replace("全称: ", "")
)
PERSONS = "{ persons(%s) { edges { node { " + ROW + " } } } }"


async def crowd(served: Served, more: int = MANY) -> None:
    """Enough persons for several pages, in both towns."""
    news = [
        resident(
            f"{SURNAMES[i % 8]}氏{'甲乙丙丁'[i // 8 % 4]}",
            date(1950, 1, 1) + timedelta(days=31 * i),
            20,
            WEST_VILLAGE if i % 3 else EAST_VILLAGE,
            phone=f"1380000{i:04}",
        )
        for i in range(more)
    ]
    async with served.service.database.writing() as session:
        host, vault = served.service.host, served.service.vault
        await register(Work(session, system(host.permissions), Clock(TODAY), vault, host), news)


async def exported(
    served: Served, query: str, caller: str | Principal = "city", form: str = "jsonl", **options: Any
) -> bytes:
    principal = served.callers[caller] if isinstance(caller, str) else caller
    request = GraphQLRequest(query, principal, **options)
    export = await served.service.export(request, FORMATS[form])
    return b"".join([chunk async for chunk in export.chunks()])


def lines(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body.splitlines()]


def table(body: bytes) -> list[list[str]]:
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


async def by_hand(served: Served, caller: str, arguments: str = "", row: str = ROW) -> list[Any]:
    found: list[Any] = []
    after = ""
    while True:
        query = "{ persons(first: 37 %s %s) { edges { node { %s } } pageInfo { hasNextPage endCursor } } }"
        answer = await served.ask(query % (arguments, after, row), caller)
        page = answer["data"]["persons"]
        found += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = f'after: "{page["pageInfo"]["endCursor"]}"'


ORDER = "orderBy: [{field: BIRTH_DATE, direction: DESC}]"


@pytest.mark.parametrize("caller", ["city", "town", "two places", "prefecture", "unmasking", "no purpose"])
async def test_what_paging_by_hand_shows(served: Served, caller: str) -> None:
    await crowd(served)
    expected = await by_hand(served, caller, ORDER)
    got = lines(await exported(served, PERSONS % f"first: 3, {ORDER}", caller))
    assert got == expected
    assert len(got) > (MANY if caller in ("city", "prefecture", "unmasking") else 80)
    assert {"town"} == {caller} or any(row["residenceDivision"]["code"] == WEST_VILLAGE for row in got)


async def test_a_town_officer_takes_the_town_alone(served: Served) -> None:
    await crowd(served)
    got = lines(await exported(served, PERSONS % "first: 1", "town"))
    assert {row["residenceDivision"]["code"][:9] for row in got} == {EAST[:9]}
    assert all(row["idNumber"] is None or "*" in row["idNumber"] for row in got)


async def test_csv(served: Served) -> None:
    await crowd(served)
    header, *rows = table(await exported(served, PERSONS % ORDER, form="csv"))
    assert header == [
        "id", "fullName", "gender", "idNumber", "phone", "age", "disabilities",
        "residenceDivision.code", "residenceDivision.fullName", "registeredDivision.name",
    ]  # fmt: skip
    expected = await by_hand(served, "city", ORDER)
    assert len(rows) == len(expected)
    for row, node in zip(rows, expected, strict=True):
        assert row[1] == node["fullName"]
        assert row[5] == str(node["age"])
        assert json.loads(row[6]) == node["disabilities"]
        assert row[8] == node["residenceDivision"]["fullName"]
        assert row[9] == (node["registeredDivision"] or {"name": ""})["name"]


async def test_a_workbook(served: Served, tmp_path: Path) -> None:
    await crowd(served)
    path = tmp_path / "x.xlsx"
    path.write_bytes(await exported(served, PERSONS % ORDER, "unmasking", form="xlsx"))
    header, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert header[:6] == ["id", "fullName", "gender", "idNumber", "phone", "age"]
    expected = await by_hand(served, "unmasking", ORDER)
    assert [row[1] for row in rows] == [node["fullName"] for node in expected]
    for row, node in zip(rows, expected, strict=True):
        assert row[3] == (node["idNumber"] or "")  # 18 digits, all of them: text
        assert row[4] == (node["phone"] or "")
        assert row[5] == (node["age"] if node["age"] is not None else "")
        assert isinstance(row[5], float | int)


async def test_an_empty_list_is_a_header(served: Served, tmp_path: Path) -> None:
    query = (
        '{ persons(filter: {bornAfter: "2022-11-30"}) '
        "{ edges { node { name division: residenceDivision { name } } } } }"
    )
    assert table(await exported(served, query, form="csv")) == [["name", "division.name"]]
    assert await exported(served, query) == b""
    path = tmp_path / "x.xlsx"
    path.write_bytes(await exported(served, query, form="xlsx"))
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert rows == [["name", "division.name"]]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"), ("+86", "'+86"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
        ("＝1", "'＝1"), ("\r=1", "'\r=1"), ("-12.50", "-12.50"), ("-", "'-"), ("张三", "张三"), ("", ""),
    ],
)  # fmt: skip
def test_formulas_are_neutralised(text: str, written: str) -> None:
    assert neutral(text) == written


async def test_formulas_do_not_leave(served: Served, tmp_path: Path) -> None:
    async with served.service.database.writing() as session:
        person = await session.get(Person, served.city.persons[0].id)
        assert person
        person.name = '=HYPERLINK("http://x","a")'
    query = "{ persons { edges { node { name } } } }"
    names = [row[0] for row in table(await exported(served, query, form="csv"))]
    assert '\'=HYPERLINK("http://x","a")' in names
    assert not any(name.startswith("=") for name in names)
    assert any(row["name"].startswith("=H") for row in lines(await exported(served, query)))
    (tmp_path / "x.xlsx").write_bytes(await exported(served, query, form="xlsx"))
    cells = CalamineWorkbook.from_path(tmp_path / "x.xlsx").get_sheet_by_index(0).to_python()
    assert ['\'=HYPERLINK("http://x","a")'] in cells


async def test_variables_fragments_aliases_and_operations(served: Served) -> None:
    await crowd(served)
    query = """
    query Other { divisions { edges { node { code } } } }
    query Mine($first: Int, $after: String, $in: DivisionCode!, $more: Boolean = false, $unused: Boolean!) {
      list: persons(filter: {division: $in}, first: $first, after: $after) { ...Page totalCount __typename }
      ... @skip(if: $unused) { divisions { edges { node { code } } } }
      __typename
    }
    fragment Page on PersonConnection { rows: edges { cursor it: node { ...Row } } pageInfo { endCursor } }
    fragment Row on Person { n: name ... @include(if: $more) { age } home: residenceDivision { code } }
    """
    variables = {"in": EAST, "first": 2, "unused": True}
    body = await exported(served, query, form="csv", variables=variables, operation_name="Mine")
    header, *rows = table(body)
    assert header == ["n", "home.code"]
    expected = await by_hand(served, "city", f'filter: {{division: "{EAST}"}}')
    assert [row[0] for row in rows] == [node["fullName"] for node in expected]
    more = await exported(served, query, variables={**variables, "more": True}, operation_name="Mine")
    assert list(lines(more)[0]) == ["n", "age", "home"]


async def test_a_list_below_one_object(served: Served) -> None:
    query = '{ division(code: "%s") { children { edges { node { code name } } } } }' % CITY
    assert [row["code"] for row in lines(await exported(served, query))] == [EAST, WEST]


SHAPELESS = [
    "{ capabilities { today } }",
    '{ person(id: "person_00000000000000000000000000000000") { name } }',
    "{ persons { edges { node { name } } } divisions { edges { node { code } } } }",
    "{ persons { edges { node { name } } } again: persons { edges { node { name } } } }",
    "{ persons { totalCount } }",
    "{ persons { edges { cursor } } }",
    "{ divisions { edges { node { code children { edges { node { code } } } } } } }",
    '{ nodes(ids: ["division_00000000000000000000000000000000"]) '
    "{ ... on Division { children { edges { node { code } } } } } }",
    'mutation { closeDivision(input: {division: "x"}) { errors { code } } }',
]


@pytest.mark.parametrize("query", SHAPELESS)
async def test_other_shapes_are_refused(served: Served, query: str) -> None:
    with pytest.raises((Refused, ExportFailed)) as refused:
        await exported(served, query)
    if "mutation" not in query or isinstance(refused.value, Refused):
        assert str(refused.value).startswith("EXPORT_SHAPE")
    assert await audited(served, "data.exported") == []


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ persons { edges { node { nothing } } } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ persons { edges { node { name }", {}, "GRAPHQL_PARSE_FAILED"),
        (
            "query A($d: DivisionCode!) { persons(filter: {division: $d}) { edges { node { name } } } }",
            {},
            "BAD_USER_INPUT",
        ),
        ('{ persons(filter: {division: "410188000000"}) { edges { node { name } } } }', {}, "FORBIDDEN_SCOPE"),
        (
            "query A { persons { edges { node { id } } } } query B { persons { edges { node { id } } } }",
            {},
            "OPERATION_NAME",
        ),
    ],
)  # fmt: skip
async def test_what_the_query_is_refused_with(
    served: Served, query: str, variables: dict[str, Any], code: str
) -> None:
    with pytest.raises(ExportFailed, match=code):
        await exported(served, query, variables=variables)
    assert await audited(served, "data.exported") == []


@pytest.mark.parametrize("caller", ["auditor", "village", "nobody"])
async def test_without_the_permission(served: Served, caller: str) -> None:
    with pytest.raises(Refused, match="FORBIDDEN"):
        await exported(served, PERSONS % "first: 1", caller)


async def test_no_further_than_the_permission_reaches(served: Served) -> None:
    await crowd(served)
    city = served.callers["city"].permissions
    partly = Principal(
        None, "partly", (Grant(CITY, city - {DATA_EXPORT}), Grant(EAST, frozenset({DATA_EXPORT})))
    )
    got = lines(await exported(served, PERSONS % "first: 1", partly))
    assert got == await by_hand(served, "town")
    with pytest.raises(Refused, match="FORBIDDEN"):
        await exported(served, PERSONS % "first: 1", partly, district="410188000000")


async def test_the_audit(served: Served) -> None:
    await crowd(served)
    query = '{ persons(filter: {name: "赵", or: [{bornBefore: "1990-01-01"}]}) { edges { node { id idNumber } } } }'
    got = lines(await exported(served, query, "unmasking"))
    assert "*" not in str([row["idNumber"] for row in got])
    (start,) = await audited(served, "data.exported")
    assert (start.actor, start.purpose) == (served.callers["unmasking"].subject, "核对身份")
    assert start.details == {
        "connection": "persons", "filter": ["name", "or.bornBefore"], "format": "jsonl", "via": "http",
    }  # fmt: skip
    assert start.fields == ["id", "idNumber"]
    (end,) = await audited(served, "data.export_finished")
    assert end.details == {"export": start.id.hex, "rows": len(got), "complete": True}
    reads = await audited(served, "pii.read")
    assert {row.subject for row in reads} >= {row["id"] for row in got}


async def test_who_stops_reading_stops_the_walk(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    await crowd(served)
    pages = []
    execute = served.service.execute

    async def counted(*arguments: Any) -> Any:
        pages.append(arguments)
        return await execute(*arguments)

    monkeypatch.setattr(served.service, "execute", counted)
    request = GraphQLRequest(PERSONS % "first: 1", served.callers["city"])
    export = await served.service.export(request, FORMATS["csv"])
    async with aclosing(export.chunks()) as chunks:
        assert await anext(chunks)
        assert await anext(chunks)
    assert len(pages) == 1
    (end,) = await audited(served, "data.export_finished")
    assert (end.details["rows"], end.details["complete"]) == (100, False)


async def test_a_workbook_nobody_takes_leaves_no_file(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await crowd(served)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("schema.exporting.formats._BLOCK", 1000)
    export = await served.service.export(
        GraphQLRequest(PERSONS % "first: 1", served.callers["city"]), FORMATS["xlsx"]
    )
    kept = set(os.listdir(tmp_path))
    async with aclosing(export.chunks()) as chunks:
        assert await anext(chunks)
        (folder,) = set(os.listdir(tmp_path)) - kept
        assert os.stat(tmp_path / folder).st_mode & 0o077 == 0
    assert set(os.listdir(tmp_path)) == kept


async def test_an_error_midway_raises(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    await crowd(served)
    execute, asked = served.service.execute, []

    async def failing(request: GraphQLRequest, *rest: Any) -> Any:
        asked.append(request)
        if len(asked) == 3:
            request = GraphQLRequest("{", request.principal)
        return await execute(request, *rest)

    monkeypatch.setattr(served.service, "execute", failing)
    export = await served.service.export(
        GraphQLRequest(PERSONS % "first: 1", served.callers["city"]), FORMATS["csv"]
    )
    chunks = export.chunks()
    assert all([await anext(chunks) for _ in range(3)])
    with pytest.raises(ExportFailed):
        await anext(chunks)
    (end,) = await audited(served, "data.export_finished")
    assert end.details["complete"] is False


async def test_all_pages_are_of_one_moment(served: Served) -> None:
    await crowd(served)
    request = GraphQLRequest("{ persons { edges { node { id } } } }", served.callers["city"])
    before = await by_hand(served, "city", row="id")
    export = await served.service.export(request, FORMATS["jsonl"])
    got = []
    async with aclosing(export.chunks()) as chunks:
        got += [await anext(chunks), await anext(chunks)]
        late = [resident("钟晚", date(1999, 1, 1), 30, EAST_VILLAGE)]  # sorts behind the first page
        async with served.service.database.writing() as session:
            host, vault = served.service.host, served.service.vault
            await register(Work(session, system(host.permissions), Clock(TODAY), vault, host), late)
        got += [chunk async for chunk in chunks]
    assert lines(b"".join(got)) == before
    assert len(await by_hand(served, "city", row="id")) == len(before) + 1


async def test_every_page_has_the_same_plan(served: Served) -> None:
    await crowd(served)
    engine = served.service.composition(()).engine
    known, ordinary = len(engine.plans._items), served.service.ordinary
    await exported(served, PERSONS % "first: 1")
    assert len(engine.plans._items) == known + 2  # the first page has no cursor
    assert served.service.ordinary == ordinary


def resident_bytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux how much memory is used")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_memory_is_bounded(served: Served, form: str) -> None:
    wanted = 50_000
    async with served.service.database.writing() as session:
        table = Person.__table__
        row = dict((await session.execute(select(table).limit(1))).mappings().one())
        for start in range(0, wanted, 5000):
            rows = [
                {**row, "id": new_id(), "id_hash": new_id().hex * 2, "name_key": f"k{start + i:06}"}
                for i in range(5000)
            ]
            await session.execute(insert(table), rows)
    await served.service.database.analyze()
    query = "{ persons { edges { node { id name gender phone residenceDivision { name } } } } }"
    request = GraphQLRequest(query, served.callers["city"])
    export = await served.service.export(request, FORMATS[form])
    size, base, peak = 0, resident_bytes(), 0
    async for chunk in export.chunks():
        size += len(chunk)
        peak = max(peak, resident_bytes())
    assert export.rows >= wanted
    assert size > 1_000_000
    assert peak - base < 48 << 20
