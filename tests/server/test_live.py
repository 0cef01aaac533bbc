"""Subscriptions over SSE and WebSocket on a running service: the protocols, their limits, and who hears what."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.requests import ClientDisconnect
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from core.access import service as access
from core.access.models import GrantRow
from core.codes.sets import UserRole
from server import sockets
from server.events import EventStream
from tests.conftest import Sqlite
from tests.host.conftest import DISTRICT, FIRST
from tests.live import Live, serving
from tests.server.live_city import CHANGES, OTHER_TOWN, TOWN, LiveCity, Ws, live_city, sse, ws

SECOND_DISTRICT = "410190000000"


@pytest.fixture(scope="module")
def plugins(pets: tuple[str, ...]) -> tuple[str, ...]:
    return pets


@pytest.fixture(scope="module")
async def city(
    pets: tuple[str, ...], sqlite: Sqlite, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LiveCity]:
    async with sqlite.migrated(pets) as database, live_city(database, tmp_path_factory.mktemp("var")) as city:
        yield city


@pytest.fixture(scope="module")
async def site(city: LiveCity) -> AsyncIterator[Live]:
    async with serving(city.runtime) as site:
        yield site


# -- server-sent events


async def test_events_have_ids_and_plain_line_ends(city: LiveCity, site: Live) -> None:
    async with sse(site.url, city.token()) as events:
        assert events.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert events.response.headers["x-accel-buffering"] == "no"
        await city.apply(site.url)
        event = await events.next()
        body = json.loads(event["data"])
        position = body["data"]["taskChanged"]["position"]
        assert event["event"] == "next"
        assert event["id"] == str(position)
        assert body["extensions"]["position"] == position
        assert "\r" not in events.text
    await city.apply(site.url)
    async with sse(site.url, city.token(), last=position, after=0) as events:
        assert (await events.next())["id"] == str(position + 1)


async def test_any_operation_may_be_answered_by_events(city: LiveCity, site: Live) -> None:
    async with sse(site.url, city.token(), "{ capabilities { today } }") as events:
        answer = await events.next()
        assert json.loads(answer["data"])["data"] == {"capabilities": {"today": "2022-11-30"}}
        assert (await events.next())["event"] == "complete"
        assert await events.next() == {}


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("subscription { taskChanged { nothing } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", {}, "GRAPHQL_PARSE_FAILED"),
        (CHANGES, {"after": "x"}, "BAD_USER_INPUT"),
        (CHANGES, {"after": 1000000}, "POSITION_GONE"),
        (CHANGES, {"filter": {"division": OTHER_TOWN}}, "FORBIDDEN_SCOPE"),
    ],
)
async def test_refusals_by_both_transports(
    city: LiveCity, site: Live, query: str, variables: Any, code: str
) -> None:
    async with sse(site.url, city.token(), query, **variables) as events:
        errors = json.loads((await events.next())["data"])["errors"]
        assert (await events.next())["event"] == "complete"
    async with ws(site.url, city.token()) as socket:
        await socket.subscribe("7", query, **variables)
        message = await socket.receive()
    assert (message["id"], message["type"]) == ("7", "error")
    assert [error["extensions"]["code"] for error in message["payload"]] == [code]
    assert [error["extensions"]["code"] for error in errors] == [code]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "UNAUTHENTICATED"),
        ({"Authorization": "Bearer x"}, 401, "UNAUTHENTICATED"),
        ({"Last-Event-ID": "x"}, 400, "BAD_REQUEST"),
    ],
)
async def test_events_are_refused_as_http(
    city: LiveCity, site: Live, headers: dict[str, str], status: int, code: str
) -> None:
    if "Last-Event-ID" in headers:
        headers = {**headers, "Authorization": f"Bearer {city.token()}"}
    async with httpx.AsyncClient() as client:
        given = {"Accept": "text/event-stream", **headers}
        answer = await client.post(f"{site.url}/graphql", json={"query": CHANGES}, headers=given)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == code


async def test_plain_requests_carry_no_subscription(city: LiveCity, site: Live) -> None:
    headers = {"Authorization": f"Bearer {city.token()}"}
    async with httpx.AsyncClient(headers=headers) as client:
        posted = await client.post(f"{site.url}/graphql", json={"query": CHANGES})
        got = await client.get(f"{site.url}/graphql", params={"query": CHANGES})
    for answer in (posted, got):
        assert [e["extensions"]["code"] for e in answer.json()["errors"]] == ["SUBSCRIPTION_TRANSPORT"]


async def test_a_quiet_line_is_kept_alive(
    city: LiveCity, site: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.live.BEAT_SECONDS", 0.2)
    async with sse(site.url, city.token(division=OTHER_TOWN)) as events:
        assert events.text == ":\n\n"
        async with asyncio.timeout(5):
            while events.text.count(":\n\n") < 3:
                events.text += await anext(events._chunks)


async def test_a_reader_of_events_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.events.PATIENCE_SECONDS", 0.05)
    closed = asyncio.Event()

    async def chunks() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield b"x"
        finally:
            closed.set()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            await asyncio.sleep(60)

    with pytest.raises(ClientDisconnect):
        await EventStream(chunks()).stream_response(send)
    assert closed.is_set()


async def test_what_breaks_ends_the_line_and_is_not_told(
    city: LiveCity, site: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a `complete`, and with a code after which clients come back."""
    async with sse(site.url, city.token()) as events, ws(site.url, city.token()) as socket:
        await socket.subscribe()
        await socket.standing()

        async def broken(*_arguments: Any) -> None:
            raise OSError("secret")

        monkeypatch.setattr(city.runtime, "_known", broken)
        await city.start()
        assert await events.next() == {}
        assert await socket.closed() == sockets.AGAIN_LATER
        async with ws(site.url) as other:
            await other.send(type="connection_init", payload={"Authorization": f"Bearer {city.token()}"})
            assert await other.closed() == sockets.AGAIN_LATER
    assert "OSError" in caplog.text
    assert "secret" not in caplog.text


