"""`asOf` and `knownAt` on organizations, committees and divisions; persons and households have their own stories."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from core.divisions.models import Division
from core.divisions.service import rename
from core.work import Work
from tests.schema.asking import done
from tests.schema.conftest import Served
from tests.schema.living import now
from tests.schema.small_city import EAST, EAST_VILLAGE
from tests.schema.test_committees import change, elected
from tests.schema.test_organizations import served_caller

MOMENT = "($key: %s!, $asOf: Date, $knownAt: DateTime)"
ORGANIZATION = (
    "query O"
    + MOMENT % "ID"
    + (
        " { organization(id: $key, asOf: $asOf, knownAt: $knownAt) { name status closedOn "
        "division { code } qualificationsHeld { kind } } }"
    )
)
COMMITTEE = (
    "query C"
    + MOMENT % "ID"
    + (
        " { committee(id: $key, asOf: $asOf, knownAt: $knownAt) { term { number } members { post person { name } } } }"
    )
)
DIVISION = (
    "query D"
    + MOMENT % "DivisionCode"
    + (" { division(code: $key, asOf: $asOf, knownAt: $knownAt) { name fullName validTo } }")
)


async def seen(
    served: Served, query: str, key: str, as_of: str | None = None, known_at: datetime | None = None
) -> Any:
    """The one root field, both paths agreeing, in one statement."""
    variables = {"key": key, "asOf": as_of, "knownAt": known_at.isoformat() if known_at else None}
    answer, explain = await served.both(query, variables=variables)
    assert explain["statementCount"] == 1
    (found,) = answer["data"].values()
    return found


async def test_an_organization(served: Served) -> None:
    id_, before = served.city.organization(1), now(served)
    changed = {"organization": id_, "name": "东镇康养中心", "division": EAST_VILLAGE, "on": "2022-10-01"}
    await done(served, "correctOrganization", **changed)
    old, new = [await seen(served, ORGANIZATION, id_, day) for day in ("2022-09-30", "2022-10-01")]
    assert (old["name"], old["division"]["code"]) == ("东镇养老服务中心", EAST)
    assert (new["name"], new["division"]["code"]) == ("东镇康养中心", EAST_VILLAGE)
    assert (await seen(served, ORGANIZATION, id_, "2022-10-01", before))["name"] == "东镇养老服务中心"
    assert await seen(served, ORGANIZATION, id_, "2014-12-31") is None
    held = [
        [q["kind"] for q in (await seen(served, ORGANIZATION, id_, day))["qualificationsHeld"]]
        for day in ("2021-12-31", "2022-01-01", "2023-01-01", "2028-01-01")
    ]
    assert held == [[], ["DEDUCTIBLE"], ["DEDUCTIBLE", "TAX_EXEMPT"], []]
    assert await seen(served, ORGANIZATION, id_) == await seen(served, ORGANIZATION, id_, "2022-11-30")


async def test_a_wrong_name_is_corrected_in_all_versions_that_had_it(served: Served) -> None:
    id_ = served.city.organization(1)
    moved = {"organization": id_, "division": EAST_VILLAGE, "on": "2022-10-01"}
    await done(served, "correctOrganization", **moved)
    wrong = now(served)
    await done(served, "correctOrganization", organization=id_, name="东镇颐养中心")
    for day in ("2016-01-01", "2022-10-01"):
        assert (await seen(served, ORGANIZATION, id_, day))["name"] == "东镇颐养中心"
        assert (await seen(served, ORGANIZATION, id_, day, wrong))["name"] == "东镇养老服务中心"
    await done(served, "closeOrganization", organization=id_, on="2022-11-01")
    open_, closed = [await seen(served, ORGANIZATION, id_, day) for day in ("2022-10-31", "2022-11-01")]
    assert (open_["status"], closed["status"]) == ("ACTIVE", "CLOSED")
    assert (open_["closedOn"], closed["closedOn"]) == (None, "2022-11-01")


async def test_a_committee(served: Served) -> None:
    id_, before = served.city.committee(0), now(served)
    await done(served, "electCommittee", **change(served, members=elected(served, 1, 0, 4)))
    old, new = [await seen(served, COMMITTEE, id_, day) for day in ("2022-10-31", "2022-11-01")]
    assert (old["term"]["number"], new["term"]["number"]) == (1, 2)
    chairs = [[m["person"]["name"] for m in c["members"] if m["post"] == "CHAIR"] for c in (old, new)]
    assert chairs == [["张三丰"], ["李四"]]
    assert (await seen(served, COMMITTEE, id_, "2022-11-01", before))["term"]["number"] == 1


async def test_a_division_and_those_below_it(served: Served) -> None:
    service, before = served.service, now(served)
    async with service.database.writing() as session:
        work = Work(session, served_caller(served), service.clock, service.vault, service.host)
        town = await session.get_one(Division, (await _key(session, EAST)))
        await rename(work, town, "东升镇", date(2022, 7, 1))
    old, new = [await seen(served, DIVISION, EAST_VILLAGE, day) for day in ("2022-06-30", "2022-07-01")]
    assert (old["fullName"], new["fullName"]) == (
        "示范省示范地区示范市东镇一村",
        "示范省示范地区示范市东升镇一村",
    )
    assert (await seen(served, DIVISION, EAST, "2022-07-01", before))["name"] == "东镇"


async def _key(session: Any, code: str) -> Any:
    from sqlalchemy import select

    return await session.scalar(select(Division.id).where(Division.code == code))
