"""Referrals: consent or a logged override, who sees them, who moves them on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.access.permissions import Permission
from core.access.principal import Grant, Principal
from core.codes.sets import UserRole
from core.ids import key_of
from core.referrals.declared import ReferralTarget
from core.workflow.models import Task
from tests.schema.asking import ENTITIES, audited, done, refused, rows, write
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, EAST, EAST_VILLAGE, number
from tests.schema.test_timeline import of as timeline_of

SHELTER = ReferralTarget("pets.shelter", "犬只收容", "Shelter", accepts="pets:write", read="pets:read")
FIELDS = """id state sender target targetTitle reason note consent consentOn consentBy basis basisReason sentOn
  outcome actions version person { id } referred { name gender birthDate } organization { id name }
  sourceOrganization { id } division { code } history { verb source target reason late }"""
REFERRAL = "referral { %s }" % FIELDS
LIST = "{ referrals(first: 50) { totalCount edges { node { %s } } } }" % FIELDS
ONE = "query R($id: ID!) { referral(id: $id) { %s } }" % FIELDS
NODE = "query R($id: ID!) { node(id: $id) { id } }"
OF_PERSON = "query R($id: ID!) { person(id: $id) { referrals { totalCount edges { node { id } } } } }"
TASKS = "{ tasks(first: 50) { edges { node { kind subject title waitsFor dueOn } } } }"
CONSENT = {"on": "2022-11-20"}
for verb in ("referPerson", "acceptReferral", "declineReferral", "closeReferral", "withdrawReferral"):
    ENTITIES[verb] = REFERRAL


@pytest.fixture
def shelter(served: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """A plugin's target, declared without the plugin."""
    host = served.service.host
    roles = frozenset({UserRole.TOWN_OFFICER})
    for name in ("pets:read", "pets:write"):
        host.permissions.add("pets", [Permission(name, roles, "犬只", "Dogs")])
    host.book(ReferralTarget).add("pets", [SHELTER])
    host.shows("pets", SHELTER.read)
    readers = {"registry:read": (True, ()), "referrals:read": (True, ()), "pets:read": (True, ())}
    monkeypatch.setattr(type(host), "readers_of", lambda self, plugins: readers)
    monkeypatch.setattr(type(host), "readers", readers)
    monkeypatch.setattr("core.referrals.service.owner_of", lambda name: "core")  # used in every district
    return served


def holding(*names: str, place: str = CITY, organization: Any = None) -> Principal:
    grants = (Grant(place, frozenset(names)),)
    return Principal(None, f"{names}{place}{organization}", grants, organization_id=organization)


def agency(served: Served, index: int = 1, place: str = EAST) -> Principal:
    """Somebody who acts for an organization."""
    permissions = served.service.host.permissions.of_role(UserRole.AGENCY_STAFF)
    key = key_of("organization", served.city.organization(index))
    return Principal(None, f"agency {index}", (Grant(place, permissions),), organization_id=key)


KEEPER = holding("pets:read", "pets:write", place=EAST)


def asked(served: Served, person: int = 0, **fields: Any) -> dict[str, Any]:
    """A referral to the organization of the east, by consent."""
    to = {} if "target" in fields else {"organization": served.city.organization(1)}
    return {"person": served.city.person(person), "reason": "CARE", "consent": CONSENT, **to, **fields}


async def listed(served: Served, caller: Any) -> list[str]:
    answer, explain = await served.both(LIST, caller)
    assert explain["statementCount"] == 1
    found = answer["data"]["referrals"]
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"]["id"] for edge in found["edges"]]


async def shown(served: Served, caller: Any, id_: str) -> bool:
    found = []
    for query in (ONE, NODE):
        answer, explain = await served.both(query, caller, variables={"id": id_})
        assert query == NODE or explain["statementCount"] == 1
        found += [value is not None for value in answer["data"].values()]
    assert found[0] is found[1]
    return found[0]


