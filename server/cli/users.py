"""`minzheng users list|grant|revoke|join|leave`: who may do what where, and for whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from core.errors import StartupError
from core.settings import Settings
from server.cli.common import DatabaseOption, division_of, out, role_of, say, settings_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from core.access.models import GrantRow, User, UserOrganization
    from core.db import Database
    from core.divisions.models import Division as DivisionRow
    from core.organizations.models import Organization

_ACTOR = "command line"

Subject = Annotated[str, typer.Argument(help="令牌的 sub / The token's sub")]
Division = Annotated[str, typer.Option(help="区划代码 / The division code")]
Role = Annotated[str | None, typer.Option(help="角色 / A role")]
Permission = Annotated[str | None, typer.Option(help="权限 / A single permission")]
OrganizationName = Annotated[str, typer.Argument(help="组织的信用代码或编号 / Credit code or id")]
Since = Annotated[str | None, typer.Option("--from", help="起始日，默认今天 / First day, by default today")]
Until = Annotated[str | None, typer.Option("--to", help="截止日（不含）/ The day it ends")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="用户与授权 / Users and their grants", no_args_is_help=True)
    group.command("list", help="列出用户与授权 / List users and grants")(list_users)
    group.command("grant", help="授予角色或权限 / Give a role or a permission")(grant)
    group.command("revoke", help="收回授权 / Take grants back")(revoke)
    group.command("join", help="让用户代表一个组织 / Let a user act for an organization")(join)
    group.command("leave", help="终止代表 / End that")(leave)
    app.add_typer(group, name="users")


def list_users(context: typer.Context, database: DatabaseOption = None) -> None:
    url = settings_of(context, database=database).database
    table = Table(
        *(Column(title, overflow="fold") for title in ("用户 / user", "姓名 / name", "授权 / right")),
        Column("区划 / division", no_wrap=True),
        Column("期限 / term", no_wrap=True),
    )
    rows = asyncio.run(_rows(url))
    for user, row, organization, _ in rows:
        table.add_row(user.subject, user.name, *(_right(row, organization) if row else ()))
    for user, member, organization in asyncio.run(_members(url)):
        term = f"{member.valid_from} – {member.valid_to or ''}"
        right = f"{organization.credit_code} {organization.name}"
        table.add_row(user.subject, user.name, right, organization.division, term)
    out.print(table)
    for user, row, _, place in rows:
        if row and place and place.valid_to:
            say(_closed(user, row, place))


def _closed(user: User, row: GrantRow, place: DivisionRow) -> str:
    """A grant over a division that was merged away reaches nobody any more."""
    heir = place.successor_code or "?"
    return (
        f"{user.subject}：区划 {row.division} 已于 {place.valid_to} 撤销，请收回授权并改授 {heir} / "
        f"division {row.division} closed on {place.valid_to}: revoke this grant and give one over {heir}"
    )


def grant(
    context: typer.Context,
    subject: Subject,
    division: Division,
    role: Role = None,
    permission: Permission = None,
    plugin: Annotated[str | None, typer.Option(help="只限此插件 / For this plugin alone")] = None,
    organization: Annotated[
        str | None,
        typer.Option(
            help="仅代表此组织时有效（信用代码或编号）/ Only while acting for it, by credit code or id"
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="姓名 / The user's name")] = "",
    since: Since = None,
    until: Until = None,
    database: DatabaseOption = None,
) -> None:
    if (role is None) == (permission is None):
        raise StartupError("请给出 --role 或 --permission 之一 / give either --role or --permission")
    settings = settings_of(context, database=database)
    url, term = settings.database, (_day(since), _day(until))
    _refuse_void(settings, role, permission, plugin, term)
    code = division_of(division)
    asyncio.run(_grant(url, subject, code, role, permission, plugin, name, term, organization))
    say(f"已授权 {subject}：{role or permission} @ {division} / granted")


def revoke(
    context: typer.Context,
    subject: Subject,
    division: Annotated[str | None, typer.Option(help="区划代码 / The division code")] = None,
    role: Role = None,
    permission: Permission = None,
    database: DatabaseOption = None,
) -> None:
    url = settings_of(context, database=database).database
    code = division_of(division) if division else None
    count = asyncio.run(_revoke(url, subject, code, role, permission))
    if not count:
        raise StartupError(f"{subject} 没有这样的授权 / {subject} has no such grant")
    say(f"已收回 {count} 项授权 / grants revoked: {count}")


def join(
    context: typer.Context,
    subject: Subject,
    organization: OrganizationName,
    since: Since = None,
    until: Until = None,
    database: DatabaseOption = None,
) -> None:
    settings = settings_of(context, database=database)
    term = (_day(since), _day(until))
    _refuse_empty(settings, term)
    asyncio.run(_join(settings.database, subject, organization, term))
    say(f"{subject} 可代表 {organization} / may act for it")


def leave(
    context: typer.Context, subject: Subject, organization: OrganizationName, database: DatabaseOption = None
) -> None:
    url = settings_of(context, database=database).database
    count = asyncio.run(_leave(url, subject, organization))
    if not count:
        raise StartupError(f"{subject} 不代表 {organization} / {subject} does not act for {organization}")
    say(f"{subject} 不再代表 {organization} / acts for it no longer")


def _right(row: GrantRow, organization: Organization | None) -> tuple[str | None, str, str]:
    right = row.role.name if row.role else row.permission
    if row.plugin:
        right = f"{right} ({row.plugin})"
    if organization:
        right = f"{right} @ {organization.credit_code}"
    return right, row.division, f"{row.valid_from} – {row.valid_to or ''}"


def _refuse_void(
    settings: Settings,
    role: str | None,
    permission: str | None,
    plugin: str | None,
    term: tuple[date | None, date | None],
) -> None:
    """A grant that could never give anything is a slip of the pen; SYSTEM is the service's own."""
    from core.host import Host

    host = Host.load(settings)
    if role == "SYSTEM":
        raise StartupError("角色 SYSTEM 只属于服务自身 / the role SYSTEM is the service's own")
    if permission is not None and permission not in host.permissions.all:
        known = ", ".join(host.permissions.all)
        raise StartupError(
            f"没有权限 {permission}，可用的有 {known} / there is no permission {permission}; known are {known}"
        )
    if plugin is not None and plugin not in host.plugins:
        raise StartupError(f"插件 {plugin} 未启用 / plugin {plugin} is not enabled")
    _refuse_empty(settings, term)


