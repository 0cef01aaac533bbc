"""How the tests of the mutations ask, and how they look at what was written."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import func, select

from core.access.models import AuditEntry
from core.codes.sets import IdType
from core.db import Base
from core.ids import key_of
from tests.schema.conftest import Served
from tests.schema.small_city import EAST_VILLAGE, number

PERSON = (
    "person { id name gender birthDate idNumber phone ethnicity version disabilities { category level } }"
)
HOUSEHOLD = "household { id code version closedOn head { id } members { relation since person { id } } }"
DIVISION = "division { id code name fullName urban validTo successor { code } version }"

ORGANIZATION = (
    "organization { id name creditCode creditCodeDoubtful kind status closedOn registeredOn version taxExempt "
    "deductible legalRepName legalRep { id } division { code } qualifications { id kind validFrom validTo "
    "documentNumber } }"
)
COMMITTEE = (
    "committee { id name kind closedOn version division { code kind } term { number startsOn endsOn } "
    "terms { number startsOn endsOn } members { post since person { id } term { number } subCommittee { id } } "
    "subCommittees { id kind name members { person { id } } } }"
)

ENTITIES = {
    "registerPerson": PERSON,
    "correctPerson": PERSON,
    "recordMove": PERSON,
    "openHousehold": HOUSEHOLD,
    "joinHousehold": HOUSEHOLD,
    "leaveHousehold": HOUSEHOLD,
    "changeHouseholdRole": HOUSEHOLD,
    "changeHouseholdHead": HOUSEHOLD,
    "closeHousehold": HOUSEHOLD,
    "openDivision": DIVISION,
    "closeDivision": DIVISION,
    "mergeDivisions": DIVISION,
    "splitDivision": DIVISION,
    "registerOrganization": ORGANIZATION,
    "correctOrganization": ORGANIZATION,
    "closeOrganization": ORGANIZATION,
    "grantQualification": ORGANIZATION,
    "revokeQualification": ORGANIZATION,
    "openCommittee": COMMITTEE,
    "closeCommittee": COMMITTEE,
    "electCommittee": COMMITTEE,
    "appointCommitteeMember": COMMITTEE,
    "dismissCommitteeMember": COMMITTEE,
    "formSubCommittee": COMMITTEE,
}
_INPUTS = {
    "closeCommittee": "CommitteeInput",
    "leaveHousehold": "MembershipInput",
    "closeHousehold": "HouseholdInput",
}


def document(*verbs: str) -> str:
    """A mutation document: each verb as `m0`, `m1`, …, with its input in the variable `i0`, `i1`, …."""
    types = [_INPUTS.get(verb, verb[0].upper() + verb[1:] + "Input") for verb in verbs]
    variables = ", ".join(f"$i{i}: {type_}!" for i, type_ in enumerate(types))
    fields = " ".join(
        f"m{i}: {verb}(input: $i{i}) {{ errors {{ code field message }} dryRun {ENTITIES[verb]} }}"
        for i, verb in enumerate(verbs)
    )
    return f"mutation M({variables}) {{ {fields} }}"


async def answer(
    served: Served, *writes: tuple[str, dict[str, Any]], caller: Any = "city", **options: Any
) -> Any:
    """The whole answer of one document with these writes, without what only development shows."""
    variables = {f"i{i}": fields for i, (_, fields) in enumerate(writes)}
    query = document(*(verb for verb, _ in writes))
    found = await served.ask(query, caller, variables=variables, **options)
    found.pop("extensions", None)
    return found


async def write(served: Served, verb: str, caller: Any = "city", **fields: Any) -> Any:
    """The payload of one write, which must not fail at the top level."""
    found = await answer(served, (verb, fields), caller=caller)
    assert "errors" not in found, found
    return found["data"]["m0"]


async def done(served: Served, verb: str, caller: Any = "city", **fields: Any) -> Any:
    """The record that an accepted write shows."""
    payload = await write(served, verb, caller, **fields)
    assert payload["errors"] == [], payload
    return payload[entity_of(verb)]


async def refused(served: Served, verb: str, caller: Any = "city", **fields: Any) -> list[str]:
    """Why a write was refused: `CODE` or `CODE field.path` without the leading `input`."""
    payload = await write(served, verb, caller, **fields)
    assert payload[entity_of(verb)] is None, payload
    return reasons(payload)


def reasons(payload: Any) -> list[str]:
    """The refusals of a payload, each in one word or two."""
    for error in payload["errors"]:
        assert error["field"][:1] in ([], ["input"])
        assert error["message"]
    return [" ".join([error["code"], ".".join(error["field"][1:])]).strip() for error in payload["errors"]]


def entity_of(verb: str) -> str:
    return ENTITIES[verb].split(" ", 1)[0]


def top_codes(found: Any) -> list[str]:
    """The codes of the top-level errors."""
    return [error["extensions"]["code"] for error in found.get("errors", ())]


def newcomer(born: Any, sequence: int = 77, **changes: Any) -> dict[str, Any]:
    """The input of a registration that is accepted."""
    base = {
        "name": "新来者",
        "idNumber": number(born, sequence),
        "registeredDivision": EAST_VILLAGE,
        "residenceDivision": EAST_VILLAGE,
    }
    return {**base, **changes}


def foreigner(passport: str = "P7654321", **changes: Any) -> dict[str, Any]:
    """The input of a registration with a passport."""
    base = {
        "name": "Ann Lee",
        "idType": IdType.PASSPORT.name,
        "idNumber": passport,
        "birthDate": "1990-01-01",
    }
    return {"registeredDivision": EAST_VILLAGE, "residenceDivision": EAST_VILLAGE, **base, **changes}


async def rows(served: Served, model: Any, *conditions: Any) -> list[Any]:
    """The rows of a table in the order in which they were written."""
    async with served.service.database.reading() as session:
        return list(await session.scalars(select(model).where(*conditions).order_by(model.id)))


async def rows_of(served: Served, model: Any, column: str, id_: str) -> list[Any]:
    """The rows of a table that belong to one record."""
    prefix = id_.split("_")[0]
    return await rows(served, model, getattr(model, column) == key_of(prefix, id_))


async def counts(served: Served) -> dict[str, int]:
    """How many rows each core table has."""
    tables = [table for table in Base.metadata.sorted_tables if table.name.startswith("core_")]
    async with served.service.database.reading() as session:
        return {t.name: (await session.scalar(select(func.count()).select_from(t))) or 0 for t in tables}


async def audited(served: Served, action: str) -> list[AuditEntry]:
    """The audit rows of an action, oldest first."""
    return await rows(served, AuditEntry, AuditEntry.action == action)


async def change_rows(served: Served, *statements: Any) -> None:
    """Write past the services, for what no mutation can do yet."""
    async with served.service.database.writing() as session:
        for statement in statements:
            await session.execute(statement)


async def listed(served: Served, caller: Any, field: str = "persons") -> set[str]:
    """The ids that a caller's list holds."""
    found = await served.ask("{ %s(first: 100) { edges { node { id } } } }" % field, caller)
    return {edge["node"]["id"] for edge in found["data"][field]["edges"]}


def without_ids(found: Any) -> str:
    """An answer as text, with every id in it made the same."""
    return re.sub(r"[0-9a-f]{32}", "<key>", str(found))
