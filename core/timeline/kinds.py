"""What core itself tells on timelines."""

from __future__ import annotations

from core.access.permissions import REGISTRY_READ
from core.access.scope import Words
from core.codes.sets import RELATIONS, DisabilityCategory
from core.events.models import EventRole, LifeEventType
from core.timeline.declared import TimelineKind

REGISTERED = "core.person_registered"
MERGED = "core.persons_merged"
CERTIFIED = "core.disability_certified"
LAPSED = "core.disability_ended"
OPENED = "core.household_opened"
CLOSED = "core.household_closed"
MOVED = "core.household_moved"
HEADED = "core.household_head_changed"
JOINED = "core.household_joined"
LEFT = "core.household_left"

_CATEGORIES: dict[str, Words] = {item.name: (item.zh, item.en) for item in DisabilityCategory}
_ROLES: dict[str, Words] = {
    role.name: (role.zh, role.en) for role in EventRole if role is not EventRole.SUBJECT
}


def event_kind(type_: LifeEventType) -> str:
    """The kind of entry for a life event."""
    return f"core.{type_.name.lower()}"


CORE_TIMELINE = (
    TimelineKind(REGISTERED, "登记人员", "Registered", REGISTRY_READ),
    TimelineKind(MERGED, "合并重复登记", "Records merged", REGISTRY_READ),
    TimelineKind(CERTIFIED, "认定残疾", "Disability certified", REGISTRY_READ, _CATEGORIES),
    TimelineKind(LAPSED, "残疾不再认定", "Disability no longer certified", REGISTRY_READ, _CATEGORIES),
    TimelineKind(OPENED, "立户", "Household opened", REGISTRY_READ),
    TimelineKind(CLOSED, "销户", "Household closed", REGISTRY_READ),
    TimelineKind(MOVED, "户迁移", "Household moved", REGISTRY_READ),
    TimelineKind(HEADED, "变更户主", "New head of household", REGISTRY_READ),
    TimelineKind(JOINED, "加入户", "Joined a household", REGISTRY_READ, RELATIONS.labels),
    TimelineKind(LEFT, "退出户", "Left a household", REGISTRY_READ),
    *(TimelineKind(event_kind(type_), type_.zh, type_.en, REGISTRY_READ, _ROLES) for type_ in LifeEventType),
)
