"""Users who act for organizations, over HTTP: the token's organization narrows the rights, and fails closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from core.access import service as access
from core.access.models import AuditEntry, User, UserOrganization
from core.codes.sets import UserRole
from core.ids import typed
from core.settings import Settings
from server.app import create_app
from server.auth import mint
from server.runtime import Runtime
from tests.schema import small_city
from tests.schema.small_city import CITY, EAST, TODAY, WEST

CAN = "{ capabilities { permissions divisions } persons(first: 100) { totalCount } }"
SINCE = date(2022, 1, 1)


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    return ()


@dataclass
class Site:
    """A running service and a user with a free grant in the east and one in the west for organization 1."""

    runtime: Runtime
    client: httpx.AsyncClient
    city: small_city.City

    async def ask(self, organization: Any = None, query: str = CAN) -> Any:
        """The answer to a token of the user; 401 as its code."""
        settings = self.runtime.settings
        rights = ("TOWN_OFFICER", EAST, (), timedelta(hours=1), "agent")
        token = mint(settings, *rights, organization=organization)
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        answer = await self.client.post("/graphql", json={"query": query}, headers=headers)
        body = answer.json()
        return body["data"] if answer.status_code == 200 else body["errors"][0]["extensions"]["code"]

    async def divisions(self, organization: Any = None) -> list[str]:
        found: list[str] = (await self.ask(organization))["capabilities"]["divisions"]
        return found


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    settings = Settings(dev=True, database=database_url, var=tmp_path, plugins=[], today=TODAY)
    runtime = await Runtime.open(settings)
    city = await small_city.build(runtime.database, runtime.host, runtime.vault)
    async with runtime.database.writing() as session:
        user = await access.user_named(session, "agent", runtime.clock)
        role = UserRole.TOWN_OFFICER
        await access.grant(session, user, EAST, runtime.clock, role=role, valid_from=SINCE)
        tied = city.organizations[1]
        await access.grant(session, user, WEST, runtime.clock, role=role, valid_from=SINCE, organization=tied)
        for number, until in ((1, None), (0, TODAY), (2, None)):
            row = city.organizations[number]
            await access.join(session, user, row, runtime.clock, valid_from=SINCE, valid_to=until)
    transport = httpx.ASGITransport(create_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Site(runtime, client, city)
    await runtime.close()


async def test_the_organization_narrows_and_adds_its_own(site: Site) -> None:
    code = site.city.organizations[1].credit_code
    assert await site.divisions() == [EAST]
    assert await site.divisions(code) == [EAST, WEST]
    assert await site.divisions(f" {code.lower()}") == [EAST, WEST]
    assert await site.divisions(site.city.organization(1)) == [EAST, WEST]


async def test_whoever_is_no_member_has_no_rights_at_all(site: Site) -> None:
    for organization in (
        site.city.organizations[0].credit_code,  # a member until yesterday
        site.city.organizations[2].credit_code,  # a member, and it is closed
        site.city.organizations[3].credit_code,  # never a member
        "52410189MJ0A1B2C5K",
        "organization_" + "0" * 32,
        typed("person", site.city.persons[0].id),
        "",
    ):
        found = await site.ask(organization)
        assert found["capabilities"] == {"permissions": [], "divisions": []}, organization
        assert found["persons"]["totalCount"] == 0


@pytest.mark.parametrize("claim", [["52410189MJ0A1B2C5J"], 5, {"id": 1}, True])
async def test_an_odd_claim_is_refused(site: Site, claim: Any) -> None:
    assert await site.ask(claim) == "UNAUTHENTICATED"


async def test_leaving_ends_it_at_once(site: Site) -> None:
    code = site.city.organizations[1].credit_code
    assert len(await site.divisions(code)) == 2
    async with site.runtime.database.writing() as session:
        user = (await session.scalars(select(User).where(User.subject == "agent"))).one()
        rows = select(UserOrganization).where(UserOrganization.user_id == user.id)
        for row in await session.scalars(rows):
            await access.leave(session, row, site.runtime.clock)
    assert await site.divisions(code) == []
    assert await site.divisions() == [EAST]


async def test_what_is_done_for_an_organization_says_so(site: Site) -> None:
    query = (
        'mutation { openCommittee(input: {kind: VILLAGE, division: "410189102203"}) '
        "{ committee { name } errors { code } } }"
    )
    assert (await site.ask(None, query))["openCommittee"]["errors"] == [{"code": "FORBIDDEN_SCOPE"}]
    found = await site.ask(site.city.organizations[1].credit_code, query)
    assert found["openCommittee"]["committee"] == {"name": "二村村民委员会"}
    async with site.runtime.database.reading() as session:
        wanted = select(AuditEntry).where(AuditEntry.actor == "agent")
        (row,) = await session.scalars(wanted)
        given = await session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("membership.%")))
        assert list(given) == ["membership.given"] * 3
    assert row.details == {"actingFor": site.city.organization(1)}


async def test_a_district_endpoint_keeps_the_organization(site: Site) -> None:
    claims = await site.runtime.verifier.verify(
        mint(site.runtime.settings, "TOWN_OFFICER", EAST, subject="agent",
             organization=site.city.organization(1))
    )  # fmt: skip
    principal = await site.runtime.principal(claims, None)
    assert principal.within(CITY).organization_id == site.city.organizations[1].id
