"""Who sees documents: by the kind's permission and the subject, on both paths; merges; accessExplain."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import update

from core.access.principal import Grant, Principal
from core.clock import Clock
from core.documents.declared import CORE_KINDS, DocumentKind
from core.documents.service import NewDocument, request_upload
from core.errors import StartupError
from core.events.models import LifeEvent
from core.ids import typed
from core.persons.models import Person
from core.placed import place
from core.work import Work
from tests.schema.conftest import Served
from tests.schema.living import done, write
from tests.schema.small_city import CITY, EAST, WEST, WEST_VILLAGE

IDENTITY, RESIDENCE, CERTIFICATE = CORE_KINDS
ONE = """query D($id: ID!) { document(id: $id) { id subject title size sha256 state uploadedBy
  kind { name title titleZh titleEn } division { code } } node(id: $id) { id } }"""
LIST = """query L($filter: DocumentFilter) { documents(filter: $filter, first: 50) {
  totalCount edges { cursor node { id state } } pageInfo { hasNextPage } } }"""
OF_PERSON = "query P($id: ID!) { person(id: $id) { documents { totalCount edges { node { id } } } } }"
SUBJECTS = """query S($p: ID!, $h: ID!, $o: ID!) {
  person(id: $p) { documents { edges { node { id kind { name title } } } } }
  household(id: $h) { documents { totalCount edges { node { id subject } } } }
  organization(id: $o) { documents(filter: {state: AWAITING}) { edges { node { id mediaType state } } } } }"""


async def filed(served: Served, kind: DocumentKind, subject: Any, title: str = "材料") -> str:
    """A document that waits for its file, filed by the city."""
    service = served.service
    async with service.database.writing() as session:
        work = Work(session, served.callers["city"], service.clock, service.vault, service.host)
        new = NewDocument(kind, title, "application/pdf", 100)
        document = await request_upload(work, new, subject, uuid.uuid4().hex)
        return typed("document", document.id)


async def sees(served: Served, caller: Any, document: str) -> bool:
    name = caller
    if isinstance(caller, Principal):
        name = "asked"
        served.callers[name] = caller
    answer, explain = await served.both(ONE, name, variables={"id": document})
    assert "errors" not in answer, answer
    found = answer["data"]
    assert (found["document"] is None) is (found["node"] is None)
    assert explain["planned"] or found["node"] is None
    return found["document"] is not None


async def listed(served: Served, caller: str, **filter: Any) -> list[str]:
    answer, explain = await served.both(LIST, caller, variables={"filter": filter or None})
    assert explain["statementCount"] == 1
    page = answer["data"]["documents"]
    assert page["totalCount"] == len(page["edges"])
    return [edge["node"]["id"] for edge in page["edges"]]


async def test_a_person_documents_in_one_statement(served: Served) -> None:
    city = served.city
    document = await filed(served, IDENTITY, city.persons[0])
    home = await filed(served, RESIDENCE, city.households[0])
    paper = await filed(served, CERTIFICATE, city.organizations[0])
    ids = {"p": city.person(0), "h": city.household(0), "o": city.organization(0)}
    answer, explain = await served.both(SUBJECTS, variables=ids)
    assert (explain["planned"], explain["statementCount"]) == (True, 1)
    data = answer["data"]
    kind = {"name": "core.identity_proof", "title": "Proof of identity"}
    assert data["person"]["documents"]["edges"] == [{"node": {"id": document, "kind": kind}}]
    assert data["household"]["documents"]["edges"] == [{"node": {"id": home, "subject": city.household(0)}}]
    (edge,) = data["organization"]["documents"]["edges"]
    assert edge["node"]["id"] == paper
    assert await listed(served, "city") == [paper, home, document]
    assert await listed(served, "city", kind="core.residence_proof") == [home]
    assert await listed(served, "city", subject=city.person(0)) == [document]
    assert await listed(served, "city", state="STORED") == []
    assert await listed(served, "town", division=EAST) == [
        found for found in (paper, home, document) if found in await listed(served, "town")
    ]


async def test_every_kind_of_caller(served: Served) -> None:
    child = served.city.persons[8]  # of the east town alone
    document = await filed(served, IDENTITY, child)
    seeing = {caller for caller in list(served.callers) if await sees(served, caller, document)}
    assert seeing == {
        "city",
        "town",
        "village",
        "two places",
        "prefecture",
        "nation",
        "names in one town",
        "unmasking",
        "unmasking one town",
        "no purpose",
    }
    for caller in list(served.callers):
        assert (document in await listed(served, caller)) is (caller in seeing)


async def test_neither_the_permission_nor_the_subject_alone_is_enough(served: Served) -> None:
    document = await filed(served, IDENTITY, served.city.persons[8])

    def caller(read: str, registry: str) -> Principal:
        grants = (Grant(read, frozenset({"documents:read"})), Grant(registry, frozenset({"registry:read"})))
        return Principal(None, "part", grants)

    assert await sees(served, caller(EAST, EAST), document)
    assert not await sees(served, caller(WEST, EAST), document)
    assert not await sees(served, caller(EAST, WEST), document)
    assert not await sees(
        served, Principal(None, "x", (Grant(CITY, frozenset({"documents:read"})),)), document
    )
    assert not await sees(
        served, Principal(None, "x", (Grant(CITY, frozenset({"registry:read"})),)), document
    )


async def test_a_document_follows_its_subject(served: Served) -> None:
    """Who moved away is out of reach, and so are their documents, wherever those were filed."""
    person = served.city.persons[8]
    document = await filed(served, IDENTITY, person)
    async with served.service.database.writing() as session:
        places = {**place(WEST_VILLAGE), **place(WEST_VILLAGE, "registered_")}
        await session.execute(update(Person).where(Person.id == person.id).values(**places))
    assert not await sees(served, "town", document)
    assert document not in await listed(served, "town")
    assert await sees(served, "other town", document)
    # Listed by where it was filed; found by its subject.
    assert document not in await listed(served, "other town")
    assert await listed(served, "other town", subject=typed("person", person.id)) == [document]
    answer, _ = await served.both(OF_PERSON, "other town", variables={"id": typed("person", person.id)})
    assert answer["data"]["person"]["documents"]["totalCount"] == 1


async def test_documents_of_a_removed_person_are_gone(served: Served) -> None:
    person = served.city.persons[8]
    document = await filed(served, IDENTITY, person)
    async with served.service.database.writing() as session:
        removed = update(Person).where(Person.id == person.id).values(removed_at=Clock.wall())
        await session.execute(removed)
    assert not await sees(served, "city", document)
    assert await listed(served, "city") == []


async def test_a_merge_takes_documents_along_and_back(served: Served) -> None:
    kept, dropped = served.city.persons[0], served.city.persons[8]
    document = await filed(served, IDENTITY, dropped)
    merged = await done(
        served,
        "mergePersons",
        kept=typed("person", kept.id),
        dropped=typed("person", dropped.id),
        reason="重复登记",
    )
    answer, _ = await served.both(ONE, variables={"id": document})
    assert answer["data"]["document"]["subject"] == typed("person", kept.id)
    await done(served, "undoMerge", merge=merged["merge"]["id"])
    answer, _ = await served.both(ONE, variables={"id": document})
    assert answer["data"]["document"]["subject"] == typed("person", dropped.id)


async def test_a_person_with_documents_is_not_removed(served: Served) -> None:
    await filed(served, IDENTITY, served.city.persons[8])
    payload = await write(served, "removePerson", person=served.city.person(8), reason="误登")
    assert [error["code"] for error in payload["errors"]] == ["CHANGED_SINCE"]


async def test_pages_go_on(served: Served) -> None:
    made = [await filed(served, IDENTITY, served.city.persons[8], f"第{i}件") for i in range(3)]
    query = """query L($after: String) { documents(first: 2, after: $after) {
      edges { node { id } } pageInfo { hasNextPage endCursor } } }"""
    first, _ = await served.both(query, "town", variables={"after": None})
    page = first["data"]["documents"]
    rest, _ = await served.both(query, "town", variables={"after": page["pageInfo"]["endCursor"]})
    ids = [edge["node"]["id"] for part in (page, rest["data"]["documents"]) for edge in part["edges"]]
    assert ids == made[::-1]


def test_kinds_that_cannot_be() -> None:
    good = {"name": "core.x", "zh": "甲", "en": "X", "read": "documents:read", "write": "documents:write"}
    for more in (
        {"subject": LifeEvent},
        {"subject": Person, "media": ("text/html",)},
        {"subject": Person, "media": ()},
        {"subject": Person, "max_bytes": 0},
    ):
        with pytest.raises(StartupError, match=r"core\.x"):
            DocumentKind(**{**good, **more})  # type: ignore[arg-type]
