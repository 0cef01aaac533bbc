"""Exports over HTTP and from the command line."""

from __future__ import annotations

import asyncio
import json
import socket
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
import uvicorn
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from typer.testing import CliRunner

from core.access.models import AuditEntry
from core.access.service import system
from core.clock import Clock
from core.errors import Refused, StartupError
from core.persons.service import register
from core.work import Work
from schema.exporting import export as module
from server.app import create_app
from server.cli import exports, options
from tests.schema.small_city import CITY, EAST, EAST_VILLAGE, TODAY, resident
from tests.server.test_service_over_http import Site, plugins, site

__all__ = ["plugins", "site"]

QUERY = "{ persons { edges { node { name residenceDivision { name } } } } }"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def ask(
    site: Site, token: str, path: str = "/export", query: str = QUERY, **headers: str
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en", **headers}
    return await site.client.post(path, json={"query": query}, headers=headers)


async def audited(site: Site, action: str) -> list[AuditEntry]:
    async with site.runtime.database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
        return list(await session.scalars(query))


@pytest.mark.parametrize(
    ("path", "accept", "media_type"),
    [
        ("/export", "text/csv", "text/csv; charset=utf-8"),
        ("/export", "*/*", "text/csv; charset=utf-8"),
        ("/export", "application/x-ndjson", "application/x-ndjson"),
        ("/export", XLSX, XLSX),
        ("/export?format=xlsx", "text/html", XLSX),
        (f"/districts/{CITY}/export?format=jsonl", "*/*", "application/x-ndjson"),
    ],
)
async def test_the_forms(site: Site, path: str, accept: str, media_type: str, tmp_path: Path) -> None:
    answer = await ask(site, site.token("CITY_OFFICER", CITY), path, Accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    name = {"text/csv; charset=utf-8": "csv", XLSX: "xlsx"}.get(media_type, "jsonl")
    expected = f'attachment; filename="persons-{TODAY}.{name}"'
    assert answer.headers["content-disposition"] == expected
    assert "content-length" not in answer.headers
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == (
        "no-store",
        "nosniff",
    )
    if name == "xlsx":
        (tmp_path / "x.xlsx").write_bytes(answer.content)
        rows = CalamineWorkbook.from_path(tmp_path / "x.xlsx").get_sheet_by_index(0).to_python()
        assert ["张三丰", "一村"] in rows
    else:
        assert "张三丰" in answer.content.decode()
    (start,), (end,) = await audited(site, "data.exported"), await audited(site, "data.export_finished")
    assert (start.details["via"], end.details["complete"]) == ("http", True)


@pytest.mark.parametrize(
    ("role", "path", "query", "accept", "status", "code"),
    [
        ("CITY_OFFICER", "/export?format=pdf", QUERY, "*/*", 406, "EXPORT_FORMAT"),
        ("CITY_OFFICER", "/export", QUERY, "text/html", 406, "EXPORT_FORMAT"),
        ("AUDITOR", "/export", QUERY, "*/*", 403, "FORBIDDEN"),
        ("CITY_OFFICER", "/export", "{ capabilities { today } }", "*/*", 400, "EXPORT_SHAPE"),
        ("CITY_OFFICER", "/export", "{ nothing }", "*/*", 400, "GRAPHQL_VALIDATION_FAILED"),
        ("CITY_OFFICER", "/districts/410999000000/export", QUERY, "*/*", 404, "DISTRICT_UNKNOWN"),
        ("CITY_OFFICER", "/export", QUERY.replace("persons", 'persons(filter: {division: "410188000000"})'),
         "text/csv", 403, "FORBIDDEN_SCOPE"),
    ],
)  # fmt: skip
async def test_refusals(
    site: Site, role: str, path: str, query: str, accept: str, status: int, code: str
) -> None:
    answer = await ask(site, site.token(role, CITY), path, query, Accept=accept)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert await audited(site, "data.exported") == []


async def test_only_post_and_only_with_a_token(site: Site) -> None:
    assert (await site.client.get("/export")).status_code == 405
    assert (await site.client.post("/export", json={"query": QUERY})).status_code == 401


async def test_a_purpose_unmasks_and_is_audited(site: Site) -> None:
    query = "{ persons { edges { node { idNumber } } } }"
    token = site.token("CITY_OFFICER", CITY, "pii:read")
    masked = await ask(site, token, "/export?format=csv", query)
    assert "410189" not in masked.text
    assert await audited(site, "pii.read") == []
    shown = await ask(site, token, "/export?format=csv", query, Purpose="%E6%A0%B8%E5%AF%B9")
    assert "410189195803150015" in shown.text
    assert len(await audited(site, "pii.read")) >= 6
    assert (await audited(site, "data.exported"))[-1].purpose == "核对"


class Served:
    """The application behind a real socket."""

    def __init__(self, site: Site) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(site.runtime), lifespan="off", log_config=None)
        self.server = uvicorn.Server(config)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/export?format=csv"

    async def __aenter__(self) -> Served:
        self.task = asyncio.create_task(self.server.serve(sockets=[self.socket]))
        for _ in range(500):
            if self.server.started:
                break
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *_: Any) -> None:
        self.server.should_exit = True
        await self.task


