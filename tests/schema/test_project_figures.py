"""The figures of projects as the report asks for them, as of any day."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.schema.conftest import Served
from tests.schema.living import on_day
from tests.schema.projects import done, new
from tests.schema.small_city import CITY, EAST, WEST_VILLAGE


async def figure(served: Served, name: str, division: str = CITY, as_of: str | None = None) -> Any:
    query = 'query F($as: Date) { indicator(id: "core.%s", division: "%s", asOf: $as) { value } }' % (
        name,
        division,
    )
    answer = await served.ask(query, variables={"as": as_of})
    assert "errors" not in answer, answer
    return answer["data"]["indicator"]["value"]


async def test_livelihood_projects_on_time(served: Served) -> None:
    for number, (level, due, division) in enumerate(
        (
            ("PROVINCE", "2022-11-29", EAST),
            ("CITY", "2022-11-30", EAST),
            ("COUNTY", "2022-12-31", WEST_VILLAGE),
            ("COUNTY", "2023-06-30", CITY),
        )
    ):
        said = {"name": f"项目{number}", "level": level, "plannedCompletion": due, "division": division}
        await done(served, "planProject", **new(kind="core.livelihood", **said))
    await done(served, "planProject", **new(plannedCompletion="2022-02-01"))  # on no list
    assert await figure(served, "livelihood_projects_on_time") == "75.00"
    assert await figure(served, "livelihood_projects_on_time", as_of="2022-11-29") == "100.00"
    assert await figure(served, "livelihood_projects_on_time", EAST) == "50.00"
    assert await figure(served, "livelihood_projects_on_time_province") == "0.00"
    assert await figure(served, "livelihood_projects_on_time_county") == "100.00"
    assert await figure(served, "livelihood_projects_on_time", as_of="2021-12-31") is None
    with on_day(served, date(2023, 1, 1)):
        assert await figure(served, "livelihood_projects_on_time") == "25.00"


async def test_the_funeral_home_by_the_years_end(served: Served) -> None:
    id_ = (await done(served, "planProject", **new()))["id"]
    await done(served, "beginProject", project=id_, on="2022-02-14")
    assert await figure(served, "funeral_project_days") == "31.00"
    with on_day(served, date(2023, 2, 1)):
        days = {
            day: await figure(served, "funeral_project_days", as_of=day)
            for day in ("2022-12-31", "2023-01-05")
        }
        assert days == {"2022-12-31": "0.00", "2023-01-05": "-5.00"}
        late = [await figure(served, "projects_late", as_of=day) for day in ("2022-12-31", "2023-01-01")]
        assert late == ["0", "1"]
        await done(served, "completeProject", project=id_, on="2023-01-05")  # vector 43, recorded late
        assert await figure(served, "funeral_project_days") == "-5.00"
        assert await figure(served, "projects_completed_in_period") == "1"
        await done(served, "correctProject", project=id_, actualCompletion="2022-12-30")
        assert await figure(served, "funeral_project_days") == "1.00"
        assert await figure(served, "projects_late") == "0"
        assert await figure(served, "projects_completed_in_period") == "0"


async def test_days_to_operation_and_money(served: Served) -> None:
    care = new(facility="ELDERLY_CARE", budget="9000000.00")
    first = (await done(served, "planProject", **care))["id"]
    second = (await done(served, "planProject", **{**care, "facility": "CHILD_PROTECTION"}))["id"]
    assert await figure(served, "days_to_operation") is None
    for id_, day in ((first, "2022-10-01"), (second, "2022-11-20")):
        await done(served, "beginProject", project=id_, on="2022-02-01")
        await done(served, "completeProject", project=id_, on=day)
    await done(served, "operateProject", project=first, on="2022-10-31")
    assert await figure(served, "days_to_operation") == "20.00"  # 30 days, and 10 so far
    assert await figure(served, "project_payments") is None
    await done(served, "recordProjectPayment", project=first, amount="123456.78", on="2022-11-01")
    await done(served, "recordFunding", project=first, amount="1200000.00", source="省", on="2021-12-31")
    await done(served, "recordFunding", kind="core.livelihood", division=EAST, amount="20000.00", source="市")
    assert await figure(served, "project_payments") == "12.345678"
    assert await figure(served, "project_funding") == "2.000000"
    assert await figure(served, "project_funding", as_of="2021-12-31") == "120.000000"
    assert await figure(served, "projects_completed") == "1"
    assert await figure(served, "projects_operating") == "1"
    assert await figure(served, "projects") == "2"
