"""Early warnings: found in the register, raised once, shown by permission, dealt with."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from core.access.principal import Grant, Principal
from core.access.service import system
from core.clock import Clock
from core.codes.ages import age_on
from core.errors import Refused
from core.ids import key_of
from core.signals.declared import NewSignal, Signal
from core.signals.models import RaisedSignal
from core.signals.own import years_before
from core.signals.service import confirm, dismiss, raise_signal, scan
from core.vault import Keyring, Vault
from core.work import Work
from core.workflow.models import Task
from tests.schema.asking import ENTITIES, audited, done, refused, rows
from tests.schema.conftest import Served
from tests.schema.living import couple, home_of
from tests.schema.living import done as live
from tests.schema.small_city import CITY, EAST, EAST_VILLAGE, TODAY, WEST, number
from tests.schema.test_timeline import of as timeline_of

FIELDS = """id kind plugin title state raisedOn closedOn reason version person { id } household { id }
  division { code } referral { id state }"""
LIST = "{ signals(first: 50) { totalCount edges { node { %s } } } }" % FIELDS
ONE = "query S($id: ID!) { signal(id: $id) { %s } }" % FIELDS
OWNED = """query S($person: ID!, $household: ID!) {
  person(id: $person) { signals { totalCount } } household(id: $household) { signals { totalCount } } }"""
for verb in ("confirmSignal", "dismissSignal"):
    ENTITIES[verb] = "signal { %s }" % FIELDS


def working(served: Served, session: Any, today: date = TODAY) -> Work:
    """A unit of work of the service itself."""
    host = served.service.host
    return Work(session, system(host.permissions), Clock(today), Vault(Keyring.fresh()), host)


async def scanned(served: Served, day: date = TODAY) -> int:
    """Scan everything as a job does, and say how many signals there are."""
    async with served.service.database.writing() as session:
        work = working(served, session, day)
        for signal in work.host.book(Signal):
            page = await scan(work, signal, day)
            while page.cursor is not None:
                page = await scan(work, signal, day, page.cursor)
    return len(await rows(served, RaisedSignal))


async def listed(served: Served, caller: Any) -> list[Any]:
    answer, explain = await served.both(LIST, caller)
    assert explain["statementCount"] == 1
    page = answer["data"]["signals"]
    assert page["totalCount"] == len(page["edges"])
    return [edge["node"] for edge in page["edges"]]


async def orphan(served: Served) -> str:
    """A child whose parents have both died; it lives with an aunt."""
    man, woman = await couple(served)
    home = await home_of(served, man)
    fields = {"name": "陈新生", "gender": "FEMALE", "birthDate": "2022-10-01", "household": home}
    child = (await live(served, "recordBirth", **fields, mother=woman, father=man))["person"]["id"]
    assert await scanned(served) == 0
    for parent in (man, woman):
        await live(served, "recordDeath", person=parent, on="2022-11-10")
    return str(child)


async def test_an_orphan_is_found_once(served: Served) -> None:
    child = await orphan(served)
    assert await scanned(served) == await scanned(served)
    found = {row["kind"]: row for row in await listed(served, "town")}
    assert found["core.orphaned_minor"]["person"] == {"id": child}
    assert found["core.orphaned_minor"]["title"] == "A minor both of whose parents have died"
    assert set(found) == {"core.orphaned_minor", "core.children_alone"}
    assert len(await rows(served, Task, Task.kind == "core.orphaned_minor", Task.closed_on.is_(None))) == 1
    assert len(await audited(served, "signal.raised")) == 2
    entry = next(e for e in await timeline_of(served, child) if e["kind"] == "core.signal")
    assert entry["title"] == "Early warning (to be dealt with)"


async def test_a_signal_is_dealt_with(served: Served) -> None:
    child = await orphan(served)
    await scanned(served)
    signals = {row["kind"]: row for row in await listed(served, "city")}
    one, other = signals["core.orphaned_minor"], signals["core.children_alone"]
    to = {
        "organization": served.city.organization(1),
        "reason": "PROTECTION",
        "override": {"basis": "CHILD_PROTECTION", "reason": "父母双亡"},
    }
    fields = {"signal": one["id"], "expectedVersion": one["version"]}
    assert await refused(served, "confirmSignal", signal=other["id"], referral=to) == [
        "REFERRAL_ADDRESSEE referral"
    ]
    closed = await done(served, "confirmSignal", "village", **fields, reason="已入户核实", referral=to)
    assert (closed["state"], closed["closedOn"], closed["referral"]["state"]) == (
        "CONFIRMED",
        "2022-11-30",
        "SENT",
    )
    gone = await done(served, "dismissSignal", "town", signal=other["id"], reason="与姑母同住")
    assert (gone["state"], gone["reason"]) == ("DISMISSED", "与姑母同住")
    assert [t.outcome for t in await rows(served, Task, Task.kind == "core.orphaned_minor")] == ["CONFIRMED"]
    assert len(await audited(served, "signal.closed")) == 2
    assert len(await audited(served, "referral.overridden")) == 1
    assert await refused(served, "dismissSignal", signal=one["id"], reason="再") == ["SIGNAL_CLOSED signal"]
    # quiet for the declared time, then raised again while it is still so
    assert await scanned(served) == 2
    assert await scanned(served, TODAY + timedelta(days=179)) == 2
    assert await scanned(served, TODAY + timedelta(days=180)) == 3
    assert await scanned(served, TODAY + timedelta(days=365)) == 4
    assert child


async def test_what_is_refused(served: Served) -> None:
    await orphan(served)
    await scanned(served)
    id_ = (await listed(served, "city"))[0]["id"]
    assert await refused(served, "dismissSignal", signal=id_, reason=" ") == ["REASON_MISSING reason"]
    assert await refused(served, "dismissSignal", signal=id_, reason="x" * 501) == ["TEXT_LENGTH reason"]
    assert await refused(served, "confirmSignal", signal=id_, expectedVersion=7) == [
        "CONFLICT expectedVersion"
    ]
    assert await refused(served, "confirmSignal", signal="signal_x") == ["ID_INVALID signal"]
    for caller in ("other town", "auditor", "nobody"):
        assert await refused(served, "confirmSignal", caller, signal=id_) == ["NOT_FOUND signal"]
    reader = Principal(None, "reader", (Grant(CITY, frozenset({"signals:read"})),))
    assert await refused(served, "confirmSignal", reader, signal=id_) == ["FORBIDDEN"]


def reader(place: str, *more: str, organization: Any = None) -> Principal:
    grants = (Grant(place, frozenset({"signals:read", *more})),)
    return Principal(None, f"{place}{more}", grants, organization_id=organization)


async def test_who_sees_a_signal(served: Served) -> None:
    person, home = served.city.person(3), served.city.household(0)
    async with served.service.database.writing() as session:
        work = working(served, session)
        new = NewSignal(signal="core.orphaned_minor", person_id=key_of("person", person), division=WEST)
        made = await raise_signal(work, new)
        assert made is await raise_signal(work, new)
        assert made is not None
        new = NewSignal(
            signal="core.elders_alone", household_id=key_of("household", home), division=EAST_VILLAGE
        )
        await raise_signal(work, new)
    organization = key_of("organization", served.city.organization(1))
    for caller, count, reached in (
        ("city", 2, True),
        ("town", 1, True),  # registered there: reached, not listed
        ("other town", 1, True),
        ("auditor", 0, False),
        ("nobody", 0, False),
        (reader(CITY), 2, True),
        (reader("410188000000"), 0, False),
        (Principal(None, "registry", (Grant(CITY, frozenset({"registry:read"})),)), 0, False),
        (reader("410188000000", "referrals:receive", organization=organization), 0, False),
    ):
        assert len(await listed(served, caller)) == count, caller
        answer, explain = await served.both(ONE, caller, variables={"id": f"signal_{made.id.hex}"})
        assert explain["statementCount"] == 1
        assert (answer["data"]["signal"] is not None) is reached, caller
    variables = {"person": person, "household": home}
    for caller in served.callers:
        answer, _ = await served.both(OWNED, caller, variables=variables)
        for value in answer["data"].values():
            assert value is None or value["signals"]["totalCount"] == (0 if caller == "auditor" else 1), (
                caller
            )


@pytest.mark.parametrize("born", ["2004-02-29", "2004-02-28", "2004-03-01", "2003-02-28"])
def test_years_before_counts_as_ages_do(born: str) -> None:
    birth = date.fromisoformat(born)
    for years in (16, 17, 18, 80):
        for offset in range(-3, 4):
            day = date(birth.year + years, 2, 27) + timedelta(days=offset)
            assert (birth <= years_before(day, years)) is (age_on(birth, day) >= years), (day, years)


async def test_elders_alone(served: Served) -> None:
    elder = {"name": "老人", "idNumber": number(date(1942, 11, 30), 81), "since": "2020-01-01"}
    homes = {"registeredDivision": EAST_VILLAGE, "residenceDivision": EAST_VILLAGE}
    person = (await done(served, "registerPerson", **elder, **homes))["id"]
    home = await home_of(served, person)
    assert await scanned(served, TODAY - timedelta(days=1)) == 0
    assert await scanned(served) == 1
    (found,) = await listed(served, "town")
    assert (found["kind"], found["household"]) == ("core.elders_alone", {"id": home})


async def test_services_refuse_as_mutations_do(served: Served) -> None:
    async with served.service.database.writing() as session:
        work = working(served, session)
        key = key_of("person", served.city.person(0))
        row = await raise_signal(work, NewSignal(signal="core.orphaned_minor", person_id=key, division=EAST))
        assert row is not None
        await confirm(work, row)
        with pytest.raises(Refused):
            await dismiss(work, row, "晚了")
