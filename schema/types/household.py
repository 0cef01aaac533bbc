from __future__ import annotations

from datetime import date, datetime

import strawberry

from core.access.permissions import REGISTRY_READ
from core.db import text
from core.households.models import Household as HouseholdRow
from core.households.service import ADDRESS_CONTEXT
from schema.sql.fields import column, filter_input, node_id, sensitive, sql_type, to_many, to_one, where
from schema.sql.filters import Compare, InDivision, Present
from schema.sql.mappings import Dating
from schema.types.connection import Connection
from schema.types.division import Division
from schema.types.document import Document, documents_of
from schema.types.entitlement import Entitlement, entitlements_of_household
from schema.types.enums import HouseholdKind, order_enum, order_input
from schema.types.member import HouseholdMember
from schema.types.node import Node
from schema.types.person import Person
from schema.types.scalars import DivisionCode
from schema.types.signal import Signal, signals
from schema.types.timeline import TimelineEntry, timeline


@filter_input(name="HouseholdFilter", zh="户筛选。", en="Filter of households.")
class HouseholdFilter:
    division: DivisionCode | None = where(
        InDivision(REGISTRY_READ), zh="地址区划及其下级。", en="Address: this division and all below."
    )
    code: str | None = where(Compare("code", text(40)), zh="户编号。", en="Household code.")
    kind: HouseholdKind | None = where(Compare("kind", HouseholdRow.kind.type), zh="户类型。", en="Kind.")
    open: bool | None = where(Present("closed_on", absent=True), zh="未销户。", en="Not closed.")


HouseholdOrderField = order_enum(
    "HouseholdOrderField",
    "户排序字段。",
    "Orderings of households.",
    {
        "CODE": ("户编号", "Code"),
        "CLOSED_ON": ("销户日期；未销户者升序在后", "Closing date; open ones come last ascending"),
    },
)
HouseholdOrder = order_input("HouseholdOrder", HouseholdOrderField)
ORDERS = {"CODE": "code", "CLOSED_ON": "closed_on"}


@sql_type(HouseholdRow, name="Household", prefix="household", zh="户。", en="A household.")
class Household(Node):
    id: strawberry.ID = node_id("household", HouseholdRow)
    kind: HouseholdKind = column(HouseholdRow.kind, zh="户类型。", en="Kind.")
    code: str = column(HouseholdRow.code, zh="户编号。", en="Household code.")
    address: str = sensitive(
        HouseholdRow.address_cipher,
        HouseholdRow.address_masked,
        context=ADDRESS_CONTEXT,
        prefix="household",
        zh="地址，默认仅到村（社区）。",
        en="Address, down to the village unless a purpose is given.",
    )
    address_division: Division | None = to_one(
        lambda: Division,
        HouseholdRow,
        lambda h, d: d.code == h.division,
        zh="地址区划。",
        en="Division of the address.",
    )
    head: Person | None = to_one(
        lambda: Person,
        HouseholdRow,
        lambda h, p: p.id == h.head_id,  # not implied: the head of a closed household is a member no longer
        zh="户主；销户后不在管辖范围时为空。",
        en="The head; null out of scope, once the household is closed.",
    )
    members: list[HouseholdMember] = to_many(
        lambda: HouseholdMember,
        HouseholdRow,
        lambda h, m: m.household_id == h.id,
        order=("relation", "id"),
        implied=True,
        dated=Dating.OPEN,
        zh="成员，户主在前。",
        en="The members, the head first.",
    )
    opened_on: date = column(HouseholdRow.opened_on, zh="立户日期。", en="Opened on.")
    closed_on: date | None = column(HouseholdRow.closed_on, zh="销户日期。", en="Closed on.")
    signals: Connection[Signal] = signals(
        "Household.signals",
        "本户的预警，新的在前，按各条自己的权限显示。",
        "Early warnings about the household, the latest first, by the permission of each.",
        parent=HouseholdRow,
        on=lambda owner, s: s.household_id == owner.id,
        mode="reached",
    )
    timeline: Connection[TimelineEntry] = timeline(
        "Household.timeline",
        "本户的时间线：核心与各插件所知，新的在前，按各条自己的权限显示。",
        "What core and the plugins know of the household, the latest first, by the permission of each entry.",
        HouseholdRow,
        lambda h, entry: entry.household_id == h.id,
    )
    documents: Connection[Document] = documents_of("Household", HouseholdRow)
    entitlements: list[Entitlement] = entitlements_of_household(HouseholdRow)
    version: int = column(
        HouseholdRow.version, zh="版本，供 expectedVersion 使用。", en="Version, for expectedVersion."
    )
    updated_at: datetime = column(HouseholdRow.updated_at, zh="更新时刻。", en="When last changed.")
