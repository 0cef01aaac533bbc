from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest

from core.access.principal import Principal
from core.errors import ErrorCode, Refused
from core.settings import Settings
from schema.request import GraphQLAnswer, GraphQLRequest
from server.app import create_app
from server.auth import Claims
from server.refusals import USER_UNKNOWN, unauthenticated

GRAPHQL_JSON = "application/graphql-response+json"
UNKNOWN = ErrorCode("DISTRICT_UNKNOWN", "没有 {district}", "no {district}")


@dataclass
class Fake:
    """Stands in for the runtime: remembers what it was asked and answers what it was told to."""

    settings: Settings = field(default_factory=Settings)
    answer: GraphQLAnswer = field(default_factory=lambda: GraphQLAnswer(b'{"data":{"a":1}}'))
    problems: list[str] = field(default_factory=list)
    asked: list[GraphQLRequest] = field(default_factory=list)
    fault: Exception | None = None

    @property
    def verifier(self) -> Fake:
        return self

    @property
    def graphql(self) -> Fake:
        return self

    async def verify(self, token: str) -> Claims:
        if token != "good":
            raise unauthenticated("令牌不对", "bad token")
        return Claims("zhang")

    async def principal(self, claims: Claims, purpose: str | None) -> Principal:
        return Principal(None, claims.subject, purpose=purpose)

    async def execute(self, request: GraphQLRequest) -> GraphQLAnswer:
        self.asked.append(request)
        if self.fault:
            raise self.fault
        return self.answer

    async def sdl(self, district: str | None) -> str:
        if district != "410189000000":
            raise Refused(UNKNOWN, district=district)
        return "type Query { a: Int }"

    async def ready(self) -> list[str]:
        return self.problems


@pytest.fixture
def fake() -> Fake:
    return Fake()


def client_of(fake: Fake, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(fake))
    return httpx.AsyncClient(
        transport=transport, base_url="http://test", headers={"Authorization": "Bearer good", **headers}
    )


@pytest.fixture
async def client(fake: Fake) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(fake) as client:
        yield client


def code_of(answer: httpx.Response) -> str:
    """The code of a refusal, after a look at its shape."""
    errors = answer.json()["errors"]
    assert list(answer.json()) == ["errors"]
    assert all(error["message"] for error in errors)
    return str(errors[0]["extensions"]["code"])


QUERY = {"query": "{ a }"}


async def test_post(client: httpx.AsyncClient, fake: Fake) -> None:
    body = {"query": "query Q { a }", "variables": {"x": 1}, "operationName": "Q", "extensions": {}}
    answer = await client.post(
        "/graphql", json=body, headers={"Idempotency-Key": "k-1", "X-Request-Id": "r-1"}
    )
    assert (answer.status_code, answer.content) == (200, b'{"data":{"a":1}}')
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    [asked] = fake.asked
    assert (asked.query, asked.variables, asked.operation_name) == ("query Q { a }", {"x": 1}, "Q")
    assert (asked.idempotency_key, asked.request_id) == ("k-1", "r-1")
    assert (asked.read_only, asked.district, asked.principal.subject) == (False, None, "zhang")


async def test_district(client: httpx.AsyncClient, fake: Fake) -> None:
    await client.post("/districts/410189000000/graphql", json=QUERY)
    assert fake.asked[0].district == "410189000000"
    fake.fault = Refused(UNKNOWN, district="1")
    answer = await client.post("/districts/1/graphql", json=QUERY)
    assert (answer.status_code, code_of(answer)) == (404, "DISTRICT_UNKNOWN")


async def test_get(client: httpx.AsyncClient, fake: Fake) -> None:
    answer = await client.get(
        "/graphql", params={"query": "{ a }", "variables": '{"x":1}', "operationName": ""}
    )
    assert answer.status_code == 200
    [asked] = fake.asked
    assert (asked.variables, asked.operation_name, asked.read_only) == ({"x": 1}, None, True)


async def test_get_is_no_mutation(client: httpx.AsyncClient, fake: Fake) -> None:
    body = b'{"errors":[{"message":"no","extensions":{"code":"METHOD_NOT_ALLOWED"}}]}'
    fake.answer = GraphQLAnswer(body, executed=False)
    answer = await client.get("/graphql", params={"query": "mutation { a }"})
    assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "POST", body)


