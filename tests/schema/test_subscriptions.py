"""Subscriptions on both databases: whose events, under which rights, in which order, and both paths alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.access.principal import Principal
from core.ids import typed
from core.outbox.feed import Feed
from core.workflow.tasks import claim, close_tasks
from schema.live import Stream
from schema.request import GraphQLRequest
from tests.schema import small_city
from tests.schema.conftest import Served
from tests.schema.listening import TASKS, Listener, listen, opened, sequence, shown, working

EAST, WEST = small_city.EAST_VILLAGE, small_city.WEST_VILLAGE
NEIGHBOUR = small_city.NEIGHBOUR_VILLAGE


@pytest.fixture
async def live(served: Served) -> Served:
    shown(served.service.host)
    return served


async def test_what_happens_to_a_task_in_order(live: Served) -> None:
    listener = await listen(live.service, live.callers["town"])
    [task] = await opened(live, EAST)
    service = live.service
    async with working(service.database, service.host, service.vault) as work:
        found = await work.session.get(type(task), task.id)
        assert found is not None
        await claim(work, found)
    async with working(service.database, service.host, service.vault) as work:
        await close_tasks(work, task.subject_id)
    await sequence(service.database)
    heard = await listener.heard(3)
    await listener.stop()
    assert [change["event"] for change in heard] == ["OPENED", "CLAIMED", "CLOSED"]
    assert [change["position"] for change in heard] == [1, 2, 3]
    shown_task = {
        "id": typed("task", task.id),
        "kind": "core.look",
        "title": "Look",
        "division": {"code": EAST},
    }
    assert heard[0]["task"] == shown_task
    assert heard[0]["subject"] == shown_task["id"]
    bodies = [json.loads(delivery.body) for delivery in listener.deliveries if delivery.body]
    assert [body["extensions"]["position"] for body in bodies] == [1, 2, 3]
    assert all(body["extensions"]["explain"]["planned"] for body in bodies)


async def test_both_paths_send_the_same(live: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    every = {name: await listen(live.service, who) for name, who in live.callers.items()}
    await opened(live, EAST, WEST, NEIGHBOUR, EAST)
    for listener in every.values():  # the last entry that anybody sees, or its having been passed over
        await listener.until(lambda listener=listener: listener.stream.position == 4)  # type: ignore[misc]

    async def refuse(*_arguments: Any) -> None:
        return None

    monkeypatch.setattr(live.service, "_planned", refuse)
    for name, listener in every.items():
        await listener.stop()
        again = await listen(live.service, live.callers[name], after=0)
        await again.until(lambda again=again: again.stream.position == 4)  # type: ignore[misc]
        assert again.data == listener.data, name
        await again.stop()
    counts = {name: len(listener.data) for name, listener in every.items()}
    assert counts == {
        "city": 3,
        "town": 2,
        "other town": 1,
        "village": 2,
        "two places": 3,
        "prefecture": 4,
        "nation": 4,
        "auditor": 3,
        "names in one town": 3,
        "unmasking": 3,
        "unmasking one town": 3,
        "no purpose": 3,
        "nobody": 0,
    }


@pytest.mark.parametrize("planned", [True, False])
async def test_a_filter_listens_to_what_the_list_would_show(
    live: Served, planned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_arguments: Any) -> None:
        return None

    if not planned:
        monkeypatch.setattr(live.service, "_planned", refuse)
    variables = {"filter": {"division": small_city.EAST, "plugin": "core", "mine": True}}
    listener = await listen(live.service, live.callers["city"], variables=variables)
    await opened(live, WEST, EAST, NEIGHBOUR, EAST)
    heard = await listener.heard(2)
    await listener.stop()
    assert [change["position"] for change in heard] == [2, 4]


async def test_rights_taken_away_end_what_is_heard(live: Served) -> None:
    who = [live.callers["city"]]

    async def caller() -> Principal:
        return who[0]

    listener = await listen(live.service, caller)
    await opened(live, EAST)
    await listener.heard(1)
    who[0] = live.callers["other town"]
    await opened(live, EAST, WEST)
    heard = await listener.heard(2)
    await listener.stop()
    assert [change["position"] for change in heard] == [1, 3]


async def test_nothing_is_lost_or_doubled_on_coming_back(live: Served) -> None:
    first = await listen(live.service, live.callers["city"])
    await opened(live, EAST)
    [change] = await first.heard(1)
    await first.stop()
    await opened(live, WEST, EAST)
    second = await listen(live.service, live.callers["city"], variables={"after": change["position"]})
    await opened(live, WEST)
    heard = await second.heard(3)
    await second.stop()
    assert [change["position"] for change in heard] == [2, 3, 4]
    third = await listen(live.service, live.callers["city"], variables={"after": 1}, after=3)
    assert [change["position"] for change in await third.heard(1)] == [4]
    await third.stop()


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"after": 99}, "POSITION_GONE"),
        ({"after": -1}, "POSITION_GONE"),
        ({"filter": {"division": NEIGHBOUR}}, "FORBIDDEN_SCOPE"),
        ({"filter": {"division": "41"}}, "DIV_FORMAT"),
    ],
)
async def test_what_is_wrong_is_said_at_once(live: Served, variables: Any, code: str) -> None:
    request = GraphQLRequest(TASKS, live.callers["city"], variables)

    async def caller() -> Principal:
        return live.callers["city"]

    stream = await live.service.stream(request, caller)
    if not isinstance(stream, Stream):
        assert code in stream.body.decode()
        return
    listener = Listener(stream)
    await listener.until(lambda: listener.failure is not None)
    assert listener.codes == [code]


async def test_plain_http_does_not_carry_subscriptions(live: Served) -> None:
    answer = await live.ask("subscription { taskChanged { position } }")
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["SUBSCRIPTION_TRANSPORT"]
    assert "data" not in answer


async def test_as_many_at_once_as_are_allowed(live: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schema.live._EACH", 2)
    listeners = [await listen(live.service, live.callers["city"]) for _ in range(3)]
    assert listeners[2].codes == ["SUBSCRIPTIONS_MANY"]
    await listeners[0].stop()
    again = await listen(live.service, live.callers["city"])
    assert again.failure is None
    for listener in (*listeners, again):
        await listener.stop()
    assert not live.service.streams.running


async def test_closing_ends_streams(live: Served) -> None:
    listener = await listen(live.service, live.callers["city"])
    live.service.stop_streams()
    await listener.until(lambda: listener.ended)
    assert listener.failure is None
    assert listener.stream.stopped


async def test_a_slow_listener_reads_from_the_database(live: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.outbox.feed.REMEMBERED", 2)
    service = live.service
    await opened(live, EAST)
    listener = await listen(service, live.callers["city"])
    feed: Feed = service.streams.feed
    await opened(live, *[EAST] * 5)
    heard = await listener.heard(5)
    assert [change["position"] for change in heard] == [2, 3, 4, 5, 6]
    assert len(feed._latest) == 2
    late = await listen(service, live.callers["city"], after=0)
    assert len(await late.heard(6)) == 6
    await listener.stop()
    await late.stop()
