"""Kernel names for plugins. Re-exports only; internals behind them may move."""

from __future__ import annotations

from core.access.declared import Declared, DeclaredColumns
from core.access.permissions import Permission
from core.access.principal import NATION, Principal
from core.access.scope import Internal, Placed, Public, ScopeRule, Through
from core.codes import division_code
from core.codes.ages import age_on
from core.codes.months import month_after, month_of, months_between
from core.codes.projects import ProjectFacility, ProjectLevel
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
from core.jobs.declared import Daily, Hourly, Job, Monthly
from core.jobs.models import JobRun
from core.manifest import Manifest
from core.measures.declared import Facts, Measure, MeasureKind, MeasureLevel, MeasurePeriod, Rounding
from core.measures.frame import Frame
from core.merges.models import PersonMerge
from core.outbox.service import publish
from core.parameters.changes import ParameterChange
from core.parameters.declared import Choice, Default, Parameter, ParameterKind
from core.parameters.models import ParameterValue
from core.parameters.service import number as parameter_number
from core.parameters.service import value as parameter_value
from core.parameters.service import values as parameter_values
from core.parameters.service import view_of as parameter_view
from core.parameters.service import whole as parameter_whole
from core.parameters.setting import NewValue, end_value, set_value
from core.parameters.view import ParameterView
from core.persons.birthdays import Birthday
from core.persons.models import Person, PersonDisability
from core.placed import Follows, PlacedColumns, below, place
from core.projects.declared import ProjectKind
from core.projects.milestones import NewMilestone, add_milestone, reach_milestone
from core.projects.models import Funding, Milestone, Project
from core.projects.money import NewFunding, record_funding
from core.projects.money import record_payment as record_project_payment
from core.projects.progress import NewMeeting, NewProgress, hold_meeting, record_progress
from core.projects.service import NewProject
from core.projects.service import plan as plan_project
from core.projects.workflow import PROJECT
from core.referrals.codes import ConsentBy, LegalBasis, ReferralOutcome, ReferralReason
from core.referrals.declared import ReferralTarget
from core.referrals.models import Referral
from core.referrals.service import Consent, NewReferral, Override, refer
from core.refusals import DATE_FUTURE, DATE_ORDER, DIV_UNKNOWN, HOUSEHOLD_CLOSED, MEMBER_MISSING
from core.report.declared import ReportSection
from core.signals.declared import Found, NewSignal, Signal
from core.signals.models import RaisedSignal
from core.signals.service import raise_signal
from core.simulations.declared import Category, RuleSet, Subject, Verdict
from core.simulations.service import pages
from core.timeline.declared import TimelineKind
from core.timeline.service import NewEntry, tell_timeline, void_timeline
from core.work import Work
from core.workflow.declared import Deadline, Limit, State, Step, Transition, Unit, Workflow
from core.workflow.models import Task, WorkflowColumns
from core.workflow.service import advance, renew_deadlines, start
from core.workflow.tasks import NewTask, close_tasks, open_task

__all__ = [
    "DATE_FUTURE",
    "DATE_ORDER",
    "DIV_UNKNOWN",
    "HOUSEHOLD_CLOSED",
    "MEMBER_MISSING",
    "NATION",
    "PROJECT",
    "Base",
    "Birthday",
    "Category",
    "Choice",
    "CodeSet",
    "CodedEnum",
    "ColumnImporter",
    "Conflict",
    "Consent",
    "ConsentBy",
    "Daily",
    "Dated",
    "Deadline",
    "Declared",
    "DeclaredColumns",
    "Default",
    "DemoCity",
    "DisabilityCategory",
    "Division",
    "Document",
    "DocumentKind",
    "Entitlement",
    "EntitlementPerson",
    "ErrorCode",
    "EventRole",
    "Exact",
    "Exclusion",
    "Facts",
    "Follows",
    "Found",
    "Frame",
    "Fund",
    "FundEntry",
    "FundEntryKind",
    "FundKind",
    "Funding",
    "Gender",
    "Hourly",
    "Household",
    "HouseholdChange",
    "HouseholdKind",
    "HouseholdMember",
    "ImportedRow",
    "Instant",
    "Internal",
    "Job",
    "JobRun",
    "LegalBasis",
    "LifeEvent",
    "LifeEventType",
    "Limit",
    "Manifest",
    "MaritalStatus",
    "Measure",
    "MeasureKind",
    "MeasureLevel",
    "MeasurePeriod",
    "Milestone",
    "Money",
    "Monthly",
    "Movement",
    "NewEntitlement",
    "NewEntry",
    "NewFunding",
    "NewMeeting",
    "NewMilestone",
    "NewProgress",
    "NewProject",
    "NewReferral",
    "NewSignal",
    "NewTask",
    "NewValue",
    "Override",
    "Parameter",
    "ParameterChange",
    "ParameterKind",
    "ParameterValue",
    "ParameterView",
    "Permission",
    "Person",
    "PersonDisability",
    "PersonMerge",
    "Placed",
    "PlacedColumns",
    "Principal",
    "Programme",
    "Project",
    "ProjectFacility",
    "ProjectKind",
    "ProjectLevel",
    "Public",
    "RaisedSignal",
    "Referral",
    "ReferralOutcome",
    "ReferralReason",
    "ReferralTarget",
    "Refusals",
    "Refused",
    "ReportSection",
    "Rounding",
    "RuleSet",
    "ScopeRule",
    "Signal",
    "StartupError",
    "State",
    "Step",
    "Subject",
    "Task",
    "Text",
    "Through",
    "TimelineKind",
    "Transition",
    "Unit",
    "UserRole",
    "Verdict",
    "Work",
    "Workflow",
    "WorkflowColumns",
    "add_milestone",
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
    "end_value",
    "hold_meeting",
    "hookimpl",
    "key_of",
    "month_after",
    "month_of",
    "months_between",
    "move_fund",
    "new_id",
    "open_now",
    "open_task",
    "pages",
    "parameter_number",
    "parameter_value",
    "parameter_values",
    "parameter_view",
    "parameter_whole",
    "persons_of",
    "place",
    "plan_project",
    "publish",
    "raise_signal",
    "reach_milestone",
    "record_funding",
    "record_progress",
    "record_project_payment",
    "refer",
    "renew_deadlines",
    "set_value",
    "start",
    "supersede",
    "tell_timeline",
    "text",
    "typed",
    "void_timeline",
]
