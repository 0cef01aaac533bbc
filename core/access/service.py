"""Users, their dated grants and the organizations they act for (design 5). Every change of a right is audited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.audit import entry
from core.access.models import AuditEntry, GrantRow, User, UserOrganization
from core.access.permissions import PermissionBook
from core.access.principal import NATION, Grant, Principal
from core.clock import Clock
from core.codes import credit_code, division_code
from core.codes.organizations import OrganizationStatus
from core.codes.sets import UserRole
from core.db import new_id
from core.divisions.models import Division
from core.errors import Refused
from core.ids import key_of, typed
from core.organizations.models import Organization
from core.refusals import DIV_INACTIVE, DIV_UNKNOWN

# Development users have always been there: a demo may run on any business date.
SINCE_EVER = date(1949, 10, 1)


def system(book: PermissionBook) -> Principal:
    """The service itself: imports from the command line, scheduled work."""
    return Principal(None, "system", (Grant(NATION, frozenset(book.all)),), roles=frozenset({"SYSTEM"}))


async def principal_of(
    session: AsyncSession,
    subject: str,
    book: PermissionBook,
    today: date,
    organization: str | None = None,
) -> Principal | None:
    """The caller behind a token's subject with the grants in force today; None for a stranger.

    Args:
        organization: whom the token acts for, by credit code or id. It then carries the grants tied to that
            organization and those tied to none, if the user is a member of it today, else no right at all.
            Without it, grants that are tied to an organization do not count.
    """
    user = (await session.scalars(select(User).where(User.subject == subject))).first()
    if user is None or user.disabled_at is not None:
        return None
    acting = None if organization is None else await _acting_for(session, user, organization, today)
    if organization is not None and acting is None:
        return Principal(user.id, subject)
    rows: Sequence[GrantRow] = (await session.scalars(_in_force(user, today, acting))).all()
    grants = tuple(Grant(row.division, permissions_of(row, book)) for row in rows)
    roles = frozenset(row.role.name for row in rows if row.role)
    return Principal(user.id, subject, grants, roles=roles, organization_id=acting)


async def organization_named(session: AsyncSession, name: str) -> Organization | None:
    """The organization with this credit code or public id."""
    try:
        test = Organization.id == key_of("organization", name)
    except Refused:
        test = Organization.credit_code == credit_code.normalise(name)
    return (await session.scalars(select(Organization).where(test))).first()


async def _acting_for(session: AsyncSession, user: User, name: str, today: date) -> UUID | None:
    """The organization by that name, if it exists still and the user is a member of it today."""
    found = await organization_named(session, name)
    if found is None or found.status is not OrganizationStatus.ACTIVE:
        return None
    member = select(UserOrganization.id).where(
        UserOrganization.user_id == user.id,
        UserOrganization.organization_id == found.id,
        UserOrganization.revoked_at.is_(None),
        UserOrganization.valid_from <= today,
        or_(UserOrganization.valid_to.is_(None), UserOrganization.valid_to > today),
    )
    return found.id if (await session.scalars(member)).first() else None


def _in_force(user: User, today: date, acting: UUID | None) -> Select[Any]:
    return select(GrantRow).where(
        or_(GrantRow.organization_id.is_(None), GrantRow.organization_id == acting),
        GrantRow.user_id == user.id,
        GrantRow.revoked_at.is_(None),
        GrantRow.valid_from <= today,
        or_(GrantRow.valid_to.is_(None), GrantRow.valid_to > today),
    )


def permissions_of(row: GrantRow, book: PermissionBook) -> frozenset[str]:
    """What a grant amounts to."""
    if row.role is not None:
        return book.of_role(row.role, row.plugin)
    return frozenset({row.permission}) & book.all.keys() if row.permission else frozenset()


def _district(division: str) -> str | None:
    return None if division == NATION else division_code.district(division)


async def user_named(
    session: AsyncSession, subject: str, clock: Clock, name: str = "", by: str = "system"
) -> User:
    """The user row of a subject, made when there is none."""
    user = (await session.scalars(select(User).where(User.subject == subject))).first()
    if user is None:
        user = User(id=new_id(), subject=subject, name=name or subject, created_at=clock.now())
        session.add(user)
        session.add(entry(clock, by, "user.added", f"user_{user.id.hex}"))
        await session.flush()
    return user


async def grant(
    session: AsyncSession,
    user: User,
    division: str,
    clock: Clock,
    *,
    role: UserRole | None = None,
    permission: str | None = None,
    plugin: str | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    organization: Organization | None = None,
    by: str = "system",
    anywhere: bool = False,
) -> GrantRow:
    """Give a role or one permission over a division, in [valid_from, valid_to).

    Args:
        organization: the grant holds only while the user acts for it.
        anywhere: also over a division that is not there (yet): for development, before anything is imported.

    Raises:
        Refused: DIV_UNKNOWN, or DIV_INACTIVE for one that is closed by then: nothing would ever be in reach.
    """
    if not anywhere:
        await _refuse_void(session, division, valid_from or clock.today())
    row = GrantRow(
        id=new_id(),
        user_id=user.id,
        role=role,
        permission=permission,
        plugin=plugin,
        division=division,
        organization_id=organization.id if organization else None,
        valid_from=valid_from or clock.today(),
        valid_to=valid_to,
        recorded_at=clock.now(),
    )
    session.add(row)
    session.add(_audited(clock, by, "grant.given", row))
    return row


async def _refuse_void(session: AsyncSession, code: str, day: date) -> None:
    if code == NATION:
        return
    found = (await session.scalars(select(Division).where(Division.code == code))).first()
    if found is None:
        raise Refused(DIV_UNKNOWN, ("division",), code=code)
    if found.valid_to is not None and found.valid_to <= day:
        raise Refused(DIV_INACTIVE, ("division",), code=code, day=day)


async def revoke(session: AsyncSession, row: GrantRow, clock: Clock, by: str = "system") -> None:
    """Take a grant back from this moment on."""
    row.revoked_at = clock.now()
    session.add(_audited(clock, by, "grant.revoked", row))


def _audited(clock: Clock, by: str, action: str, row: GrantRow) -> AuditEntry:
    right = row.role.name if row.role else str(row.permission)
    details = {"right": right, "division": row.division, "from": row.valid_from.isoformat()}
    if row.plugin:
        details["plugin"] = row.plugin
    if row.organization_id:
        details["organization"] = typed("organization", row.organization_id)
    if row.valid_to:
        details["to"] = row.valid_to.isoformat()
    district = _district(row.division)
    return entry(clock, by, action, f"user_{row.user_id.hex}", district=district, details=details)


async def join(
    session: AsyncSession,
    user: User,
    organization: Organization,
    clock: Clock,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
    by: str = "system",
) -> UserOrganization:
    """Let a user act for an organization in [valid_from, valid_to)."""
    row = UserOrganization(
        id=new_id(),
        user_id=user.id,
        organization_id=organization.id,
        valid_from=valid_from or clock.today(),
        valid_to=valid_to,
        recorded_at=clock.now(),
    )
    session.add(row)
    session.add(_membership(row, "membership.given", clock, by))
    return row


async def leave(session: AsyncSession, row: UserOrganization, clock: Clock, by: str = "system") -> None:
    """End a membership from this moment on."""
    row.revoked_at = clock.now()
    session.add(_membership(row, "membership.ended", clock, by))


def _membership(row: UserOrganization, action: str, clock: Clock, by: str) -> AuditEntry:
    details = {"organization": typed("organization", row.organization_id)}
    return entry(clock, by, action, f"user_{row.user_id.hex}", details=details)


async def provision(
    session: AsyncSession,
    subject: str,
    role: UserRole,
    division: str,
    permissions: Iterable[str],
    clock: Clock,
) -> None:
    """Make the user of a development token, unless it is known: a revoked grant stays revoked."""
    known = (await session.scalars(select(User.id).where(User.subject == subject))).first()
    if known is not None:
        return
    user = await user_named(session, subject, clock)
    await grant(session, user, division, clock, role=role, valid_from=SINCE_EVER, anywhere=True)
    for permission in permissions:
        await grant(
            session, user, division, clock, permission=permission, valid_from=SINCE_EVER, anywhere=True
        )
