"""What a caller must not learn by a way around: relations, filters, ids, refusals."""

from __future__ import annotations

from tests.schema.asking import done
from tests.schema.conftest import Served

HEAD = '{ household(id: "%s") { closedOn head { name birthDate } } }'
MEMBERSHIPS = '{ person(id: "%s") { name memberships { relation since household { code } } } }'


async def test_the_head_of_a_closed_household_may_be_out_of_reach(served: Served) -> None:
    home, head = served.city.household(2), served.city.person(0)  # the house is in the west, he in the east
    day = {"household": home, "on": "2022-11-20"}
    await done(served, "changeHouseholdHead", **day, person=head, formerHeadRelation="其他亲属")
    found, _ = await served.both(HEAD % home, "other town")
    assert found["data"]["household"]["head"]["name"] == "张三丰"
    await done(served, "closeHousehold", **day)
    found, _ = await served.both(HEAD % home, "other town")
    assert found["data"]["household"] == {"closedOn": "2022-11-20", "head": None}
    found, _ = await served.both(HEAD % home, "city")
    assert found["data"]["household"]["head"]["name"] == "张三丰"


async def test_memberships_of_households_elsewhere_are_absent(served: Served) -> None:
    person = served.city.person(0)  # at home in the east, and a member of a household in the west
    counts = {}
    for caller in ("city", "town", "other town", "village"):
        found, _ = await served.both(MEMBERSHIPS % person, caller)
        counts[caller] = len(found["data"]["person"]["memberships"])
        assert all(membership["household"] for membership in found["data"]["person"]["memberships"])
    assert counts == {"city": 2, "town": 1, "other town": 1, "village": 1}
