from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, Text, and_, cast

from core.access.models import AuditEntry as AuditRow
from core.access.permissions import AUDIT_READ
from core.codes import division_code
from core.codes.division_code import Tier
from core.db import Instant, text
from core.errors import Refused
from core.refusals import FORBIDDEN_SCOPE
from schema.sql.fields import column, expression, filter_input, node_id, sql_type, where
from schema.sql.filters import Compare, InDivision, Prefix
from schema.types.enums import order_enum, order_input
from schema.types.node import Node
from schema.types.scalars import DivisionCode


class InDistrict(InDivision):
    """A district, or all districts of a division above: audit rows know no smaller place."""

    def values(self, value: Any, env: Any) -> Sequence[Any]:
        code = division_code.parse(value)
        if division_code.tier(code) > Tier.COUNTY:
            raise Refused(FORBIDDEN_SCOPE, division=code)
        return super().values(code, env)

    def clause(self, row: Any, shape: Hashable, binds: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        if shape is Tier.COUNTY:
            test: ColumnElement[bool] = row.district == binds[0]
            return test
        return and_(row.district >= binds[0], row.district < binds[-1])


@filter_input(name="AuditFilter", zh="审计记录筛选。", en="Filter of the audit.")
class AuditFilter:
    subject: str | None = where(
        Compare("subject", text(80)), zh="对象编号，如 person_…。", en="Id of the record, person_…."
    )
    actor: str | None = where(
        Compare("actor", text(200)), zh="操作者（令牌的 sub）。", en="Who did it: the token's sub."
    )
    action: str | None = where(
        Prefix("action"),
        zh="动作前缀，如 pii. 或 person.moved。",
        en="Start of the action: pii., person.moved.",
    )
    district: DivisionCode | None = where(
        InDistrict(AUDIT_READ), zh="县级区划，或其上级。", en="A district, or a division above districts."
    )
    since: datetime | None = where(Compare("at", Instant(), ">="), zh="不早于。", en="Not before.")
    until: datetime | None = where(Compare("at", Instant(), "<"), zh="早于。", en="Before.")


AuditOrderField = order_enum(
    "AuditOrderField", "审计记录排序字段。", "Orderings of the audit.", {"AT": ("时刻", "Moment")}
)
AuditOrder = order_input("AuditOrder", AuditOrderField)
ORDERS = {"AT": "at"}


@sql_type(
    AuditRow,
    name="AuditEntry",
    prefix="audit",
    zh="一条审计记录：谁、何时、对什么、做了什么、为何。",
    en="A row of the audit: who did what to whom, when, and why.",
)
class AuditEntry(Node):
    id: strawberry.ID = node_id("audit", AuditRow)
    at: datetime = column(AuditRow.at, zh="时刻。", en="When.")
    actor: str = column(
        AuditRow.actor,
        zh="操作者：令牌的 sub，或服务的一部分。",
        en="Who: a token's sub, or a part of the service.",
    )
    action: str = column(AuditRow.action, zh="动作，如 pii.read。", en="What was done, such as pii.read.")
    subject: str | None = column(AuditRow.subject, zh="对象的编号。", en="Id of the record.")
    district: DivisionCode | None = column(
        AuditRow.district, zh="所属县级区划；不属于任何区划时为空。", en="The district; null for none."
    )
    fields: list[str] = column(
        AuditRow.fields,
        zh="读取或更改的字段名，不含值。",
        en="Names of the fields read or changed, no values.",
    )
    purpose: str | None = column(AuditRow.purpose, zh="用途。", en="The purpose given.")
    details: str = expression(
        sql=lambda row, _bind: cast(row[AuditRow].details, Text),
        python=lambda row, _env: json.dumps(row[AuditRow].details),
        type_=Text(),
        zh="其他情况，JSON 文本，不含个人信息。",
        en="The rest as JSON text; no personal data.",
    )
    position: int | None = column(
        AuditRow.position,
        zh="在本区划链中的序号；未封印为空。",
        en="Place in the district's chain; null unsealed.",
    )
    seal: str | None = column(AuditRow.seal, zh="封印；未封印为空。", en="The seal; null while unsealed.")
