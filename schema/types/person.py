from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, Date, Integer, Text, and_, case, cast, func, or_, select

from core.access.masks import mask_name
from core.access.permissions import NAMES_READ, REGISTRY_READ
from core.codes import resident_id
from core.codes.ages import age_on, birth_month_day_bound
from core.codes.names import name_search
from core.codes.sets import ETHNICITIES
from core.dated import open_now
from core.db import text
from core.errors import Refused
from core.marriages.models import of_couple
from core.persons.models import Person as PersonRow
from core.persons.models import PersonDisability as DisabilityRow
from core.persons.service import ID_CONTEXT, PHONE_CONTEXT
from core.refusals import FORBIDDEN
from schema.sql.fields import (
    column,
    expression,
    filter_input,
    masked,
    node_id,
    sensitive,
    sql_type,
    to_many,
    to_one,
    where,
)
from schema.sql.filters import LAST, Compare, InDivision, Prefix, Present, Where
from schema.sql.mappings import Dating
from schema.types import later
from schema.types.connection import Connection
from schema.types.division import Division
from schema.types.document import Document, documents_of
from schema.types.entitlement import Entitlement, entitlements_of_person
from schema.types.enums import DisabilityCategory, Gender, IdType, MaritalStatus, order_enum, order_input
from schema.types.event import LifeEvent, events_of_person
from schema.types.marriage import DivorceApplication, Marriage, divorce_applications
from schema.types.masking import mask_name_sql
from schema.types.member import HouseholdMember
from schema.types.node import Node
from schema.types.payment import BankAccount, Payment, bank_accounts, payments_of_person
from schema.types.recovery import Recovery, recoveries_of_person
from schema.types.referral import Referral, referrals
from schema.types.scalars import CitizenId, DivisionCode
from schema.types.signal import Signal, signals
from schema.types.timeline import TimelineEntry, timeline

if TYPE_CHECKING:
    from schema.types.committee import CommitteeMember
    from schema.types.organization import Organization


def _age(row: Any, bind: Any) -> ColumnElement[Any]:
    """Completed years; who was born on 29 February completes them on the 28th in common years (domain 4)."""
    born = cast(row[PersonRow].birth_date, Text)
    years = bind("year") - cast(func.substr(born, 1, 4), Integer)
    return case((func.substr(born, 6, 5) <= bind("month_day"), years), else_=years - 1)


class NameStart(Prefix):
    """The start of a name in characters, pinyin, initials or a mix: a range of the key, and a pattern within it."""

    def shape(self, value: Any) -> Any:
        return name_search(value).pattern is not None

    def values(self, value: Any, env: Any) -> tuple[Any, ...]:
        if not env.principal.can(NAMES_READ):
            raise Refused(FORBIDDEN, permission=NAMES_READ)
        found = name_search(value)
        bounds = (found.low, found.low + LAST)
        return (*bounds, found.exact, found.exact + LAST, found.pattern) if found.pattern else bounds

    def types(self, shape: Any) -> tuple[Any, ...]:
        return (text(600),) * (5 if shape else 2)

    def clause(self, row: Any, shape: Any, binds: Any) -> ColumnElement[bool]:
        within = super().clause(row, shape, binds[:2])
        if not shape:
            return within
        key, (low, high, pattern) = row.name_key, binds[2:]
        return and_(within, or_(and_(key >= low, key < high), key.like(pattern, escape="!")))