def _refuse_empty(settings: Settings, term: tuple[date | None, date | None]) -> None:
    from core.clock import Clock

    since, until = term
    if until is not None and until <= (since or Clock(settings.today).today()):
        raise StartupError(
            f"截止日 {until} 不晚于起始日，授权不会生效；起始日由 --from 指定，默认今天 / "
            f"the grant would end on {until}, before it begins: give --from, by default today, or a later --to"
        )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise StartupError(f"{text} 不是日期 / {text} is no date: write it like 2022-09-01") from None


@asynccontextmanager
async def _database(url: str) -> AsyncIterator[Database]:
    from core.db import Database

    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


async def _rows(
    url: str,
) -> list[tuple[User, GrantRow | None, Organization | None, DivisionRow | None]]:
    from sqlalchemy import and_, select

    from core.access.models import GrantRow, User
    from core.divisions.models import Division as DivisionRow
    from core.organizations.models import Organization

    live = and_(GrantRow.user_id == User.id, GrantRow.revoked_at.is_(None))
    statement = select(User, GrantRow, Organization, DivisionRow).outerjoin(GrantRow, live)
    statement = statement.outerjoin(Organization, Organization.id == GrantRow.organization_id)
    statement = statement.outerjoin(DivisionRow, DivisionRow.code == GrantRow.division)
    async with _database(url) as database, database.reading() as session:
        found = await session.execute(statement.order_by(User.subject, GrantRow.division))
        return [(user, row, body, place) for user, row, body, place in found.all()]


async def _members(url: str) -> list[tuple[User, UserOrganization, Organization]]:
    from sqlalchemy import select

    from core.access.models import User, UserOrganization
    from core.organizations.models import Organization

    statement = select(User, UserOrganization, Organization).join(
        UserOrganization, UserOrganization.user_id == User.id
    )
    statement = statement.join(Organization, Organization.id == UserOrganization.organization_id)
    live = statement.where(UserOrganization.revoked_at.is_(None))
    async with _database(url) as database, database.reading() as session:
        found = await session.execute(live.order_by(User.subject, Organization.credit_code))
        return [(user, member, organization) for user, member, organization in found.all()]


async def _organization(session: AsyncSession, name: str) -> Organization:
    from core.access import service

    found = await service.organization_named(session, name)
    if found is None:
        raise StartupError(f"没有组织 {name} / there is no organization {name}")
    return found


async def _join(url: str, subject: str, name: str, term: tuple[date | None, date | None]) -> None:
    from core.access import service
    from core.clock import Clock

    async with _database(url) as database, database.writing() as session:
        organization = await _organization(session, name)
        user = await service.user_named(session, subject, Clock())
        since, until = term
        await service.join(session, user, organization, Clock(), valid_from=since, valid_to=until, by=_ACTOR)


async def _leave(url: str, subject: str, name: str) -> int:
    from sqlalchemy import select

    from core.access import service
    from core.access.models import User, UserOrganization
    from core.clock import Clock

    async with _database(url) as database, database.writing() as session:
        organization = await _organization(session, name)
        statement = select(UserOrganization).join(User, User.id == UserOrganization.user_id)
        live = statement.where(User.subject == subject, UserOrganization.revoked_at.is_(None))
        rows = list(await session.scalars(live.where(UserOrganization.organization_id == organization.id)))
        for row in rows:
            await service.leave(session, row, Clock(), by=_ACTOR)
    return len(rows)


async def _grant(
    url: str,
    subject: str,
    division: str,
    role: str | None,
    permission: str | None,
    plugin: str | None,
    name: str,
    term: tuple[date | None, date | None],
    organization: str | None,
) -> None:
    from core.access import service
    from core.clock import Clock

    clock = Clock()
    async with _database(url) as database, database.writing() as session:
        user = await service.user_named(session, subject, clock, name, _ACTOR)
        await service.grant(
            session,
            user,
            division,
            clock,
            role=role_of(role) if role else None,
            permission=permission,
            plugin=plugin,
            valid_from=term[0],
            valid_to=term[1],
            organization=await _organization(session, organization) if organization else None,
            by=_ACTOR,
        )


async def _revoke(
    url: str, subject: str, division: str | None, role: str | None, permission: str | None
) -> int:
    from sqlalchemy import select

    from core.access import service
    from core.access.models import GrantRow, User
    from core.clock import Clock

    wanted = {
        GrantRow.division: division,
        GrantRow.role: role_of(role) if role else None,
        GrantRow.permission: permission,
    }
    tests = [column == value for column, value in wanted.items() if value is not None]
    statement = select(GrantRow).join(User, User.id == GrantRow.user_id)
    async with _database(url) as database, database.writing() as session:
        found = await session.scalars(
            statement.where(User.subject == subject, GrantRow.revoked_at.is_(None), *tests)
        )
        rows = list(found)
        for row in rows:
            await service.revoke(session, row, Clock(), by=_ACTOR)
    return len(rows)
