"""The kinds of things that core and plugins declare, each collected by a hook of its own.

A declaration has a `name`, `<owner>.<name>`. If it has `read`, that permission shows its rows in the tables of
`Declared` rows (`reads`: several); if it has `permissions`, they are registered as the owner's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.documents.declared import CORE_KINDS as CORE_DOCUMENT_KINDS
from core.documents.declared import DocumentKind
from core.entitlements.declared import Exclusion, Programme
from core.errors import StartupError
from core.funds.declared import FundKind
from core.jobs.declared import Job
from core.jobs.own import CORE_JOBS
from core.measures.declared import Measure
from core.measures.declared import check as check_measures
from core.measures.own import CORE_MEASURES
from core.parameters.declared import Parameter
from core.parameters.limits import CORE_PARAMETERS
from core.payments.recoveries import RECOVERIES
from core.payments.workflow import PAYMENTS
from core.projects.declared import CORE_KINDS as CORE_PROJECT_KINDS
from core.projects.declared import ProjectKind
from core.projects.measures import PROJECT_MEASURES
from core.projects.workflow import PROJECT
from core.referrals.declared import ReferralTarget
from core.referrals.workflow import REFERRAL, REFERRAL_TIMELINE
from core.report.declared import ReportSection
from core.report.text import CORE_SECTIONS
from core.signals.declared import Signal
from core.signals.own import CORE_SIGNALS, SIGNAL_TIMELINE
from core.simulations.declared import RuleSet
from core.timeline.declared import TimelineKind
from core.timeline.kinds import CORE_TIMELINE
from core.workflow.declared import Limit, Workflow

if TYPE_CHECKING:
    from core.host import Host


@dataclass(frozen=True)
class Kind:
    """What a hook collects.

    Attributes:
        core: what core itself declares of it.
    """

    hook: str
    type: type
    core: Sequence[Any] = ()


KINDS: tuple[Kind, ...] = (
    Kind("workflows", Workflow, (PROJECT, REFERRAL, PAYMENTS, RECOVERIES)),
    Kind("jobs", Job, CORE_JOBS),
    Kind("measures", Measure, (*CORE_MEASURES, *PROJECT_MEASURES)),
    Kind("report_section", ReportSection, CORE_SECTIONS),
    Kind("timeline", TimelineKind, (*CORE_TIMELINE, *REFERRAL_TIMELINE, *SIGNAL_TIMELINE)),
    Kind("document_kinds", DocumentKind, CORE_DOCUMENT_KINDS),
    Kind("parameters", Parameter, CORE_PARAMETERS),
    Kind("rule_sets", RuleSet),
    Kind("project_kinds", ProjectKind, CORE_PROJECT_KINDS),
    Kind("referral_targets", ReferralTarget),
    Kind("signals", Signal, CORE_SIGNALS),
    Kind("programmes", Programme),
    Kind("exclusions", Exclusion),
    Kind("fund_kinds", FundKind),
)


def check(host: Host) -> None:
    """Refuse to start while a declaration names a parameter, a permission or a measure that nobody declares.

    Raises:
        StartupError: names both.
    """
    parameters, permissions = host.book(Parameter).all, host.permissions.all
    for owner, name in _parameters(host):
        if name not in parameters:
            raise StartupError(
                f"{owner} 使用的参数 {name} 没有声明 / {owner} uses parameter {name}, which nobody declares"
            )
    for owner, name in _permissions(host):
        if name not in permissions:
            raise StartupError(
                f"{owner} 使用的权限 {name} 没有声明 / {owner} uses permission {name}, which nobody declares"
            )
    _check_measures(host)


def _check_measures(host: Host) -> None:
    """Rates of what is declared; sentences of a plugin that name what it declares."""
    known = host.book(Measure).all
    check_measures(known.values())
    for section in host.book(ReportSection):
        wrong = [name for name in section.measures if name not in known and not section.owner]
        if wrong:
            raise StartupError(
                f"插件 {section.plugin}：报告中的指标 {wrong[0]} 没有声明 / "
                f"plugin {section.plugin}: the report names {wrong[0]}, which is no measure"
            )


def _parameters(host: Host) -> Iterator[tuple[str, str]]:
    for rules in host.book(RuleSet):
        yield from ((rules.name, name) for name in rules.parameters)
    for workflow in host.book(Workflow):
        yield from ((workflow.name, limit.parameter) for limit in _limits(workflow) if limit.parameter)


def _permissions(host: Host) -> Iterator[tuple[str, str]]:
    yield from ((rules.name, rules.permission) for rules in host.book(RuleSet))
    yield from ((parameter.name, parameter.write) for parameter in host.book(Parameter))


def _limits(workflow: Workflow) -> Iterator[Limit]:
    yield from (state.limit for state in workflow.states if state.limit)
    yield from (deadline.limit for deadline in workflow.deadlines if isinstance(deadline.limit, Limit))
    for verb in workflow.transitions:
        yield from filter(None, (verb.after, verb.auto, verb.extends[1] if verb.extends else None))
