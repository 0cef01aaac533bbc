"""A database and its key file belong together. With another file, id numbers could be neither read nor found, and
one person could be registered twice."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.access.models import KeyCheck
from core.db import Database, new_id
from core.errors import StartupError
from core.vault import Vault

_WORD = "minzheng key check"


async def require_own_keys(database: Database, vault: Vault) -> None:
    """Refuse a key file that is not this database's; a new database takes the first one it meets.

    Raises:
        StartupError: says which file to restore.
    """
    value = vault.blind_index(_WORD)
    known = await _known(database) or await _adopt(database, value)
    if known != {value}:
        raise StartupError(
            f"密钥文件 {vault.keyring.path} 不属于此数据库，请用 MINZHENG_KEYS_FILE 指向原密钥文件 / the key file "
            f"{vault.keyring.path} is not this database's: point MINZHENG_KEYS_FILE to the one it was filled with"
        )


async def _known(database: Database) -> set[str]:
    async with database.reading() as session:
        return set(await session.scalars(select(KeyCheck.value)))


async def _adopt(database: Database, value: str) -> set[str]:
    with suppress(IntegrityError):  # another process with the same file was first
        async with database.writing() as session:
            session.add(KeyCheck(id=new_id(), value=value))
    return await _known(database)
