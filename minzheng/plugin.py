"""Kernel names for plugins. Re-exports only; internals behind them may move."""

from __future__ import annotations

from core.access.declared import Declared, DeclaredColumns
from core.access.permissions import Permission
from core.access.principal import Principal
from core.access.scope import Internal, Placed, Public, ScopeRule, Through
from core.codes import division_code
from core.codes.ages import age_on
from core.codes.months import month_after, month_of, months_between
from core.codes.sets import (
    CodedEnum,
    CodeSet,
    DisabilityCategory,
    Gender,
    HouseholdKind,
    MaritalStatus,
    UserRole,
)
from core.dated import Dated, open_now, supersede
from core.db import Base, Exact, Instant, Money, Text, coded, new_id, text
from core.demo import DemoCity
from core.divisions.models import Division
from core.divisions.service import by_code as divisions_by_code
from core.entitlements.declared import Exclusion, Programme
from core.entitlements.exclusions import Conflict, conflicts
from core.entitlements.models import Entitlement, EntitlementPerson
from core.entitlements.service import NewEntitlement, award_of
from core.entitlements.service import award as award_entitlement
from core.entitlements.service import award_many as award_entitlements
from core.entitlements.service import change as change_entitlement
from core.entitlements.service import end as end_entitlement
from core.errors import ErrorCode, Refusals, Refused, StartupError
from core.events.models import EventRole, LifeEvent, LifeEventType
from core.events.service import persons_of
from core.funds.declared import FundKind
from core.funds.models import Fund, FundEntry, FundEntryKind
from core.funds.service import Movement
from core.funds.service import allocate as allocate_fund
from core.funds.service import move as move_fund
from core.hookspecs import hookimpl
from core.households.changes import HouseholdChange
from core.households.models import Household, HouseholdMember
from core.ids import key_of, typed
from core.importing.columns import ColumnImporter, ImportedRow
from core.manifest import Manifest
from core.merges.models import PersonMerge
from core.persons.models import Person, PersonDisability
from core.placed import Follows, PlacedColumns, below, place
from core.refusals import DATE_FUTURE, DATE_ORDER, DIV_UNKNOWN, HOUSEHOLD_CLOSED, MEMBER_MISSING
from core.work import Work
from core.workflow.declared import Deadline, Limit, State, Step, Transition, Unit, Workflow
from core.workflow.models import Task, WorkflowColumns
from core.workflow.service import advance, start
from core.workflow.tasks import NewTask, close_tasks, open_task

__all__ = [
    "DATE_FUTURE",
    "DATE_ORDER",
    "DIV_UNKNOWN",
    "HOUSEHOLD_CLOSED",
    "MEMBER_MISSING",
    "Base",
    "CodeSet",
    "CodedEnum",
    "ColumnImporter",
    "Conflict",
    "Dated",
    "Deadline",
    "Declared",
    "DeclaredColumns",
    "DemoCity",
    "DisabilityCategory",
    "Division",
    "Entitlement",
    "EntitlementPerson",
    "ErrorCode",
    "EventRole",
    "Exact",
    "Exclusion",
    "Follows",
    "Fund",
    "FundEntry",
    "FundEntryKind",
    "FundKind",
    "Gender",
    "Household",
    "HouseholdChange",
    "HouseholdKind",
    "HouseholdMember",
    "ImportedRow",
    "Instant",
    "Internal",
    "LifeEvent",
    "LifeEventType",
    "Limit",
    "Manifest",
    "MaritalStatus",
    "Money",
    "Movement",
    "NewEntitlement",
    "NewTask",
    "Permission",
    "Person",
    "PersonDisability",
    "PersonMerge",
    "Placed",
    "PlacedColumns",
    "Principal",
    "Programme",
    "Public",
    "Refusals",
    "Refused",
    "ScopeRule",
    "StartupError",
    "State",
    "Step",
    "Task",
    "Text",
    "Through",
    "Transition",
    "Unit",
    "UserRole",
    "Work",
    "Workflow",
    "WorkflowColumns",
    "advance",
    "age_on",
    "allocate_fund",
    "award_entitlement",
    "award_entitlements",
    "award_of",
    "below",
    "change_entitlement",
    "close_tasks",
    "coded",
    "conflicts",
    "division_code",
    "divisions_by_code",
    "end_entitlement",
    "hookimpl",
    "key_of",
    "month_after",
    "month_of",
    "months_between",
    "move_fund",
    "new_id",
    "open_now",
    "open_task",
    "persons_of",
    "place",
    "start",
    "supersede",
    "text",
    "typed",
]