async def test_a_referral_to_an_organization(served: Served) -> None:
    sent = await done(served, "referPerson", "town", **asked(served, note="需助餐"))
    assert (sent["state"], sent["consent"], sent["consentBy"], sent["sender"]) == (
        "SENT",
        "CONSENTED",
        "SELF",
        "core",
    )
    assert sent["organization"]["name"] == "东镇养老服务中心"
    assert sent["actions"] == ["accept", "decline", "withdraw"]
    (entry,) = [e for e in await timeline_of(served, served.city.person(0)) if e["kind"] == "core.referral"]
    assert (entry["code"], entry["title"], entry["subject"]) == ("SENT", "Referral (sent)", sent["id"])
    theirs = agency(served)
    assert await listed(served, theirs) == [sent["id"]]
    taken = await done(served, "acceptReferral", theirs, referral=sent["id"], expectedVersion=sent["version"])
    assert (taken["state"], taken["actions"]) == ("ACCEPTED", ["close"])
    assert (taken["person"], taken["referred"]["name"]) == (None, "张三丰")
    closed = await done(served, "closeReferral", theirs, referral=sent["id"], outcome="HELPED")
    assert (closed["state"], closed["outcome"], closed["actions"]) == ("CLOSED", "HELPED", [])
    assert [step["verb"] for step in closed["history"]] == ["start", "accept", "close"]
    assert [t.outcome for t in await rows(served, Task, Task.kind == "core.referral")] == ["DONE", "DONE"]
    assert len(await audited(served, "core.referral.start")) == 1
    again = await done(served, "referPerson", **asked(served))
    back = await done(served, "withdrawReferral", "town", referral=again["id"], reason="本人不愿")
    assert back["state"] == "WITHDRAWN"


async def test_a_referral_to_a_service(shelter: Served) -> None:
    sent = await done(shelter, "referPerson", "village", **asked(shelter, target=SHELTER.name))
    assert (sent["target"], sent["targetTitle"], sent["organization"]) == ("pets.shelter", "Shelter", None)
    assert sent["actions"] == ["withdraw"]
    assert await listed(shelter, KEEPER) == [sent["id"]]
    answer, _ = await shelter.both(TASKS, KEEPER)
    (task,) = [edge["node"] for edge in answer["data"]["tasks"]["edges"]]
    assert (task["subject"], task["dueOn"]) == (sent["id"], "2022-12-07")
    assert await refused(shelter, "acceptReferral", "city", referral=sent["id"]) == ["FORBIDDEN"]
    assert (await shelter.both(TASKS, "city"))[0]["data"]["tasks"]["edges"] == []
    taken = await done(shelter, "declineReferral", KEEPER, referral=sent["id"], reason="已满")
    assert (taken["state"], taken["history"][-1]["reason"]) == ("DECLINED", "已满")


async def _name(served: Served, caller: Any, id_: str) -> str:
    answer, _ = await served.both(ONE, caller, variables={"id": id_})
    name: str = answer["data"]["referral"]["referred"]["name"]
    return name


async def test_an_organization_that_declined_sees_a_masked_name(served: Served) -> None:
    sent = await done(served, "referPerson", "town", **asked(served))
    assert await _name(served, agency(served), sent["id"]) == "张三丰"
    await done(served, "declineReferral", agency(served), referral=sent["id"], reason="已满")
    assert await _name(served, agency(served), sent["id"]) == "张*丰"
    assert await _name(served, "town", sent["id"]) == "张三丰"


async def test_who_only_reads_referrals_sees_a_masked_name(shelter: Served) -> None:
    sent = await done(shelter, "referPerson", "village", **asked(shelter, target=SHELTER.name))
    for caller in (holding("referrals:read"), holding("pets:read")):
        assert await _name(shelter, caller, sent["id"]) == "张*丰"
    for caller in (holding("referrals:read", "names:read"), KEEPER):
        assert await _name(shelter, caller, sent["id"]) == "张三丰"


