"""Referrals of the demo city: elders sent to organizations that care for them, in every state."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.access.principal import Grant, Principal
from core.access.service import SINCE_EVER, grant, join, user_named
from core.codes.ages import age_on
from core.codes.organizations import OrganizationStatus
from core.codes.sets import UserRole
from core.demo import acting
from core.demo_city.divisions import CITY
from core.organizations.models import Organization
from core.persons.models import Person
from core.referrals.codes import LegalBasis, ReferralOutcome, ReferralReason
from core.referrals.models import Referral
from core.referrals.service import Consent, NewReferral, Override, move_on, refer
from core.work import Work

AGENCY_USER = "demo:agency-staff"
_ELDER = 75
# What becomes of them by turns; the last ones wait.
_WAYS: tuple[tuple[str, ...], ...] = (("accept", "close"), ("accept",), ("decline",), ("withdraw",), (), ())


async def referrals(
    work: Work, dice: random.Random, persons: Iterable[Person], organizations: Sequence[Organization]
) -> list[Referral]:
    """Refer some elders to an organization; its own user takes some on."""
    active = [row for row in organizations if row.status is OrganizationStatus.ACTIVE]
    today = work.clock.today()
    fit = [p for p in persons if p.death_date is None and age_on(p.birth_date, today) >= _ELDER]
    if not active:
        return []
    agency = await _agency(work, active[-1])
    chosen = dice.sample(fit, min(len(_WAYS), len(fit)))
    return [await _referral(work, agency, i, person, active[-1]) for i, person in enumerate(chosen)]


async def _agency(work: Work, organization: Organization) -> Principal:
    """Somebody who acts for the organization: a user of the demo, too."""
    user = await user_named(
        work.session, AGENCY_USER, work.clock, f"演示：{organization.name}工作人员", "demo"
    )
    role = UserRole.AGENCY_STAFF
    await join(work.session, user, organization, work.clock, valid_from=SINCE_EVER, by="demo")
    place = organization.division
    await grant(
        work.session,
        user,
        place,
        work.clock,
        role=role,
        valid_from=SINCE_EVER,
        organization=organization,
        by="demo",
    )
    rights = (Grant(place, work.host.permissions.of_role(role)),)
    return Principal(
        user.id, AGENCY_USER, rights, roles=frozenset({role.name}), organization_id=organization.id
    )


async def _referral(
    work: Work, agency: Principal, number: int, person: Person, organization: Organization
) -> Referral:
    officer = acting(work, UserRole.TOWN_OFFICER, CITY)
    grounds: Consent | Override = Consent(work.clock.today())
    if number == 1:
        grounds = Override(LegalBasis.EMERGENCY, "独居老人跌倒，须立即照料")
    new = NewReferral(
        person=person,
        reason=ReferralReason.CARE,
        grounds=grounds,
        organization=organization,
        note="需助餐、助浴" if number % 2 else None,
    )
    row = await refer(officer, new)
    for verb in _WAYS[number % len(_WAYS)]:
        await _step(officer if verb == "withdraw" else _as(work, agency), row, verb)
    return row


def _as(work: Work, principal: Principal) -> Work:
    return replace(work, principal=principal)


async def _step(work: Work, row: Referral, verb: str) -> None:
    outcome = ReferralOutcome.HELPED if verb == "close" else None
    reason = {"decline": "床位已满", "withdraw": "家属已自行安排"}.get(verb)
    await move_on(work, row, verb, reason=reason, outcome=outcome)
