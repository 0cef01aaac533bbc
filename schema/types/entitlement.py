from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import select

from core.entitlements.models import BenefitExclusion as ExclusionRow
from core.entitlements.models import Entitlement as EntitlementRow
from core.entitlements.models import EntitlementPerson as EntitledRow
from schema.sql.fields import column, connection, filter_input, node_id, sql_type, to_many, to_one, where
from schema.sql.filters import Where
from schema.sql.mappings import Dating
from schema.sql.paging import Key
from schema.types import later
from schema.types.declared import Programme, programme, typed_key
from schema.types.division import Division
from schema.types.enums import order_enum, order_input
from schema.types.node import Node

if TYPE_CHECKING:
    from schema.types.person import Person


def _alike(entitlement: Any, entitled: Any) -> Any:
    """The persons of an award in the months of one of its rows; a change of persons begins a new row."""
    return (
        (entitled.award_id == entitlement.award_id)
        & entitled.voided_at.is_(None)
        & (entitled.valid_from <= entitlement.valid_from)
        & (entitled.valid_to.is_(None) | (entitled.valid_to > entitlement.valid_from))
    )


@sql_type(
    EntitledRow, name="EntitledPerson", zh="待遇所涉人员。", en="A person whom an entitlement concerns."
)
class EntitledPerson:
    person: Annotated[Person, strawberry.lazy("schema.types.person")] | None = to_one(
        later.person,
        EntitledRow,
        lambda e, p: p.id == e.person_id,
        zh="人员；不在管辖范围时为空。",
        en="The person; null out of scope.",
    )
    covered: bool = column(EntitledRow.covered, zh="是否为其享受。", en="Whether it is for this person.")
    payee: bool = column(EntitledRow.payee, zh="是否由其领取。", en="Whether this person is paid.")


@sql_type(
    EntitlementRow,
    name="Entitlement",
    zh="按月享受的待遇，不跨项目。",
    en="What somebody is paid each month of one programme.",
)
class Entitlement:
    award: strawberry.ID = typed_key(
        EntitlementRow.award_id, "award", "待遇编号，变更后不变。", "The award; the same through changes."
    )
    programme: Programme = programme(EntitlementRow.programme)
    amount: Decimal = column(EntitlementRow.amount, zh="每月金额，元。", en="Yuan a month.")
    since: date = column(EntitlementRow.valid_from, zh="起始月份的首日。", en="First day of its first month.")
    until: date | None = column(
        EntitlementRow.valid_to,
        zh="不再享受的首个月份的首日。",
        en="First day of the first month without it.",
    )
    payee: Annotated[Person, strawberry.lazy("schema.types.person")] | None = to_one(
        later.person,
        EntitlementRow,
        lambda e, p: p.id == e.person_id,
        zh="领取人；不在管辖范围时为空。",
        en="Who is paid; null out of scope.",
    )
    persons: list[EntitledPerson] = to_many(
        lambda: EntitledPerson,
        EntitlementRow,
        _alike,
        order=("person_id", "id"),
        implied=True,
        zh="所涉人员：享受人和领取人。",
        en="Whom it concerns: the persons it is for, and who is paid.",
    )
    subject: strawberry.ID | None = column(
        EntitlementRow.subject, zh="所依据的案件编号。", en="Id of the case behind it."
    )
    division: Division | None = to_one(
        lambda: Division,
        EntitlementRow,
        lambda e, d: d.code == e.division,
        zh="经办区划。",
        en="Where it lies.",
    )


def _of_person(person: Any, entitlement: Any) -> Any:
    link = EntitledRow.__table__.alias().c
    mine = select(link.award_id).where(link.person_id == person.id, _alike(entitlement, link))
    return entitlement.award_id.in_(mine)


def entitlements_of_person(parent: Any) -> Any:
    """What a person receives, for themselves or others, or is covered by."""
    return to_many(
        lambda: Entitlement,
        parent,
        _of_person,
        order=("programme", "id"),
        dated=Dating.ENDS_AHEAD,
        zh="本人享受或领取的待遇，来自各插件；按各项目自己的权限。",
        en="What the person is paid or covered by, of every plugin, as far as each programme's permission shows it.",
    )


def entitlements_of_household(parent: Any) -> Any:
    """What is paid for a household."""
    return to_many(
        lambda: Entitlement,
        parent,
        lambda h, e: e.household_id == h.id,
        order=("programme", "id"),
        dated=Dating.ENDS_AHEAD,
        zh="本户享受的待遇，来自各插件；按各项目自己的权限。",
        en="What the household receives, of every plugin, as far as each programme's permission shows it.",
    )


class OfProgramme(Where):
    """Exclusions of one programme."""

    def clause(self, row: Any, shape: Any, binds: Any) -> Any:
        return (row.first == binds[0]) | (row.second == binds[0])


@filter_input(name="BenefitExclusionFilter", zh="互斥规则筛选。", en="Filter of exclusions.")
class BenefitExclusionFilter:
    programme: str | None = where(OfProgramme(), zh="涉及的待遇项目。", en="A programme they name.")


ExclusionOrderField = order_enum(
    "BenefitExclusionOrderField",
    "互斥规则排序字段。",
    "Orderings of exclusions.",
    {"FIRST": ("第一项待遇", "First programme")},
)
ExclusionOrder = order_input("BenefitExclusionOrder", ExclusionOrderField)


@sql_type(
    ExclusionRow,
    name="BenefitExclusion",
    prefix="exclusion",
    zh="待遇互斥规则：同一人同月不得同时领取两项。",
    en="Two programmes that do not both pay one person for one month.",
)
class BenefitExclusion(Node):
    id: strawberry.ID = node_id("exclusion", ExclusionRow)
    first: Programme = programme(ExclusionRow.first)
    second: Programme = programme(ExclusionRow.second)
    division: Division | None = to_one(
        lambda: Division,
        ExclusionRow,
        lambda x, d: d.code == x.division,
        zh="适用区划；空为全部。",
        en="Where it holds; null is everywhere.",
    )
    source: str = column(ExclusionRow.basis, zh="依据。", en="The rule it comes from.")
    since: date = column(ExclusionRow.valid_from, zh="起始月份的首日。", en="First day of its first month.")
    until: date | None = column(
        ExclusionRow.valid_to, zh="不再适用的首个月份的首日。", en="First day of the first month without it."
    )


def exclusions(name: str) -> Any:
    """The exclusions that hold or will."""
    return connection(
        name,
        lambda: BenefitExclusion,
        zh="待遇互斥规则，含将来生效的和已终止的。",
        en="Exclusions between programmes, those to come and those ended included.",
        filter=BenefitExclusionFilter,
        order=ExclusionOrder,
        orders={"FIRST": "first"},
        default=(Key("first"), Key("second")),
        where=lambda x: x.voided_at.is_(None),
    )
