"""`minzheng audit seal|verify`. Exit code 0: sound; 1: a row was altered or is missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from core.settings import Settings
from server.cli.common import DatabaseOption, complain, out, progress_bar, say, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.access.verify import Chain, Kept
    from core.clock import Clock
    from core.db import Database
    from core.vault import Vault

    Progress = Callable[[int], None]

ExpectOption = Annotated[
    list[str] | None,
    typer.Option(
        help="以前保存的链头 区划:序号:封印，可多次 / A head kept earlier, district:position:seal; repeatable"
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="审计记录 / The audit", no_args_is_help=True)
    group.command(help="封印尚未封印的记录 / Seal what is not sealed yet")(seal)
    group.command(help="核验封印 / Check every seal")(verify)
    app.add_typer(group, name="audit")


def seal(context: typer.Context, database: DatabaseOption = None) -> None:
    count = asyncio.run(seal_all(settings_of(context, database=database)))
    say(f"已封印 {count} 条审计记录 / audit rows sealed: {count}")


def verify(context: typer.Context, database: DatabaseOption = None, expect: ExpectOption = None) -> None:
    from core.access.verify import Kept

    settings = settings_of(context, database=database)
    chains = asyncio.run(_verify(settings, [Kept.parse(text) for text in expect or ()]))
    out.print(_table(chains, settings))
    for chain in chains:
        if chain.rows:
            say(str(chain.head))
    if not all(chain.sound for chain in chains):
        complain("审计记录被改动或缺失 / audit rows were altered or are missing")
        raise typer.Exit(1)


async def seal_all(settings: Settings) -> int:
    """Seal what is not sealed yet, with a bar; another sealer at work is waited for."""
    from core.access.seal import seal

    async with _opened(settings) as (database, vault, clock):
        with _bar("封印 / seal", await _unsealed(database)) as show:
            return await seal(database, vault, clock, wait=True, progress=show)


async def _unsealed(database: Database) -> int:
    from core.access.verify import count

    return await count(database, sealed=False)


async def _verify(settings: Settings, expected: list[Kept]) -> list[Chain]:
    from core.access.verify import count, verify

    async with _opened(settings) as (database, vault, _):
        with _bar("核验 / verify", await count(database)) as show:
            return await verify(database, vault, expected, show)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[Database, Vault, Clock]]:
    """The database of the settings with its own keys: with others every seal would look forged."""
    from core.access.keys import require_own_keys
    from core.clock import Clock
    from core.db import Database
    from core.vault import Keyring, Vault

    vault, database = Vault(Keyring.load(settings.keys)), Database(settings.database)
    try:
        await require_own_keys(database, vault)
        yield database, vault, Clock(settings.today)
    finally:
        await database.close()


@contextmanager
def _bar(what: str, total: int) -> Iterator[Progress]:
    with progress_bar(transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def _table(chains: list[Chain], settings: Settings) -> Table:
    table = Table(
        Column("链 / chain", no_wrap=True),
        Column("已封印 / sealed", justify="right"),
        Column("未封印 / unsealed", justify="right"),
        Column("结果 / found", overflow="fold"),
    )
    for chain in chains:
        table.add_row(chain.name, str(chain.rows), _tail(chain, settings), _found(chain))
    return table


def _tail(chain: Chain, settings: Settings) -> str:
    from core.clock import Clock

    if chain.oldest is None:
        return "0"
    seconds = int((Clock(settings.today).now() - chain.oldest).total_seconds())
    return f"{chain.unsealed}（{seconds} s）"


def _found(chain: Chain) -> str:
    found = []
    if chain.altered:
        found.append(f"被改动 / altered: audit_{chain.altered[0]} @ {chain.altered[1]}")
    if chain.missing:
        found.append(f"缺失 / missing: {chain.missing}")
    if chain.broken_head:
        found.append("链头不符 / the head does not fit")
    if chain.unexpected:
        found.append(f"与保存的链头不符 / differs from the kept head: {chain.unexpected.position}")
    return "\n".join(found) or "完好 / sound"