async def test_get_twice_the_same_parameter(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql?query={a}&query={b}")
    assert (answer.status_code, code_of(answer)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/*", "text/html, */*;q=0.1"])
async def test_plain_json_is_always_200(fake: Fake, accept: str | None) -> None:
    fake.answer = GraphQLAnswer(b'{"errors":[{"message":"no"}]}', executed=False)
    async with client_of(fake) as client:
        client.headers.pop("accept")
        answer = await client.post("/graphql", json=QUERY, headers={"Accept": accept} if accept else {})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    "accept", [GRAPHQL_JSON, f"application/json, {GRAPHQL_JSON}", f"{GRAPHQL_JSON}, application/json;q=0.9"]
)
async def test_graphql_media_type_tells_what_was_not_executed(
    client: httpx.AsyncClient, fake: Fake, accept: str
) -> None:
    assert (await client.post("/graphql", json=QUERY, headers={"Accept": accept})).status_code == 200
    fake.answer = GraphQLAnswer(b'{"errors":[{"message":"no"}]}', executed=False)
    answer = await client.post("/graphql", json=QUERY, headers={"Accept": accept})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == f"{GRAPHQL_JSON}; charset=utf-8"


async def test_accept_neither(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json=QUERY, headers={"Accept": "text/html, application/json;q=0"})
    assert (answer.status_code, code_of(answer)) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b"[]", 400),
        (b'[{"query":"{a}"}]', 400),
        (b"{}", 400),
        (b'{"query":null}', 400),
        (b'{"query":""}', 400),
        (b'{"query":1}', 400),
        (b'{"query":"{a}","variables":[]}', 400),
        (b'{"query":"{a}","variables":"{}"}', 400),
        (b'{"query":"{a}","operationName":1}', 400),
        (b'{"query":"{a}","extensions":[]}', 400),
        (b'{"query":"{a}","variables":{"x":NaN}}', 400),
        (b'{"query":"{a}","variables":null,"operationName":null,"extensions":null,"more":1}', 200),
    ],
)
async def test_bodies(client: httpx.AsyncClient, content: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/graphql", content=content, headers=headers)
    assert answer.status_code == status
    if status == 400:
        assert code_of(answer) == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=UTF-8", 200),
        ("Application/JSON", 200),
        ("application/json; charset=gbk", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
    ],
)
async def test_content_types(client: httpx.AsyncClient, content_type: str, status: int) -> None:
    answer = await client.post("/graphql", content=b'{"query":"{a}"}', headers={"Content-Type": content_type})
    assert answer.status_code == status


