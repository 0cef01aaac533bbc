"""Registering, changing and closing organizations through GraphQL, on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import update

from core.codes import credit_code
from core.organizations.models import OrganizationQualification, OrganizationVersion
from core.persons.models import Person
from tests.schema.asking import answer, audited, change_rows, counts, done, listed, refused, rows_of
from tests.schema.conftest import Served
from tests.schema.small_city import CITY, EAST, EAST_VILLAGE, NEIGHBOUR, WEST

CODE = credit_code.make("52", "410189", "MJ999999")
FULL = '{ organization(id: "%s") { name taxExempt deductible legalRepName legalRep { name } } }'


def new(**changes: Any) -> dict[str, Any]:
    """The input of a registration that is accepted."""
    base = {"name": "北斗社工中心", "creditCode": CODE, "kind": "SOCIAL_SERVICE", "division": EAST}
    return {**base, **changes}


async def versions(served: Served, id_: str) -> list[tuple[Any, ...]]:
    """What is known of an organization over time."""
    found = await rows_of(served, OrganizationVersion, "organization_id", id_)
    return sorted(
        (row.valid_from, row.valid_to or date.max, row.name, row.status.name)
        for row in found
        if row.voided_at is None
    )


async def test_an_organization_is_registered(served: Served) -> None:
    found = await done(
        served, "registerOrganization", **new(creditCode=f" {CODE.lower()}", legalRep=served.city.person(1))
    )
    assert (found["creditCode"], found["creditCodeDoubtful"], found["status"]) == (CODE, False, "ACTIVE")
    assert (found["legalRepName"], found["legalRep"]["id"]) == ("李四", served.city.person(1))
    assert (found["registeredOn"], found["taxExempt"], found["qualifications"]) == ("2022-11-30", False, [])
    assert await versions(served, found["id"]) == [(date(2022, 11, 30), date.max, "北斗社工中心", "ACTIVE")]
    assert len(await audited(served, "organization.registered")) == 5


async def test_a_wrong_inner_check_digit_is_told_and_kept(served: Served) -> None:
    first17 = CODE[:16] + ("0" if CODE[16] != "0" else "1")
    doubtful = first17 + credit_code.check_character(first17)
    found = await done(served, "registerOrganization", **new(creditCode=doubtful))
    assert found["creditCodeDoubtful"] is True


async def test_what_is_not_registered(served: Served) -> None:
    await change_rows(served, update(Person).values(death_date=date(2022, 1, 1)).where(Person.name == "李四"))
    for changes, reasons in (
        ({"creditCode": CODE[:-1]}, ["USCC_LENGTH creditCode"]),
        ({"creditCode": "I" + CODE[1:]}, ["USCC_ALPHABET creditCode"]),
        ({"creditCode": "52410189MJ0A1B2C5K"}, ["USCC_CHECKSUM creditCode"]),
        ({"kind": "COMPANY"}, ["USCC_KIND creditCode"]),
        ({"creditCode": "52410189MJ0A1B2C5J"}, ["USCC_TAKEN creditCode"]),
        ({"name": " "}, ["TEXT_LENGTH name"]),
        ({"legalRepName": "张三1"}, ["NAME_FORMAT legalRepName"]),
        ({"legalRepName": "李四", "legalRep": served.city.person(0)}, ["LEGAL_REP legalRepName"]),
        ({"legalRep": served.city.person(1)}, ["PERSON_DECEASED legalRep"]),
        ({"legalRep": served.city.person(6)}, ["NOT_FOUND legalRep"]),
        ({"registeredOn": "2022-12-01"}, ["DATE_FUTURE registeredOn"]),
        ({"division": "410189103000"}, ["DIV_UNKNOWN division"]),
        ({"division": NEIGHBOUR}, ["FORBIDDEN_SCOPE division"]),
        ({"name": "", "creditCode": "1"}, ["TEXT_LENGTH name", "USCC_LENGTH creditCode"]),
    ):
        assert await refused(served, "registerOrganization", **new(**changes)) == reasons
    prefecture = new(division="410100000000")
    assert await refused(served, "registerOrganization", served_caller(served), **prefecture) == [
        "DIV_ABOVE_COUNTY division"
    ]
    for caller in ("town", "auditor", "nobody"):
        assert await refused(served, "registerOrganization", caller, **new()) == ["FORBIDDEN"]


def served_caller(served: Served) -> Any:
    """The service itself, which reaches the whole country."""
    from core.access.service import system

    return system(served.service.host.permissions)


async def test_a_mistake_is_corrected_for_as_long_as_it_held(served: Served) -> None:
    id_ = served.city.organization(1)
    found = await done(served, "correctOrganization", organization=id_, name="东镇养老院", expectedVersion=1)
    assert (found["name"], found["version"]) == ("东镇养老院", 2)
    assert await versions(served, id_) == [(date(2015, 1, 1), date.max, "东镇养老院", "ACTIVE")]
    found = await done(served, "correctOrganization", organization=id_, registeredOn="2014-01-01")
    assert await versions(served, id_) == [(date(2014, 1, 1), date.max, "东镇养老院", "ACTIVE")]
    found = await done(served, "correctOrganization", organization=id_, legalRepName="孙某某")
    assert (found["legalRep"], found["legalRepName"]) == (None, "孙某某")
    found = await done(served, "correctOrganization", organization=id_, legalRepName=None)
    assert found["legalRepName"] is None
    assert {tuple(row.fields) for row in await audited(served, "organization.corrected")} == {
        ("name",), ("registered_on",), ("legal_rep_name",)
    }  # fmt: skip


async def test_a_change_holds_from_its_day(served: Served) -> None:
    id_ = served.city.organization(1)
    changes = {"name": "东镇康养中心", "division": EAST_VILLAGE, "on": "2022-10-01"}
    found = await done(served, "correctOrganization", organization=id_, **changes)
    assert found["division"]["code"] == EAST_VILLAGE
    assert await versions(served, id_) == [
        (date(2015, 1, 1), date(2022, 10, 1), "东镇养老服务中心", "ACTIVE"),
        (date(2022, 10, 1), date.max, "东镇康养中心", "ACTIVE"),
    ]
    assert len(await rows_of(served, OrganizationVersion, "organization_id", id_)) == 3  # one was voided


async def test_changes_that_are_refused(served: Served) -> None:
    id_ = served.city.organization(1)
    for fields, reasons in (
        ({}, ["INPUT_EMPTY"]),
        ({"name": "新", "expectedVersion": 9}, ["CONFLICT expectedVersion"]),
        ({"name": "新", "on": "2022-12-01"}, ["DATE_FUTURE on"]),
        ({"name": "新", "on": "2014-12-31"}, ["DATE_ORDER on"]),
        ({"kind": "FOUNDATION"}, ["USCC_KIND creditCode"]),
        ({"creditCode": "51410189501234569G", "kind": "ASSOCIATION"}, ["USCC_TAKEN creditCode"]),
        ({"division": NEIGHBOUR}, ["FORBIDDEN_SCOPE division"]),
    ):
        assert await refused(served, "correctOrganization", organization=id_, **fields) == reasons
    closed = served.city.organization(2)
    late = {"organization": closed, "name": "新", "on": "2022-10-01"}
    assert await refused(served, "correctOrganization", **late) == ["ORGANIZATION_CLOSED organization"]
    assert (await done(served, "correctOrganization", organization=closed, name="新"))["name"] == "新"
    theirs = served.city.organization(3)
    assert await refused(served, "correctOrganization", organization=theirs, name="新") == [
        "NOT_FOUND organization"
    ]
    assert await refused(served, "correctOrganization", "town", organization=id_, name="新") == ["FORBIDDEN"]


async def test_an_organization_is_closed_with_its_qualifications(served: Served) -> None:
    id_ = served.city.organization(1)
    found = await done(served, "closeOrganization", organization=id_, on="2022-11-01")
    assert (found["status"], found["closedOn"], found["deductible"]) == ("CLOSED", "2022-11-01", False)
    # The one to come is void, the one that held ends.
    assert [(q["kind"], q["validTo"]) for q in found["qualifications"]] == [("DEDUCTIBLE", "2022-11-01")]
    assert [row[3] for row in await versions(served, id_)] == ["ACTIVE", "CLOSED"]
    again = {"organization": id_, "on": "2022-11-02"}
    assert await refused(served, "closeOrganization", **again) == ["ORGANIZATION_CLOSED organization"]
    city = served.city.organization(0)
    for on, reason in (("2022-12-01", "DATE_FUTURE on"), ("2014-01-01", "DATE_ORDER on")):
        assert await refused(served, "closeOrganization", organization=city, on=on) == [reason]


def qualification(organization: str, **changes: Any) -> dict[str, Any]:
    """The input of a qualification that is accepted for the organization 1."""
    base = {"kind": "TAX_EXEMPT", "validFrom": "2018-01-01", "validTo": "2023-01-01"}
    return {"organization": organization, **base, **changes}


async def test_qualifications_come_and_go(served: Served) -> None:
    id_ = served.city.organization(1)
    given = qualification(id_, documentNumber="示财税〔2018〕1号")
    found = await done(served, "grantQualification", **given, expectedVersion=1)
    assert (found["taxExempt"], found["deductible"], found["version"]) == (True, True, 2)
    first = next(q for q in found["qualifications"] if q["validFrom"] == "2018-01-01")
    assert first["documentNumber"] == "示财税〔2018〕1号"
    found = await done(served, "revokeQualification", qualification=first["id"], on="2022-12-01")
    assert found["taxExempt"] is True  # until tomorrow
    stale = {"qualification": first["id"], "on": "2022-11-01"}
    assert await refused(served, "revokeQualification", **stale) == ["QUALIFICATION_OVER on"]
    second = next(q for q in found["qualifications"] if q["validFrom"] == "2018-01-01")
    over = {"qualification": second["id"], "on": "2022-12-01"}
    assert await refused(served, "revokeQualification", **over) == ["QUALIFICATION_OVER on"]
    early = {"qualification": second["id"], "on": "2018-01-01"}
    found = await done(served, "revokeQualification", **early)
    assert [q["validFrom"] for q in found["qualifications"]] == ["2022-01-01", "2023-01-01"]
    rows = await rows_of(served, OrganizationQualification, "organization_id", id_)
    assert len(rows) == 4  # nothing is overwritten
    assert [row.details for row in await audited(served, "organization.disqualified")] == [
        {"qualification": "TAX_EXEMPT"}
    ] * 2


async def test_qualifications_that_are_refused(served: Served) -> None:
    one, company = served.city.organization(1), await done(
        served, "registerOrganization", **new(kind="COMPANY", creditCode=credit_code.make("91", "410189", "00000001"))
    )  # fmt: skip
    for fields, reason in (
        (qualification(one, validTo="2018-01-01"), "DATE_ORDER validTo"),
        (qualification(one, validFrom="2014-01-01"), "DATE_ORDER validFrom"),
        (qualification(one, validTo="2023-01-02"), "QUALIFICATION_OVERLAP validFrom"),
        (qualification(one, documentNumber=" "), "TEXT_LENGTH documentNumber"),
        (qualification(one, expectedVersion=9), "CONFLICT expectedVersion"),
        (qualification(company["id"]), "QUALIFICATION_KIND kind"),
        (qualification(served.city.organization(2)), "ORGANIZATION_CLOSED organization"),
        (qualification(served.city.organization(3)), "NOT_FOUND organization"),
    ):
        assert await refused(served, "grantQualification", **fields) == [reason]
    assert await refused(served, "grantQualification", "town", **qualification(one)) == ["FORBIDDEN"]


async def test_a_dry_run_keeps_nothing_and_a_repeat_answers_the_same(served: Served) -> None:
    before = await counts(served)
    await done(served, "registerOrganization", **new(dryRun=True))
    assert await counts(served) == before
    first = await done(served, "registerOrganization", **new(idempotencyKey="k"))
    assert await done(served, "registerOrganization", **new(idempotencyKey="k")) == first
    other = new(name="别名", idempotencyKey="k")
    assert await refused(served, "registerOrganization", **other) == ["IDEMPOTENCY_MISMATCH idempotencyKey"]


async def test_who_sees_which(served: Served) -> None:
    ids = [served.city.organization(i) for i in range(4)]
    for caller, seen in (
        ("city", {0, 1, 2}), ("town", {1}), ("other town", {2}), ("village", set()), ("auditor", {0, 1, 2}),
        ("prefecture", {0, 1, 2, 3}), ("nobody", set()),
    ):  # fmt: skip
        assert await listed(served, caller, "organizations") == {ids[i] for i in seen}, caller
        for i, id_ in enumerate(ids):
            found, explain = await served.both(FULL % id_, caller)
            assert (found["data"]["organization"] is not None) == (i in seen)
            assert explain["statementCount"] == 1
    outside = '{ organizations(filter: {division: "%s"}) { totalCount } }' % WEST
    found, _ = await served.both(outside, "town")
    assert found["errors"][0]["extensions"]["code"] == "FORBIDDEN_SCOPE"


async def test_the_representative_is_masked_and_scoped(served: Served) -> None:
    found, _ = await served.both(FULL % served.city.organization(1), "auditor")
    assert (found["data"]["organization"]["legalRepName"], found["data"]["organization"]["legalRep"]) == (
        "张*丰", {"name": "张*丰"}
    )  # fmt: skip
    # Who reaches the organization, not the person: the name on the certificate stays.
    id_ = served.city.organization(1)
    await done(served, "correctOrganization", organization=id_, legalRep=served.city.person(1), division=WEST)
    found, _ = await served.both(FULL % id_, "other town")
    assert found["data"]["organization"] == {
        "name": "东镇养老服务中心", "taxExempt": False, "deductible": True, "legalRepName": "李四",
        "legalRep": None,
    }  # fmt: skip


async def test_qualified_on_a_day(served: Served) -> None:
    query = '{ organizations(filter: {%s: "%s"}) { edges { node { name } } } }'
    for field, day, names in (
        ("taxExemptOn", "2022-11-30", ["市慈善总会"]),
        ("taxExemptOn", "2023-01-01", ["东镇养老服务中心", "市慈善总会"]),
        ("deductibleOn", "2021-12-31", ["市慈善总会"]),
        ("deductibleOn", "2022-01-01", ["东镇养老服务中心"]),
        ("deductibleOn", "2025-01-01", []),
    ):
        found, explain = await served.both(query % (field, day), "city")
        assert sorted(e["node"]["name"] for e in found["data"]["organizations"]["edges"]) == names
        assert (explain["planned"], explain["statementCount"]) == (True, 1)


async def test_the_top_of_an_answer_is_no_place_for_refusals(served: Served) -> None:
    found = await answer(served, ("closeOrganization", {"organization": CITY, "on": "2022-11-01"}))
    assert found["data"]["m0"]["errors"][0]["code"] == "ID_INVALID"
