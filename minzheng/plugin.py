"""Kernel names for plugins. Re-exports only; internals behind them may move."""

from __future__ import annotations

from core.access.permissions import Permission
from core.access.principal import Principal
from core.access.scope import Internal, Placed, Public, ScopeRule, Through
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
from core.errors import ErrorCode, Refusals, Refused, StartupError
from core.events.models import LifeEvent, LifeEventType
from core.hookspecs import hookimpl
from core.households.changes import HouseholdChange
from core.households.models import Household, HouseholdMember
from core.ids import key_of, typed
from core.importing.columns import ColumnImporter, ImportedRow
from core.manifest import Manifest
from core.persons.models import Person, PersonDisability
from core.placed import PlacedColumns, place
from core.work import Work

__all__ = [
    "Base",
    "CodeSet",
    "CodedEnum",
    "ColumnImporter",
    "Dated",
    "DemoCity",
    "DisabilityCategory",
    "Division",
    "ErrorCode",
    "Exact",
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
    "Manifest",
    "MaritalStatus",
    "Money",
    "Permission",
    "Person",
    "PersonDisability",
    "Placed",
    "PlacedColumns",
    "Principal",
    "Public",
    "Refusals",
    "Refused",
    "ScopeRule",
    "StartupError",
    "Text",
    "Through",
    "UserRole",
    "Work",
    "coded",
    "hookimpl",
    "key_of",
    "new_id",
    "open_now",
    "place",
    "supersede",
    "text",
    "typed",
]
