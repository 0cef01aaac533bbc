from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, case, func, select

from core.codes import division_code
from core.codes.division_code import Tier
from core.codes.organizations import CommitteeKind as CommitteeKindCode
from core.db import Text
from core.divisions.models import Division as DivisionRow
from schema.sql.derived import derived
from schema.sql.emit import word
from schema.sql.fields import column, connection, filter_input, node_id, sql_type, to_one, where
from schema.sql.filters import Compare, Prefix
from schema.sql.paging import Key
from schema.types import later
from schema.types.connection import Connection
from schema.types.enums import DivisionKind, DivisionTier, order_enum, order_input
from schema.types.node import Node
from schema.types.scalars import DivisionCode

if TYPE_CHECKING:
    from schema.types.committee import Committee

# What a village is when its committee says so (domain 1.3).
_OF_COMMITTEE = {
    CommitteeKindCode.VILLAGE: division_code.DivisionKind.VILLAGE,
    CommitteeKindCode.RESIDENT: division_code.DivisionKind.COMMUNITY,
}


def _has(division: Any, committee: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = (committee.division == division.code) & committee.closed_on.is_(None)
    return found


def _kind_sql(division: Any, committee: Any, _today: Any) -> ColumnElement[Any]:
    """The kind of the standing committee, else the one that the code proposes."""
    kinds = [(committee.kind == word(known.name), word(kind.name)) for known, kind in _OF_COMMITTEE.items()]
    own = select(case(*kinds)).where(_has(division, committee)).scalar_subquery()
    return func.coalesce(
        own, case(*_proposed_sql(division, Tier.TOWN), *_proposed_sql(division, Tier.VILLAGE))
    )


def _proposed_sql(division: Any, level: Tier) -> list[Any]:
    start, ranges = division_code.proposals(level)
    number = func.substr(division.code, start + 1, 3)
    of_tier = division.tier == word(level.name)
    return [
        (of_tier & number.between(word(f"{low:03d}"), word(f"{high:03d}")), word(kind.name))
        for low, high, kind in ranges
    ]


def _kind_python(division: Any, committees: Any, _today: Any) -> Any:
    if committees:
        return _OF_COMMITTEE[committees[0].kind]
    return division_code.proposed_kind(division.code)


@filter_input(name="DivisionFilter", zh="区划筛选。", en="Filter of divisions.")
class DivisionFilter:
    tier: DivisionTier | None = where(Compare("tier", DivisionRow.tier.type), zh="层级。", en="Tier.")
    name: str | None = where(Prefix("name"), zh="名称前缀。", en="Start of the name.")
    parent: DivisionCode | None = where(
        Compare("parent_code", Text), zh="上级代码。", en="Code of the parent."
    )
    town: DivisionCode | None = where(Compare("town", Text), zh="所属乡镇。", en="The town it belongs to.")
    district: DivisionCode | None = where(
        Compare("district", Text), zh="所属县级。", en="The district it belongs to."
    )


DivisionOrderField = order_enum(
    "DivisionOrderField",
    "区划排序字段。",
    "Orderings of divisions.",
    {"CODE": ("代码", "Code"), "NAME": ("名称", "Name")},
)
DivisionOrder = order_input("DivisionOrder", DivisionOrderField)
ORDERS = {"CODE": "code", "NAME": "name"}


def divisions_connection(name: str, zh: str, en: str, **options: Any) -> Any:
    """A list of divisions, ordered by code."""
    return connection(
        name,
        lambda: Division,
        zh=zh,
        en=en,
        filter=DivisionFilter,
        order=DivisionOrder,
        orders=ORDERS,
        default=(Key("code"),),
        **options,
    )


@sql_type(DivisionRow, name="Division", prefix="division", zh="行政区划。", en="An administrative division.")
class Division(Node):
    id: strawberry.ID = node_id("division", DivisionRow)
    code: DivisionCode = column(DivisionRow.code, zh="12 位代码。", en="Code of 12 digits.")
    name: str = column(DivisionRow.name, zh="名称。", en="Name.")
    full_name: str = column(DivisionRow.full_name, zh="含上级的全称。", en="Name with those above it.")
    tier: DivisionTier = column(DivisionRow.tier, zh="层级。", en="Tier.")
    kind: DivisionKind | None = derived(
        later.committee,
        DivisionRow,
        _has,
        sql=_kind_sql,
        python=_kind_python,
        type_=Text,
        zh="类别：村级以其村（居）委会为准，未设立时按代码推定；县级以上为空。",
        en="Kind: a village's is its committee's, else what the code proposes; null above the towns.",
    )
    committee: Annotated[Committee, strawberry.lazy("schema.types.committee")] | None = to_one(
        later.committee,
        DivisionRow,
        _has,
        zh="村（居）民委员会；不在管辖范围时为空。",
        en="Its committee; null out of scope.",
    )
    urban_rural_class: str | None = column(
        DivisionRow.urban_rural_class,
        zh="城乡分类代码（如 111、220）。",
        en="Urban-rural class, such as 111 or 220.",
    )
    urban: bool | None = column(
        DivisionRow.urban,
        zh="是否城镇；由分类或代码推定，未知为空。",
        en="Urban by its class or code; null when unknown.",
    )
    valid_from: date = column(DivisionRow.valid_from, zh="生效日期。", en="First day in force.")
    valid_to: date | None = column(
        DivisionRow.valid_to, zh="失效日期（不含）。", en="First day no longer in force."
    )
    parent: Division | None = to_one(
        lambda: Division,
        DivisionRow,
        lambda d, up: up.code == d.parent_code,
        zh="上级区划。",
        en="The division above.",
    )
    successor: Division | None = to_one(
        lambda: Division,
        DivisionRow,
        lambda d, next_: next_.code == d.successor_code,
        zh="撤销后的继任区划。",
        en="The division that took over.",
    )
    children: Connection[Division] = divisions_connection(
        "Division.children",
        "下级区划。",
        "The divisions directly below.",
        parent=DivisionRow,
        on=lambda d, below: below.parent_code == d.code,
    )
    version: int = column(
        DivisionRow.version, zh="版本，供 expectedVersion 使用。", en="Version, for expectedVersion."
    )
