"""A small city with one of everything that scope, masks and joins have to tell apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from core.access.principal import Grant, Principal
from core.access.service import system
from core.clock import Clock
from core.codes import resident_id
from core.codes.organizations import CommitteeKind, CommitteePost, OrganizationKind, QualificationKind
from core.codes.sets import DisabilityCategory, Gender, HouseholdKind, IdType, MaritalStatus, UserRole
from core.committees.models import Committee
from core.committees.service import NewCommittee, elect, open_committees
from core.db import Database
from core.divisions.service import NewDivision, open_divisions
from core.events.move import Move, move
from core.host import Host
from core.households.models import Household
from core.households.service import NewHousehold, join, leave, open_households
from core.ids import typed
from core.organizations import service as organizations
from core.organizations.models import Organization
from core.organizations.service import NewOrganization, NewQualification, grant_qualification
from core.persons.models import Person
from core.persons.service import Disability, NewPerson, register
from core.vault import Vault
from core.work import Work

TODAY = date(2022, 11, 30)
CITY, EAST, WEST = "410189000000", "410189101000", "410189102000"
EAST_VILLAGE, EAST_COMMUNITY, WEST_VILLAGE = "410189101201", "410189101001", "410189102203"
NEIGHBOUR, NEIGHBOUR_VILLAGE = "410188000000", "410188101201"

DIVISIONS = {
    "410000000000": "示范省",
    "410100000000": "示范地区",
    CITY: "示范市",
    EAST: "东镇",
    WEST: "西镇",
    EAST_VILLAGE: "一村",
    EAST_COMMUNITY: "社区",
    WEST_VILLAGE: "二村",
    NEIGHBOUR: "邻县",
    "410188101000": "邻镇",
    NEIGHBOUR_VILLAGE: "邻村",
}


def number(born: date, sequence: int) -> str:
    """A valid id of the unassigned region 410189."""
    return resident_id.make("410189", born, sequence)


def resident(
    name: str, born: date, sequence: int, home: str, registered: str | None = None, **more: object
) -> NewPerson:
    """A person with a resident id."""
    return NewPerson(
        name=name,
        id_number=number(born, sequence),
        residence_division=home,
        registered_division=registered or home,
        since=max(born, date(2022, 1, 1)),
        **more,  # type: ignore[arg-type]
    )


PEOPLE = (
    resident("张三丰", date(1958, 3, 15), 1, EAST_VILLAGE, phone="13800001234", ethnicity="01"),
    resident("李四", date(1960, 7, 22), 2, EAST_VILLAGE, marital_status=MaritalStatus.FIRST_MARRIAGE),
    resident(
        "张小明",
        date(2004, 2, 29),
        3,
        EAST_VILLAGE,
        disabilities=(Disability(DisabilityCategory.VISUAL, 1), Disability(DisabilityCategory.MENTAL, 3)),
    ),
    resident("王五", date(1988, 2, 29), 6, WEST_VILLAGE, EAST_VILLAGE, phone="037162345678"),
    resident("买买提·阿不都", date(1990, 1, 1), 5, WEST_VILLAGE, ethnicity="05"),
    resident("赵", date(2022, 11, 30), 7, EAST_COMMUNITY),
    resident("邻居", date(1970, 5, 5), 9, NEIGHBOUR_VILLAGE),
    NewPerson(
        name="John Smith",
        id_type=IdType.PASSPORT,
        id_number="E12345678",
        gender=Gender.MALE,
        birth_date=date(1985, 12, 31),
        residence_division=WEST_VILLAGE,
        registered_division=WEST_VILLAGE,
    ),
    NewPerson(
        name="新生儿",
        id_type=IdType.NONE,
        gender=Gender.FEMALE,
        birth_date=date(2022, 11, 1),
        residence_division=EAST_VILLAGE,
        registered_division=EAST_VILLAGE,
    ),
)


@dataclass
class City:
    """What was made, for tests to name."""

    persons: list[Person]
    households: list[Household]
    ids: list[str] = field(default_factory=list)
    organizations: list[Organization] = field(default_factory=list)
    committees: list[Committee] = field(default_factory=list)

    def organization(self, index: int) -> str:
        return typed("organization", self.organizations[index].id)

    def committee(self, index: int) -> str:
        return typed("committee", self.committees[index].id)

    def person(self, index: int) -> str:
        return typed("person", self.persons[index].id)

    def household(self, index: int) -> str:
        return typed("household", self.households[index].id)


async def build(database: Database, host: Host, vault: Vault) -> City:
    """Make the city through the services, as a user would."""
    async with database.writing() as session:
        work = Work(session, system(host.permissions), Clock(TODAY), vault, host)
        await open_divisions(work, [NewDivision(code, name) for code, name in DIVISIONS.items()])
        persons = await register(work, PEOPLE)
        homes = await open_households(work, _homes(persons))
        await join(work, homes[0], persons[3], "其他亲属", date(2022, 6, 1))
        await leave(work, homes[1], persons[7], date(2022, 10, 1))
        await move(work, Move(person=persons[4], on=date(2022, 5, 1), residence_division=EAST_COMMUNITY))
        bodies, elected = await _organizations(work, persons), await _committees(work, persons)
    ids = [typed("person", row.id) for row in persons] + [typed("household", row.id) for row in homes]
    return City(persons, homes, ids, bodies, elected)


async def _organizations(work: Work, persons: list[Person]) -> list[Organization]:
    """The city's, the east's (its representative lives there), one in the west that is closed, the neighbour's."""
    kinds = OrganizationKind
    news = (
        ("市慈善总会", "51410189501234569G", kinds.ASSOCIATION, CITY, {"legal_rep_name": "钱多多"}),
        ("东镇养老服务中心", "52410189MJ0A1B2C5J", kinds.SOCIAL_SERVICE, EAST, {"legal_rep": persons[0]}),
        ("西镇集体经济合作社", "N2410189MF1234ABX0", kinds.COLLECTIVE, WEST_VILLAGE, {}),
        ("邻县基金会", "53410189500276548C", kinds.FOUNDATION, NEIGHBOUR, {"legal_rep": persons[6]}),
    )
    rows = await organizations.register(
        work,
        [
            NewOrganization(
                name=name,
                credit_code=code,
                kind=kind,
                division=division,
                registered_on=date(2015, 1, 1),
                **more,  # type: ignore[arg-type]
            )
            for name, code, kind, division, more in news
        ],
    )
    exempt, deductible = QualificationKind.TAX_EXEMPT, QualificationKind.DEDUCTIBLE
    for row, kind, start, end in (
        (rows[0], exempt, 2020, 2025),
        (rows[0], deductible, 2019, 2022),
        (rows[1], deductible, 2022, 2025),
        (rows[1], exempt, 2023, 2028),
    ):
        new = NewQualification(kind=kind, valid_from=date(start, 1, 1), valid_to=date(end, 1, 1))
        await grant_qualification(work, row, new)
    await organizations.close(work, rows[2], date(2022, 6, 1))
    return rows


