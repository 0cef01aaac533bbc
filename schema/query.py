"""The query root. A plugin adds one field, named after itself."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from core.manifest import CORE_VERSION
from core.projects.declared import ProjectKind
from schema.sql.fields import argument, both, connection, field, moment_arguments
from schema.sql.mappings import AllNodes, AnyNode, Lookup
from schema.sql.paging import DEFAULT_PAGE, Key
from schema.types import audit as audit_type
from schema.types import committee as committee_type
from schema.types import household as household_type
from schema.types import organization as organization_type
from schema.types import person as person_type
from schema.types.access import AccessExplanation, explain_access
from schema.types.audit import AuditEntry
from schema.types.capabilities import Capabilities, PluginInfo, ProjectKindInfo
from schema.types.committee import Committee
from schema.types.connection import Connection
from schema.types.division import Division, divisions_connection
from schema.types.document import Document, documents
from schema.types.entitlement import BenefitExclusion, exclusions
from schema.types.event import LifeEvent, life_events, standing
from schema.types.fund import Fund, funds
from schema.types.household import Household
from schema.types.indicator import Indicator, IndicatorDefinition, indicator_field, indicators_field
from schema.types.job import Job, jobs
from schema.types.marriage import DivorceApplication, divorce_applications
from schema.types.merge import DuplicateCandidate, duplicate_candidates
from schema.types.node import Node
from schema.types.organization import Organization
from schema.types.parameter import Parameter, parameters
from schema.types.payment import Payment, PaymentBatch, payment_batches, payments
from schema.types.person import Person
from schema.types.price_subsidy import PriceSubsidy, price_subsidies
from schema.types.project import Project, projects
from schema.types.project_parts import DispatchMeeting, Funding, Milestone, recorded
from schema.types.recovery import Recovery, recoveries
from schema.types.referral import Referral, referrals
from schema.types.scalars import CreditCode, DivisionCode
from schema.types.signal import Signal, signals
from schema.types.simulation import RuleSet, Simulation, rule_sets, simulate
from schema.types.task import Task, tasks
from schema.types.work_report import WorkReport, work_report_field

_ID = argument("id", strawberry.ID, "全局编号。", "Global id.", required=True)


@strawberry.type(description=both("查询入口。", "The query root."))
class Query:
    node: Node | None = field(AnyNode(), "按编号取任意对象。", "Any object by its id.", [_ID])
    nodes: list[Node | None] = field(
        AllNodes(),
        "按编号取多个对象，缺失为空。",
        "Objects by their ids, null where there is none.",
        [argument("ids", list[strawberry.ID], "编号，最多 100 个。", "Ids, at most 100.", required=True)],
    )
    person: Person | None = field(
        Lookup(lambda: Person),
        "按编号取人员，可指定时点。",
        "A person by id, now or as of a day.",
        [_ID, *moment_arguments()],
    )
    persons: Connection[Person] | None = connection(
        "Query.persons",
        lambda: Person,
        zh="人员列表，按常住地。",
        en="Persons, by residence.",
        filter=person_type.PersonFilter,
        order=person_type.PersonOrder,
        orders=person_type.ORDERS,
        default=(Key("name_key"),),
    )
    household: Household | None = field(
        Lookup(lambda: Household),
        "按编号取户，可指定时点。",
        "A household by id, now or as of a day.",
        [_ID, *moment_arguments()],
    )
    households: Connection[Household] | None = connection(
        "Query.households",
        lambda: Household,
        zh="户列表，按地址区划。",
        en="Households, by address.",
        filter=household_type.HouseholdFilter,
        order=household_type.HouseholdOrder,
        orders=household_type.ORDERS,
        default=(Key("code"),),
    )
    division: Division | None = field(
        Lookup(lambda: Division, {"code": "code"}),
        "按代码或编号取区划，可指定时点。",
        "A division by code or id, now or as of a day.",
        [
            argument("code", DivisionCode, "代码。", "Code."),
            argument("id", strawberry.ID, "全局编号。", "Global id."),
            *moment_arguments(),
        ],
    )
    divisions: Connection[Division] | None = divisions_connection(
        "Query.divisions", "区划列表。", "Divisions."
    )
    organization: Organization | None = field(
        Lookup(lambda: Organization, {"creditCode": "credit_code"}),
        "按统一社会信用代码或编号取组织，可指定时点。",
        "An organization by credit code or id, now or as of a day.",
        [
            argument("creditCode", CreditCode, "统一社会信用代码。", "Credit code."),
            argument("id", strawberry.ID, "全局编号。", "Global id."),
            *moment_arguments(),
        ],
    )
    organizations: Connection[Organization] | None = connection(
        "Query.organizations",
        lambda: Organization,
        zh="组织列表，按所在区划。",
        en="Organizations, by seat.",
        filter=organization_type.OrganizationFilter,
        order=organization_type.OrganizationOrder,
        orders=organization_type.ORDERS,
        default=(Key("name"),),
    )
    committee: Committee | None = field(
        Lookup(lambda: Committee),
        "按编号取村（居）委会，可指定时点。",
        "A committee by id, its members and term now or as of a day.",
        [_ID, *moment_arguments()],
    )
    committees: Connection[Committee] | None = connection(
        "Query.committees",
        lambda: Committee,
        zh="村（居）委会列表，不含已撤销的。",
        en="Standing committees.",
        filter=committee_type.CommitteeFilter,
        order=committee_type.CommitteeOrder,
        orders=committee_type.ORDERS,
        default=(Key("division"),),
        where=lambda c: c.closed_on.is_(None),
    )

    life_event: LifeEvent | None = field(
        Lookup(lambda: LifeEvent), "按编号取人生事项。", "A life event by id.", [_ID]
    )
    life_events: Connection[LifeEvent] | None = life_events(
        "Query.lifeEvents",
        "人生事项列表，新的在前；已撤销的不列出。",
        "Life events, the latest first; reversed ones are not listed.",
        where=standing,
    )
    divorce_application: DivorceApplication | None = field(
        Lookup(lambda: DivorceApplication),
        "按编号取离婚登记申请。",
        "An application for divorce by id.",
        [_ID],
    )
    divorce_applications: Connection[DivorceApplication] | None = divorce_applications(
        "Query.divorceApplications",
        "离婚登记申请列表，新的在前。",
        "Applications for divorce, the latest first.",
    )

    @strawberry.field(  # type: ignore[untyped-decorator]
        description=both(
            "疑似重复的人员：某人的，或某区划内的。",
            "Records that may be of one person: one person's, or a division's.",
        )
    )
    async def duplicate_candidates(
        self,
        info: strawberry.Info,
        person: Annotated[
            strawberry.ID | None, strawberry.argument(description=both("人员编号。", "Id of a person."))
        ] = None,
        division: Annotated[
            DivisionCode | None,
            strawberry.argument(description=both("区划及其下级。", "A division and all below.")),
        ] = None,
        first: Annotated[
            int, strawberry.argument(description=both("最多若干对（1–100）。", "At most so many, 1 to 100."))
        ] = DEFAULT_PAGE,
    ) -> list[DuplicateCandidate]:
        return await duplicate_candidates(info, person, division, first)

    tasks: Connection[Task] | None = tasks(
        "Query.tasks",
        "未办结的任务，最急的在前；按任务自己的权限和所在区划。",
        "Open tasks, the most urgent first, as far as their own permission shows them.",
    )
    task: Task | None = field(Lookup(lambda: Task), "按编号取任务。", "A task by id.", [_ID])
    jobs: list[Job] = jobs()
    indicators: list[IndicatorDefinition] = indicators_field()
    indicator: Indicator | None = indicator_field()
    work_report: WorkReport | None = work_report_field()
    document: Document | None = field(Lookup(lambda: Document), "按编号取材料。", "A document by id.", [_ID])
    documents: Connection[Document] | None = documents(
        "Query.documents",
        "材料列表，新的在前；须有类别的权限，且能看到所涉对象。",
        "Documents, the latest first, as far as their kind's permission and their subject are in reach.",
    )
    project: Project | None = field(
        Lookup(lambda: Project),
        "按编号取项目，可指定时点。",
        "A project by id, now or as of a day.",
        [_ID, *moment_arguments()],
    )
    projects: Connection[Project] | None = projects(
        "Query.projects",
        "项目列表，计划竣工早的在前；按项目类别自己的权限和所在区划。",
        "Projects, those planned to be completed first first, as far as the permission of their kind shows them.",
    )
    milestones: Connection[Milestone] | None = recorded(
        "Query.milestones", Milestone, "节点列表，先到期的在前。", "Milestones, the first due first."
    )
    fundings: Connection[Funding] | None = recorded(
        "Query.fundings", Funding, "争取到的资金，新的在前。", "Money won, the latest first."
    )
    dispatch_meetings: Connection[DispatchMeeting] | None = recorded(
        "Query.dispatchMeetings",
        DispatchMeeting,
        "项目调度会，新的在前。",
        "Dispatch meetings, the latest first.",
    )
    referral: Referral | None = field(Lookup(lambda: Referral), "按编号取转介。", "A referral by id.", [_ID])
    referrals: Connection[Referral] | None = referrals(
        "Query.referrals",
        "转介列表，新的在前；按接收方或转出方的权限和人员所在区划，组织只见转给自己的。",
        "Referrals, the latest first, by the addressee's or sender's permission; organizations see their own alone.",
    )
    signal: Signal | None = field(Lookup(lambda: Signal), "按编号取预警。", "An early warning by id.", [_ID])
    signals: Connection[Signal] | None = signals(
        "Query.signals",
        "预警列表，新的在前；按预警自己的权限和所在区划。",
        "Early warnings, the latest first, by their own permission and where they lie.",
    )
    exclusions: Connection[BenefitExclusion] | None = exclusions("Query.exclusions")
    payment_batches: Connection[PaymentBatch] | None = payment_batches("Query.paymentBatches")
    payment_batch: PaymentBatch | None = field(
        Lookup(lambda: PaymentBatch), "按编号取发放批次。", "A batch of payments by id.", [_ID]
    )
    payments: Connection[Payment] | None = payments(
        "Query.payments",
        "发放记录，新的在前；需要 payments:read 和项目自己的权限。",
        "Payments, the latest month first; needs payments:read and the programme's own permission.",
    )
    recoveries: Connection[Recovery] | None = recoveries(
        "Query.recoveries", "追回列表，新的在前。", "Recoveries, the latest first."
    )
    price_subsidies: Connection[PriceSubsidy] | None = price_subsidies("Query.priceSubsidies")
    funds: Connection[Fund] | None = funds("Query.funds")
    fund: Fund | None = field(Lookup(lambda: Fund), "按编号取备用资金。", "A fund by id.", [_ID])
    audit_entries: Connection[AuditEntry] | None = connection(
        "Query.auditEntries",
        lambda: AuditEntry,
        zh="审计记录，新的在前；需要 audit:read，按县级区划。",
        en="The audit, newest first; needs audit:read, by district.",
        filter=audit_type.AuditFilter,
        order=audit_type.AuditOrder,
        orders=audit_type.ORDERS,
        default=(Key("at", descending=True),),
    )
    parameters: list[Parameter] = parameters()
    rule_sets: list[RuleSet] = rule_sets()
    simulate: Simulation = simulate()
    access_explain: AccessExplanation = explain_access()

    @strawberry.field(description=both("当前令牌在此处能做什么。", "What the caller can do here."))  # type: ignore[untyped-decorator]
    def capabilities(self, info: strawberry.Info) -> Capabilities:
        env: Any = info.context.env
        enabled = [plugin for name, plugin in env.host.plugins.items() if name in env.plugins]
        return Capabilities(
            core_version=CORE_VERSION,
            today=env.clock.today().isoformat(),
            plugins=[_plugin(plugin.manifest) for plugin in enabled],
            permissions=sorted(env.principal.permissions),
            project_kinds=[
                ProjectKindInfo(
                    name=kind.name, title_zh=kind.zh, title_en=kind.en, livelihood=kind.livelihood
                )
                for kind in env.host.book(ProjectKind).of(env.plugins)
            ],
            divisions=sorted({grant.division for grant in env.principal.grants}),
        )


def _plugin(manifest: Any) -> PluginInfo:
    return PluginInfo(
        name=manifest.name, title_zh=manifest.title_zh, title_en=manifest.title_en, version=manifest.version
    )
