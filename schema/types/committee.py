from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.access.permissions import REGISTRY_READ
from core.committees.models import Committee as CommitteeRow
from core.committees.models import CommitteeMember as MemberRow
from core.committees.models import CommitteeTerm as TermRow
from core.committees.models import SubCommittee as SubCommitteeRow
from schema.sql.fields import column, filter_input, node_id, sql_type, to_many, to_one, where
from schema.sql.filters import Compare, InDivision, Prefix
from schema.sql.mappings import Dating
from schema.types import later
from schema.types.division import Division
from schema.types.enums import CommitteeKind, CommitteePost, SubCommitteeKind, order_enum, order_input
from schema.types.node import Node
from schema.types.scalars import DivisionCode

if TYPE_CHECKING:
    from schema.types.person import Person


@filter_input(name="CommitteeFilter", zh="委员会筛选。", en="Filter of committees.")
class CommitteeFilter:
    division: DivisionCode | None = where(
        InDivision(REGISTRY_READ), zh="区划及其下级。", en="This division and all below."
    )
    kind: CommitteeKind | None = where(Compare("kind", CommitteeRow.kind.type), zh="类别。", en="Kind.")
    name: str | None = where(Prefix("name"), zh="名称前缀。", en="Start of the name.")


CommitteeOrderField = order_enum(
    "CommitteeOrderField",
    "委员会排序字段。",
    "Orderings of committees.",
    {"DIVISION": ("区划代码", "Division code"), "NAME": ("名称", "Name")},
)
CommitteeOrder = order_input("CommitteeOrder", CommitteeOrderField)
ORDERS = {"DIVISION": "division", "NAME": "name"}


@sql_type(TermRow, name="CommitteeTerm", zh="届。", en="A term of a committee.")
class CommitteeTerm:
    number: int = column(
        TermRow.number, zh="第几届（自本系统登记起）。", en="Number, from the first recorded."
    )
    starts_on: date = column(TermRow.valid_from, zh="起始日期。", en="First day.")
    ends_on: date | None = column(TermRow.valid_to, zh="截止日期（不含）。", en="Day it ended.")


@sql_type(
    SubCommitteeRow,
    name="SubCommittee",
    prefix="subcommittee",
    zh="下属委员会。",
    en="A committee under a committee.",
)
class SubCommittee(Node):
    id: strawberry.ID = node_id("subcommittee", SubCommitteeRow)
    kind: SubCommitteeKind = column(SubCommitteeRow.kind, zh="类别。", en="Kind.")
    name: str = column(SubCommitteeRow.name, zh="名称。", en="Name.")
    formed_on: date = column(SubCommitteeRow.formed_on, zh="设立日期。", en="Formed on.")
    members: list[CommitteeMember] = to_many(
        lambda: CommitteeMember,
        SubCommitteeRow,
        lambda s, m: m.sub_committee_id == s.id,
        dated=Dating.OPEN,
        order=("post", "id"),
        implied=True,
        zh="现任成员。",
        en="Present members.",
    )


@sql_type(MemberRow, name="CommitteeMember", zh="委员会成员。", en="A person's post in a committee.")
class CommitteeMember:
    committee: Committee | None = to_one(
        lambda: Committee,
        MemberRow,
        lambda m, c: c.id == m.committee_id,
        zh="委员会；不在管辖范围时为空。",
        en="The committee; null out of scope.",
    )
    person: Annotated[Person, strawberry.lazy("schema.types.person")] | None = to_one(
        later.person,
        MemberRow,
        lambda m, p: p.id == m.person_id,
        zh="人员；不在管辖范围时为空。",
        en="The person; null out of scope.",
    )
    post: CommitteePost = column(MemberRow.post, zh="职务。", en="Post.")
    term: CommitteeTerm | None = to_one(
        lambda: CommitteeTerm,
        MemberRow,
        lambda m, t: (t.committee_id == m.committee_id) & (t.number == m.term_number) & t.voided_at.is_(None),
        implied=True,
        zh="所属的届。",
        en="The term it belongs to.",
    )
    sub_committee: SubCommittee | None = to_one(
        lambda: SubCommittee,
        MemberRow,
        lambda m, s: s.id == m.sub_committee_id,
        implied=True,
        zh="兼任的下属委员会。",
        en="The sub-committee they sit on as well.",
    )
    since: date = column(MemberRow.valid_from, zh="任职起始日期。", en="Since.")


@sql_type(
    CommitteeRow,
    name="Committee",
    prefix="committee",
    zh="村（居）民委员会。",
    en="A villagers' or residents' committee.",
)
class Committee(Node):
    id: strawberry.ID = node_id("committee", CommitteeRow)
    kind: CommitteeKind = column(CommitteeRow.kind, zh="类别。", en="Kind.")
    name: str = column(CommitteeRow.name, zh="名称。", en="Name.")
    division: Division | None = to_one(
        lambda: Division,
        CommitteeRow,
        lambda c, d: d.code == c.division,
        zh="所在村（社区）。",
        en="Its village or community.",
    )
    opened_on: date = column(CommitteeRow.opened_on, zh="设立日期。", en="Opened on.")
    closed_on: date | None = column(CommitteeRow.closed_on, zh="撤销日期。", en="Closed on.")
    term: CommitteeTerm | None = to_one(
        lambda: CommitteeTerm,
        CommitteeRow,
        lambda c, t: t.committee_id == c.id,
        dated=Dating.OPEN,
        implied=True,
        zh="现届；尚未选举为空。",
        en="The present term; null before the first election.",
    )
    terms: list[CommitteeTerm] = to_many(
        lambda: CommitteeTerm,
        CommitteeRow,
        lambda c, t: (t.committee_id == c.id) & t.voided_at.is_(None),
        order=("number", "id"),
        implied=True,
        zh="历届。",
        en="All terms.",
    )
    members: list[CommitteeMember] = to_many(
        lambda: CommitteeMember,
        CommitteeRow,
        lambda c, m: m.committee_id == c.id,
        dated=Dating.OPEN,
        order=("post", "id"),
        implied=True,
        zh="现任成员，主任在前。",
        en="Present members, the chair first.",
    )
    sub_committees: list[SubCommittee] = to_many(
        lambda: SubCommittee,
        CommitteeRow,
        lambda c, s: (s.committee_id == c.id) & s.dissolved_on.is_(None),
        order=("kind", "name", "id"),
        implied=True,
        zh="下属委员会。",
        en="Committees under it.",
    )
    version: int = column(
        CommitteeRow.version, zh="版本，供 expectedVersion 使用。", en="Version, for expectedVersion."
    )
    updated_at: datetime = column(CommitteeRow.updated_at, zh="更新时刻。", en="When last changed.")
