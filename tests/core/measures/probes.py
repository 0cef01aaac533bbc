"""How each of core's measures is tried: one fact inserted, corrected, back-dated, through the services."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from core import history
from core.codes import credit_code
from core.codes.organizations import CommitteeKind, CommitteePost, OrganizationKind, QualificationKind
from core.codes.sets import Gender, HouseholdKind, IdType
from core.committees import service as committees
from core.committees.models import CommitteeMember, CommitteeTerm
from core.committees.service import NewCommittee
from core.divisions import service as divisions
from core.divisions.models import Division
from core.divisions.reorganize import merge
from core.divisions.service import NewDivision
from core.events.birth import Birth, birth
from core.events.death import Death, death
from core.events.divorce import Divorce, apply, divorce
from core.events.marriage import MarriageRegistration, marry
from core.events.models import LifeEvent
from core.events.move import Move, move
from core.events.reversal import reverse
from core.households.service import NewHousehold, open_households
from core.organizations import service as organizations
from core.organizations.models import Organization, OrganizationQualification
from core.organizations.service import NewOrganization, NewQualification
from core.persons import service as persons
from core.persons.models import Person
from core.persons.service import NewPerson
from minzheng.testing import Probe, Scene

REASON = "录入错误"
KINDS = {
    OrganizationKind.ASSOCIATION: "associations",
    OrganizationKind.SOCIAL_SERVICE: "social_services",
    OrganizationKind.FOUNDATION: "foundations",
}


def _along(*names: str) -> frozenset[str]:
    return frozenset(f"core.{name}" for name in names)


async def _again(scene: Scene, row: Any) -> Any:
    """A row of an earlier transaction, loaded in this one."""
    return await scene.work.session.get_one(type(row), row.id)


# -- persons and households


def _residents(here: str, elsewhere: str) -> tuple[Any, Any, Any]:
    """Somebody who lives (or is registered) here and is registered (or lives) elsewhere."""

    async def add(scene: Scene, since: date) -> None:
        scene.made["person"] = await scene.person(since=since, **{elsewhere: scene.other})

    async def insert(scene: Scene) -> None:
        await add(scene, scene.day)

    async def correct(scene: Scene) -> None:
        person = await _again(scene, scene.made["person"])
        await persons.correct(scene.work, person, {here: scene.other}, None)
        scene.place = scene.other

    async def backdate(scene: Scene) -> None:
        scene.place = scene.here
        await add(scene, scene.earlier)

    return insert, correct, backdate


async def _two_persons(scene: Scene) -> None:
    scene.made["persons"] = [await scene.person() for _ in range(2)]


async def _open_home(scene: Scene, number: int, day: date) -> None:
    head = await _again(scene, scene.made["persons"][number])
    new = NewHousehold(
        kind=HouseholdKind.REGISTERED,
        division=scene.here,
        address="东街 1 号",
        members=[(head, "02")],
        opened_on=day,
    )
    scene.made["home"] = (await open_households(scene.work, [new]))[0]


async def _home(scene: Scene) -> None:
    await _open_home(scene, 0, scene.day)


async def _home_was_wrong(scene: Scene) -> None:
    home = await _again(scene, scene.made["home"])
    home.removed_at = scene.work.now


async def _home_of_last_year(scene: Scene) -> None:
    await _open_home(scene, 1, scene.earlier)


# -- life events


async def _reversed(scene: Scene) -> None:
    event = await scene.work.session.get_one(LifeEvent, scene.made["event"].id)
    await reverse(scene.work, event, REASON)


def _event(what: Any) -> tuple[Any, Any, Any]:
    """An event of the day, reversed, and one of the year before."""

    async def insert(scene: Scene) -> None:
        scene.made["event"] = await what(scene, 0, scene.day)

    async def backdate(scene: Scene) -> None:
        await what(scene, 1, scene.earlier)

    return insert, _reversed, backdate


async def _birth(scene: Scene, _number: int, day: date) -> LifeEvent:
    child = NewPerson(
        name="张新",
        id_type=IdType.NONE,
        gender=Gender.FEMALE,
        birth_date=day,
        registered_division=scene.here,
        residence_division=scene.here,
    )
    return await birth(scene.work, Birth(child=child))


async def _death(scene: Scene, number: int, day: date) -> LifeEvent:
    person = await _again(scene, scene.made["persons"][number])
    return await death(scene.work, Death(person=person, on=day))


async def _move(scene: Scene, number: int, day: date) -> LifeEvent:
    person = await _again(scene, scene.made["persons"][number])
    return await move(scene.work, Move(person=person, on=day, residence_division=scene.other))


async def _couples(scene: Scene) -> None:
    genders = (Gender.MALE, Gender.FEMALE)
    scene.made["couples"] = [[await scene.person(gender=gender) for gender in genders] for _ in range(2)]


async def _wedding(scene: Scene, number: int, day: date) -> LifeEvent:
    husband, wife = [await _again(scene, person) for person in scene.made["couples"][number]]
    return await marry(scene.work, MarriageRegistration(husband=husband, wife=wife, on=day))


async def _divorcing(scene: Scene, *, minors: bool) -> None:
    await _couples(scene)
    scene.made["applications"] = []
    for number, day in enumerate((scene.day, scene.earlier)):
        await _wedding(scene, number, date(2018, 5, 2))
        husband, wife = scene.made["couples"][number]
        children: list[Person] = [await scene.person(born=date(2019, 5, 2))] if minors else []
        applied = day - timedelta(days=45)
        scene.made["applications"].append(await apply(scene.work, husband, wife, applied, children))


async def _divorcing_alone(scene: Scene) -> None:
    await _divorcing(scene, minors=False)


async def _divorcing_with_child(scene: Scene) -> None:
    await _divorcing(scene, minors=True)


async def _divorce(scene: Scene, number: int, day: date) -> LifeEvent:
    application = await _again(scene, scene.made["applications"][number])
    return await divorce(scene.work, Divorce(application=application, on=day))


# -- organizations


async def _registered(scene: Scene, kind: OrganizationKind, day: date) -> Organization:
    number = scene.made["count"] = scene.made.get("count", 0) + 1
    new = NewOrganization(
        name=f"组织{scene.number}-{number}",
        kind=kind,
        division=scene.here,
        credit_code=credit_code.make(kind.gb, "410189", f"{scene.number * 10 + number:08d}"),
        registered_on=day,
    )
    row = (await organizations.register(scene.work, [new]))[0]
    scene.made["organization"] = row
    return row


def _organization(kind: OrganizationKind) -> tuple[Any, Any, Any]:
    async def insert(scene: Scene) -> None:
        await _registered(scene, kind, scene.day)

    async def correct(scene: Scene) -> None:
        row = await _again(scene, scene.made["organization"])
        await organizations.correct(scene.work, row, {"division": scene.other})
        scene.place = scene.other

    async def backdate(scene: Scene) -> None:
        scene.place = scene.here
        await _registered(scene, kind, scene.earlier)

    return insert, correct, backdate


async def _an_association(scene: Scene) -> None:
    await _registered(scene, OrganizationKind.ASSOCIATION, date(2015, 1, 5))


def _qualification(kind: QualificationKind) -> tuple[Any, Any, Any]:
    async def grant(scene: Scene, day: date) -> None:
        row = await _again(scene, scene.made["organization"])
        new = NewQualification(kind=kind, valid_from=day, valid_to=day + timedelta(days=365))
        await organizations.grant_qualification(scene.work, row, new)

    async def insert(scene: Scene) -> None:
        await grant(scene, scene.day)

    async def correct(scene: Scene) -> None:
        row = await _again(scene, scene.made["organization"])
        query = select(OrganizationQualification).where(OrganizationQualification.organization_id == row.id)
        held = (await scene.work.session.scalars(query)).one()
        await organizations.revoke_qualification(scene.work, row, held, held.valid_from)

    async def backdate(scene: Scene) -> None:
        await grant(scene, scene.earlier)

    return insert, correct, backdate


# -- committees and divisions


def _committee(kind: CommitteeKind) -> tuple[Any, Any, Any]:
    async def opened(scene: Scene, division: str, day: date) -> None:
        new = NewCommittee(kind=kind, division=division, opened_on=day)
        scene.made["committee"] = (await committees.open_committees(scene.work, [new]))[0]

    async def insert(scene: Scene) -> None:
        await opened(scene, scene.here, scene.day)

    async def correct(scene: Scene) -> None:
        row = await _again(scene, scene.made["committee"])
        await committees.close(scene.work, row, row.opened_on)

    async def backdate(scene: Scene) -> None:
        await opened(scene, scene.here, scene.earlier)

    return insert, correct, backdate


async def _without_term(scene: Scene) -> None:
    new = NewCommittee(kind=CommitteeKind.VILLAGE, division=scene.here, opened_on=date(2015, 1, 5))
    scene.made["committee"] = (await committees.open_committees(scene.work, [new]))[0]
    scene.made["persons"] = [await scene.person() for _ in range(3)]


async def _elect(scene: Scene, day: date) -> None:
    row = await _again(scene, scene.made["committee"])
    posts = (CommitteePost.CHAIR, CommitteePost.VICE_CHAIR, CommitteePost.MEMBER)
    people = [await _again(scene, person) for person in scene.made["persons"]]
    await committees.elect(scene.work, row, list(zip(people, posts, strict=True)), day)


async def _elected(scene: Scene) -> None:
    await _elect(scene, scene.day)


async def _never_elected(scene: Scene) -> None:
    for model in (CommitteeTerm, CommitteeMember):
        query = select(model).where(model.committee_id == scene.made["committee"].id)  # type: ignore[attr-defined]
        for row in await scene.work.session.scalars(query):
            row.voided_at = scene.work.now


async def _elected_last_year(scene: Scene) -> None:
    await _elect(scene, scene.earlier)


async def _open(scene: Scene, code: str, day: date) -> None:
    scene.place = code
    scene.made["division"] = (await divisions.open_divisions(scene.work, [NewDivision(code, "新区划", day)]))[
        0
    ]


def _settlement(code: Any) -> tuple[Any, Any]:
    async def insert(scene: Scene) -> None:
        await _open(scene, code(scene, 0), scene.day)

    async def backdate(scene: Scene) -> None:
        await _open(scene, code(scene, 1), scene.earlier)

    return insert, backdate


def _becomes(kind: CommitteeKind) -> Any:
    """What the code proposed was wrong: its committee says so."""

    async def correct(scene: Scene) -> None:
        new = NewCommittee(kind=kind, division=scene.place, opened_on=scene.day)
        await committees.open_committees(scene.work, [new])

    return correct


async def _never_a_town(scene: Scene) -> None:
    town = await _again(scene, scene.made["division"])
    await divisions.close(scene.work, town, scene.day + timedelta(days=1))


async def _merge(scene: Scene, day: date) -> None:
    await merge(scene.work, [scene.here], scene.other, day)


async def _merged(scene: Scene) -> None:
    await _merge(scene, scene.day)


async def _never_merged(scene: Scene) -> None:
    query = select(Division).where(Division.code == scene.here)
    row = (await scene.work.session.scalars(query)).one()
    await history.correct(scene.work, row, {"closed_on": None, "successor_code": None})
    row.valid_to = row.successor_code = None


async def _merged_last_year(scene: Scene) -> None:
    await _merge(scene, scene.earlier)


_PEOPLE = ("population", "registered_population")
_SETTLED = ("villages", "communities")


def _probe(measure: str, steps: tuple[Any, Any, Any], *along: str, **more: Any) -> Probe:
    return Probe(f"core.{measure}", *steps, along=_along(*along), **more)


_village, _community = (
    _settlement(lambda s, n, base=base: f"{s.here[:9]}{base + s.number * 2 + n}") for base in (300, 140)
)
_town = _settlement(lambda s, n: f"410189{160 + s.number + n * 39}000")

PROBES: tuple[Probe, ...] = (
    _probe("population", _residents("residence_division", "registered_division"), "registered_population"),
    _probe("registered_population", _residents("registered_division", "residence_division"), "population"),
    _probe("households", (_home, _home_was_wrong, _home_of_last_year), prepare=_two_persons),
    _probe("births", _event(_birth), *_PEOPLE),
    _probe("deaths", _event(_death), *_PEOPLE, prepare=_two_persons),
    _probe("moves", _event(_move), *_PEOPLE, prepare=_two_persons),
    _probe("marriages", _event(_wedding), prepare=_couples),
    _probe("divorces", _event(_divorce), prepare=_divorcing_alone),
    _probe("divorces_with_minors", _event(_divorce), "divorces", prepare=_divorcing_with_child),
    _probe("organizations", _organization(OrganizationKind.COMPANY)),
    _probe(
        "social_organizations",
        _organization(OrganizationKind.FOUNDATION),
        "organizations",
        "foundations",
    ),
    *(
        _probe(name, _organization(kind), "organizations", "social_organizations")
        for kind, name in KINDS.items()
    ),
    _probe("tax_exempt_organizations", _qualification(QualificationKind.TAX_EXEMPT), prepare=_an_association),
    _probe("deductible_organizations", _qualification(QualificationKind.DEDUCTIBLE), prepare=_an_association),
    _probe("towns", (_town[0], _never_a_town, _town[1])),
    _probe(
        "villages",
        (_village[0], _becomes(CommitteeKind.RESIDENT), _village[1]),
        "communities",
        "resident_committees",
        "committees_in_term",
        forgets=True,
    ),
    _probe(
        "communities",
        (_community[0], _becomes(CommitteeKind.VILLAGE), _community[1]),
        "villages",
        "village_committees",
        "committees_in_term",
        forgets=True,
    ),
    _probe(
        "village_committees", _committee(CommitteeKind.VILLAGE), "committees_in_term", *_SETTLED, forgets=True
    ),
    _probe(
        "resident_committees",
        _committee(CommitteeKind.RESIDENT),
        "committees_in_term",
        *_SETTLED,
        forgets=True,
    ),
    _probe("committees_in_term", (_elected, _never_elected, _elected_last_year), prepare=_without_term),
    _probe("divisions_merged", (_merged, _never_merged, _merged_last_year), *_SETTLED),
)
