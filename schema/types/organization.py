from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import strawberry
from sqlalchemy import Boolean, ColumnElement, Date, or_, select

from core.access.masks import mask_name
from core.access.permissions import NAMES_READ, REGISTRY_READ
from core.codes.organizations import QualificationKind as Kind
from core.db import text
from core.organizations.models import Organization as OrganizationRow
from core.organizations.models import OrganizationQualification as QualificationRow
from schema.sql.derived import derived
from schema.sql.emit import word
from schema.sql.fields import (
    column,
    filter_input,
    masked,
    node_id,
    sql_type,
    to_many,
    to_one,
    where,
)
from schema.sql.filters import Compare, InDivision, Prefix, Where
from schema.sql.mappings import Dating
from schema.types.connection import Connection
from schema.types.division import Division
from schema.types.document import Document, documents_of
from schema.types.enums import (
    OrganizationKind,
    OrganizationStatus,
    QualificationKind,
    order_enum,
    order_input,
)
from schema.types.masking import mask_name_sql
from schema.types.node import Node
from schema.types.person import Person
from schema.types.scalars import CreditCode, DivisionCode


def _of(row: Any, kind: Kind, day: Any) -> ColumnElement[bool]:
    """A qualification of a kind that holds on a day. The kind is a word of ours, written out."""
    held = (row.kind == word(kind.name)) & row.voided_at.is_(None) & (row.valid_from <= day)
    found: ColumnElement[bool] = held & or_(row.valid_to.is_(None), row.valid_to > day)
    return found


def _given(owner: Any, row: Any) -> ColumnElement[bool]:
    """All qualifications that were given, over or to come; not those that were corrected away."""
    found: ColumnElement[bool] = (row.organization_id == owner.id) & row.voided_at.is_(None)
    return found


@dataclass
class Qualified(Where):
    """Organizations that have a qualification on the day asked."""

    kind: Kind

    def types(self, shape: Any) -> tuple[Any, ...]:
        return (Date(),)

    def clause(self, row: Any, shape: Any, binds: Any) -> ColumnElement[bool]:
        held = QualificationRow.__table__.alias().c
        test = (held.organization_id == row.id) & _of(held, self.kind, binds[0])
        return select(held.id).where(test).exists()


@filter_input(name="OrganizationFilter", zh="组织筛选。", en="Filter of organizations.")
class OrganizationFilter:
    name: str | None = where(Prefix("name"), zh="名称前缀。", en="Start of the name.")
    credit_code: CreditCode | None = where(
        Compare("credit_code", text(18)), zh="统一社会信用代码。", en="Unified social credit code."
    )
    kind: OrganizationKind | None = where(Compare("kind", OrganizationRow.kind.type), zh="类别。", en="Kind.")
    division: DivisionCode | None = where(
        InDivision(REGISTRY_READ), zh="所在区划及其下级。", en="Seat: this division and all below."
    )
    status: OrganizationStatus | None = where(
        Compare("status", OrganizationRow.status.type), zh="状态。", en="Status."
    )
    tax_exempt_on: date | None = where(
        Qualified(Kind.TAX_EXEMPT), zh="该日有免税资格。", en="Tax-exempt on this day."
    )
    deductible_on: date | None = where(
        Qualified(Kind.DEDUCTIBLE),
        zh="该日有公益性捐赠税前扣除资格。",
        en="Donations to it deductible on this day.",
    )


OrganizationOrderField = order_enum(
    "OrganizationOrderField",
    "组织排序字段。",
    "Orderings of organizations.",
    {
        "NAME": ("名称", "Name"),
        "CREDIT_CODE": ("统一社会信用代码", "Credit code"),
        "REGISTERED_ON": ("登记日期", "Day of registration"),
    },
)
OrganizationOrder = order_input("OrganizationOrder", OrganizationOrderField)
ORDERS = {"NAME": "name", "CREDIT_CODE": "credit_code", "REGISTERED_ON": "registered_on"}


@sql_type(
    QualificationRow,
    name="OrganizationQualification",
    prefix="qualification",
    zh="组织的税收资格。",
    en="A tax qualification of an organization.",
)
class OrganizationQualification(Node):
    id: strawberry.ID = node_id("qualification", QualificationRow)
    kind: QualificationKind = column(QualificationRow.kind, zh="类别。", en="Kind.")
    document_number: str | None = column(
        QualificationRow.document_number, zh="文号。", en="Number of the document."
    )
    valid_from: date = column(QualificationRow.valid_from, zh="起始日期。", en="First day.")
    valid_to: date | None = column(
        QualificationRow.valid_to, zh="截止日期（不含），可在将来。", en="Day it ends; may lie ahead."
    )


