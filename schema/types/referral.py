from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Date

from core.access.masks import mask_name
from core.access.permissions import NAMES_READ
from core.db import text
from core.persons.models import Person as PersonRow
from core.referrals.declared import ReferralTarget
from core.referrals.models import Referral as ReferralRow
from core.referrals.workflow import PREFIX, RECEIVING, acts_for, addressed
from core.workflow.service import possible
from schema.sql.fields import (
    batched,
    column,
    connection,
    filter_input,
    namespace,
    node_id,
    sql_type,
    to_one,
    where,
)
from schema.sql.filters import Compare, InDivision
from schema.sql.paging import Key
from schema.types import later
from schema.types.division import Division
from schema.types.enums import (
    Gender,
    ReferralBasis,
    ReferralConsent,
    ReferralConsentBy,
    ReferralOutcome,
    ReferralReason,
    order_enum,
    order_input,
)
from schema.types.node import Node
from schema.types.scalars import DivisionCode
from schema.types.workflow import WorkflowStep, history

if TYPE_CHECKING:
    from schema.types.organization import Organization
    from schema.types.person import Person


@filter_input(name="ReferralFilter", zh="转介筛选。", en="Filter of referrals.")
class ReferralFilter:
    state: str | None = where(
        Compare("state", text(32)),
        zh="状态：SENT、ACCEPTED、CLOSED、DECLINED、WITHDRAWN。",
        en="State: SENT, ACCEPTED, CLOSED, DECLINED or WITHDRAWN.",
    )
    target: str | None = where(Compare("target", text(80)), zh="接收业务。", en="The service addressed.")
    sender: str | None = where(
        Compare("sender", text(40)), zh="转出插件；core 为核心。", en="The plugin that sent them, or `core`."
    )
    reason: ReferralReason | None = where(
        Compare("reason", ReferralRow.reason.type), zh="原因。", en="Reason."
    )
    since: date | None = where(
        Compare("sent_on", Date(), ">="), zh="转出于该日或之后。", en="Sent on or after."
    )
    until: date | None = where(Compare("sent_on", Date(), "<"), zh="转出于该日之前。", en="Sent before.")
    division: DivisionCode | None = where(
        InDivision(None), zh="区划及其下级。", en="This division and all below."
    )


ReferralOrderField = order_enum(
    "ReferralOrderField", "转介排序字段。", "Orderings of referrals.", {"SENT_ON": ("转出日期", "Sent on")}
)
ReferralOrder = order_input("ReferralOrder", ReferralOrderField)


_SHOWN = (
    "SENT",
    "ACCEPTED",
    "CLOSED",
)  # a referral that was declined or taken back concerns its addressee no more


async def names(rows: Sequence[Mapping[str, Any]], env: Any) -> list[str]:
    """Names in full for officers of the place and for an addressee whom it concerns, else masked (domain 1.7)."""
    return [row["name"] if _named(row, env) else mask_name(row["name"]) for row in rows]


def _named(row: Mapping[str, Any], env: Any) -> bool:
    principal, places = env.principal, (row["division"], row["lives"], row["registered"])
    if any(principal.scope(NAMES_READ).covers(place) for place in places):
        return True
    accepts = addressed(env.host, row["target"]).accepts
    receives = accepts is not None and principal.scope(accepts).covers(row["division"])
    return row["state"] in _SHOWN and (receives or acts_for(principal, row["organization_id"]))


@sql_type(
    PersonRow,
    name="ReferredPerson",
    zh="被转介人，对转介双方可见的部分。",
    en="What both sides of a referral know of the person.",
)
class ReferredPerson:
    name: str = batched(
        {
            "name": PersonRow.name,
            "lives": PersonRow.division,
            "registered": PersonRow.registered_division,
            "division": ReferralRow.division,
            "state": ReferralRow.state,
            "target": ReferralRow.target,
            "organization_id": ReferralRow.organization_id,
        },
        zh="姓名；无 names:read 且不再是接收方的只见掩码。",
        en="Name; masked for who has no names:read and is not (or no longer) the addressee.",
    )(names)
    gender: Gender = column(PersonRow.gender, zh="性别。", en="Gender.")
    birth_date: date = column(PersonRow.birth_date, zh="出生日期。", en="Birth date.")


async def target_titles(rows: Sequence[Mapping[str, Any]], env: Any) -> list[str | None]:
    """The addressed service in the caller's language."""
    book = env.host.book(ReferralTarget)
    found = [book.get(row["target"]) if row["target"] else None for row in rows]
    return [(target.zh if env.language == "zh" else target.en) if target else None for target in found]


async def possible_here(rows: Sequence[Mapping[str, Any]], env: Any) -> list[list[str]]:
    """What the caller may do with each referral now."""
    return [_possible(row, env) for row in rows]


