"""The organizations and committees of the demo city: believable, of nobody, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from core.codes import credit_code
from core.codes.ages import age_on
from core.codes.division_code import DivisionKind, proposed_kind
from core.codes.organizations import CommitteeKind, CommitteePost, OrganizationKind, QualificationKind
from core.codes.sets import Gender
from core.committees.models import Committee
from core.committees.service import NewCommittee, elect, open_committees
from core.demo_city.divisions import CITY, REGION, homes, plan
from core.demo_city.names import Names
from core.organizations.models import Organization
from core.organizations.service import NewOrganization, NewQualification, grant_qualification, register
from core.persons.models import Person
from core.work import Work

_CITY_WIDE = (
    ("示范市民政局", "AGENCY"),
    ("示范市社会福利中心", "INSTITUTION"),
    ("示范市慈善总会", "ASSOCIATION"),
    ("示范市志愿服务联合会", "ASSOCIATION"),
    ("示范市星河公益基金会", "FOUNDATION"),
    ("示范市北斗社会工作服务中心", "SOCIAL_SERVICE"),
)
_KINDS = (
    ("养老服务中心", "SOCIAL_SERVICE"),
    ("社会工作服务站", "SOCIAL_SERVICE"),
    ("老年协会", "ASSOCIATION"),
    ("志愿者协会", "ASSOCIATION"),
    ("助残服务中心", "SOCIAL_SERVICE"),
    ("种植专业合作社", "COOPERATIVE"),
    ("家政服务有限公司", "COMPANY"),
    ("儿童关爱服务中心", "SOCIAL_SERVICE"),
)
_RESIDENTS_FOR_ONE = 400  # a city of that many residents more has an organization more
_SIZES = {CommitteeKind.VILLAGE: 5, CommitteeKind.RESIDENT: 7}
_LEAST = {CommitteeKind.VILLAGE: 3, CommitteeKind.RESIDENT: 5}
_ELECTED = date(2021, 3, 20)


async def organizations(work: Work, seed: int, persons: int) -> list[Organization]:
    """Register the city's organizations, some of them with tax qualifications."""
    numbers = random.Random(f"organizations:{seed}")
    rows = await register(work, list(_planned(numbers, seed, persons, work.clock.today())))
    for index, row in enumerate(rows):
        for new in _qualifications(row, index, work.clock.today().year):
            await grant_qualification(work, row, new)
    return rows


def _planned(numbers: random.Random, seed: int, persons: int, today: date) -> Iterator[NewOrganization]:
    names = Names(f"organizations:{seed}")
    towns = [place for place in plan() if place.code[:6] == REGION and place.code[9:] == "000"][1:]
    places = [(CITY, name, sort) for name, sort in _CITY_WIDE]
    for index in range(2 + persons // _RESIDENTS_FOR_ONE):
        (suffix, sort), town = _KINDS[index % len(_KINDS)], towns[index % len(towns)]
        again = index // (len(_KINDS) * len(towns))
        count = "" if not again else f"第{again + 1}"
        places.append((town.code, f"示范市{town.name}{count}{suffix}", sort))
    for index, (division, name, word) in enumerate(places):
        kind = OrganizationKind[word]
        age = numbers.randrange(6 * 365, 15 * 365)
        yield NewOrganization(
            name=name,
            kind=kind,
            division=division,
            credit_code=credit_code.make(kind.gb, REGION, f"MJ{index:06d}"),
            legal_rep_name=names.surname() + names.given(numbers.choice((Gender.MALE, Gender.FEMALE)), 1972),
            registered_on=today - timedelta(days=age),
        )


def _qualifications(row: Organization, index: int, year: int) -> Iterator[NewQualification]:
    """Most non-profits are tax-exempt for five years; for some it is over. A few may take deductible gifts."""
    if row.kind not in (
        OrganizationKind.ASSOCIATION,
        OrganizationKind.SOCIAL_SERVICE,
        OrganizationKind.FOUNDATION,
    ):
        return
    start = year - (5 if index % 4 == 3 else index % 5)
    if index % 6 != 5:
        yield _qualification(QualificationKind.TAX_EXEMPT, start, 5, index)
    if row.kind is OrganizationKind.FOUNDATION or index % 3 == 2:
        start = year - (3 if index % 5 == 4 else index % 3)
        yield _qualification(QualificationKind.DEDUCTIBLE, start, 3, index)


def _qualification(kind: QualificationKind, start: int, years: int, index: int) -> NewQualification:
    return NewQualification(
        kind=kind,
        valid_from=date(start, 1, 1),
        valid_to=date(start + years, 1, 1),
        document_number=f"示财税〔{start}〕{index + 1}号",
    )


class Candidates:
    """The first residents of each village who may be elected, as the city is filled."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._found: dict[str, list[Person]] = {place.code: [] for place in homes()}

    def see(self, persons: Sequence[Person]) -> None:
        """Look at residents just registered; the first few who are of an age."""
        for person in persons:
            some = self._found.get(person.division)
            if some is not None and len(some) < max(_SIZES.values()) and self._fit(person):
                some.append(person)

    def _fit(self, person: Person) -> bool:
        return 25 <= age_on(person.birth_date, self._today) <= 65

    def of(self, code: str) -> list[Person]:
        """The candidates of a village or community."""
        return self._found[code]


def _kind(code: str) -> CommitteeKind:
    community = proposed_kind(code) is DivisionKind.COMMUNITY
    return CommitteeKind.RESIDENT if community else CommitteeKind.VILLAGE


async def committees(work: Work, candidates: Candidates) -> list[Committee]:
    """A committee for each village and community, elected where enough grown-ups live to fill it."""
    opened = min(_ELECTED, work.clock.today())
    codes = [place.code for place in homes()]
    news = [NewCommittee(kind=_kind(code), division=code, opened_on=opened) for code in codes]
    rows = await open_committees(work, news)
    for row in rows:
        able = [p for p in candidates.of(row.division) if age_on(p.birth_date, opened) >= 18]
        elected = able[: _SIZES[row.kind]]
        if len(elected) >= _LEAST[row.kind]:
            await elect(work, row, _posts(elected), opened)
    return rows


def _posts(elected: Sequence[Person]) -> list[tuple[Person, CommitteePost]]:
    first = (CommitteePost.CHAIR, CommitteePost.VICE_CHAIR)
    rest = [CommitteePost.MEMBER] * len(elected)
    return list(zip(elected, (*first, *rest), strict=False))