async def test_an_override_is_logged(served: Served) -> None:
    override = {"basis": "EMERGENCY", "reason": "人身安全"}
    sent = await done(served, "referPerson", **asked(served, consent=None, override=override))
    assert (sent["consent"], sent["basis"], sent["basisReason"]) == ("OVERRIDE", "EMERGENCY", "人身安全")
    (row,) = await audited(served, "referral.overridden")
    assert (row.subject, row.details) == (sent["id"], {"basis": "EMERGENCY"})


async def test_consent_under_fourteen_is_the_guardians(served: Served) -> None:
    for person in (8, 5):
        fields = asked(served, person, consent={"on": "2022-11-30"})
        assert await refused(served, "referPerson", **fields) == ["CONSENT_MISSING consent.by"]
    guardian = {"on": "2022-11-30", "by": "GUARDIAN"}
    assert (await done(served, "referPerson", **asked(served, 8, consent=guardian)))[
        "consentBy"
    ] == "GUARDIAN"
    teen = {"name": "少年", "idNumber": number(date(2008, 11, 30), 66)}
    homes = {"registeredDivision": EAST_VILLAGE, "residenceDivision": EAST_VILLAGE}
    person = (await done(served, "registerPerson", **teen, **homes))["id"]
    assert (
        await done(
            served, "referPerson", **{**asked(served), "person": person, "consent": {"on": "2022-11-30"}}
        )
    )["consentBy"] == "SELF"
    younger = {**asked(served, organization=served.city.organization(0)), "person": person}
    assert await refused(served, "referPerson", **{**younger, "consent": {"on": "2022-11-29"}}) == [
        "CONSENT_MISSING consent.by"
    ]


async def test_what_is_refused(served: Served) -> None:
    organization = served.city.organization
    for changes, reason in (
        ({"consent": None}, "CONSENT_MISSING consent"),
        ({"consent": {"on": "2022-12-01"}}, "DATE_FUTURE consent.on"),
        ({"consent": {"on": "1950-01-01"}}, "DATE_ORDER consent.on"),
        ({"organization": organization(2)}, "ORGANIZATION_CLOSED organization"),
        ({"organization": organization(3)}, "NOT_FOUND organization"),
        ({"organization": "organization_x"}, "ID_INVALID organization"),
        ({"fromOrganization": organization(3)}, "NOT_FOUND fromOrganization"),
        ({"organization": None}, "REFERRAL_ADDRESSEE target"),
        ({"target": "pets.shelter", "organization": None}, "REFERRAL_ADDRESSEE target"),
        ({"target": "pets.shelter", "organization": organization(0)}, "REFERRAL_ADDRESSEE target"),
        ({"note": "x" * 1001}, "TEXT_LENGTH note"),
        ({"override": {"basis": "EMERGENCY", "reason": ""}}, "TEXT_LENGTH override.reason"),
        ({"person": served.city.person(6)}, "NOT_FOUND person"),
    ):
        assert await refused(served, "referPerson", **{**asked(served), **changes}) == [reason], changes
    assert await refused(served, "referPerson", "other town", **asked(served, 2)) == ["NOT_FOUND person"]
    assert await refused(served, "referPerson", "auditor", **asked(served)) == ["FORBIDDEN"]
    sent = await done(served, "referPerson", **asked(served))
    assert await refused(served, "referPerson", **asked(served)) == ["REFERRAL_OPEN organization"]
    fields = {"referral": sent["id"]}
    assert await refused(served, "closeReferral", **fields, outcome="HELPED") == ["STATE_INVALID"]
    assert await refused(served, "declineReferral", **fields, reason=" ") == ["REASON_MISSING reason"]
    assert await refused(served, "acceptReferral", **fields, expectedVersion=9) == [
        "CONFLICT expectedVersion"
    ]
    assert await refused(served, "acceptReferral", "other town", **fields) == ["FORBIDDEN_SCOPE"]
    assert await refused(served, "withdrawReferral", agency(served), **fields) == ["FORBIDDEN"]


