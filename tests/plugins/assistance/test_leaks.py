"""Incomes and bands are for who may read them, by whatever way they are asked for."""

from __future__ import annotations

from datetime import date

from core.access.principal import Grant, Principal
from core.access.service import grant as give
from core.access.service import user_named
from core.codes.sets import UserRole

from .conftest import CITY, TOWN, VILLAGE, City

ITEM = '{ node(id: "%s") { ... on AssistanceIncomeItem { amount } } nodes(ids: ["%s"]) { id } }'


async def test_an_income_item_by_id_needs_the_permission_where_it_is(ruled: City) -> None:
    here, there = await ruled.earns("1890"), await ruled.earns("945", ruled.other)
    registry = Grant(CITY, frozenset({"registry:read"}))
    one_town = Principal(None, "one town", (registry, Grant(TOWN, frozenset({"assistance:read"}))))
    worker = ruled.as_role(UserRole.VILLAGE_WORKER, VILLAGE)
    for caller, item, seen in (
        (worker, here, False),
        (one_town, here, True),
        (one_town, there, False),
        (ruled.as_role(UserRole.AUDITOR), there, True),
    ):
        data = (await ruled.ask(ITEM % (item, item), caller))["data"]
        assert (data["node"] is not None, data["nodes"][0] is not None) == (seen, seen)


async def test_access_explain_follows_a_row_to_the_household_it_belongs_to(ruled: City) -> None:
    item = await ruled.earns("630.00")
    async with ruled.database.writing() as session:
        for subject, division in (("assistant", "410189000000"), ("far", "410188000000")):
            user = await user_named(session, subject, ruled.clock)
            grant = {"role": UserRole.CITY_OFFICER, "valid_from": date(2022, 1, 1)}
            await give(session, user, division, ruled.clock, anywhere=True, **grant)
    auditor = ruled.as_role(UserRole.AUDITOR)
    for subject, ways in (("assistant", ["PARENT"]), ("far", ["NONE"])):
        answer = await ruled.ask(
            '{ accessExplain(id: "%s", subject: "%s") { visible rule { en } grants { how } } }'
            % (item, subject),
            auditor,
        )
        found = answer["data"]["accessExplain"]
        assert [grant["how"] for grant in found["grants"]] == ways
        assert found["visible"] is (subject == "assistant")
        assert found["rule"]["en"] == "As the record it belongs to: by the division where it lies"
