"""Referring persons, and what the addressee makes of it (domain 1.7)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from core.access.permissions import REFERRALS_READ
from core.books import owner_of
from core.codes.ages import age_on
from core.codes.organizations import OrganizationStatus
from core.db import new_id
from core.errors import Refused
from core.ids import typed
from core.organizations.models import Organization
from core.persons.models import Person
from core.placed import place
from core.referrals.codes import ConsentBy, ConsentKind, LegalBasis, ReferralOutcome, ReferralReason
from core.referrals.declared import ReferralTarget
from core.referrals.models import Referral
from core.referrals.refusals import CONSENT_MISSING, REFERRAL_ADDRESSEE, REFERRAL_OPEN
from core.referrals.workflow import ACCEPTED, PREFIX, SENT, addressed, tell
from core.refusals import DATE_ORDER, NOT_FOUND, ORGANIZATION_CLOSED, PERSON_DECEASED
from core.texts import check_text
from core.work import Work
from core.workflow.service import advance, start

SENSITIVE_UNDER = 14  # years: the guardian consents (PIPL art. 31)
CORE = "core"


@dataclass(frozen=True)
class Consent:
    """The person's consent, or the guardian's.

    Attributes:
        on: the day it was given.
    """

    on: date
    by: ConsentBy = ConsentBy.SELF


@dataclass(frozen=True)
class Override:
    """The legal basis for referring somebody without consent. It is logged."""

    basis: LegalBasis
    reason: str


@dataclass(frozen=True, kw_only=True)
class NewReferral:
    """A referral to send, to a target or to an organization.

    Attributes:
        target: a declared target's name. grounds: consent, or a legal basis with its reason.
        sender: the plugin that sends it. read: the sender's permission that shows it; a plugin's is its own.
        source_organization: an organization at whose word it is sent.
    """

    person: Person
    reason: ReferralReason
    grounds: Consent | Override | None
    target: str | None = None
    organization: Organization | None = None
    note: str | None = None
    sender: str = CORE
    read: str = REFERRALS_READ
    source_organization: Organization | None = None


async def refer(work: Work, new: NewReferral) -> Referral:
    """Send a person to a service or an organization, which finds it as a task.

    Raises:
        Refused: CONSENT_MISSING, REFERRAL_ADDRESSEE, REFERRAL_OPEN, PERSON_DECEASED, ORGANIZATION_CLOSED, DATE_FUTURE,
            DATE_ORDER (consent before the birth), TEXT_LENGTH, FORBIDDEN, FORBIDDEN_SCOPE.
    """
    if new.person.death_date is not None:
        raise Refused(PERSON_DECEASED, ("person",))
    _check_addressee(work, new)
    grounds = _grounds(work, new)
    await _refuse_open(work, new)
    workflow = addressed(work.host, new.target)
    row = Referral(
        id=new_id(),
        person_id=new.person.id,
        sender=new.sender,
        source_organization_id=new.source_organization.id if new.source_organization else None,
        target=new.target,
        organization_id=new.organization.id if new.organization else None,
        reason=new.reason,
        note=None if new.note is None else check_text(new.note, 1000, ("note",)),
        sent_on=work.clock.today(),
        sent_read=new.read,
        read=workflow.read,
        **grounds,
        **place(new.person.division),
    )
    await start(work, workflow, row)
    await tell(work, row)
    if row.basis:
        subject, details = typed(PREFIX, row.id), {"basis": row.basis.name}
        work.audit("referral.overridden", subject, district=row.district, details=details)
    await work.flush()
    return row


def _check_addressee(work: Work, new: NewReferral) -> None:
    if (new.target is None) is (new.organization is None):
        raise Refused(REFERRAL_ADDRESSEE, ("target",))
    if new.organization is not None:
        if new.organization.status is not OrganizationStatus.ACTIVE:
            raise Refused(ORGANIZATION_CLOSED, ("organization",))
        return
    known = work.host.book(ReferralTarget).get(new.target or "")
    used = {CORE, *work.host.districts.plugins_of(new.person.district)}
    if known is None or owner_of(known.name) not in used:
        raise Refused(REFERRAL_ADDRESSEE, ("target",))


def _grounds(work: Work, new: NewReferral) -> dict[str, object]:
    grounds = new.grounds
    if isinstance(grounds, Override):
        reason = check_text(grounds.reason, 500, ("override", "reason"))
        return {"consent": ConsentKind.OVERRIDE, "basis": grounds.basis, "basis_reason": reason}
    if grounds is None:
        raise Refused(CONSENT_MISSING, ("consent",))
    work.refuse_future(grounds.on, "consent", "on")
    if grounds.on < new.person.birth_date:
        raise Refused(DATE_ORDER, ("consent", "on"), day=grounds.on, earliest=new.person.birth_date)
    child = age_on(new.person.birth_date, grounds.on) < SENSITIVE_UNDER
    if child and grounds.by is not ConsentBy.GUARDIAN:
        raise Refused(CONSENT_MISSING, ("consent", "by"))
    return {"consent": ConsentKind.CONSENTED, "consent_on": grounds.on, "consent_by": grounds.by}


async def _refuse_open(work: Work, new: NewReferral) -> None:
    same = (
        Referral.target == new.target
        if new.organization is None
        else Referral.organization_id == new.organization.id
    )
    query = select(Referral.id).where(
        Referral.person_id == new.person.id, same, Referral.state.in_((SENT, ACCEPTED))
    )
    if (await work.session.scalars(query)).first() is not None:
        raise Refused(REFERRAL_OPEN, ("target" if new.organization is None else "organization",))


async def organization_near(work: Work, key: uuid.UUID, person: Person, field: str) -> Organization:
    """An organization of the districts where a person lives or is registered: those may be referred to.

    Raises:
        Refused: NOT_FOUND, the same for one elsewhere.
    """
    found = await work.session.get(Organization, key)
    if found is None or found.district not in (person.district, person.registered_district):
        raise Refused(NOT_FOUND, (field,), id=typed("organization", key))
    return found


async def move_on(
    work: Work,
    row: Referral,
    verb: str,
    *,
    reason: str | None = None,
    outcome: ReferralOutcome | None = None,
    expected_version: int | None = None,
) -> Referral:
    """Accept, decline, close (with an outcome) or withdraw a referral in the caller's reach.

    Raises:
        Refused: as `core.workflow.service.advance`.
    """
    workflow, inputs = addressed(work.host, row.target), {"outcome": outcome}
    await advance(work, workflow, row, verb, reason=reason, expected_version=expected_version, inputs=inputs)
    return row
