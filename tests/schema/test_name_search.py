"""Names are found by characters, pinyin and initials, on both paths and both databases."""

from __future__ import annotations

import json

import pytest

from tests.schema.conftest import Served

QUERY = "query Q($name: String!) { persons(filter: {name: $name}, first: 100) { totalCount edges { node { name } } } }"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("张", ["张三丰", "张小明"]),
        ("zhang", ["张三丰", "张小明"]),
        ("zsf", ["张三丰"]),
        ("zhang x", ["张小明"]),
        ("zhangxm", ["张小明"]),
        ("张x", ["张小明"]),
        ("zm", ["张小明"]),
        ("ls", ["李四"]),
        ("maimait", ["买买提·阿不都"]),
        ("John S", ["John Smith"]),
        ("JOHN", ["John Smith"]),
        ("z%", []),
        ("_", []),
        ("sanfeng", []),
        ("张\0", []),
    ],
)
async def test_who_is_found(served: Served, text: str, names: list[str]) -> None:
    answer, _ = await served.both(QUERY, variables={"name": text})
    if "\0" in text:
        assert answer["errors"]
        return
    found = answer["data"]["persons"]
    assert [edge["node"]["name"] for edge in found["edges"]] == names, json.dumps(answer, ensure_ascii=False)
    assert found["totalCount"] == len(names)


async def test_masked_names_are_not_searched_by_pinyin_either(served: Served) -> None:
    for planned in (True, False):
        answer = await served.ask(QUERY, "auditor", variables={"name": "zsf"}, planned=planned)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    answer, _ = await served.both(QUERY, "names in one town", variables={"name": "john"})
    assert answer["data"]["persons"]["edges"] == []  # of the town whose names are masked
    answer, _ = await served.both(QUERY, "names in one town", variables={"name": "zs"})
    assert [edge["node"]["name"] for edge in answer["data"]["persons"]["edges"]] == ["张三丰"]


async def test_texts_of_one_kind_share_a_plan(served: Served) -> None:
    hits = []
    for text in ("wxm", "lisi", "王", "李四", "zhangs"):
        answer = await served.ask(QUERY, variables={"name": text})
        hits.append(answer["extensions"]["explain"]["planHit"])
    assert hits == [False, True, False, True, True]


@pytest.mark.parametrize(
    ("filter_", "names"),
    [
        ('gender: FEMALE, bornAfter: "2022-01-01"', ["新生儿"]),
        ("maritalStatus: FIRST_MARRIAGE", ["李四"]),
        ('ethnicity: "05"', ["买买提·阿不都"]),
        ('ethnicity: "维吾尔族"', ["买买提·阿不都"]),
        ("hasDisability: true", ["张小明"]),
        ('hasDisability: false, name: "张"', ["张三丰"]),
        ("deceased: true", []),
        ("deceased: false, not: {hasDisability: false}", ["张小明"]),
    ],
)
async def test_what_a_register_is_filtered_by(served: Served, filter_: str, names: list[str]) -> None:
    query = "{ persons(filter: {%s}) { edges { node { name } } } }" % filter_
    for caller in ("city", "town", "prefecture"):
        answer, explain = await served.both(query, caller)
        found = [edge["node"]["name"] for edge in answer["data"]["persons"]["edges"]]
        assert explain["statementCount"] == 1
        assert caller == "town" or found == names, answer


async def test_an_unknown_ethnicity_is_refused(served: Served) -> None:
    answer, _ = await served.both('{ persons(filter: {ethnicity: "99"}) { totalCount } }')
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["CODE_UNKNOWN"]