async def test_body_limit(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(101):
            yield b" " * 1000

    headers = {"Content-Type": "application/json"}
    for content in (b" " * 100_001, chunks()):
        answer = await client.post("/graphql", content=content, headers=headers)
        assert (answer.status_code, code_of(answer)) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_other_methods(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/graphql")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert code_of(answer) == "METHOD_NOT_ALLOWED"


async def test_methods_and_addresses_elsewhere(client: httpx.AsyncClient) -> None:
    answer = await client.post("/healthz")
    assert (answer.status_code, code_of(answer)) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in answer.headers["allow"]
    answer = await client.get("/nothing")
    assert (answer.status_code, code_of(answer)) == (404, "NOT_FOUND")
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Bearer bad", "Basic good", "good"])
async def test_without_a_good_token(client: httpx.AsyncClient, fake: Fake, value: str) -> None:
    answer = await client.post("/graphql", json=QUERY, headers={"Authorization": value})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert code_of(answer) == "UNAUTHENTICATED"
    assert not fake.asked


async def test_a_stranger(client: httpx.AsyncClient, fake: Fake) -> None:
    fake.fault = Refused(USER_UNKNOWN, subject="zhang")
    answer = await client.post("/graphql", json=QUERY)
    assert (answer.status_code, code_of(answer)) == (403, "USER_UNKNOWN")


@pytest.mark.parametrize(
    ("value", "language"),
    [
        (None, "zh"),
        ("", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-TW", "zh"),
        ("*", "zh"),
        ("en-US,zh;q=0.9", "en"),
        ("zh;q=0.5, en;q=0.9", "en"),
        ("fr, zh;q=0.3", "zh"),
        ("fr", "en"),
        ("zh;q=0, fr", "en"),
        ("zh;q=x", "en"),
    ],
)
async def test_languages(client: httpx.AsyncClient, fake: Fake, value: str | None, language: str) -> None:
    headers = {} if value is None else {"Accept-Language": value}
    await client.post("/graphql", json=QUERY, headers=headers)
    assert fake.asked[0].language == language
    refused = await client.post("/graphql", json={}, headers=headers)
    assert ("缺少" in refused.json()["errors"][0]["message"]) == (language == "zh")


@pytest.mark.parametrize(
    ("value", "purpose"),
    [
        (b"", None),
        (b"  ", None),
        (b"audit 2022", "audit 2022"),
        (quote(" 低保复核 ").encode(), "低保复核"),
        ("低保复核".encode(), "低保复核"),
        (b"100% sure", "100% sure"),
        (quote("核" * 200).encode(), "核" * 200),
    ],
)
async def test_purpose(client: httpx.AsyncClient, fake: Fake, value: bytes, purpose: str | None) -> None:
    await client.post("/graphql", json=QUERY, headers=[(b"Purpose", value)])
    assert fake.asked[0].principal.purpose == purpose


@pytest.mark.parametrize(
    "value",
    [
        quote("核" * 201).encode(),
        b"x" * 5000,
        b"a%0Ab",
        b"a%00b",
        quote("a\u202eb").encode(),
        b"%ff",
        "复核".encode("gbk"),
    ],
)
async def test_bad_purposes(client: httpx.AsyncClient, value: bytes) -> None:
    answer = await client.post("/graphql", json=QUERY, headers=[(b"Purpose", value)])
    assert (answer.status_code, code_of(answer)) == (400, "PURPOSE_FORMAT")


async def test_two_purposes(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json=QUERY, headers=[("Purpose", "a"), ("Purpose", "b")])
    assert code_of(answer) == "PURPOSE_FORMAT"


@pytest.mark.parametrize("value", ["", "a b", "x" * 201])
async def test_bad_idempotency_keys(client: httpx.AsyncClient, value: str) -> None:
    answer = await client.post("/graphql", json=QUERY, headers={"Idempotency-Key": value})
    assert (answer.status_code, code_of(answer)) == (400, "IDEMPOTENCY_KEY_FORMAT")


async def test_headers_of_every_answer(client: httpx.AsyncClient) -> None:
    for path in ("/graphql", "/healthz", "/readyz", "/nothing"):
        headers = (await client.get(path)).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert len(headers["x-request-id"]) == 32
        assert "server" not in headers


async def test_request_ids_unfit_for_logs_are_replaced(client: httpx.AsyncClient) -> None:
    for value in ("a b", "x" * 101, "<script>"):
        answer = await client.get("/healthz", headers={"X-Request-Id": value})
        assert answer.headers["x-request-id"] != value


async def test_an_exception_stays_inside(
    client: httpx.AsyncClient, fake: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fault = RuntimeError("410189201206010012")
    caplog.set_level(logging.INFO)
    query = {"query": "{ secretive }"}
    answer = await client.post("/graphql", json=query, headers={"X-Request-Id": "r-9"})
    assert (answer.status_code, code_of(answer)) == (500, "INTERNAL")
    assert answer.json()["errors"][0]["extensions"]["requestId"] == "r-9"
    assert "410189201206010012" not in answer.text + caplog.text
    assert "secretive" not in caplog.text
    assert "r-9" in caplog.text
    assert "RuntimeError" in caplog.text


async def test_the_log_has_no_query_string(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "minzheng.http")
    await client.get("/graphql", params={"query": "{ a }", "variables": '{"id":"410189201206010012"}'})
    ours = [record.getMessage() for record in caplog.records if record.name == "minzheng.http"]
    assert len(ours) == 1
    assert ours[0].startswith("GET '/graphql' 200 ")


async def test_sdl(client: httpx.AsyncClient) -> None:
    answer = await client.get("/districts/410189000000/schema.graphql", headers={"Authorization": ""})
    assert (answer.status_code, answer.text) == (200, "type Query { a: Int }")
    answer = await client.get("/districts/410100000000/schema.graphql")
    assert (answer.status_code, code_of(answer)) == (404, "DISTRICT_UNKNOWN")


async def test_health_and_readiness(client: httpx.AsyncClient, fake: Fake) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json() == {"status": "ready"}
    fake.problems = ["one", "two"]
    answer = await client.get("/readyz")
    assert (answer.status_code, code_of(answer)) == (503, "NOT_READY")
    assert [error["message"] for error in answer.json()["errors"]] == [
        "服务尚未就绪：one",
        "服务尚未就绪：two",
    ]
    assert (await client.get("/healthz")).status_code == 200


def preflight(origin: str) -> dict[str, Any]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,purpose,idempotency-key",
    }


async def test_cors_for_the_origins_of_the_settings_alone(client: httpx.AsyncClient) -> None:
    refused = await client.options("/graphql", headers=preflight("https://mzj.example"))
    assert refused.status_code == 405
    async with client_of(Fake(Settings(cors_origins=["https://mzj.example"]))) as open_client:
        allowed = await open_client.options("/graphql", headers=preflight("https://mzj.example"))
        assert allowed.headers["access-control-allow-origin"] == "https://mzj.example"
        assert allowed.headers["x-request-id"]
        answer = await open_client.post("/graphql", json=QUERY, headers={"Origin": "https://mzj.example"})
        assert answer.headers["access-control-allow-origin"] == "https://mzj.example"
        stranger = await open_client.post("/graphql", json=QUERY, headers={"Origin": "https://other.example"})
        assert "access-control-allow-origin" not in stranger.headers


async def test_bodies_are_passed_on_untouched(client: httpx.AsyncClient, fake: Fake) -> None:
    fake.answer = GraphQLAnswer(orjson.dumps({"data": {"name": "张三"}}))
    assert (await client.post("/graphql", json=QUERY)).content == fake.answer.body
