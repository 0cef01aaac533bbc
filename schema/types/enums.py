"""Code sets as GraphQL enums, their members described by their labels."""

from __future__ import annotations

import enum
from typing import Any

import strawberry

from core.codes import organizations, sets
from core.codes.division_code import DivisionKind as DivisionKindCode
from core.codes.division_code import Tier as TierCode
from core.documents import models as documents
from core.events import models as events
from core.jobs.models import JobState as JobStateCode
from core.measures import declared
from core.merges import candidates
from core.parameters.declared import ParameterKind as ParameterKindCode
from core.referrals import codes as referrals
from core.signals import models as signals
from core.workflow.tasks import TaskEvent as TaskEvents
from schema.sql.fields import both


def described(kind: type[enum.Enum], zh: str, en: str, name: str | None = None, labels: Any = None) -> Any:
    """A core enum as a GraphQL enum; each member's description is its Chinese and English label."""
    made: Any = strawberry.enum(kind, name=name or kind.__name__, description=both(zh, en))
    for value, member in zip(made.__strawberry_definition__.values, kind, strict=True):
        pair = labels[member] if labels else (member.zh, member.en)  # type: ignore[attr-defined]
        value.description = both(f"{pair[0]}。", f"{pair[1]}.")
    return made


IdType = described(sets.IdType, "证件类型。", "Kind of identity document.")
UserRole = described(sets.UserRole, "用户角色。", "Roles of users.")
Gender = described(sets.Gender, "性别（GB/T 2261.1）。", "Gender (GB/T 2261.1).")
MaritalStatus = described(sets.MaritalStatus, "婚姻状况（GB/T 2261.2）。", "Marital status (GB/T 2261.2).")
DisabilityCategory = described(sets.DisabilityCategory, "残疾类别。", "Category of disability.")
HouseholdKind = described(sets.HouseholdKind, "户类型。", "Kind of household.")
LifeEventType = described(events.LifeEventType, "人生事项类型。", "Kind of life event.")
EventRole = described(
    events.EventRole, "事项中的身份。", "What a person is to a life event.", "LifeEventRole"
)
JobState = described(JobStateCode, "定时任务运行的状态。", "State of a run of a job.")
DuplicateReason = described(
    candidates.DuplicateReason, "疑似重复的依据。", "Why two records may be of one person."
)
DocumentState = described(documents.DocumentState, "材料状态。", "State of a document.")
ReferralReason = described(referrals.ReferralReason, "转介原因。", "Why somebody is referred.")
ReferralOutcome = described(referrals.ReferralOutcome, "转介结果。", "What came of a referral.")
ReferralConsent = described(
    referrals.ConsentKind, "转介所依据的。", "On what a referral rests.", "ReferralConsent"
)
ReferralConsentBy = described(
    referrals.ConsentBy, "同意人。", "Who consented to a referral.", "ReferralConsentBy"
)
ReferralBasis = described(
    referrals.LegalBasis, "未经同意转介的法定依据。", "Why a referral needs no consent.", "ReferralBasis"
)
SignalState = described(signals.SignalState, "预警状态。", "State of an early warning.")
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
ParameterKind = described(ParameterKindCode, "参数类别。", "Kind of parameter.")
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


class How(enum.Enum):
    RESIDENCE = "RESIDENCE"
    REGISTRATION = "REGISTRATION"
    MEMBERSHIP = "MEMBERSHIP"
    PLACE = "PLACE"
    PARENT = "PARENT"
    NONE = "NONE"


class Names(enum.Enum):
    FULL = "FULL"
    MASKED = "MASKED"


AccessHow = described(
    How,
    "一项授权怎样到达记录。",
    "How a grant reaches a record.",
    "AccessHow",
    {
        How.RESIDENCE: ("经常住地", "By residence"),
        How.REGISTRATION: ("经户籍地", "By registration"),
        How.MEMBERSHIP: ("经所在的户", "By a household"),
        How.PLACE: ("经所在区划", "By its place"),
        How.PARENT: ("经所属记录", "By the record it belongs to"),
        How.NONE: ("不经此授权", "Not by this grant"),
    },
)
AccessNames = described(
    Names,
    "姓名怎样显示。",
    "How names are shown.",
    "AccessNames",
    {Names.FULL: ("全文", "In full"), Names.MASKED: ("掩码", "Masked")},
)


class Due(enum.Enum):
    TODAY = "TODAY"
    OVERDUE = "OVERDUE"
    WEEK = "WEEK"


TaskEvent = described(TaskEvents, "任务的变更。", "What happens to a task.", "TaskEvent")
TaskDue = described(
    Due,
    "任务的时限。",
    "When tasks are due.",
    "TaskDue",
    {
        Due.TODAY: ("今日到期", "Today"),
        Due.OVERDUE: ("已逾期", "Overdue"),
        Due.WEEK: ("今日起七日内到期", "Within seven days from today"),
    },
)


IndicatorKind = described(
    declared.MeasureKind,
    "指标类型。",
    "Kind of an indicator.",
    "IndicatorKind",
    {
        declared.MeasureKind.COUNT: ("计数", "A count"),
        declared.MeasureKind.SUM: ("合计", "A sum"),
        declared.MeasureKind.RATE: ("比率", "A rate"),
        declared.MeasureKind.LATEST: ("最近值", "The value that holds"),
    },
)
IndicatorTiming = described(
    declared.MeasurePeriod,
    "时点或期间。",
    "As of a day or over a period.",
    "IndicatorTiming",
    {
        declared.MeasurePeriod.AS_OF: ("截至日的存量", "What holds on the day"),
        declared.MeasurePeriod.IN_PERIOD: ("期间内的发生数", "What happened in the period"),
    },
)
IndicatorLevel = described(
    declared.MeasureLevel,
    "可分列到哪一级。",
    "How deep it is drilled.",
    "IndicatorLevel",
    {
        declared.MeasureLevel.NONE: ("不分列", "Not at all"),
        declared.MeasureLevel.TOWN: ("镇（街道）", "Towns"),
        declared.MeasureLevel.VILLAGE: ("村（社区）", "Villages"),
    },
)


class By(enum.Enum):
    """How a figure is broken down."""

    TOWN = "TOWN"
    VILLAGE = "VILLAGE"
    MONTH = "MONTH"
    YEAR = "YEAR"


IndicatorBy = described(
    By,
    "分列方式。",
    "How an indicator is broken down.",
    "IndicatorBy",
    {
        By.TOWN: ("按镇（街道），见 by", "By town, in `by`"),
        By.VILLAGE: ("按村（社区），见 by", "By village, in `by`"),
        By.MONTH: ("按月，见 series", "By month, in `series`"),
        By.YEAR: ("按年，见 series", "By year, in `series`"),
    },
)