# -- who hears what


async def test_each_hears_what_is_theirs(city: LiveCity, site: Live) -> None:
    everybody = {
        "town": city.token(),
        "neighbour": city.token(division=OTHER_TOWN),
        "district": city.token("CITY_OFFICER", DISTRICT),
        "auditor": city.token("AUDITOR", DISTRICT),
        "elsewhere": city.token("CITY_OFFICER", SECOND_DISTRICT),
    }
    sockets_ = {name: ws(site.url, token) for name, token in everybody.items()}
    heard: dict[str, list[str]] = {name: [] for name in everybody}

    async def listen(name: str) -> None:
        async with sockets_[name] as socket:
            await socket.subscribe()
            while True:
                heard[name].append((await socket.change())["task"]["division"]["code"])

    tasks = [asyncio.create_task(listen(name)) for name in everybody]
    await asyncio.sleep(0.8)
    await city.apply(site.url)
    await city.apply(site.url, 1)
    await asyncio.sleep(1.5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert {name: len(found) for name, found in heard.items()} == {
        "town": 1,
        "neighbour": 1,
        "district": 2,
        "auditor": 0,
        "elsewhere": 0,
    }
    assert heard["town"] == [FIRST]


async def test_the_endpoint_of_a_district_tells_of_it_alone(city: LiveCity, site: Live) -> None:
    token = city.token("CITY_LEADER", "410000000000")
    path = "/districts/%s/graphql"
    async with (
        ws(site.url, token, path % SECOND_DISTRICT) as other,
        ws(site.url, token, path % DISTRICT) as own,
        sse(site.url, token, path=path % DISTRICT) as events,
    ):
        await other.subscribe()
        await own.subscribe()
        await own.standing()
        await city.apply(site.url)
        assert (await own.change())["event"] == "OPENED"
        assert (await events.change())["event"] == "OPENED"
        with pytest.raises(TimeoutError):
            await other.receive(0.7)


async def test_a_dry_run_tells_of_nothing(city: LiveCity, site: Live) -> None:
    async with ws(site.url, city.token()) as socket:
        await socket.subscribe()
        await socket.standing()
        await city.apply(site.url, dryRun=True)
        await city.apply(site.url)
        first = await socket.change()
        with pytest.raises(TimeoutError):
            await socket.receive(0.5)
    async with ws(site.url, city.token()) as socket:
        await socket.subscribe(resume=first["position"] - 1)
        assert await socket.change() == first


async def test_a_grant_that_is_revoked_ends_what_is_heard(city: LiveCity, site: Live) -> None:
    runtime = city.runtime
    token = city.token("TOWN_OFFICER", TOWN)
    async with ws(site.url, token) as socket, ws(site.url, city.token("CITY_OFFICER", DISTRICT)) as other:
        await socket.subscribe()
        await other.subscribe()
        await socket.standing()
        await city.apply(site.url)
        await socket.change()
        await other.change()
        async with runtime.database.writing() as session:
            user = await access.user_named(session, f"dev:TOWN_OFFICER:{TOWN}", runtime.clock, "", "test")
            grants = [g for g in await _grants(session, user) if g.role is UserRole.TOWN_OFFICER]
            assert grants
            for grant in grants:
                grant.revoked_at = runtime.clock.now()
        await city.start()
        await other.change()
        with pytest.raises(TimeoutError):
            await socket.receive(0.7)
        async with runtime.database.writing() as session:
            for grant in await _grants(session, user):
                grant.revoked_at = None


async def _grants(session: Any, user: Any) -> list[GrantRow]:
    from sqlalchemy import select

    return list(await session.scalars(select(GrantRow).where(GrantRow.user_id == user.id)))


@pytest.mark.parametrize("beating", [True, False])
async def test_a_token_that_expires_ends_the_stream(
    city: LiveCity, site: Live, monkeypatch: pytest.MonkeyPatch, beating: bool
) -> None:
    monkeypatch.setattr("server.auth._LEEWAY_SECONDS", 0)
    if beating:
        monkeypatch.setattr("schema.live.BEAT_SECONDS", 0.3)
    token = city.token(lasts=timedelta(seconds=2))
    async with ws(site.url, token) as socket, sse(site.url, token) as events:
        await socket.subscribe()
        await socket.standing()
        if not beating:
            await asyncio.sleep(2.2)
            await city.apply(site.url)
        assert await socket.closed() == sockets.FORBIDDEN
        answer = await events.next()
        assert json.loads(answer["data"])["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert (await events.next())["event"] == "complete"


# -- WebSocket


async def test_queries_and_mutations_over_the_socket(city: LiveCity, site: Live) -> None:
    async with ws(
        site.url,
        city.token(),
    ) as socket:
        await socket.subscribe("q", "{ capabilities { today } }")
        assert (await socket.receive())["payload"]["data"] == {"capabilities": {"today": "2022-11-30"}}
        assert await socket.receive() == {"type": "complete", "id": "q"}
        mutation = (
            "mutation ($input: ApplyForPetsPermitInput!) { applyForPetsPermit(input: $input) { dryRun } }"
        )
        await socket.subscribe("q", mutation, input={"dog": city.dogs[0], "dryRun": True})
        assert (await socket.receive())["payload"]["data"] == {"applyForPetsPermit": {"dryRun": True}}


async def test_language_and_pings(city: LiveCity, site: Live) -> None:
    async with ws(site.url) as socket:
        await socket.send(type="ping", payload={"n": 1})
        assert await socket.receive() == {"type": "pong", "payload": {"n": 1}}
        await socket.init(city.token(), **{"Accept-Language": "zh-CN"})
        await socket.send(type="pong")
        await socket.subscribe("1", "{ nothing }")
        assert (await socket.receive())["type"] == "error"
        await socket.subscribe("2", CHANGES, resume=99999)
        assert "位置" in (await socket.receive())["payload"][0]["message"]


async def test_completing_ends_a_subscription_and_frees_its_id(city: LiveCity, site: Live) -> None:
    async with ws(site.url, city.token()) as socket:
        await socket.subscribe()
        await socket.standing()
        await socket.send(type="complete", id="1")
        await socket.send(type="complete", id="unknown")
        await socket.standing()
        await city.apply(site.url)
        with pytest.raises(TimeoutError):
            await socket.receive(0.6)
        await socket.subscribe(query="{ capabilities { today } }")
        assert (await socket.receive())["type"] == "next"
    await asyncio.sleep(0.2)
    assert not city.runtime.graphql.streams.running


async def _late(socket: Ws, city: LiveCity) -> None:
    await socket.send(type="ping")


async def _bad_token(socket: Ws, city: LiveCity) -> None:
    await socket.send(type="connection_init", payload={"Authorization": "Bearer x"})


async def _no_token(socket: Ws, city: LiveCity) -> None:
    await socket.send(type="connection_init")


async def _twice(socket: Ws, city: LiveCity) -> None:
    await socket.init(city.token())
    await socket.send(type="connection_init", payload={})


async def _unauthorised(socket: Ws, city: LiveCity) -> None:
    await socket.subscribe()


async def _same_id(socket: Ws, city: LiveCity) -> None:
    await socket.init(city.token())
    await socket.subscribe()
    await socket.subscribe()


async def _no_json(socket: Ws, city: LiveCity) -> None:
    await socket.connection.send("{")


async def _bytes(socket: Ws, city: LiveCity) -> None:
    await socket.connection.send(b"{}")


async def _unknown(socket: Ws, city: LiveCity) -> None:
    await socket.send(type="start")


async def _no_query(socket: Ws, city: LiveCity) -> None:
    await socket.init(city.token())
    await socket.send(type="subscribe", id="1", payload={})


async def _no_id(socket: Ws, city: LiveCity) -> None:
    await socket.init(city.token())
    await socket.send(type="subscribe", payload={"query": CHANGES})


async def _bad_position(socket: Ws, city: LiveCity) -> None:
    await socket.init(city.token())
    await socket.send(type="subscribe", id="1", payload={"query": CHANGES, "extensions": {"after": "1"}})


async def _too_big(socket: Ws, city: LiveCity) -> None:
    await socket.send(type="ping", payload={"x": "零" * sockets.MAXIMUM_BYTES})


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (_late, 4408),
        (_bad_token, 4403),
        (_no_token, 4403),
        (_twice, 4429),
        (_unauthorised, 4401),
        (_same_id, 4409),
        (_no_json, 4400),
        (_bytes, 4400),
        (_unknown, 4400),
        (_no_query, 4400),
        (_no_id, 4400),
        (_bad_position, 4400),
        (_too_big, 1009),
    ],
)
async def test_what_ends_a_connection(
    city: LiveCity, site: Live, monkeypatch: pytest.MonkeyPatch, act: Any, code: int
) -> None:
    monkeypatch.setattr("server.sockets.INIT_SECONDS", 1.0)
    async with ws(site.url) as socket:
        await act(socket, city)
        assert await socket.closed() == code


