"""`minzheng keys generate|show|rotate`. No command ever shows a key."""

from __future__ import annotations

import asyncio

import typer
from sqlalchemy.exc import SQLAlchemyError

from core.errors import StartupError
from core.settings import Settings
from core.vault import Keyring, Vault
from server.cli.common import DatabaseOption, complain, database_file, say, settings_of


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="加密密钥 / The keys of encryption at rest", no_args_is_help=True)
    group.command(help="生成密钥文件 / Make the key file")(generate)
    group.command(help="列出密钥编号 / List the ids of the keys")(show)
    group.command(help="启用新密钥，旧密钥仍可解密 / Encrypt with a new key from now on")(rotate)
    app.add_typer(group, name="keys")


def generate(context: typer.Context) -> None:
    path = settings_of(context).keys
    if path.exists():
        raise StartupError(
            f"密钥文件 {path} 已存在，换密钥请用 minzheng keys rotate / "
            f"the key file {path} exists: to change the key, run minzheng keys rotate"
        )
    Keyring.create(path)
    say(f"已生成 {path}，请备份到数据库之外 / made {path}: back it up, apart from the database")


def show(context: typer.Context) -> None:
    keyring = Keyring.load(settings_of(context).keys)
    say(f"{keyring.path}")
    for key_id in keyring.keys:
        say(f"{key_id}  当前 / current" if key_id == keyring.current else key_id)


def rotate(context: typer.Context, database: DatabaseOption = None) -> None:
    settings = settings_of(context, database=database)
    key_id = Vault(Keyring.load(settings.keys)).rotate()
    _audit(settings, key_id)
    say(
        f"新密钥 {key_id}，请备份密钥文件并重启服务 / "
        f"the new key is {key_id}: back the key file up and restart the service"
    )


def _audit(settings: Settings, key_id: str) -> None:
    """Say in the audit that the key changed; the rotation itself is done already and needs no database."""
    path = database_file(settings)
    if path is not None and not path.exists():
        return  # there is no database yet, and looking would make one
    try:
        asyncio.run(_add_row(settings, key_id))
    except (SQLAlchemyError, OSError) as error:
        complain(
            f"数据库无法连接，此次更换未记入审计 / the rotation is not in the audit: "
            f"the database does not answer ({type(error).__name__})"
        )


async def _add_row(settings: Settings, key_id: str) -> None:
    from core.access.audit import entry
    from core.clock import Clock
    from core.db import Database

    database = Database(settings.database)
    try:
        async with database.writing() as session:
            session.add(entry(Clock(settings.today), "command line", "keys.rotated", details={"key": key_id}))
    finally:
        await database.close()
