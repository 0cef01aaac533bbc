"""The case that a referral is, and who moves it on: the addressee, or the sender who takes it back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields, replace
from typing import Any

from core.access.permissions import REFERRALS_READ, REFERRALS_RECEIVE
from core.access.principal import Principal
from core.codes.sets import UserRole
from core.host import Host
from core.ids import typed
from core.referrals.declared import ReferralTarget
from core.referrals.models import Referral
from core.timeline.declared import TimelineKind
from core.timeline.service import NewEntry, tell_timeline
from core.work import Work
from core.workflow.declared import Limit, State, Step, Transition, Unit, Workflow

PREFIX = "referral"
TOLD = "core.referral"
SENT, ACCEPTED, CLOSED, DECLINED, WITHDRAWN = "SENT", "ACCEPTED", "CLOSED", "DECLINED", "WITHDRAWN"
RECEIVING = ("accept", "decline", "close")
_OFFICERS = frozenset({UserRole.TOWN_OFFICER, UserRole.CITY_OFFICER})
_SENDERS = _OFFICERS | {UserRole.VILLAGE_WORKER}

REFERRAL_TIMELINE = (
    TimelineKind(
        TOLD,
        "转介",
        "Referral",
        REFERRALS_READ,
        {
            SENT: ("已转出", "Sent"),
            ACCEPTED: ("已接收", "Accepted"),
            CLOSED: ("已办结", "Closed"),
            DECLINED: ("未接收", "Declined"),
            WITHDRAWN: ("已撤回", "Withdrawn"),
        },
    ),
)


async def tell(work: Work, row: Referral) -> None:
    """Say on the person's timeline which state a referral is in now; to whom the sender's side is shown."""
    new = NewEntry(
        kind=TOLD,
        on=row.entered_on,
        division=row.division,
        subject=typed(PREFIX, row.id),
        person_id=row.person_id,
        code=row.state,
        read=row.sent_read,
    )
    await tell_timeline(work, new)


async def _moved(work: Work, row: Referral, step: Step) -> None:
    await tell(work, row)


async def _accepted(work: Work, row: Referral, step: Step) -> None:
    """The plugin that it was sent to opens a case of its own."""
    await tell(work, row)
    await work.tell("referral_accepted", typed(PREFIX, row.id), {row.district}, referral=row)


async def _closed(work: Work, row: Referral, step: Step) -> None:
    row.outcome = step.inputs["outcome"]
    await tell(work, row)


REFERRAL = Workflow(
    name="core.referral",
    zh="转介",
    en="Referral",
    model=Referral,
    prefix=PREFIX,
    read=REFERRALS_READ,
    initial=SENT,
    starts=_SENDERS,
    states=(
        State(SENT, "已转出", "Sent", Limit(5, Unit.WORKING_DAYS)),
        State(ACCEPTED, "已接收", "Accepted", Limit(30)),
        State(CLOSED, "已办结", "Closed", final=True),
        State(DECLINED, "未接收", "Declined", final=True),
        State(WITHDRAWN, "已撤回", "Withdrawn", final=True),
    ),
    transitions=(
        Transition("accept", "接收", "Accept", (SENT,), ACCEPTED, _OFFICERS, effect=_accepted),
        Transition(
            "decline", "不予接收", "Decline", (SENT,), DECLINED, _OFFICERS, reason=True, effect=_moved
        ),
        Transition("close", "办结", "Close", (ACCEPTED,), CLOSED, _OFFICERS, bare=False, effect=_closed),
        Transition("withdraw", "撤回", "Withdraw", (SENT, ACCEPTED), WITHDRAWN, _SENDERS, effect=_moved),
    ),
)


@dataclass(frozen=True)
class Addressed(Workflow):
    """The case of one referral: what its addressee may do is its addressee's to say.

    Attributes:
        accepts: the permission of the target that it was sent to; None for one to an organization.
    """

    accepts: str | None = None

    def permission(self, verb: str) -> str:
        return self.accepts if self.accepts and verb in RECEIVING else super().permission(verb)

    def require(self, work: Work, verb: str, row: Any) -> None:
        if not (verb in RECEIVING and acts_for(work.principal, row.organization_id)):
            super().require(work, verb, row)


def acts_for(principal: Principal, organization: uuid.UUID | None) -> bool:
    """Whether a caller acts for the organization that a referral was sent to."""
    own = organization is not None and organization == principal.organization_id
    return own and principal.can(REFERRALS_RECEIVE)


_AS_DECLARED = {f.name: getattr(REFERRAL, f.name) for f in fields(Workflow) if f.init}


def addressed(host: Host, target: str | None) -> Addressed:
    """The workflow of referrals to a target, or to organizations."""
    declared = host.book(ReferralTarget).get(target) if target else None
    if declared is None:
        return Addressed(**_AS_DECLARED)
    return replace(Addressed(**_AS_DECLARED), read=declared.read, accepts=declared.accepts)
