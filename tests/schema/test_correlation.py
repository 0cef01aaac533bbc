"""A scope that looks through another one: the innermost sub-select must mean the row between, at any depth."""

from __future__ import annotations

from datetime import date

from tests.schema.conftest import Served
from tests.schema.living import adult, done

EVENT = "query E($id: ID!) { lifeEvent(id: $id) { id } node(id: $id) { id } }"


async def test_an_event_out_of_reach_is_null_on_both_paths(served: Served) -> None:
    """Each town has a household: were the inner test to range over all persons, each would see every event."""
    person = await adult(served, "陈大山", date(1950, 5, 1), 11)
    event = (await done(served, "recordDeath", person=person, on="2022-10-01"))["lifeEvent"]["id"]
    mine, _ = await served.both(EVENT, "town", variables={"id": event})
    assert mine["data"] == {"lifeEvent": {"id": event}, "node": {"id": event}}
    theirs, explain = await served.both(EVENT, "other town", variables={"id": event})
    assert theirs["data"] == {"lifeEvent": None, "node": None}
    assert explain["planned"]
