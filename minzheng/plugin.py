"""Kernel names for plugins. Re-exports only; internals behind them may move."""

from __future__ import annotations

from core.access.declared import Declared, DeclaredColumns
from core.access.permissions import Permission
from core.access.principal import Principal
from core.access.scope import Internal, Placed, Public, ScopeRule, Through
from core.codes import division_code
from core.codes.ages import age_on
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
from core.documents.declared import DocumentKind
from core.documents.models import Document
from core.errors import ErrorCode, Refusals, Refused, StartupError
from core.events.models import EventRole, LifeEvent, LifeEventType
from core.events.service import persons_of
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
    "Dated",
    "Deadline",
    "Declared",
    "DeclaredColumns",
    "DemoCity",
    "DisabilityCategory",
    "Division",
    "Document",
    "DocumentKind",
    "ErrorCode",
    "EventRole",
    "Exact",
    "Follows",
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
    "NewTask",
    "Permission",
    "Person",
    "PersonDisability",
    "PersonMerge",
    "Placed",
    "PlacedColumns",
    "Principal",
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
    "below",
    "close_tasks",
    "coded",
    "division_code",
    "divisions_by_code",
    "hookimpl",
    "key_of",
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