@pytest.fixture
async def crowded(site: Site) -> Site:
    """A thousand persons more: ten pages."""
    news = [resident("王甲", date(1950 + i % 60, 1, 1 + i % 28), i, EAST_VILLAGE) for i in range(10, 990)]
    runtime = site.runtime
    async with runtime.database.writing() as session:
        work = Work(session, system(runtime.host.permissions), Clock(TODAY), runtime.vault, runtime.host)
        await register(work, news)
    return site


async def test_an_answer_that_breaks_off_is_seen_to(crowded: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    page, asked = module.Export._page, []

    async def failing(self: Any, *arguments: Any) -> Any:
        asked.append(arguments)
        if len(asked) == 4:
            raise Refused(module.EXPORT_UNREACHABLE, list="persons")
        return await page(self, *arguments)

    monkeypatch.setattr(module.Export, "_page", failing)
    headers = {"Authorization": f"Bearer {crowded.token('CITY_OFFICER', CITY)}"}
    async with Served(crowded) as served, httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post(served.url, json={"query": QUERY}, headers=headers)
    (end,) = await audited(crowded, "data.export_finished")
    assert (end.details["rows"], end.details["complete"]) == (300, False)


async def test_a_client_that_goes_away_stops_the_walk(crowded: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    page, asked = module.Export._page, []

    async def slow(self: Any, *arguments: Any) -> Any:
        asked.append(arguments)
        await asyncio.sleep(0.2)
        return await page(self, *arguments)

    monkeypatch.setattr(module.Export, "_page", slow)
    headers = {"Authorization": f"Bearer {crowded.token('CITY_OFFICER', CITY)}"}
    async with Served(crowded) as served, httpx.AsyncClient(trust_env=False) as client:
        async with client.stream("POST", served.url, json={"query": QUERY}, headers=headers) as answer:
            async for _ in answer.aiter_bytes():
                break
        for _ in range(50):
            if ended := await audited(crowded, "data.export_finished"):
                break
            await asyncio.sleep(0.1)
    assert len(asked) < 6
    assert ended[0].details["complete"] is False


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.callback()(options)
    exports.register(made)
    made.command("other")(lambda: None)  # a lone command would have no name
    return made


async def test_the_command_line(
    site: Site, app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = site.runtime.settings
    environment = {
        "DEV": "1", "TODAY": str(TODAY), "VAR": str(settings.var), "DATABASE": settings.database, "PLUGINS": "",
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(f"MINZHENG_{name}", value)
    query = tmp_path / "q.graphql"
    query.write_text(
        "query P($d: DivisionCode!) { persons(filter: {division: $d}) { edges { node { name } } } }", "utf-8"
    )
    token = site.token("TOWN_OFFICER", EAST)
    await ask(site, token)  # a development user is known from the first request on
    subject = (await audited(site, "data.exported"))[0].actor

    async def run(*arguments: str | Path) -> Any:
        words = ["export", *map(str, arguments)]
        return await asyncio.to_thread(CliRunner().invoke, app, words)

    out = tmp_path / "out.jsonl"
    variables = json.dumps({"d": EAST})
    for who in (("--token", token), ("--as", subject)):
        result = await run(query, "--out", out, "--variables", variables, *who)
        assert result.exit_code == 0, result.exception
        names = [json.loads(line)["name"] for line in out.read_text("utf-8").splitlines()]
        assert f"rows exported: {len(names)}" in result.stdout
        assert {"张三丰", "李四"} <= set(names)
        assert out.stat().st_mode & 0o777 == 0o600
        out.unlink()
    assert (await audited(site, "data.exported"))[-1].details["via"] == "command line"

    elsewhere = json.dumps({"d": "410189102000"})
    refused = await run(query, "--out", out, "--variables", elsewhere, "--as", subject)
    assert isinstance(refused.exception, StartupError)
    assert "410189102000" in str(refused.exception)
    for arguments, reason in (
        ((query, "--out", out), "--token"),
        ((query, "--out", out, "--as", subject, "--purpose", "长" * 201), "PURPOSE_FORMAT"),
        ((query, "--out", out, "--as", "stranger"), "USER_UNKNOWN"),
        ((query, "--out", tmp_path / "x.pdf", "--as", subject), "EXPORT_FORMAT"),
        ((tmp_path / "none", "--out", out, "--as", subject), "none"),
        ((query, "--out", out, "--variables", "[]", "--as", subject), "--variables"),
    ):
        assert reason in str((await run(*arguments)).exception)
    assert not out.exists()
