"""Registering, correcting and moving persons through GraphQL, on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import inspect, update

from core.codes.sets import DisabilityCategory
from core.divisions.models import Division
from core.events.models import LifeEvent
from core.persons.models import Person, PersonDisability, PersonVersion
from tests.schema.asking import (
    answer,
    audited,
    change_rows,
    done,
    foreigner,
    listed,
    newcomer,
    refused,
    rows_of,
    top_codes,
    without_ids,
    write,
)
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, EAST, EAST_VILLAGE, WEST_VILLAGE, number

EMPTY = "410189102209"
BORN = date(1958, 3, 15)

# Domain 1.1, "Worked" and its table, with vectors 3 to 6.
INVALID_IDS = {
    "410189195803150016": "ID_CHECKSUM",
    "410189198702291015": "ID_BIRTHDATE",
    "410189580315001": "ID_LENGTH",
    "4101891958031500X5": "ID_FORMAT",
    "990101195803150015": "ID_REGION",
    "110101209912310015": "ID_FUTURE_BIRTH",
}


async def test_a_person_is_registered_from_the_id_alone(served: Served) -> None:
    person = await done(served, "registerPerson", **newcomer(BORN, idNumber="41018919580315004x"))
    assert (person["gender"], person["birthDate"]) == ("FEMALE", "1958-03-15")
    assert (person["idNumber"], person["version"]) == ("4****************X", 1)
    found = await served.ask(
        '{ persons(filter: {idNumber: "４１０１８９ 19580315-004X"}) { edges { node { id } } } }'
    )
    assert found["data"]["persons"]["edges"] == [{"node": {"id": person["id"]}}]


async def test_the_stored_id_is_upper_case(served: Served) -> None:
    person = await done(served, "registerPerson", **newcomer(BORN, idNumber=" 410189-19580315 004x"))
    opened = await served.ask('{ person(id: "%s") { idNumber } }' % person["id"], "unmasking")
    assert opened["data"]["person"]["idNumber"] == "41018919580315004X"


async def test_invalid_ids_are_told_by_their_code(served: Served) -> None:
    found = {
        text: await refused(served, "registerPerson", **newcomer(BORN, idNumber=text)) for text in INVALID_IDS
    }
    assert found == {text: [f"{code} idNumber"] for text, code in INVALID_IDS.items()}


async def test_gender_and_birth_date_must_be_the_ids(served: Served) -> None:
    vector = newcomer(BORN, idNumber="410189198506121051")
    for wrong in ({"gender": "FEMALE"}, {"birthDate": "1985-06-13"}, {"gender": "UNKNOWN"}):
        assert await refused(served, "registerPerson", **vector, **wrong) == ["ID_MISMATCH idNumber"]
    person = await done(served, "registerPerson", **vector, gender="MALE", birthDate="1985-06-12")
    assert person["gender"] == "MALE"


async def test_everything_wrong_is_told_at_once(served: Served) -> None:
    wrong = newcomer(
        BORN,
        name="张3",
        idNumber="410189195803150016",
        ethnicity="火星",
        phone="123",
        registeredDivision=CITY,
        residenceDivision="410189999000",
        since="2022-12-01",
        disabilities=[{"category": "VISUAL", "level": 5}],
    )
    assert await refused(served, "registerPerson", **wrong) == [
        "NAME_FORMAT name",
        "ID_CHECKSUM idNumber",
        "CODE_UNKNOWN ethnicity",
        "PHONE_FORMAT phone",
        "DIV_TIER registeredDivision",
        "DIV_UNKNOWN residenceDivision",
        "DATE_FUTURE since",
        "DISABILITY_LEVEL disabilities",
    ]


async def test_an_id_is_registered_once(served: Served) -> None:
    known = newcomer(BORN, 1)
    assert await refused(served, "registerPerson", **known) == ["ID_DUPLICATE idNumber"]
    outside = newcomer(date(1970, 5, 5), 9)  # the neighbour's, whom the caller cannot see
    assert await refused(served, "registerPerson", **outside) == ["ID_DUPLICATE idNumber"]


async def test_an_id_number_is_unique_within_its_type(served: Served) -> None:
    assert await refused(served, "registerPerson", **foreigner("e12345678")) == ["ID_DUPLICATE idNumber"]
    permit = foreigner("E12345678", idType="HK_MACAO_TW_PERMIT")
    person = await done(served, "registerPerson", **permit)
    assert person["idNumber"] == "E*******8"
    taken = await refused(served, "correctPerson", person=person["id"], idType="PASSPORT")
    assert taken == ["ID_DUPLICATE idNumber"]


@pytest.mark.parametrize("blank", [None, "", "  "])
async def test_only_none_has_no_number(served: Served, blank: str | None) -> None:
    newborn = foreigner(name="新生儿", idType="NONE", idNumber=blank)
    for _ in range(2):  # NONE is never a duplicate
        assert (await done(served, "registerPerson", **newborn))["idNumber"] is None
    required = ["ID_REQUIRED idNumber"]
    assert await refused(served, "registerPerson", **{**newborn, "idNumber": "X1234567"}) == required
    assert await refused(served, "registerPerson", **foreigner(idNumber=blank)) == required
    assert await refused(served, "registerPerson", **newcomer(BORN, idNumber=blank)) == required


async def test_other_documents_need_a_birth_date(served: Served) -> None:
    person = await done(served, "registerPerson", **foreigner("p 765-4321"))
    assert (person["idNumber"], person["gender"]) == ("P******1", "UNKNOWN")
    assert await refused(served, "registerPerson", **foreigner("P1", birthDate=None)) == [
        "ID_REQUIRED birthDate"
    ]
    future = foreigner("P1", birthDate="2022-12-01")
    assert await refused(served, "registerPerson", **future) == ["BIRTH_FUTURE birthDate"]


async def test_ethnicity_by_code_and_by_name(served: Served) -> None:
    for sequence, text in enumerate(("05", "维吾尔", "维吾尔族")):
        person = await done(served, "registerPerson", **newcomer(BORN, 100 + sequence, ethnicity=text))
        assert person["ethnicity"] == "05"


async def test_disabilities_are_dated(served: Served) -> None:
    two = [{"category": "VISUAL", "level": 1}, {"category": "SPEECH", "level": 4}]
    person = await done(served, "registerPerson", **newcomer(BORN, disabilities=two, since="2022-03-01"))
    assert sorted(person["disabilities"], key=lambda item: item["level"]) == two
    kept = await rows_of(served, PersonDisability, "person_id", person["id"])
    assert {(row.valid_from, row.valid_to) for row in kept} == {(date(2022, 3, 1), None)}


async def test_disabilities_are_refused_twice_or_out_of_range(served: Served) -> None:
    for wrong in (
        [{"category": "VISUAL", "level": 1}, {"category": "VISUAL", "level": 2}],
        [{"category": "MENTAL", "level": 5}],
        [{"category": "MENTAL", "level": 0}],
    ):
        given = newcomer(BORN, disabilities=wrong)
        assert await refused(served, "registerPerson", **given) == ["DISABILITY_LEVEL disabilities"]


async def test_phones_are_stored_bare_and_shown_masked(served: Served) -> None:
    person = await done(served, "registerPerson", **newcomer(BORN, phone="+86 138-0000-9876"))
    assert person["phone"] == "138****9876"


async def test_a_malformed_division_is_refused_before_anything_runs(served: Served) -> None:
    for text in ("4101", "41018910", "410189000201", "000000000000", "四一"):
        given = newcomer(BORN, residenceDivision=text)
        found = await answer(served, ("registerPerson", given))
        assert top_codes(found) == ["DIV_FORMAT"]
        assert "data" not in found


async def test_divisions_must_be_in_force_on_the_day(served: Served) -> None:
    await done(served, "openDivision", code=EMPTY, name="空村")
    await done(served, "closeDivision", code=EMPTY, on="2022-11-30")
    given = newcomer(BORN, residenceDivision=EMPTY)
    assert await refused(served, "registerPerson", **given) == ["DIV_INACTIVE residenceDivision"]
    assert await done(served, "registerPerson", **given, since="2022-11-29")


async def test_persons_live_in_towns_and_villages(served: Served) -> None:
    found = {
        code: await refused(served, "registerPerson", "nation", **newcomer(BORN, residenceDivision=code))
        for code in (CITY, "410100000000", "410189103000")
    }
    assert [reason for (reason,) in found.values()] == ["FORBIDDEN"] * 3
    for code, reason in ((CITY, "DIV_TIER"), ("410189103000", "DIV_UNKNOWN")):
        given = newcomer(BORN, residenceDivision=code)
        assert await refused(served, "registerPerson", **given) == [f"{reason} residenceDivision"]
    assert await done(served, "registerPerson", **newcomer(BORN, residenceDivision=EAST[:9]))


async def test_who_may_register_where(served: Served) -> None:
    elsewhere = newcomer(BORN, residenceDivision=WEST_VILLAGE, registeredDivision=WEST_VILLAGE)
    reason = await refused(served, "registerPerson", "town", **elsewhere)
    assert reason == ["FORBIDDEN_SCOPE residenceDivision"]
    for caller in ("auditor", "village", "nobody"):
        assert await refused(served, "registerPerson", caller, **newcomer(BORN)) == ["FORBIDDEN"]
    # Registered in the officer's own town, living in another: the officer's to write.
    assert await done(served, "registerPerson", "town", **newcomer(BORN, residenceDivision=WEST_VILLAGE))


async def test_a_correction_appends_and_voids(served: Served) -> None:
    id_ = served.city.person(1)
    before = await rows_of(served, PersonVersion, "person_id", id_)
    person = await done(served, "correctPerson", person=id_, name="李思", expectedVersion=1)
    assert (person["name"], person["version"]) == ("李思", 2)
    old, new = await rows_of(served, PersonVersion, "person_id", id_)
    assert facts(old) == {**facts(before[0]), "voided_at": old.voided_at}
    assert old.voided_at == new.recorded_at
    assert (new.name, new.valid_from, new.valid_to) == ("李思", old.valid_from, None)
    assert new.voided_at is None


def facts(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in inspect(type(row)).column_attrs.keys()}  # noqa: SIM118


async def test_a_stale_correction_tells_the_current_version(served: Served) -> None:
    id_ = served.city.person(1)
    await done(served, "correctPerson", person=id_, name="李思")
    payload = await write(served, "correctPerson", person=id_, name="李斯", expectedVersion=1)
    (error,) = payload["errors"]
    assert (error["code"], error["field"]) == ("CONFLICT", ["input", "expectedVersion"])
    assert "version is now 2" in error["message"]


async def test_null_clears_and_absence_keeps(served: Served) -> None:
    id_ = served.city.person(0)
    kept = await done(served, "correctPerson", person=id_, maritalStatus="WIDOWED")
    assert (kept["phone"], kept["ethnicity"]) == ("138****1234", "01")
    cleared = await done(served, "correctPerson", person=id_, phone=None, ethnicity=None, name=None)
    assert (cleared["phone"], cleared["ethnicity"], cleared["name"]) == (None, None, "张三丰")


async def test_a_correction_of_nothing_is_refused(served: Served) -> None:
    for nothing in ({}, {"name": None, "disabilities": None}):
        id_ = served.city.person(0)
        assert await refused(served, "correctPerson", person=id_, **nothing) == ["INPUT_EMPTY"]


async def test_an_id_number_is_corrected(served: Served) -> None:
    id_, right = served.city.person(0), number(BORN, 11)
    await done(served, "correctPerson", person=id_, idNumber=right)
    again = newcomer(BORN, 1)
    assert await done(served, "registerPerson", **again)  # the wrong number is free
    assert await refused(served, "registerPerson", **newcomer(BORN, 11)) == ["ID_DUPLICATE idNumber"]
    assert await refused(served, "correctPerson", person=id_, idNumber=number(BORN, 1)) == [
        "ID_DUPLICATE idNumber"
    ]
    assert await refused(served, "correctPerson", person=id_, idNumber=None) == ["ID_REQUIRED idNumber"]


async def test_a_corrected_id_brings_its_birth_date_along(served: Served) -> None:
    id_, right = served.city.person(0), number(date(1958, 3, 16), 12)
    contrary = {"idNumber": right, "birthDate": "1958-03-17"}
    assert await refused(served, "correctPerson", person=id_, **contrary) == ["ID_MISMATCH idNumber"]
    person = await done(served, "correctPerson", person=id_, idNumber=right)
    assert (person["birthDate"], person["gender"]) == ("1958-03-16", "FEMALE")


async def test_disabilities_are_replaced_as_rows(served: Served) -> None:
    id_ = served.city.person(2)
    two = [{"category": "VISUAL", "level": 2}]
    assert (await done(served, "correctPerson", person=id_, disabilities=two))["disabilities"] == two
    kept = await rows_of(served, PersonDisability, "person_id", id_)
    now = [(row.category, row.level, row.valid_to) for row in kept if row.voided_at is None]
    today = date(2022, 11, 30)
    assert sorted(now, key=str) == sorted(
        [
            (DisabilityCategory.VISUAL, 1, today),
            (DisabilityCategory.MENTAL, 3, today),
            (DisabilityCategory.VISUAL, 2, None),
        ],
        key=str,
    )


async def test_a_person_of_a_closed_division_can_be_corrected(served: Served) -> None:
    closed = update(Division).where(Division.code == EAST_VILLAGE).values(valid_to=date(2022, 11, 1))
    await change_rows(served, closed)  # as an old register may have it: no mutation leaves people behind
    assert await done(served, "correctPerson", person=served.city.person(0), phone="13900005678")


async def test_missing_and_out_of_scope_read_the_same(served: Served) -> None:
    for verb, fields in (("correctPerson", {"name": "某"}), ("recordMove", {"on": "2022-11-01"})):
        outside = {**fields, "person": served.city.person(6)}
        missing = {**fields, "person": "person_" + "0" * 32}
        found = [await answer(served, (verb, given)) for given in (outside, missing)]
        assert without_ids(found[0]) == without_ids(found[1])
        assert "NOT_FOUND" in str(found[0])


async def test_correcting_needs_the_right_to_write(served: Served) -> None:
    id_ = served.city.person(0)
    assert await refused(served, "correctPerson", "auditor", person=id_, name="某") == ["FORBIDDEN"]
    assert await refused(served, "correctPerson", "nobody", person=id_, name="某") == ["NOT_FOUND person"]
    away = await refused(served, "correctPerson", "town", person=id_, residenceDivision=WEST_VILLAGE,
                         registeredDivision=WEST_VILLAGE)  # fmt: skip
    assert away == ["FORBIDDEN_SCOPE residenceDivision"]


async def test_a_move_writes_two_intervals(served: Served) -> None:
    id_, on = served.city.person(1), "2022-06-01"
    await done(served, "recordMove", person=id_, on=on, residenceDivision=WEST_VILLAGE)
    voided, past, now = sorted(
        await rows_of(served, PersonVersion, "person_id", id_),
        key=lambda row: (row.voided_at is None, row.valid_from),
    )
    day = date(2022, 6, 1)
    assert (voided.valid_from, voided.valid_to) == (date(2022, 1, 1), None)
    assert (past.valid_from, past.valid_to, past.division) == (date(2022, 1, 1), day, EAST_VILLAGE)
    assert (now.valid_from, now.valid_to, now.division) == (day, None, WEST_VILLAGE)
    assert voided.voided_at == past.recorded_at == now.recorded_at


async def test_a_move_changes_who_lists_the_person(served: Served) -> None:
    id_ = served.city.person(1)
    assert id_ in await listed(served, "town")
    moved = {"residenceDivision": WEST_VILLAGE, "registeredDivision": WEST_VILLAGE}
    await done(served, "recordMove", person=id_, on="2022-06-01", **moved)
    assert id_ not in await listed(served, "town")
    assert id_ in await listed(served, "other town")


async def test_a_move_is_a_life_event(served: Served) -> None:
    id_ = served.city.person(1)
    await done(served, "recordMove", person=id_, on="2022-06-01", residenceDivision=WEST_VILLAGE)
    (event,) = await rows_of(served, LifeEvent, "person_id", id_)
    assert (event.event_date, event.division) == (date(2022, 6, 1), EAST_VILLAGE)
    before = {"residenceDivision": EAST_VILLAGE, "registeredDivision": EAST_VILLAGE}
    assert event.details == {**before, "person": id_}
    (row,) = [
        row for row in await audited(served, "life_event.recorded") if row.subject.endswith(event.id.hex)
    ]
    assert row.details == {"type": "MOVE", "on": "2022-06-01"}


async def test_a_move_on_the_recorded_start_corrects_it(served: Served) -> None:
    id_ = served.city.person(1)
    await done(served, "recordMove", person=id_, on="2022-01-01", residenceDivision=WEST_VILLAGE)
    old, new = await rows_of(served, PersonVersion, "person_id", id_)
    assert old.voided_at is not None
    assert (new.valid_from, new.division) == (old.valid_from, WEST_VILLAGE)


async def test_moves_that_are_refused(served: Served) -> None:
    id_ = served.city.person(1)
    cases: dict[str, dict[str, Any]] = {
        "DATE_ORDER on": {"on": "1900-01-01", "residenceDivision": WEST_VILLAGE},
        "DATE_FUTURE on": {"on": "2022-12-01", "residenceDivision": WEST_VILLAGE},
        "INPUT_EMPTY": {"on": "2022-06-01"},
        "DIV_TIER residenceDivision": {"on": "2022-06-01", "residenceDivision": CITY},
        "FORBIDDEN_SCOPE registeredDivision": {"on": "2022-06-01", "registeredDivision": "410188101201"},
        "CONFLICT expectedVersion": {
            "on": "2022-06-01",
            "residenceDivision": WEST_VILLAGE,
            "expectedVersion": 7,
        },
    }
    found = {
        reason: await refused(served, "recordMove", person=id_, **given) for reason, given in cases.items()
    }
    assert found == {reason: [reason] for reason in cases}
    (row,) = await rows_of(served, Person, "id", id_)
    assert (row.version, row.division) == (1, EAST_VILLAGE)
