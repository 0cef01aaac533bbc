"""Incomes and bands are for who may read them, by whatever way they are asked for."""

from __future__ import annotations

from core.access.principal import Grant, Principal
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
