"""`accessExplain`: why somebody sees a row or not, and what nobody learns by asking."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.access.principal import Principal
from core.access.service import grant, principal_of, revoke, user_named
from core.codes.sets import UserRole
from tests.schema.asking import audited, top_codes, without_ids
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, EAST, NEIGHBOUR, WEST, WEST_VILLAGE

EXPLAIN = (
    "query E($id: ID!, $subject: String) { accessExplain(id: $id, subject: $subject) { subject id exists visible "
    "listed rule { zh en } names unmask reasons { zh en } grants { division divisionName role permission plugin "
    "validFrom validTo active reaches how } } }"
)
USERS = {
    "city officer": (UserRole.CITY_OFFICER, CITY),
    "east officer": (UserRole.TOWN_OFFICER, EAST),
    "west officer": (UserRole.TOWN_OFFICER, WEST),
    "auditor": (UserRole.AUDITOR, CITY),
    "neighbour's auditor": (UserRole.AUDITOR, NEIGHBOUR),
    "nation's auditor": (UserRole.AUDITOR, "000000000000"),
    "town auditor": (UserRole.AUDITOR, EAST),
}
START = date(2022, 1, 1)
NOBODY = "person_" + "0" * 32


@pytest.fixture
async def known(served: Served) -> Served:
    """The small city with users whose grants are rows."""
    clock = served.service.clock
    async with served.service.database.writing() as session:
        for subject, (role, division) in USERS.items():
            user = await user_named(session, subject, clock)
            await grant(session, user, division, clock, role=role, valid_from=START)
        await user_named(session, "newcomer", clock)
    return served


async def principal(served: Served, subject: str) -> Principal:
    host, today = served.service.host, served.service.clock.today()
    async with served.service.database.reading() as session:
        found = await principal_of(session, subject, host.permissions, today)
    return found or Principal(None, subject)


async def explain(served: Served, asker: str, id_: str, subject: str | None = None, **options: Any) -> Any:
    variables = {"id": id_, "subject": subject}
    answer = await served.ask(EXPLAIN, await principal(served, asker), variables=variables, **options)
    assert "errors" not in answer, answer
    return answer["data"]["accessExplain"]


def brief(found: Any) -> tuple[bool, bool, list[str]]:
    return found["visible"], found["listed"], [grant["how"] for grant in found["grants"]]


async def test_each_way_to_a_person(known: Served) -> None:
    at_home, moved = (
        known.city.person(0),
        known.city.person(3),
    )  # 3 lives in the west, is registered in the east
    ways = {
        ("city officer", at_home): (True, True, ["RESIDENCE"]),
        ("east officer", at_home): (True, True, ["RESIDENCE"]),
        ("west officer", at_home): (True, False, ["MEMBERSHIP"]),
        ("west officer", moved): (True, True, ["RESIDENCE"]),
        ("east officer", moved): (True, False, ["REGISTRATION"]),
    }
    for (subject, id_), wanted in ways.items():
        found = await explain(known, subject, id_)
        assert brief(found) == wanted, (subject, id_)
        assert (found["exists"], found["names"], found["unmask"]) == (True, "FULL", False)
        assert found["grants"][0]["reaches"]
        assert USERS[subject][1] in found["reasons"][0]["zh"]
        by_id = await known.ask(
            "query N($id: ID!) { node(id: $id) { id } }",
            await principal(known, subject),
            variables={"id": id_},
        )
        assert by_id["data"]["node"] == {"id": id_}


async def test_what_the_grants_show(known: Served) -> None:
    (shown,) = (await explain(known, "auditor", known.city.person(0)))["grants"]
    assert shown == {
        "division": CITY,
        "divisionName": "示范市",
        "role": "AUDITOR",
        "permission": None,
        "plugin": None,
        "validFrom": "2022-01-01",
        "validTo": None,
        "active": True,
        "reaches": True,
        "how": "RESIDENCE",
    }


async def test_a_row_out_of_reach_is_a_missing_one_to_its_own_asker(known: Served) -> None:
    asked = {
        subject: known.city.person(6) for subject in ("city officer", "east officer", "newcomer", "stranger")
    }
    asked["town auditor"] = known.city.person(4 + 3)  # in the west
    for subject, id_ in asked.items():
        far = await explain(known, subject, id_)
        assert (far["exists"], far["visible"], far["listed"]) == (False, False, False)
        assert not any(grant["reaches"] for grant in far["grants"])
        assert without_ids(far) == without_ids(await explain(known, subject, NOBODY))


async def test_nobody_asks_about_others_without_the_right(known: Served) -> None:
    id_ = known.city.person(0)
    for asker in ("city officer", "east officer", "town auditor", "neighbour's auditor", "stranger"):
        for subject in ("auditor", "nobody at all"):
            found = await explain(known, asker, id_, subject)
            assert found["grants"] == []
            assert found["exists"] is False
            assert without_ids(found) == without_ids(await explain(known, asker, NOBODY, subject))
    assert await audited(known, "access.explained") == []


async def test_an_auditor_asks_about_others_and_is_audited(known: Served) -> None:
    id_ = known.city.person(7)  # in the west
    seen = await explain(known, "auditor", id_, "west officer")
    assert brief(seen) == (True, True, ["RESIDENCE"])
    unseen = await explain(known, "auditor", id_, "east officer")
    assert brief(unseen) == (False, False, ["NONE"])
    assert unseen["exists"] is True
    assert unseen["names"] == "MASKED"
    words = " ".join(reason["en"] for reason in unseen["reasons"])
    assert "does not cover" in words
    assert f"registry:read over {WEST_VILLAGE}" in words
    rows = await audited(known, "access.explained")
    assert [(row.actor, row.subject, row.district) for row in rows] == [("auditor", id_, CITY)] * 2
    assert all(list(row.details) == ["user"] for row in rows)


async def test_what_keeps_somebody_out_is_told(known: Served) -> None:
    clock, id_ = known.service.clock, known.city.person(0)
    async with known.service.database.writing() as session:
        user = await user_named(session, "newcomer", clock)
        ended = {"role": UserRole.TOWN_OFFICER, "valid_from": START}
        await grant(session, user, EAST, clock, valid_to=date(2022, 6, 1), **ended)
        await revoke(session, await grant(session, user, EAST, clock, **ended), clock)
        other = await user_named(session, "only pii", clock)
        await grant(session, other, CITY, clock, permission="pii:read", valid_from=START)

    async def words(subject: str) -> str:
        found = await explain(known, "auditor", id_, subject)
        assert not found["visible"]
        return " ".join(reason["en"] for reason in found["reasons"])

    assert (await words("newcomer")).count("not in force") == 2
    assert "No grant carries the permission registry:read" in await words("only pii")
    assert "no grant at all" in await words("stranger")
    assert (await explain(known, "auditor", id_, "only pii"))["unmask"] is True


async def test_a_disabled_user_sees_nothing(known: Served) -> None:
    clock = known.service.clock
    async with known.service.database.writing() as session:
        (await user_named(session, "city officer", clock)).disabled_at = clock.now()
    found = await explain(known, "auditor", known.city.person(0), "city officer")
    assert (found["visible"], found["grants"][0]["active"]) == (False, False)


async def test_every_kind_of_node(known: Served) -> None:
    home = await explain(known, "west officer", known.city.household(1))
    assert brief(home) == (True, True, ["PLACE"])
    assert (home["names"], home["unmask"]) == (None, False)
    division = (await known.ask('{ division(code: "%s") { id } }' % EAST))["data"]["division"]["id"]
    for subject in ("west officer", "newcomer", "stranger"):
        public = await explain(known, subject, division)
        assert (public["visible"], public["listed"], public["unmask"]) == (True, True, None)
        assert "everybody" in public["reasons"][0]["en"]
    entries = await known.ask(
        "{ auditEntries(first: 1) { edges { node { id } } } }", await principal(known, "auditor")
    )
    entry = entries["data"]["auditEntries"]["edges"][0]["node"]["id"]
    assert brief(await explain(known, "auditor", entry)) == (True, True, ["PLACE"])
    assert (await explain(known, "city officer", entry))["exists"] is False
    officer = await explain(known, "auditor", entry, "city officer")
    assert "audit:read" in officer["reasons"][0]["en"]


async def test_at_a_districts_endpoint_rights_end_at_its_border(known: Served) -> None:
    neighbour = known.city.person(6)
    assert (await explain(known, "nation's auditor", neighbour))["visible"]
    assert not (await explain(known, "nation's auditor", neighbour, district=CITY))["exists"]


async def test_an_id_that_is_none(known: Served) -> None:
    for wrong in ("x", "cat_" + "0" * 32):
        answer = await known.ask(EXPLAIN, "city", variables={"id": wrong})
        assert top_codes(answer) == ["ID_INVALID"]
