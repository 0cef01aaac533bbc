from __future__ import annotations

from pathlib import Path

import pytest

from core.access.keys import require_own_keys
from core.db import Database
from core.errors import StartupError
from core.vault import Keyring, Vault


async def test_a_database_keeps_to_its_key_file(database: Database, tmp_path: Path) -> None:
    own = Vault(Keyring.ensure(tmp_path / "own.json"))
    await require_own_keys(database, own)
    await require_own_keys(database, Vault(Keyring.load(tmp_path / "own.json")))
    with pytest.raises(StartupError, match="MINZHENG_KEYS_FILE"):
        await require_own_keys(database, Vault(Keyring.ensure(tmp_path / "other.json")))


async def test_a_rotated_key_file_is_still_its_own(database: Database, tmp_path: Path) -> None:
    vault = Vault(Keyring.ensure(tmp_path / "own.json"))
    await require_own_keys(database, vault)
    vault.rotate()
    await require_own_keys(database, vault)
