"""`minzheng keys generate|show|rotate`. No command ever shows a key."""

from __future__ import annotations

import typer

from core.errors import StartupError
from core.vault import Keyring, Vault
from server.cli.common import say, settings_of


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


def rotate(context: typer.Context) -> None:
    key_id = Vault(Keyring.load(settings_of(context).keys)).rotate()
    say(
        f"新密钥 {key_id}，请备份密钥文件并重启服务 / "
        f"the new key is {key_id}: back the key file up and restart the service"
    )