def _possible(row: Mapping[str, Any], env: Any) -> list[str]:
    workflow = addressed(env.host, row["target"])
    own = acts_for(env.principal, row["organization_id"])
    verbs = possible(env.principal, workflow, row["state"], row["division"])
    return [
        verb.name
        for verb in workflow.out_of(row["state"])
        if verb.name in verbs or (own and verb.name in RECEIVING)
    ]


@sql_type(
    ReferralRow,
    name="Referral",
    prefix=PREFIX,
    zh="转介：把人员转给另一业务或组织。",
    en="A referral of a person to another service or an organization.",
)
class Referral(Node):
    id: strawberry.ID = node_id(PREFIX, ReferralRow)
    state: str = column(
        ReferralRow.state,
        zh="状态：SENT、ACCEPTED、CLOSED、DECLINED、WITHDRAWN。",
        en="State: SENT, ACCEPTED, CLOSED, DECLINED or WITHDRAWN.",
    )
    person: Annotated[Person, strawberry.lazy("schema.types.person")] | None = to_one(
        later.person,
        ReferralRow,
        lambda r, p: p.id == r.person_id,
        zh="人员；不在管辖范围时为空。",
        en="The person; null out of scope.",
    )
    referred: ReferredPerson | None = namespace(
        lambda: ReferredPerson,
        parent=ReferralRow,
        row=(PersonRow, lambda r, p: p.id == r.person_id),
        zh="被转介人的姓名等，对转介双方可见。",
        en="The person's name and the like, for both sides of the referral.",
    )
    sender: str = column(
        ReferralRow.sender, zh="转出插件；core 为核心。", en="The plugin that sent it, or `core`."
    )
    source_organization: Annotated[Organization, strawberry.lazy("schema.types.organization")] | None = (
        to_one(
            later.organization,
            ReferralRow,
            lambda r, o: o.id == r.source_organization_id,
            zh="提出转介的组织；不在管辖范围时为空。",
            en="The organization at whose word it was sent; null out of scope.",
        )
    )
    target: str | None = column(
        ReferralRow.target, zh="接收业务的名称。", en="Name of the service addressed."
    )
    target_title: str | None = batched(
        {"target": ReferralRow.target},
        zh="接收业务，按所用语言。",
        en="The service addressed, in the caller's language.",
    )(target_titles)
    organization: Annotated[Organization, strawberry.lazy("schema.types.organization")] | None = to_one(
        later.organization,
        ReferralRow,
        lambda r, o: o.id == r.organization_id,
        implied=True,
        zh="接收组织。",
        en="The organization addressed.",
    )
    division: Division | None = to_one(
        lambda: Division,
        ReferralRow,
        lambda r, d: d.code == r.division,
        zh="人员当时的常住地。",
        en="Where the person lived.",
    )
    reason: ReferralReason = column(ReferralRow.reason, zh="原因。", en="Why.")
    note: str | None = column(ReferralRow.note, zh="说明。", en="What else the addressee should know.")
    consent: ReferralConsent = column(ReferralRow.consent, zh="依据。", en="On what it rests.")
    consent_on: date | None = column(ReferralRow.consent_on, zh="同意日期。", en="Day of the consent.")
    consent_by: ReferralConsentBy | None = column(ReferralRow.consent_by, zh="同意人。", en="Who consented.")
    basis: ReferralBasis | None = column(
        ReferralRow.basis, zh="法定依据。", en="The legal basis without consent."
    )
    basis_reason: str | None = column(
        ReferralRow.basis_reason, zh="适用该依据的理由。", en="Why that basis holds."
    )
    sent_on: date = column(ReferralRow.sent_on, zh="转出日期。", en="Sent on.")
    outcome: ReferralOutcome | None = column(ReferralRow.outcome, zh="办结结果。", en="What came of it.")
    history: list[WorkflowStep] = history(ReferralRow)
    actions: list[str] = batched(
        {
            "state": ReferralRow.state,
            "division": ReferralRow.division,
            "target": ReferralRow.target,
            "organization_id": ReferralRow.organization_id,
        },
        zh="您现在可办理的环节。",
        en="The transitions that you may make now.",
    )(possible_here)
    version: int = column(
        ReferralRow.version, zh="版本，供 expectedVersion 使用。", en="Version, for expectedVersion."
    )


def referrals(name: str, zh: str, en: str, **options: Any) -> Any:
    """A connection of referrals, the latest first."""
    return connection(
        name,
        lambda: Referral,
        zh=zh,
        en=en,
        filter=ReferralFilter,
        order=ReferralOrder,
        orders={"SENT_ON": "sent_on"},
        default=(Key("sent_on", descending=True),),
        **options,
    )
