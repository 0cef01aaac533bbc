"""The pages' shells over ASGI: what they load, their policy, and who is sent to them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
from graphql import build_schema, parse, validate

from core.errors import Refused
from schema.service import DISTRICT_UNKNOWN
from server.app import create_app
from server.pages import STATIC
from server.pages.examples import fitting
from tools.vendor import FILES, FOLDER, differing

ROOT = Path(__file__).parents[2]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class Fake:
    """The little that pages ask of the process; an operation is not among it."""

    def __init__(self) -> None:
        self.settings: Any = type("Settings", (), {"cors_origins": []})
        self.graphql = self
        self.verifier = self

    async def verify(self, token: str) -> Any:
        raise AssertionError(token)

    async def sdl(self, district: str | None) -> str:
        if district == "1":
            raise Refused(DISTRICT_UNKNOWN, code=district)
        return (ROOT / "schema/sdl" / ("core.graphql" if district else "full.graphql")).read_text("utf-8")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(Fake()))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/graphiql", "/report"])
async def test_a_page_loads_only_packaged_files(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'self'; ")
    assert "set-cookie" not in answer.headers
    assert not re.search(r"<script>| on[a-z]+=|https?://", answer.text)
    for name in re.findall(r'(?:src|href)="(pages/[^"]+)"', answer.text):
        loaded = await client.get(f"/{name}")
        assert loaded.status_code == 200, name
        assert loaded.headers["content-security-policy"]
        kept = "immutable" in loaded.headers["cache-control"]
        assert kept == ("/vendor/" in name)


@pytest.mark.parametrize("path", ["/", "/graphiql", "/report", "/pages/pages.css"])
async def test_pages_are_only_read(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.head(path)).status_code == 200
    answer = await client.post(path)
    assert answer.status_code == 405
    assert answer.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


async def test_scripts_of_ours_name_no_host() -> None:
    for path in STATIC.glob("*.*"):
        hosts = set(re.findall(r"https?://[^/\"]+", path.read_text("utf-8"))) - {"http://www.w3.org"}
        assert not hosts, path.name


def test_the_report_page_asks_what_the_schema_has() -> None:
    query = re.search(r"const QUERY = `(.+?)`;", (STATIC / "report.js").read_text("utf-8"), re.DOTALL)
    assert query is not None
    schema = build_schema((ROOT / "schema/sdl/core.graphql").read_text("utf-8"))
    assert not validate(schema, parse(query[1]))


async def test_what_is_not_there(client: httpx.AsyncClient) -> None:
    for path in ("/pages/none.js", "/pages/../app.py", "/pages/%2e%2e/app.py", "/pages/vendor"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
        assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_a_browser_at_the_endpoint_is_sent_to_graphiql(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql", headers={"Accept": BROWSER})
    assert (answer.status_code, answer.headers["location"]) == (303, "graphiql")
    answer = await client.get("/districts/410189000000/graphql", headers={"Accept": BROWSER})
    assert answer.headers["location"] == "../../graphiql?district=410189000000"
    answer = await client.get("/districts/1&x=%0d%0a/graphql", headers={"Accept": BROWSER})
    assert answer.headers["location"] == "../../graphiql?district=1%26x%3D%0D%0A"


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("GET", "/graphql?query={a}", BROWSER),
        ("GET", "/graphql", "application/json"),
        ("GET", "/graphql", "*/*"),
        ("GET", "/graphql", "application/json, text/html"),
        ("GET", "/graphql", "text/html;q=0, application/json"),
        ("POST", "/graphql", BROWSER),
    ],
)
async def test_operations_are_never_redirected(
    client: httpx.AsyncClient, method: str, path: str, accept: str
) -> None:
    answer = await client.request(method, path, headers={"Accept": accept})
    assert answer.status_code == 401


async def test_examples_are_those_that_the_schema_can_answer(client: httpx.AsyncClient) -> None:
    full = {one["name"] for one in (await client.get("/pages/examples.json")).json()}
    core = {one["name"] for one in (await client.get("/pages/examples.json?district=2")).json()}
    assert full == {path.stem for path in (ROOT / "examples/queries").glob("*.graphql")}
    assert full - core == {"assistance-by-band", "households-with-bands", "record-income"}
    refused = await client.get("/pages/examples.json?district=1")
    assert refused.status_code == 404


def test_each_example_has_titles_and_variables_that_it_declares() -> None:
    for example in fitting((ROOT / "schema/sdl/full.graphql").read_text("utf-8")):
        declared = set(re.findall(r"\$(\w+):", example["query"]))
        assert example["variables"].keys() <= declared, example["name"]
        assert re.search("[一-鿿]", example["zh"])
        assert re.match("[A-Z]", example["en"])


def test_vendored_files_are_those_of_their_packages() -> None:
    assert differing() == []


def test_pages_load_the_vendored_versions() -> None:
    page = (STATIC / "graphiql.html").read_text("utf-8")
    loaded = set(re.findall(r'"pages/vendor/([^"]+)"', page))
    assert loaded == {
        file.target.relative_to(FOLDER).as_posix() for file in FILES if file.target.name != "LICENSE"
    }


def test_the_wheel_has_the_pages_and_their_examples(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if name.startswith("server/pages/")}
    for file in FILES:
        assert file.target.relative_to(ROOT).as_posix() in names
    examples = {path.name for path in (ROOT / "examples/queries").glob("*.graphql")}
    assert {name.removeprefix("server/pages/queries/") for name in names} >= examples
