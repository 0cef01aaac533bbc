"""Relay, Apollo Client and urql, the real packages, against the service: paging, caches, mutations, errors."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import PERSONS
from tests.clients.telling import telling
from tests.live import Live
from tools.node import environment, executable, install_packages, run

pytestmark = pytest.mark.npm

FOLDER = Path(__file__).parents[2] / "tools" / "clients"
PAGE = 60


@pytest.fixture(scope="module")
async def packages() -> Path:
    """The folder with its packages installed, once for each lock."""
    await asyncio.to_thread(install_packages, FOLDER)
    return FOLDER


@pytest.fixture(scope="module")
async def artifacts(packages: Path) -> Path:
    """What relay-compiler makes of the committed SDL."""
    generated = packages / "generated"
    shutil.rmtree(generated, ignore_errors=True)
    generated.mkdir()
    script = packages / "node_modules/relay-compiler/cli.js"
    await asyncio.to_thread(run, packages, script, "relay.config.json")
    return generated


async def _found(script: str, site: Live) -> Any:
    """What a client prints. The service answers it from this process, so nothing here may block."""
    surroundings = {**environment(), "SERVICE_URL": f"{site.url}/graphql", "SERVICE_TOKEN": site.token()}
    process = await asyncio.create_subprocess_exec(
        *(str(executable()), script),
        cwd=FOLDER,
        env=surroundings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert err == b"", err.decode()  # libraries warn there about a schema that they do not like
    return json.loads(out)


def _check(found: Any, phone: str) -> None:
    assert found["totalCount"] == found["persons"] == PERSONS
    assert found["pages"] == math.ceil(PERSONS / PAGE)
    assert found["mutationErrors"] == []
    assert found["cached"] == [phone, 1]  # the list's own row has changed, and nobody asked for it again
    assert found["topLevelCode"] == "FORBIDDEN_SCOPE"
    assert found["refetched"] == "Person"


def test_relay_compiles_the_committed_schema(artifacts: Path) -> None:
    names = {path.name for path in artifacts.glob("*.graphql.js")}
    assert {"personsPaginationQuery.graphql.js", "personsRefetchQuery.graphql.js"} <= names
    assert "node(id: $id)" in (artifacts / "personsRefetchQuery.graphql.js").read_text("utf-8")


async def test_relay(artifacts: Path, site: Live) -> None:
    found = await _found("relay.js", site)
    _check(found, "139****1234")
    [error] = found["userErrors"]
    assert (error["code"], error["field"]) == ("PHONE_FORMAT", ["input", "phone"])
    assert error["message"]


async def test_apollo(packages: Path, site: Live) -> None:
    found = await _found("apollo.js", site)
    _check(found, "139****5678")
    assert [error["code"] for error in found["userErrors"]] == ["CONFLICT"]


async def test_urql(packages: Path, site: Live) -> None:
    found = await _found("urql.js", site)
    _check(found, "139****9012")
    assert found["userErrors"] == [{"code": "NAME_FORMAT", "field": ["input", "name"]}]


async def test_subscriptions(packages: Path, site: Live) -> None:
    async with telling(site):
        found = await _found("live.js", site)
    assert found == {
        **{name: [0, 1, 2, 3] for name in ("graphql-ws", "graphql-sse", "urql-sse", "urql-ws")},
        "refused": ["POSITION_GONE", "POSITION_GONE"],
        "examples": [[["OPENED", number] for number in range(3)]] * 2,
    }


@pytest.mark.parametrize("name", ["socket.mjs", "events.mjs"])
def test_the_documented_listeners_are_the_tested_ones(name: str) -> None:
    document = (FOLDER.parents[1] / "docs/front-end.md").read_text("utf-8")
    assert (FOLDER / "live" / name).read_text("utf-8") in document


def test_the_documented_relay_configuration_is_the_tested_one() -> None:
    document = (FOLDER.parents[1] / "docs/front-end.md").read_text("utf-8")
    assert (FOLDER / "relay.config.json").read_text("utf-8") in document
