from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import StartupError
from core.vault import Keyring, Vault, VaultError

CONTEXT = "core_person.id_number"
NUMBER = "410189201206010012"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "keys.json"


def test_round_trip(path: Path) -> None:
    data = Vault(Keyring.create(path)).encrypt(NUMBER, CONTEXT)
    assert NUMBER.encode() not in data
    assert Vault(Keyring.load(path)).decrypt(data, CONTEXT) == NUMBER


def test_equal_texts_look_different() -> None:
    vault = Vault(Keyring.fresh())
    assert vault.encrypt("张三", CONTEXT) != vault.encrypt("张三", CONTEXT)


def test_a_value_does_not_decrypt_elsewhere() -> None:
    vault = Vault(Keyring.fresh())
    with pytest.raises(VaultError, match=r"core_person\.phone"):
        vault.decrypt(vault.encrypt(NUMBER, CONTEXT), "core_person.phone")


def test_every_altered_byte_is_noticed() -> None:
    vault = Vault(Keyring.fresh())
    data = vault.encrypt("x", CONTEXT)
    for position in range(len(data)):
        altered = bytearray(data)
        altered[position] ^= 1
        with pytest.raises(VaultError):
            vault.decrypt(bytes(altered), CONTEXT)
        with pytest.raises(VaultError):
            vault.decrypt(data[:position], CONTEXT)


def test_an_unknown_key_is_named() -> None:
    keyring = Keyring.fresh()
    data = Vault(keyring).encrypt("x", CONTEXT)
    with pytest.raises(VaultError, match=f"没有密钥 {keyring.current}.*has no key {keyring.current}"):
        Vault(Keyring.fresh()).decrypt(data, CONTEXT)


def test_rotation_keeps_old_values_and_indexes(path: Path) -> None:
    vault = Vault(Keyring.create(path))
    old, index = vault.encrypt(NUMBER, CONTEXT), vault.blind_index(NUMBER)
    assert vault.rotate() == vault.keyring.current
    assert vault.decrypt(old, CONTEXT) == NUMBER
    assert vault.blind_index(NUMBER) == index
    assert vault.encrypt(NUMBER, CONTEXT)[2:10] != old[2:10]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_processes_that_rotate_keep_both_keys(path: Path) -> None:
    first, second = Vault(Keyring.create(path)), Vault(Keyring.load(path))
    first.rotate()
    data = first.encrypt("x", CONTEXT)
    second.rotate()
    assert second.decrypt(data, CONTEXT) == "x"
    assert first.decrypt(second.encrypt("y", CONTEXT), CONTEXT) == "y"  # reads the file again
    assert len(Keyring.load(path).keys) == 3


def test_blind_index_is_keyed() -> None:
    one, other = Vault(Keyring.fresh()), Vault(Keyring.fresh())
    assert one.blind_index("a") == one.blind_index("a") != other.blind_index("a")
    assert len(one.blind_index("a")) == 64


def test_the_file_is_private_and_made_once(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: Keyring.create(path), range(16)))
    assert len({keyring.current for keyring in made}) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]
    assert Keyring.ensure(path) == made[0]


def test_keys_stay_out_of_logs(path: Path) -> None:
    keyring = Keyring.create(path)
    assert "hash_key" not in repr(keyring)
    assert json.loads(path.read_text())["hash_key"] not in repr(keyring)


def test_missing_and_broken_files(path: Path) -> None:
    with pytest.raises(StartupError, match="minzheng keys generate"):
        Keyring.load(path)
    path.parent.mkdir()
    for content in ("", "[]", "{}", '{"current":"a","keys":{"a":"AAAA"},"hash_key":"AAAA"}'):
        path.write_text(content)
        with pytest.raises(StartupError, match="restore it from its backup"):
            Keyring.load(path)
