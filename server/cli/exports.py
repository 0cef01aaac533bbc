"""`minzheng export QUERY.graphql --out FILE`: a list into a file, with the rights of a user."""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import Refused, StartupError
from server.cli.common import DatabaseOption, PluginsOption, say, settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from core.access.principal import Principal
    from schema.exporting.formats import Format
    from schema.request import GraphQLRequest
    from server.runtime import Runtime


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help="按用户的权限把一个列表导出为文件 / A list into a file, under a user's rights")(export)


def export(
    context: typer.Context,
    query: Annotated[Path, typer.Argument(help="查询文件 / A file with the query")],
    out: Annotated[Path, typer.Option(help="写入的文件：.csv、.xlsx 或 .jsonl / The file to write")],
    variables: Annotated[str, typer.Option(help="变量，JSON / Its variables, as JSON")] = "{}",
    token: Annotated[
        str | None,
        typer.Option(help="用户的令牌 / The user's token", envvar="MINZHENG_TOKEN"),
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--as", help="用户标识，代替令牌 / The user's sub, in place of a token")
    ] = None,
    purpose: Annotated[
        str | None, typer.Option(help="查看敏感信息的用途 / Why sensitive fields are read")
    ] = None,
    operation: Annotated[
        str | None, typer.Option(help="文件中有多个操作时的名称 / Which operation of the file")
    ] = None,
    database: DatabaseOption = None,
    plugins: PluginsOption = None,
) -> None:
    if (token is None) == (subject is None):
        raise StartupError("请给出 --token 或 --as 之一 / give either --token or --as")
    settings = settings_of(context, database=database, plugins=plugins)
    text, values, form = _read(query), _json(variables), _format(out)

    async def run() -> int:
        from schema.request import GraphQLRequest
        from server.runtime import Runtime

        runtime = await Runtime.open(settings)
        try:
            principal = await principal_of(runtime, token, subject, purpose)
            return await _write(
                runtime, GraphQLRequest(text, principal, values, operation, language="zh"), form, out
            )
        finally:
            await runtime.close()

    rows = asyncio.run(run())
    say(f"已导出 {rows} 行到 {out} / rows exported: {rows}")


def _read(query: Path) -> str:
    if not query.is_file():
        raise StartupError(f"没有文件 {query} / there is no file {query}")
    return query.read_text("utf-8-sig")


def _json(text: str) -> dict[str, Any]:
    import orjson

    with suppress(orjson.JSONDecodeError):
        found = orjson.loads(text)
        if isinstance(found, dict):
            return found
    raise StartupError("--variables 须为 JSON 对象 / --variables must be a JSON object")


def _format(out: Path) -> Format:
    from core.refusals import EXPORT_FORMAT
    from schema.exporting.formats import FORMATS

    name = out.suffix.lstrip(".").lower()
    if name not in FORMATS:
        raise Refused(EXPORT_FORMAT, format=name, known=", ".join(FORMATS))
    return FORMATS[name]


async def principal_of(
    runtime: Runtime, token: str | None, subject: str | None, purpose: str | None
) -> Principal:
    from server import headers
    from server.auth import Claims

    claims = Claims(subject or "") if token is None else await runtime.verifier.verify(token)
    return await runtime.principal(claims, headers.readable((purpose or "").strip()) or None)


async def _write(runtime: Runtime, request: GraphQLRequest, form: Format, out: Path) -> int:
    """All of the file, or none of it."""
    from schema.exporting.export import ExportFailed, begun

    part = out.with_name(f"{out.name}.part")
    try:
        export = await runtime.graphql.export(request, form, "command line")
        await _save(await begun(export), part)
        os.replace(part, out)
    except ExportFailed as failure:
        raise StartupError("; ".join(error["message"] for error in failure.errors)) from None
    finally:
        part.unlink(missing_ok=True)
    return export.rows


async def _save(chunks: AsyncGenerator[bytes, None], part: Path) -> None:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # personal data
    with os.fdopen(handle, "wb") as file:
        async with aclosing(chunks):
            async for chunk in chunks:
                file.write(chunk)
