"""Core's node types by id prefix."""

from __future__ import annotations

from typing import Any

from schema.types.audit import AuditEntry
from schema.types.committee import Committee, SubCommittee
from schema.types.division import Division
from schema.types.document import Document
from schema.types.entitlement import BenefitExclusion
from schema.types.event import LifeEvent
from schema.types.fund import Fund, FundEntry
from schema.types.household import Household
from schema.types.marriage import DivorceApplication
from schema.types.merge import PersonMerge
from schema.types.organization import Organization, OrganizationQualification
from schema.types.parameter import ParameterValue
from schema.types.payment import BankAccount, Payment, PaymentBatch
from schema.types.person import Person
from schema.types.price_subsidy import PriceSubsidy
from schema.types.project import Project
from schema.types.project_parts import DispatchMeeting, Funding, Milestone, ProgressEntry, ProjectPayment
from schema.types.recovery import Recovery
from schema.types.referral import Referral
from schema.types.signal import Signal
from schema.types.task import Task

_TYPES: tuple[Any, ...] = (
    Person,
    Household,
    Division,
    LifeEvent,
    DivorceApplication,
    PersonMerge,
    AuditEntry,
    Organization,
    OrganizationQualification,
    Committee,
    SubCommittee,
    Task,
    Document,
    ParameterValue,
    Project,
    Milestone,
    Funding,
    ProjectPayment,
    ProgressEntry,
    DispatchMeeting,
    Referral,
    Signal,
    BenefitExclusion,
    Fund,
    FundEntry,
    BankAccount,
    PaymentBatch,
    Payment,
    Recovery,
    PriceSubsidy,
)
NODES: dict[str, Any] = {cls.__prefix__: cls for cls in _TYPES}