async def test_who_sees_a_referral(served: Served) -> None:
    sent = (await done(served, "referPerson", **asked(served)))["id"]
    for caller, seen in (
        ("city", True),
        ("town", True),
        ("village", True),
        ("prefecture", True),
        ("other town", True),  # the person is in a household there: reached, not listed
        ("auditor", False),
        ("nobody", False),
        (holding("registry:read"), False),
        (holding("referrals:read", place="410188000000"), False),
        (holding("referrals:receive"), False),
        (agency(served), True),
        (agency(served, place="410188000000"), True),  # its own, wherever the person lives
        (agency(served, 0), False),
        (agency(served, 3), False),
        (holding("registry:read", organization=agency(served).organization_id), False),
    ):
        assert await shown(served, caller, sent) is seen, caller
        assert await listed(served, caller) == ([sent] if seen and caller != "other town" else []), caller
    for caller in ("town", "other town"):
        variables = {"id": served.city.person(0)}
        page = (await served.both(OF_PERSON, caller, variables=variables))[0]["data"]["person"]["referrals"]
        assert page["totalCount"] == 1
    assert (await served.both(TASKS, agency(served)))[0]["data"]["tasks"]["edges"] == []
    nothing = (
        await served.both(
            "{ persons { edges { node { id } } } organizations { edges { node { id } } } }", agency(served)
        )
    )[0]
    assert nothing["data"] == {"persons": {"edges": []}, "organizations": {"edges": []}}


async def test_the_target_and_the_sender_see_it(shelter: Served) -> None:
    sent = (await done(shelter, "referPerson", **asked(shelter, target=SHELTER.name)))["id"]
    for caller, seen in (
        (holding("pets:read"), True),
        (holding("pets:read", place=EAST), True),
        (holding("pets:read", place="410188000000"), False),
        (holding("referrals:read"), True),
        (agency(shelter), False),
    ):
        assert await shown(shelter, caller, sent) is seen, caller.subject


EXPLAIN = "query E($id: ID!) { accessExplain(id: $id) { exists visible listed } }"


async def test_why_somebody_sees_it(shelter: Served) -> None:
    sent = (await done(shelter, "referPerson", **asked(shelter, target=SHELTER.name)))["id"]
    for caller, visible in (
        (holding("pets:read"), True),
        (holding("referrals:read"), True),
        (holding("registry:read"), False),
        (agency(shelter), False),
    ):
        answer = await shelter.ask(EXPLAIN, caller, variables={"id": sent})
        assert answer["data"]["accessExplain"]["visible"] is visible, answer
    sent = (await done(shelter, "referPerson", **asked(shelter)))["id"]
    answer = await shelter.ask(EXPLAIN, agency(shelter), variables={"id": sent})
    assert answer["data"]["accessExplain"]["visible"] is True


async def test_merged_persons_keep_their_referrals(served: Served) -> None:
    twin = {"name": "张三丰", "idType": "NONE", "gender": "MALE", "birthDate": "1958-03-15"}
    homes = {"registeredDivision": EAST_VILLAGE, "residenceDivision": EAST_VILLAGE}
    dropped = (await done(served, "registerPerson", **twin, **homes))["id"]
    sent = await done(served, "referPerson", **{**asked(served), "person": dropped})
    merge = """mutation M($i: MergePersonsInput!) { mergePersons(input: $i) { errors { code } } }"""
    fields = {"kept": served.city.person(0), "dropped": dropped, "reason": "重复"}
    answer = await served.ask(merge, variables={"i": fields})
    assert answer["data"]["mergePersons"]["errors"] == []
    answer, _ = await served.both(ONE, variables={"id": sent["id"]})
    assert answer["data"]["referral"]["person"] == {"id": served.city.person(0)}


async def test_a_dry_run_and_a_repeat(served: Served) -> None:
    tried = await write(served, "referPerson", **asked(served), dryRun=True)
    assert (tried["errors"], tried["dryRun"]) == ([], True)
    assert await listed(served, "city") == []
    first = await done(served, "referPerson", **asked(served), idempotencyKey="k1")
    assert (await done(served, "referPerson", **asked(served), idempotencyKey="k1"))["id"] == first["id"]
    assert await listed(served, "city") == [first["id"]]
