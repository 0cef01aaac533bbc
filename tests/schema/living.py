"""How the tests of life events tell a life, and how they look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from core.clock import Clock
from tests.schema.asking import reasons
from tests.schema.conftest import Served
from tests.schema.small_city import EAST_VILLAGE, TODAY, number

EVENT = (
    "lifeEvent { id type eventDate dueOn late persons { role person { id } } consequences { plugin text } }"
)

VERBS = {
    "registerPerson": "person { id }",
    "correctPerson": "person { id }",
    "openHousehold": "household { id code }",
    "recordBirth": EVENT + " person { id name }",
    "recordDeath": EVENT + " person { id deathDate }",
    "recordMove": EVENT + " person { id }",
    "recordMarriage": EVENT,
    "applyForDivorce": "divorceApplication { id status withdrawUntil certificateFrom certificateUntil "
    "minorChildren { person { id } } }",
    "withdrawDivorceApplication": "divorceApplication { id status endedOn }",
    "registerDivorce": EVENT,
    "reverseLifeEvent": "lifeEvent { id reversedAt }",
    "mergePersons": "merge { id kept { id } dropped { id } }",
    "undoMerge": "merge { id undoneAt kept { id } dropped { id } }",
    "removePerson": "",
}

AT = """query At($id: ID!, $asOf: Date, $knownAt: DateTime) {
  person(id: $id, asOf: $asOf, knownAt: $knownAt) {
    name maritalStatus deathDate residenceDivision { code } registeredDivision { code }
    memberships { relation since household { id head { id } members { relation person { id } } } }
    marriages { since husband { id } wife { id } }
  }
}"""


async def write(served: Served, verb: str, caller: str = "city", **fields: Any) -> Any:
    """The payload of a write."""
    query = "mutation M($i: %sInput!) { %s(input: $i) { errors { code field message } dryRun %s } }" % (
        verb[0].upper() + verb[1:],
        verb,
        VERBS[verb],
    )
    found = await served.ask(query, caller, variables={"i": fields})
    assert (found["data"] or {}).get(verb), found
    return found["data"][verb]


async def done(served: Served, verb: str, **fields: Any) -> Any:
    payload = await write(served, verb, **fields)
    assert payload["errors"] == [], payload
    return payload


async def refused(served: Served, verb: str, caller: str = "city", **fields: Any) -> list[str]:
    """The codes of the refusals."""
    payload = await write(served, verb, caller, **fields)
    return [error["code"] for error in payload["errors"]]


async def blamed(served: Served, verb: str, caller: str = "city", **fields: Any) -> list[str]:
    """Why a write was refused: the code, and the field of the input."""
    payload = await write(served, verb, caller, **fields)
    name = VERBS[verb].split(" ", 1)[0]
    assert not name or payload[name] is None
    return reasons(payload)


async def at(
    served: Served, id_: str, as_of: str | None = None, known_at: datetime | None = None, caller: str = "city"
) -> Any:
    """A person at a moment, both paths agreeing, in one statement."""
    variables = {"id": id_, "asOf": as_of, "knownAt": known_at.isoformat() if known_at else None}
    answer, explain = await served.both(AT, caller, variables=variables)
    assert explain["planned"]
    assert explain["statementCount"] == 1
    assert "errors" not in answer, answer
    return answer["data"]["person"]


def now(served: Served) -> datetime:
    return served.service.clock.now()


async def adult(served: Served, name: str, born: date, sequence: int, home: str = EAST_VILLAGE) -> str:
    fields = {
        "name": name,
        "idNumber": number(born, sequence),
        "registeredDivision": home,
        "residenceDivision": home,
        "maritalStatus": "UNMARRIED",
        "since": "2020-01-01",
    }
    return str((await done(served, "registerPerson", **fields))["person"]["id"])


async def home_of(served: Served, head: str, kind: str = "REGISTERED") -> str:
    fields = {
        "kind": kind,
        "addressDivision": EAST_VILLAGE,
        "address": "南街 5 号",
        "members": [{"person": head, "relation": "02"}],
        "openedOn": "2020-01-01",
    }
    return str((await done(served, "openHousehold", **fields))["household"]["id"])


async def events(served: Served, person: str) -> list[str]:
    query = "query E($id: ID!) { person(id: $id) { lifeEvents { totalCount edges { node { type } } } } }"
    answer, explain = await served.both(query, variables={"id": person})
    assert explain["statementCount"] == 1
    found = answer["data"]["person"]["lifeEvents"]
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"]["type"] for edge in found["edges"]]


WHOLE = """query W($id: ID!) { person(id: $id) {
  id idType name gender birthDate ethnicity maritalStatus deathDate phone idNumber
  residenceDivision { code } registeredDivision { code } disabilities { category level since }
  memberships { relation since household { id code closedOn head { id } members { relation since person { id } } } }
  marriages { since } lifeEvents { edges { node { id } } } divorceApplications { edges { node { id status } } } } }"""


async def whole(served: Served, id_: str) -> Any:
    """All that can be seen of a person but the version."""
    answer, _ = await served.both(WHOLE, variables={"id": id_})
    return answer["data"]["person"]


@contextmanager
def on_day(served: Served, day: date) -> Iterator[None]:
    """Another business date for a while."""
    served.service.clock = Clock(day)
    try:
        yield
    finally:
        served.service.clock = Clock(TODAY)


async def couple(served: Served, sequence: int = 11, **wedding: Any) -> tuple[str, str]:
    """Two who are married."""
    man = await adult(served, "陈大山", date(1990, 5, 1), sequence)
    woman = await adult(served, "林小溪", date(1992, 6, 1), sequence + 1)
    await done(served, "recordMarriage", **{"husband": man, "wife": woman, "on": "2021-05-20", **wedding})
    return man, woman


async def application(served: Served, man: str, woman: str, on: str = "2022-06-06", **more: Any) -> Any:
    applied = await done(served, "applyForDivorce", husband=man, wife=woman, on=on, **more)
    return applied["divorceApplication"]


async def heads(served: Served, home: str, day: str) -> list[str]:
    query = """query H($id: ID!, $asOf: Date) {
      household(id: $id, asOf: $asOf) { head { id } members { relation person { id } } } }"""
    found = (await served.both(query, variables={"id": home, "asOf": day}))[0]["data"]["household"]
    marked = [m["person"]["id"] for m in found["members"] if m["relation"] == "02"]
    assert marked in ([found["head"]["id"]], [])
    return marked
