"""A plugin's kind of document, about core's records: seen with the plugin's permission, where the plugin is used."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.districts import Districts
from core.documents.service import NewDocument, request_upload
from core.ids import typed
from minzheng.plugin import DocumentKind, Person, Refused, StartupError, UserRole
from minzheng.testing import service
from tests.host.conftest import DISTRICT, OTHER_DISTRICT, TODAY, City

PORTRAIT = DocumentKind(
    name="pets.portrait",
    zh="人犬合影",
    en="Portrait with dog",
    subject=Person,
    read="pets:read",
    write="pets:write",
    media=("application/pdf", "image/jpeg"),
    max_bytes=5_000_000,
    keep_months=36,
)


@pytest.fixture(scope="module")
def plugins(pets: tuple[str, ...]) -> tuple[str, ...]:
    return pets


@pytest.fixture
async def city(pets: tuple[str, ...], database_url: str) -> AsyncIterator[City]:
    """The first district uses the plugin, the other does not."""
    districts = Districts(frozenset(), {DISTRICT: frozenset(pets)})
    async with service(database_url, pets, today=TODAY, districts=districts, migrate=False) as running:
        running.host.book(DocumentKind).add("pets", [PORTRAIT])
        running.host.shows("pets", PORTRAIT.read)
        made = City(running)
        await made.fill()
        yield made


async def _filed(city: City, person: Any) -> str:
    async with city.running.work() as work:
        new = NewDocument(PORTRAIT, "合影", "application/pdf", 10)
        return typed("document", (await request_upload(work, new, person, person.id.hex)).id)


async def test_it_is_seen_with_the_plugins_permission(city: City) -> None:
    document = await _filed(city, city.persons[0])
    query = '{ document(id: "%s") { kind { name title } subject } }' % document
    seen = await city.running.execute(query, role=UserRole.TOWN_OFFICER, division=DISTRICT)
    kind = {"name": "pets.portrait", "title": "Portrait with dog"}
    assert seen["data"]["document"] == {"kind": kind, "subject": typed("person", city.persons[0].id)}
    core_only = {DISTRICT: ["registry:read", "documents:read"]}
    assert (await city.running.execute(query, grants=core_only))["data"]["document"] is None
    plugin_only = {DISTRICT: ["pets:read"]}
    assert (await city.running.execute(query, grants=plugin_only))["data"]["document"] is None


async def test_a_district_without_the_plugin_has_no_such_kind(city: City) -> None:
    assert city.persons[3].district == OTHER_DISTRICT
    with pytest.raises(Refused, match="DOC_KIND"):
        await _filed(city, city.persons[3])


def test_a_plugins_record_is_shown_by_the_plugins_permission(pets: tuple[str, ...]) -> None:
    from minzheng_pets.models import PetsPermit

    with pytest.raises(StartupError, match="__documents__"):
        DocumentKind("pets.photo", "照片", "Photo", PetsPermit, "pets:read", "pets:write")
