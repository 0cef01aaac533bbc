"""Orderings over columns that may be null: pages walked either way give the sorted list, on both paths."""

from __future__ import annotations

from datetime import date
from functools import cmp_to_key
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from core.households.models import Household
from core.ids import typed
from core.persons.models import Person
from tests.schema.asking import change_rows
from tests.schema.conftest import Served

PERSONS = {"NAME": "name_key", "BIRTH_DATE": "birth_date", "DEATH_DATE": "death_date"}
HOUSEHOLDS = {"CODE": "code", "CLOSED_ON": "closed_on"}
DATES = st.sampled_from([None, date(2022, 1, 1), date(2022, 6, 1), date(2022, 11, 1)])
DIRECTIONS = ("ASC", "DESC")
PAGE = (
    "{ %s(orderBy: [%s], %s) { totalCount edges { cursor node { id } } "
    "pageInfo { hasNextPage hasPreviousPage } } }"
)

Order = list[tuple[str, str]]


def orders(columns: dict[str, str]) -> st.SearchStrategy[Order]:
    """One to three keys, each in either direction; a key may come twice, to no effect."""
    return st.lists(st.tuples(st.sampled_from(list(columns)), st.sampled_from(DIRECTIONS)), max_size=3)


def compared(one: Any, other: Any, keys: list[tuple[str, bool]]) -> int:
    for column, down in keys:
        a, b = getattr(one, column), getattr(other, column)
        if a == b:
            continue
        less = b is None if a is not None else False
        if a is not None and b is not None:
            less = a < b
        return -1 if less != down else 1
    return 0


def sorted_ids(rows: list[Any], order: Order, columns: dict[str, str], prefix: str) -> list[str]:
    """The ids as PostgreSQL sorts: nulls last ascending and first descending, the id in the last direction."""
    keys = [(columns[field], direction == "DESC") for field, direction in order]
    keys = keys or [(next(iter(columns.values())), False)]
    keys.append(("id", keys[-1][1]))
    ordered = sorted(rows, key=cmp_to_key(lambda a, b: compared(a, b, keys)))
    return [typed(prefix, row.id) for row in ordered]


async def walked(
    served: Served, field: str, order: Order, size: int, backward: bool, planned: bool
) -> tuple[list[str], set[int]]:
    """All ids by cursors, in list order, and the totals that the pages told."""
    by = ", ".join(f"{{field: {name}, direction: {direction}}}" for name, direction in order)
    ids: list[str] = []
    totals: set[int] = set()
    cursor, more = "", True
    while more:
        way = (
            f"last: {size}{f', before: {cursor!r}' if cursor else ''}"
            if backward
            else (f"first: {size}{f', after: {cursor!r}' if cursor else ''}")
        )
        query = PAGE % (field, by, way.replace("'", '"'))
        answer = await served.ask(query, planned=planned)
        assert "errors" not in answer, answer
        if planned:
            assert answer["extensions"]["explain"]["statementCount"] == 1
        page = answer["data"][field]
        found = [edge["node"]["id"] for edge in page["edges"]]
        ids = found + ids if backward else ids + found
        totals.add(page["totalCount"])
        more = page["pageInfo"]["hasPreviousPage" if backward else "hasNextPage"]
        cursor = page["edges"][0 if backward else -1]["cursor"] if page["edges"] else ""
        assert len(ids) <= 20
    return ids, totals


async def check(served: Served, field: str, rows: list[Any], order: Order, size: int, planned: bool) -> None:
    columns, prefix = (PERSONS, "person") if field == "persons" else (HOUSEHOLDS, "household")
    expected = sorted_ids(rows, order, columns, prefix)
    for backward in (False, True):
        ids, totals = await walked(served, field, order, size, backward, planned)
        assert ids == expected, (order, size, backward, planned)
        assert totals == {len(expected)}


@pytest.mark.parametrize("field", ["persons", "households"])
async def test_walking_by_cursors_gives_the_sorted_list(served: Served, field: str) -> None:
    """Every key and direction, alone and in pairs, over random dates and nulls."""
    model, column, columns = (
        (Person, "death_date", PERSONS) if field == "persons" else (Household, "closed_on", HOUSEHOLDS)
    )
    rows: list[Any] = (
        served.city.persons[:6] + served.city.persons[7:] if model is Person else (served.city.households[:3])
    )
    examples: list[tuple[list[date | None], Order, int, bool]] = []

    @settings(max_examples=25)
    @given(
        st.lists(DATES, min_size=len(rows), max_size=len(rows)),
        orders(columns),
        st.integers(1, 7),
        st.booleans(),
    )
    def collect(dates: list[date | None], order: Order, size: int, planned: bool) -> None:
        examples.append((dates, order, size, planned))

    collect()
    for dates, order, size, planned in examples:
        for row, day in zip(rows, dates, strict=True):
            setattr(row, column, day)
        values = [
            update(model).where(model.id == row.id).values({column: getattr(row, column)}) for row in rows
        ]
        await change_rows(served, *values)
        await check(served, field, rows, order, size, planned)
        await check(served, field, rows, order, size, not planned)


DOCUMENTS = {
    "persons": '{ persons(last: 2, filter: {or: [{deceased: false}, {hasDisability: true}], not: {name: "zz"}, '
    "gender: MALE, maritalStatus: UNSPECIFIED}, orderBy: [{field: DEATH_DATE, direction: DESC}, {field: NAME}]) "
    "{ totalCount edges { cursor node { name deathDate } } pageInfo { hasPreviousPage startCursor } } }",
    "households": "{ households(last: 2, filter: {open: true, kind: REGISTERED}, orderBy: [{field: CLOSED_ON}, "
    "{field: CODE, direction: DESC}]) { totalCount edges { cursor node { code closedOn } } pageInfo "
    "{ hasPreviousPage startCursor } } }",
    "divisions": '{ divisions(last: 2, filter: {name: "东"}) { totalCount edges { cursor node { name } } '
    "pageInfo { hasPreviousPage startCursor } } }",
}


@pytest.mark.parametrize("name", list(DOCUMENTS))
@pytest.mark.parametrize("caller", ["city", "town", "prefecture"])
async def test_a_list_with_everything_is_one_statement(served: Served, name: str, caller: str) -> None:
    answer, explain = await served.both(DOCUMENTS[name], caller)
    assert "errors" not in answer, answer
    assert (explain["planned"], explain["statementCount"]) == (True, 1)
    before = answer["data"][name]["pageInfo"]["startCursor"]
    if before:
        again = DOCUMENTS[name].replace("last: 2", f'last: 2, before: "{before}"')
        _, explain = await served.both(again, caller)
        assert explain["statementCount"] == 1


async def test_a_cursor_of_another_ordering_is_refused(served: Served) -> None:
    page = await served.ask(
        "{ persons(first: 1, orderBy: [{field: DEATH_DATE}]) { pageInfo { endCursor } } }"
    )
    cursor = page["data"]["persons"]["pageInfo"]["endCursor"]
    query = (
        '{ persons(after: "%s", orderBy: [{field: DEATH_DATE, direction: DESC}]) { totalCount } }' % cursor
    )
    answer, _ = await served.both(query)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["CURSOR_INVALID"]