async def test_another_protocol_is_refused(site: Live) -> None:
    address = site.url.replace("http://", "ws://") + "/graphql"
    async with connect(address, proxy=None) as connection:
        await Ws(connection).closed()
    assert connection.close_code == 4406
    with pytest.raises(Exception, match=r"subprotocol|4406|negotiat"):
        async with connect(address, subprotocols=[Subprotocol("graphql-ws")], proxy=None) as connection:
            await connection.recv()


async def test_twenty_subscriptions_a_socket(city: LiveCity, site: Live) -> None:
    async with ws(site.url, city.token()) as socket:
        for number in range(sockets.MAXIMUM_OPERATIONS + 1):
            await socket.subscribe(str(number))
        message = await socket.receive()
        assert (message["id"], message["type"]) == ("20", "error")
        assert message["payload"][0]["extensions"]["code"] == "SUBSCRIPTIONS_MANY"
        await socket.standing()
        await city.apply(site.url)
        heard = [(await socket.receive())["id"] for _ in range(20)]
        assert sorted(heard, key=int) == [str(number) for number in range(20)]


async def test_a_client_that_does_not_read_is_let_go(
    city: LiveCity, site: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Memory stays bounded: the service waits for the client, then ends the connection."""
    monkeypatch.setattr("server.sockets.PATIENCE_SECONDS", 0.3)
    caplog.set_level("INFO", "minzheng.http")

    async def flood(socket: Ws) -> None:
        while True:
            await socket.send(type="ping", payload={"x": "a" * 100_000})

    async with ws(site.url, city.token("CITY_OFFICER", DISTRICT), max_queue=1, compression=None) as socket:
        await socket.subscribe()
        await socket.standing()
        socket.connection.transport.pause_reading()
        flooding = asyncio.create_task(flood(socket))
        for _ in range(100):
            await asyncio.sleep(0.1)
            if not city.runtime.graphql.streams.running:
                break
        flooding.cancel()
        await asyncio.gather(flooding, return_exceptions=True)
        socket.connection.transport.abort()
    assert not city.runtime.graphql.streams.running
    assert f"WebSocket '/graphql' {sockets.AGAIN_LATER}" in caplog.text
