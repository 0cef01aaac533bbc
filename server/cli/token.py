"""`minzheng token`."""

from __future__ import annotations

from typing import Annotated

import typer

from server.cli.common import complain, division_of, duration, role_of, say, settings_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help="签发开发令牌（仅 serve --dev 接受）/ Mint a development token, for serve --dev only")(
        token
    )


def token(
    context: typer.Context,
    role: Annotated[str, typer.Option(help="角色，如 CITY_OFFICER / The role, such as CITY_OFFICER")],
    division: Annotated[str, typer.Option(help="区划代码，12 位 / The division code, 12 digits")],
    grant: Annotated[
        list[str] | None,
        typer.Option(help="另外的权限，如 pii:read / A further permission, such as pii:read"),
    ] = None,
    ttl: Annotated[
        str, typer.Option(help="有效期，如 30m、12h、7d / How long it lasts: 30m, 12h, 7d")
    ] = "12h",
    subject: Annotated[str | None, typer.Option(help="用户标识 / The user the token names")] = None,
    organization: Annotated[
        str | None,
        typer.Option(help="所代表的组织（信用代码）/ The organization the user acts for, by credit code"),
    ] = None,
) -> None:
    from server.devkey import mint

    settings = settings_of(context)
    rights = role_of(role).name, division_of(division), grant or ()
    made = mint(settings, *rights, duration(ttl), subject, organization)
    say(made)
    if not settings.dev:
        complain("此令牌仅 minzheng serve --dev 接受 / only minzheng serve --dev accepts this token")