class Ethnicity(Where):
    """By code or name of GB/T 3304."""

    def values(self, value: Any, env: Any) -> tuple[Any, ...]:
        return (ETHNICITIES.parse(value),)

    def clause(self, row: Any, shape: Any, binds: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = row.ethnicity == binds[0]
        return found


class HasDisability(Present):
    """Whether a certified disability holds."""

    def clause(self, row: Any, shape: Any, binds: Any) -> ColumnElement[bool]:
        table = DisabilityRow.__table__.alias().c
        found = select(table.id).where(table.person_id == row.id, open_now(table)).exists()
        return found if shape else ~found


class IdNumber(Where):
    """Exact search by id number, through the keyed hash; audited and rate-limited (domain 1.7)."""

    mode = "reached"
    audited = "search.id_number"

    def values(self, value: Any, env: Any) -> tuple[Any, ...]:
        number = resident_id.normalise(value)
        if sum(c.isdigit() for c in number) >= 15:  # nothing but a resident id is that long
            number = resident_id.parse(number, env.clock.today()).number
        return (env.vault.blind_index(number),)

    def types(self, shape: Any) -> tuple[Any, ...]:
        return (text(64),)

    def clause(self, row: Any, shape: Any, binds: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = row.id_hash == binds[0]
        return found


@filter_input(name="PersonFilter", zh="人员筛选。", en="Filter of persons.")
class PersonFilter:
    name: str | None = where(
        NameStart("name_key", reads=NAMES_READ),
        zh="姓名前缀：汉字、拼音、首字母或混合（王小、wangxiao、wxm、王xm）；只查可见全名的人员。",
        en="Start of the name in characters, pinyin, initials or a mix; only among names shown in full.",
    )
    id_number: CitizenId | None = where(
        IdNumber(),
        zh="证件号码精确查询（留痕、限频）。",
        en="Exact search by id number (audited, rate-limited).",
    )
    division: DivisionCode | None = where(
        InDivision(REGISTRY_READ), zh="常住地区划及其下级。", en="Residence: this division and all below."
    )
    registered_division: DivisionCode | None = where(
        InDivision(REGISTRY_READ, "registered_", "registered"),
        zh="户籍地区划及其下级。",
        en="Registration: this division and all below.",
    )
    born_before: date | None = where(Compare("birth_date", Date(), "<"), zh="出生早于。", en="Born before.")
    born_after: date | None = where(Compare("birth_date", Date(), ">"), zh="出生晚于。", en="Born after.")
    gender: Gender | None = where(Compare("gender", PersonRow.gender.type), zh="性别。", en="Gender.")
    marital_status: MaritalStatus | None = where(
        Compare("marital_status", PersonRow.marital_status.type), zh="婚姻状况。", en="Marital status."
    )
    ethnicity: str | None = where(
        Ethnicity(), zh="民族代码或名称（GB/T 3304）。", en="Ethnicity, code or name (GB/T 3304)."
    )
    deceased: bool | None = where(Present("death_date"), zh="已死亡。", en="Has died.")
    has_disability: bool | None = where(
        HasDisability("id"), zh="现有残疾。", en="Has a disability that holds."
    )


PersonOrderField = order_enum(
    "PersonOrderField",
    "人员排序字段。",
    "Orderings of persons.",
    {
        "NAME": ("姓名拼音", "Name, by pinyin"),
        "BIRTH_DATE": ("出生日期", "Birth date"),
        "DEATH_DATE": ("死亡日期；健在者升序在后", "Date of death; the living come last ascending"),
    },
)
PersonOrder = order_input("PersonOrder", PersonOrderField)
ORDERS = {"NAME": "name_key", "BIRTH_DATE": "birth_date", "DEATH_DATE": "death_date"}


@sql_type(DisabilityRow, name="PersonDisability", zh="残疾。", en="A certified disability.")
class PersonDisability:
    category: DisabilityCategory = column(DisabilityRow.category, zh="类别。", en="Category.")
    level: int = column(DisabilityRow.level, zh="等级，1 最重，4 最轻。", en="Level, 1 (worst) to 4.")
    since: date = column(DisabilityRow.valid_from, zh="起始日期。", en="Since.")


@sql_type(PersonRow, name="Person", prefix="person", zh="人员。", en="A person.")
class Person(Node):
    id: strawberry.ID = node_id("person", PersonRow)
    id_type: IdType = column(PersonRow.id_type, zh="证件类型。", en="Kind of id.")
    id_number: CitizenId | None = sensitive(
        PersonRow.id_cipher,
        PersonRow.id_masked,
        context=ID_CONTEXT,
        prefix="person",
        zh="证件号码，默认掩码。",
        en="Id number, masked unless a purpose is given.",
    )
    name: str = masked(
        PersonRow.name,
        permission=NAMES_READ,
        mask_sql=mask_name_sql,
        mask_python=mask_name,
        zh="姓名。",
        en="Name.",
    )
    gender: Gender = column(PersonRow.gender, zh="性别。", en="Gender.")
    birth_date: date = column(PersonRow.birth_date, zh="出生日期。", en="Birth date.")
    age: int = expression(
        sql=_age,
        python=lambda row, env: age_on(row[PersonRow].birth_date, env.clock.today()),
        type_=Integer(),
        binds={
            "year": (lambda env: env.clock.today().year, Integer()),
            "month_day": (lambda env: birth_month_day_bound(env.clock.today()), text(5)),
        },
        zh="今日周岁。",
        en="Completed years today.",
    )
    ethnicity: str | None = column(
        PersonRow.ethnicity, zh="民族代码（GB/T 3304）。", en="Ethnicity code (GB/T 3304)."
    )
    marital_status: MaritalStatus = column(PersonRow.marital_status, zh="婚姻状况。", en="Marital status.")
    registered_division: Division | None = to_one(
        lambda: Division,
        PersonRow,
        lambda p, d: d.code == p.registered_division,
        zh="户籍地。",
        en="Division of registration.",
    )
    residence_division: Division | None = to_one(
        lambda: Division,
        PersonRow,
        lambda p, d: d.code == p.division,
        zh="常住地。",
        en="Division of residence.",
    )
    disabilities: list[PersonDisability] = to_many(
        lambda: PersonDisability,
        PersonRow,
        lambda p, d: d.person_id == p.id,
        order=("category", "id"),
        implied=True,
        dated=Dating.OPEN,
        zh="残疾。",
        en="The disabilities that hold.",
    )
    phone: str | None = sensitive(
        PersonRow.phone_cipher,
        PersonRow.phone_masked,
        context=PHONE_CONTEXT,
        prefix="person",
        zh="电话，默认掩码。",
        en="Phone, masked unless a purpose is given.",
    )
    death_date: date | None = column(PersonRow.death_date, zh="死亡日期。", en="Date of death.")
    memberships: list[HouseholdMember] = to_many(
        lambda: HouseholdMember,
        PersonRow,
        lambda p, m: m.person_id == p.id,
        order=("kind", "id"),
        dated=Dating.OPEN,
        zh="所在的户；不在管辖范围的不列出。",
        en="The households in scope that the person is in.",
    )
    marriages: list[Marriage] = to_many(
        lambda: Marriage,
        PersonRow,
        lambda p, m: of_couple(m, p),
        implied=True,
        dated=Dating.OPEN,
        zh="婚姻登记。",
        en="The registered marriage that the person is in.",
    )
    life_events: Connection[LifeEvent] = events_of_person()
    signals: Connection[Signal] = signals(
        "Person.signals",
        "本人的预警，新的在前，按各条自己的权限显示。",
        "Early warnings about the person, the latest first, by the permission of each.",
        parent=PersonRow,
        on=lambda owner, s: s.person_id == owner.id,
        mode="reached",
    )
    timeline: Connection[TimelineEntry] = timeline(
        "Person.timeline",
        "本人的时间线：核心与各插件所知，新的在前，按各条自己的权限显示。",
        "What core and the plugins know of the person, the latest first, by the permission of each entry.",
        PersonRow,
        lambda p, entry: entry.person_id == p.id,
    )
    referrals: Connection[Referral] = referrals(
        "Person.referrals",
        "本人的转介，新的在前。",
        "Referrals of the person, the latest first.",
        parent=PersonRow,
        on=lambda p, r: r.person_id == p.id,
        mode="reached",
    )
    divorce_applications: Connection[DivorceApplication] = divorce_applications(
        "Person.divorceApplications",
        "本人的离婚登记申请，新的在前。",
        "The person's applications for divorce, the latest first.",
        parent=PersonRow,
        on=lambda p, a: of_couple(a, p),
        implied=True,
    )
    posts: list[Annotated[CommitteeMember, strawberry.lazy("schema.types.committee")]] = to_many(
        later.committee_member,
        PersonRow,
        lambda p, m: m.person_id == p.id,
        dated=Dating.OPEN,
        zh="在村（居）委会的现任职务；不在管辖范围的不列出。",
        en="Present posts in committees in scope.",
    )
    organizations: list[Annotated[Organization, strawberry.lazy("schema.types.organization")]] = to_many(
        later.organization,
        PersonRow,
        lambda p, o: o.legal_rep_id == p.id,
        order=("name", "id"),
        zh="任法定代表人的组织；不在管辖范围的不列出。",
        en="The organizations in scope that the person represents.",
    )
    documents: Connection[Document] = documents_of("Person", PersonRow)
    entitlements: list[Entitlement] = entitlements_of_person(PersonRow)
    payments: Connection[Payment] = payments_of_person(PersonRow)
    recoveries: Connection[Recovery] = recoveries_of_person(PersonRow)
    bank_accounts: list[BankAccount] = bank_accounts(PersonRow)
    version: int = column(
        PersonRow.version, zh="版本，供 expectedVersion 使用。", en="Version, for expectedVersion."
    )
    updated_at: datetime = column(PersonRow.updated_at, zh="更新时刻。", en="When last changed.")