def _qualified(kind: Kind, zh: str, en: str) -> Any:
    """Whether a qualification of a kind holds today."""

    def sql(owner: Any, row: Any, today: Any) -> ColumnElement[Any]:
        return select(row.id).where(row.organization_id == owner.id, _of(row, kind, today)).exists()

    return derived(
        lambda: OrganizationQualification,
        OrganizationRow,
        _given,
        sql=sql,
        python=_held(kind),
        type_=Boolean(),
        zh=zh,
        en=en,
    )


def _held(kind: Kind) -> Callable[[Any, Sequence[Any], date], bool]:
    def held(owner: Any, rows: Sequence[Any], today: date) -> bool:
        return any(
            row.kind is kind and row.valid_from <= today and (row.valid_to is None or row.valid_to > today)
            for row in rows
        )

    return held


@sql_type(OrganizationRow, name="Organization", prefix="organization", zh="组织。", en="An organization.")
class Organization(Node):
    id: strawberry.ID = node_id("organization", OrganizationRow)
    credit_code: CreditCode = column(
        OrganizationRow.credit_code, zh="统一社会信用代码。", en="Unified social credit code."
    )
    credit_code_doubtful: bool = column(
        OrganizationRow.credit_code_doubtful,
        zh="信用代码第 17 位校验不符（USCC_ORG_CHECK），请核对；不影响登记。",
        en="The code's inner check digit does not fit (USCC_ORG_CHECK): compare it; it is no refusal.",
    )
    kind: OrganizationKind = column(OrganizationRow.kind, zh="类别。", en="Kind.")
    name: str = column(OrganizationRow.name, zh="名称。", en="Name.")
    division: Division | None = to_one(
        lambda: Division,
        OrganizationRow,
        lambda o, d: d.code == o.division,
        zh="所在区划。",
        en="Division of its seat.",
    )
    legal_rep: Person | None = to_one(
        lambda: Person,
        OrganizationRow,
        lambda o, p: p.id == o.legal_rep_id,
        zh="法定代表人；未登记或不在管辖范围时为空。",
        en="Legal representative; null if not registered here, or out of scope.",
    )
    legal_rep_name: str | None = masked(
        OrganizationRow.legal_rep_name,
        permission=NAMES_READ,
        mask_sql=mask_name_sql,
        mask_python=lambda name: None if name is None else mask_name(name),
        zh="法定代表人姓名，按登记时。",
        en="Name of the legal representative, as it was entered.",
    )
    status: OrganizationStatus = column(OrganizationRow.status, zh="状态。", en="Status.")
    registered_on: date = column(OrganizationRow.registered_on, zh="登记日期。", en="Registered on.")
    closed_on: date | None = column(OrganizationRow.closed_on, zh="注销日期。", en="Closed on.")
    tax_exempt: bool = _qualified(Kind.TAX_EXEMPT, "今日有免税资格。", "Tax-exempt today.")
    deductible: bool = _qualified(
        Kind.DEDUCTIBLE, "今日有公益性捐赠税前扣除资格。", "Donations to it are deductible today."
    )
    qualifications_held: list[OrganizationQualification] = to_many(
        lambda: OrganizationQualification,
        OrganizationRow,
        lambda o, q: q.organization_id == o.id,
        order=("kind", "id"),
        implied=True,
        dated=Dating.ENDS_AHEAD,
        zh="某日有效的税收资格，默认今天。",
        en="The tax qualifications that hold on a day, today by default.",
    )
    qualifications: list[OrganizationQualification] = to_many(
        lambda: OrganizationQualification,
        OrganizationRow,
        _given,
        order=("valid_from", "kind", "id"),
        implied=True,
        zh="全部税收资格，含已到期和将生效的。",
        en="All tax qualifications, those over and to come included.",
    )
    documents: Connection[Document] = documents_of("Organization", OrganizationRow)
    version: int = column(
        OrganizationRow.version, zh="版本，供 expectedVersion 使用。", en="Version, for expectedVersion."
    )
    updated_at: datetime = column(OrganizationRow.updated_at, zh="更新时刻。", en="When last changed.")
