"""Every hook a plugin may implement. `HOOKS.md` lists the same with examples; a test keeps the two equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from core.access.permissions import Permission
    from core.demo import DemoCity
    from core.documents.declared import DocumentKind
    from core.entitlements.declared import Exclusion, Programme
    from core.errors import ErrorCode, Refused
    from core.events.models import LifeEvent
    from core.funds.declared import FundKind
    from core.households.changes import HouseholdChange
    from core.importing.columns import ColumnImporter
    from core.jobs.declared import Job
    from core.measures.declared import Measure
    from core.merges.models import PersonMerge
    from core.parameters.changes import ParameterChange
    from core.parameters.declared import Parameter
    from core.persons.birthdays import Birthday
    from core.persons.models import Person
    from core.projects.declared import ProjectKind
    from core.referrals.declared import ReferralTarget
    from core.referrals.models import Referral
    from core.report.declared import ReportSection
    from core.signals.declared import Signal
    from core.simulations.declared import RuleSet
    from core.timeline.declared import TimelineKind
    from core.work import Work
    from core.workflow.declared import Workflow

PROJECT = "minzheng"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def type_extensions() -> Mapping[type, type]:  # type: ignore[empty-body]
    """Give a core type (Person, Household, a root) the fields of a class of yours."""


@hookspec
def schema_types() -> Sequence[type]:  # type: ignore[empty-body]
    """Name the types of yours that no field mentions, such as implementations of Node reached only by id."""


@hookspec
def permissions() -> Sequence[Permission]:  # type: ignore[empty-body]
    """Declare your permissions, with the roles that carry them."""


@hookspec
def error_codes() -> Sequence[ErrorCode]:  # type: ignore[empty-body]
    """Declare the codes your mutations refuse with."""


@hookspec
def importers() -> Sequence[ColumnImporter]:  # type: ignore[empty-body]
    """Take columns of your own from imported registers, such as the year's income."""


@hookspec
def workflows() -> Sequence[Workflow]:  # type: ignore[empty-body]
    """Declare your cases: their states, transitions, roles and limits."""


@hookspec
def jobs() -> Sequence[Job]:  # type: ignore[empty-body]
    """Declare work that is done at set times, such as reviews that fall due."""


@hookspec
def birthday_ages() -> Sequence[int]:  # type: ignore[empty-body]
    """Name further ages whose birthdays you want to hear of, besides 14, 16, 18, 60 and 80."""


@hookspec
def measures() -> Sequence[Measure]:  # type: ignore[empty-body]
    """Declare your figures: definition, unit, the dated facts behind them, how deep they may be drilled."""


@hookspec
def report_section() -> Sequence[ReportSection]:  # type: ignore[empty-body]
    """Add sentences to the work report, with placeholders for your measures."""


@hookspec
def timeline() -> Sequence[TimelineKind]:  # type: ignore[empty-body]
    """Declare what you tell on the timelines of persons and households."""


@hookspec
def document_kinds() -> Sequence[DocumentKind]:  # type: ignore[empty-body]
    """Declare the kinds of documents that your records, or core's, may have."""


@hookspec
def parameters() -> Sequence[Parameter]:  # type: ignore[empty-body]
    """Declare the limits, factors and standards that your rules read, with what the law says of them."""


@hookspec
def rule_sets() -> Sequence[RuleSet]:  # type: ignore[empty-body]
    """Declare rules over the register that can be tried out with other values of their parameters."""


@hookspec
def project_kinds() -> Sequence[ProjectKind]:  # type: ignore[empty-body]
    """Declare the kinds of project that you count, with the permission that shows each."""


@hookspec
def referral_targets() -> Sequence[ReferralTarget]:  # type: ignore[empty-body]
    """Declare the services of yours that take referrals."""


@hookspec
def signals() -> Sequence[Signal]:  # type: ignore[empty-body]
    """Declare early warnings over the register, which open tasks."""


@hookspec
def programmes() -> Sequence[Programme]:  # type: ignore[empty-body]
    """Declare the programmes that entitle people to money, with the permissions that show and award them."""


@hookspec
def exclusions() -> Sequence[Exclusion]:  # type: ignore[empty-body]
    """Declare which programmes do not both pay one person for one month; other plugins' are named, too."""


@hookspec
def fund_kinds() -> Sequence[FundKind]:  # type: ignore[empty-body]
    """Declare kinds of funds, with the permissions to fill them and to pay from them."""


@hookspec
async def demo_data(city: DemoCity) -> None:
    """Add your part to the generated demo city, through your own services."""


@hookspec
async def life_event(work: Work, event: LifeEvent) -> str | None:
    """Do your part of a life event in its transaction, and say in a sentence what you did."""


@hookspec
async def life_event_blockers(work: Work, event: LifeEvent) -> Sequence[Refused]:  # type: ignore[empty-body]
    """Say why a life event must not be recorded yet; any refusal stops it."""


@hookspec
async def life_event_reversed(work: Work, event: LifeEvent) -> None:
    """Take back your part of an event that was entered wrongly; without this hook core undoes your rows."""


@hookspec
async def persons_merged(work: Work, merge: PersonMerge) -> None:
    """Let your rows of the dropped person refer to the kept one."""


@hookspec
async def removal_blockers(work: Work, person: Person) -> Sequence[Refused]:  # type: ignore[empty-body]
    """Say why a person entered wrongly must not be removed."""


@hookspec
async def household_changed(work: Work, change: HouseholdChange) -> None:
    """Recompute what you derive from a household, after members or roles changed, or its place did."""


@hookspec
async def birthdays(work: Work, birthdays: Sequence[Birthday]) -> None:
    """Do what follows when living persons of your districts reach an age, at most 500 at a time."""


@hookspec
async def parameter_changed(work: Work, change: ParameterChange) -> None:
    """Recompute what you derive from a parameter, after it was set or ended in a division, in the same transaction."""


@hookspec
async def referral_accepted(work: Work, referral: Referral) -> None:
    """Open your own case for a referral that was accepted, if it was sent to a target of yours."""


EVENT_HOOKS = (
    "life_event",
    "life_event_blockers",
    "life_event_reversed",
    "persons_merged",
    "removal_blockers",
    "household_changed",
    "birthdays",
    "parameter_changed",
    "referral_accepted",
)
# Nobody waits for their answer: a refusal in them is a failure like any other.
UNASKED_HOOKS = ("birthdays",)
ASYNC_HOOKS = (*EVENT_HOOKS, "demo_data")
# A new standard means that a whole register is computed anew, which takes as often the time of one event.
PATIENCE: Mapping[str, int] = {"parameter_changed": 120}


def spec_names() -> tuple[str, ...]:
    """The names of all hooks."""
    namespace: dict[str, Any] = globals()
    return tuple(name for name, value in namespace.items() if hasattr(value, f"{PROJECT}_spec"))
