"""Code sets as GraphQL enums, their members described by their labels."""

from __future__ import annotations

import enum
from typing import Any

import strawberry

from core.codes import organizations, sets
from core.codes.division_code import DivisionKind as DivisionKindCode
from core.codes.division_code import Tier as TierCode
from schema.sql.fields import both


def described(kind: type[enum.Enum], zh: str, en: str, name: str | None = None, labels: Any = None) -> Any:
    """A core enum as a GraphQL enum; each member's description is its Chinese and English label."""
    made: Any = strawberry.enum(kind, name=name or kind.__name__, description=both(zh, en))
    for value, member in zip(made.__strawberry_definition__.values, kind, strict=True):
        pair = labels[member] if labels else (member.zh, member.en)  # type: ignore[attr-defined]
        value.description = both(f"{pair[0]}。", f"{pair[1]}.")
    return made


IdType = described(sets.IdType, "证件类型。", "Kind of identity document.")
Gender = described(sets.Gender, "性别（GB/T 2261.1）。", "Gender (GB/T 2261.1).")
MaritalStatus = described(sets.MaritalStatus, "婚姻状况（GB/T 2261.2）。", "Marital status (GB/T 2261.2).")
DisabilityCategory = described(sets.DisabilityCategory, "残疾类别。", "Category of disability.")
HouseholdKind = described(sets.HouseholdKind, "户类型。", "Kind of household.")
OrganizationKind = described(
    organizations.OrganizationKind, "组织类别，由统一社会信用代码核对。", "Kind of organization."
)
OrganizationStatus = described(organizations.OrganizationStatus, "组织状态。", "Status of an organization.")
QualificationKind = described(organizations.QualificationKind, "税收资格类别。", "Kind of tax qualification.")
CommitteeKind = described(organizations.CommitteeKind, "委员会类别。", "Kind of committee.")
CommitteePost = described(organizations.CommitteePost, "委员会职务。", "Post in a committee.")
SubCommitteeKind = described(
    organizations.SubCommitteeKind, "下属委员会类别。", "Kind of committee under a committee."
)
DivisionKind = described(DivisionKindCode, "乡镇级与村级区划的类别。", "Kind of a town or village.")
DivisionTier = described(
    TierCode,
    "区划层级。",
    "Tier of a division.",
    "DivisionTier",
    {
        TierCode.PROVINCE: ("省级", "Province"),
        TierCode.PREFECTURE: ("地级", "Prefecture"),
        TierCode.COUNTY: ("县级", "County"),
        TierCode.TOWN: ("乡镇级", "Town or street"),
        TierCode.VILLAGE: ("村级", "Village or community"),
    },
)


class Direction(enum.Enum):
    ASC = "ASC"
    DESC = "DESC"


OrderDirection = described(
    Direction,
    "排序方向。",
    "Direction of an ordering.",
    "OrderDirection",
    {Direction.ASC: ("升序", "Ascending"), Direction.DESC: ("降序", "Descending")},
)


def order_enum(name: str, zh: str, en: str, members: dict[str, tuple[str, str]]) -> Any:
    """The enum of a list's orderings: member to its two labels."""
    kind = enum.Enum(name, {member: member for member in members})  # type: ignore[misc]
    return described(kind, zh, en, name, {kind[member]: pair for member, pair in members.items()})


def order_input(name: str, field_enum: Any) -> Any:
    """The input `{field, direction}` over an ordering enum."""
    namespace = {
        "__annotations__": {"field": field_enum, "direction": OrderDirection},
        "field": strawberry.field(description=both("排序字段。", "What to order by.")),
        "direction": strawberry.field(
            default=Direction.ASC, description=both("方向，默认升序。", "Direction, ascending by default.")
        ),
    }
    return strawberry.input(
        type(name, (), namespace), name=name, description=both("一项排序。", "One ordering.")
    )