async def _committees(work: Work, persons: list[Person]) -> list[Committee]:
    """An elected one in the village; one of villagers, without a term yet, where the code says community."""
    opened = date(2022, 2, 1)
    rows = await open_committees(
        work,
        [
            NewCommittee(kind=CommitteeKind.VILLAGE, division=code, opened_on=opened)
            for code in (EAST_VILLAGE, EAST_COMMUNITY)
        ],
    )
    posts = (CommitteePost.CHAIR, CommitteePost.VICE_CHAIR, CommitteePost.MEMBER)
    await elect(work, rows[0], list(zip((persons[0], persons[1], persons[3]), posts, strict=True)), opened)
    return rows


def _homes(persons: list[Person]) -> list[NewHousehold]:
    opened = date(2022, 1, 1)
    return [
        NewHousehold(
            kind=HouseholdKind.REGISTERED,
            division=EAST_VILLAGE,
            address="东街 1 号",
            members=[(persons[0], "02"), (persons[1], "妻"), (persons[2], "子")],
            code="E-0001",
            opened_on=opened,
        ),
        NewHousehold(
            kind=HouseholdKind.REGISTERED,
            division=WEST_VILLAGE,
            address="西街 2 号",
            members=[(persons[4], "02"), (persons[7], "99")],
            code="W-0001",
            opened_on=opened,
        ),
        NewHousehold(
            kind=HouseholdKind.ASSISTANCE,
            division=WEST_VILLAGE,
            address="西街 3 号",
            members=[(persons[3], "02"), (persons[0], "父亲")],
            opened_on=opened,
        ),
        NewHousehold(
            kind=HouseholdKind.REGISTERED,
            division=NEIGHBOUR_VILLAGE,
            address="邻街 4 号",
            members=[(persons[6], "02")],
            opened_on=opened,
        ),
    ]


def officer(
    host: Host, role: UserRole, *divisions: str, extra: tuple[str, ...] = (), purpose: str | None = None
) -> Principal:
    """A caller with a role over divisions."""
    permissions = host.permissions.of_role(role) | set(extra)
    grants = tuple(Grant(code, frozenset(permissions)) for code in divisions)
    return Principal(None, f"{role.name}:{divisions}:{extra}", grants, purpose)


def callers(host: Host) -> dict[str, Principal]:
    """Every kind of caller whose statement or masks differ."""
    pii = ("pii:read",)
    city = host.permissions.of_role(UserRole.CITY_OFFICER)
    auditor = host.permissions.of_role(UserRole.AUDITOR)
    return {
        "city": officer(host, UserRole.CITY_OFFICER, CITY),
        "town": officer(host, UserRole.TOWN_OFFICER, EAST),
        "other town": officer(host, UserRole.TOWN_OFFICER, WEST),
        "village": officer(host, UserRole.VILLAGE_WORKER, EAST_VILLAGE),
        "two places": officer(host, UserRole.TOWN_OFFICER, WEST, EAST_VILLAGE),
        "prefecture": officer(host, UserRole.CITY_LEADER, "410100000000"),
        "nation": officer(host, UserRole.CITY_LEADER, "000000000000"),
        "auditor": officer(host, UserRole.AUDITOR, CITY),
        "names in one town": Principal(None, "mixed", (Grant(CITY, auditor), Grant(EAST, city))),
        "unmasking": officer(host, UserRole.CITY_OFFICER, CITY, extra=pii, purpose="核对身份"),
        "unmasking one town": Principal(
            None, "part", (Grant(CITY, city), Grant(EAST, frozenset(pii))), "核对"
        ),
        "no purpose": officer(host, UserRole.CITY_OFFICER, CITY, extra=pii),
        "nobody": Principal(None, "nobody"),
    }
