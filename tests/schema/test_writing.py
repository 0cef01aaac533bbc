"""What every mutation does: dry runs, idempotency, races, order, failures and audit, on both databases."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest

from core.access.models import AuditEntry, IdempotencyKey
from core.persons.models import Person
from schema.mutations import record_move, register_person
from tests.schema.asking import (
    answer,
    audited,
    counts,
    document,
    done,
    newcomer,
    reasons,
    refused,
    rows,
    top_codes,
    without_ids,
    write,
)
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, EAST_VILLAGE, WEST_VILLAGE, number

BORN = date(1991, 4, 5)
Write = tuple[str, dict[str, Any]]


EMPTY = "410189102209"


async def one_of_each(served: Served) -> list[Write]:
    """A write of every verb; all are accepted, alone or in this order."""
    await done(served, "openDivision", code=EMPTY, name="空村")  # only an empty one can be closed
    home, on = {"household": served.city.household(0)}, {"on": "2022-11-01"}
    member = {"person": served.city.person(8), "relation": "02"}
    wife, joins = {"person": served.city.person(1)}, {"person": served.city.person(5)}
    return [
        ("registerPerson", newcomer(BORN)),
        ("correctPerson", {**wife, "name": "李思"}),
        ("recordMove", {**wife, **on, "residenceDivision": WEST_VILLAGE}),
        (
            "openHousehold",
            {"kind": "REGISTERED", "addressDivision": EAST_VILLAGE, "address": "东街", "members": [member]},
        ),
        ("joinHousehold", {**home, **on, **joins, "relation": "子"}),
        ("leaveHousehold", {**home, **on, "person": served.city.person(2)}),
        ("changeHouseholdRole", {**home, **on, "person": served.city.person(3), "relation": "73"}),
        ("changeHouseholdHead", {**home, **on, **wife, "formerHeadRelation": "丈夫"}),
        ("closeHousehold", {**home, **on}),
        ("openDivision", {"code": "410189103", "name": "南镇"}),
        ("closeDivision", {"code": EMPTY, **on}),
    ]


async def test_a_dry_run_keeps_nothing_and_shows_the_same(served: Served) -> None:
    writes = await one_of_each(served)
    before = await counts(served)
    for verb, fields in writes:
        tried = await write(served, verb, **fields, dryRun=True)
        assert (tried["errors"], tried["dryRun"]) == ([], True)
        assert await counts(served) == before, verb
        again = await write(served, verb, **fields, dryRun=True)
        assert without_keys(again) == without_keys(tried)


def without_keys(payload: Any) -> Any:
    """A payload without what is made afresh: ids, and the code made from one."""
    text = without_ids({**payload, "dryRun": None})
    return text if "'code': '410189101-" not in text else text.split("'code'")[0]


async def test_what_a_dry_run_shows_is_what_is_written(served: Served) -> None:
    given = newcomer(BORN, phone="13800000000")
    tried = await write(served, "registerPerson", **given, dryRun=True)
    kept = await write(served, "registerPerson", **given)
    assert without_keys(tried) == without_keys(kept)
    assert (tried["dryRun"], kept["dryRun"]) == (True, False)


async def test_a_dry_run_is_refused_alike(served: Served) -> None:
    given = newcomer(BORN, idNumber="410189195803150016")
    tried = await write(served, "registerPerson", **given, dryRun=True)
    assert (reasons(tried), tried["dryRun"]) == (["ID_CHECKSUM idNumber"], True)


async def test_a_dry_run_uses_no_key_up(served: Served) -> None:
    given = newcomer(BORN, idempotencyKey="k1")
    await write(served, "registerPerson", **given, dryRun=True)
    assert await rows(served, IdempotencyKey) == []
    assert await done(served, "registerPerson", **given)


async def test_a_repeat_answers_the_same_record(served: Served) -> None:
    given = newcomer(BORN, idempotencyKey="k1")
    first = await done(served, "registerPerson", **given)
    before = await counts(served)
    assert await done(served, "registerPerson", **given) == first
    assert await counts(served) == before


async def test_another_input_for_a_key_is_refused(served: Served) -> None:
    await done(served, "registerPerson", **newcomer(BORN, idempotencyKey="k1"))
    other = newcomer(BORN, 78, idempotencyKey="k1")
    assert await refused(served, "registerPerson", **other) == ["IDEMPOTENCY_MISMATCH idempotencyKey"]
    town = {"code": "410189103", "name": "南镇", "idempotencyKey": "k1"}
    assert await refused(served, "openDivision", **town) == ["IDEMPOTENCY_MISMATCH idempotencyKey"]


async def test_a_key_belongs_to_its_subject(served: Served) -> None:
    await done(served, "registerPerson", **newcomer(BORN, idempotencyKey="k1"))
    assert await done(served, "registerPerson", "town", **newcomer(BORN, 78, idempotencyKey="k1"))


async def test_a_refusal_uses_no_key_up(served: Served) -> None:
    wrong = newcomer(BORN, idempotencyKey="k1", phone="1")
    assert await refused(served, "registerPerson", **wrong) == ["PHONE_FORMAT phone"]
    assert await done(served, "registerPerson", **newcomer(BORN, idempotencyKey="k1"))


async def test_the_header_serves_every_mutation_of_a_document(served: Served) -> None:
    writes = [("registerPerson", newcomer(BORN, sequence)) for sequence in (77, 78)]
    first = await answer(served, *writes, idempotency_key="h")
    before = await counts(served)
    assert await answer(served, *writes, idempotency_key="h") == first
    assert await counts(served) == before
    assert first["data"]["m0"]["person"]["id"] != first["data"]["m1"]["person"]["id"]
    assert {row.key for row in await rows(served, IdempotencyKey)} == {"h:m0", "h:m1"}


async def test_a_key_in_the_input_goes_before_the_header(served: Served) -> None:
    await answer(served, ("registerPerson", newcomer(BORN, idempotencyKey="k")), idempotency_key="h")
    assert [row.key for row in await rows(served, IdempotencyKey)] == ["k"]


async def at_once(served: Served, *writes: Write, callers: tuple[str, ...] = ("city", "city")) -> list[Any]:
    """The payloads of requests sent at the same time."""
    pairs = zip(writes, callers, strict=True)
    found = await asyncio.gather(*(answer(served, one, caller=caller) for one, caller in pairs))
    assert [top_codes(item) for item in found] == [[]] * len(found), found
    return [item["data"]["m0"] for item in found]


ATTEMPTS = range(5)


async def test_one_key_at_once_makes_one_person(served: Served) -> None:
    for turn in ATTEMPTS:
        one: Write = ("registerPerson", newcomer(BORN, 100 + turn, idempotencyKey=f"k{turn}"))
        first, second = await at_once(served, one, one)
        assert first == second
        assert first["errors"] == []


async def test_one_key_at_once_corrects_once(served: Served) -> None:
    fields = {"person": served.city.person(1), "name": "李思", "expectedVersion": 1, "idempotencyKey": "k"}
    first, second = await at_once(served, ("correctPerson", fields), ("correctPerson", fields))
    assert first == second
    assert first["person"]["version"] == 2


async def test_one_id_number_at_once_lands_once(served: Served) -> None:
    for turn in ATTEMPTS:
        found = await at_once(served, *[("registerPerson", newcomer(BORN, 100 + turn))] * 2)
        assert sorted(code.split(" ")[0] for payload in found for code in reasons(payload)) == [
            "ID_DUPLICATE"
        ]
        hashed = served.service.vault.blind_index(number(BORN, 100 + turn))
        assert len(await rows(served, Person, Person.id_hash == hashed)) == 1


async def test_two_corrections_at_once_leave_one(served: Served) -> None:
    for turn in ATTEMPTS:
        fields = {"person": served.city.person(1), "expectedVersion": 1 + turn}
        writes = [
            ("correctPerson", {**fields, "name": name})
            for name in ("李思" + "甲" * turn, "李斯" + "乙" * turn)
        ]
        found = await at_once(served, *writes, callers=("city", "town"))
        assert [code.split(" ")[0] for payload in found for code in reasons(payload)] == ["CONFLICT"]


async def test_one_corrected_id_at_once_lands_once(served: Served) -> None:
    for turn in ATTEMPTS:
        ids = [(7, "PASSPORT"), (8, "PASSPORT")]
        writes = [
            ("correctPerson", {"person": served.city.person(i), "idType": kind, "idNumber": f"N{turn}"})
            for i, kind in ids
        ]
        found = await at_once(served, *writes)
        assert [code.split(" ")[0] for payload in found for code in reasons(payload)] == ["ID_DUPLICATE"]


async def test_changes_of_a_household_at_once_do_not_break_it(served: Served) -> None:
    base = {"household": served.city.household(0), "on": "2022-11-01", "formerHeadRelation": "97"}
    writes = [("changeHouseholdHead", {**base, "person": served.city.person(i)}) for i in (1, 2)]
    found = await at_once(served, *writes)
    assert {code.split(" ")[0] for payload in found for code in reasons(payload)} <= {
        "CONFLICT",
        "MEMBER_DUPLICATE",
    }
    query = '{ household(id: "%s") { head { id } members { relation person { id } } } }'
    home = (await served.ask(query % served.city.household(0)))["data"]["household"]
    assert [m["person"] for m in home["members"] if m["relation"] == "02"] == [home["head"]]


async def test_one_person_joins_two_households_at_once(served: Served) -> None:
    base = {"person": served.city.person(5), "on": "2022-11-30", "relation": "97"}
    writes = [("joinHousehold", {**base, "household": served.city.household(i)}) for i in (0, 1)]
    found = await at_once(served, *writes)
    assert [code.split(" ")[0] for payload in found for code in reasons(payload)] == ["MEMBER_DUPLICATE"]


async def test_mutations_of_a_document_run_in_order(served: Served) -> None:
    fields = [
        {"person": served.city.person(1), "name": f"李{c}", "expectedVersion": i}
        for i, c in enumerate("甲乙丙", 1)
    ]
    found = await answer(served, *(("correctPerson", one) for one in fields))
    versions = [found["data"][f"m{i}"]["person"]["version"] for i in range(3)]
    assert versions == [2, 3, 4]


async def test_a_refusal_does_not_stop_the_next_mutation(served: Served) -> None:
    wrong = newcomer(BORN, phone="1")
    found = await answer(served, ("registerPerson", wrong), ("registerPerson", newcomer(BORN)))
    assert reasons(found["data"]["m0"]) == ["PHONE_FORMAT phone"]
    assert found["data"]["m1"]["errors"] == []


async def test_a_failure_tells_nothing_and_leaves_nothing(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = register_person.register

    async def fails(work: Any, news: Any) -> Any:
        await real(work, news)
        raise RuntimeError(f"broken at {news[0].id_number}")

    monkeypatch.setattr(register_person, "register", fails)
    before = await counts(served)
    given = newcomer(BORN, idempotencyKey="k")
    found = await answer(served, ("registerPerson", given), request_id="r1")
    assert top_codes(found) == ["INTERNAL"]
    assert found["data"] is None
    assert given["idNumber"] not in str(found)
    assert "RuntimeError" not in str(found)
    assert await counts(served) == before


async def test_a_failure_does_not_undo_the_mutation_before(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_arguments: Any, **_options: Any) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(record_move, "move", fails)
    move = {"person": served.city.person(1), "on": "2022-11-01", "residenceDivision": WEST_VILLAGE}
    found = await answer(served, ("registerPerson", newcomer(BORN)), ("recordMove", move))
    assert top_codes(found) == ["INTERNAL"]
    hashed = served.service.vault.blind_index(number(BORN, 77))
    assert len(await rows(served, Person, Person.id_hash == hashed)) == 1


async def test_every_write_leaves_its_audit_row(served: Served) -> None:
    for verb, fields in await one_of_each(served):
        before = {row.id for row in await rows(served, AuditEntry)}
        await write(served, verb, **fields)
        new = [row for row in await rows(served, AuditEntry) if row.id not in before]
        assert new, verb
        assert {(row.actor, row.district) for row in new} == {(served.callers["city"].subject, CITY)}


async def test_audit_rows_hold_no_personal_data(served: Served) -> None:
    for verb, fields in await one_of_each(served):
        await write(served, verb, **fields)
    kept = str([(row.action, row.subject, row.fields, row.details) for row in await rows(served, AuditEntry)])
    for private in ("新来者", "李思", "张三丰", number(BORN, 77), "1991-04-05", "东街"):
        assert private not in kept
    (corrected,) = await audited(served, "person.corrected")
    assert corrected.fields == ["name"]


async def test_refusals_leave_no_audit_row_of_a_write(served: Served) -> None:
    before = await counts(served)
    await refused(served, "registerPerson", **newcomer(BORN, phone="1"))
    await refused(served, "registerPerson", "auditor", **newcomer(BORN))
    assert await counts(served) == before


async def test_refusals_speak_the_callers_language(served: Served) -> None:
    found = await answer(served, ("registerPerson", newcomer(BORN, phone="1")), language="zh")
    assert "手机号码" in found["data"]["m0"]["errors"][0]["message"]


async def test_mutations_need_a_post(served: Served) -> None:
    options = {"variables": {"i0": newcomer(BORN)}, "read_only": True}
    found = await served.ask(document("registerPerson"), **options)
    assert top_codes(found) == ["METHOD_NOT_ALLOWED"]
