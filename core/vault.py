"""Encryption at rest: AES-256-GCM with key ids for what must be read again, HMAC for what is only looked up.

The keys are one JSON file, outside the database and its backups.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core import private_file
from core.errors import StartupError

_FORMAT = 1
_NONCE = 12
_KEY = 32


class VaultError(Exception):
    """An encrypted value cannot be read; says why, never what it holds."""


@dataclass(frozen=True, repr=False)
class Keyring:
    """The keys of one installation.

    Attributes:
        current: the id of the key that encrypts; the others only decrypt.
        hash_key: the key of blind indexes. It never rotates: every index would have to be rebuilt.
        path: the file the keys came from, None for keys that live in memory (tests).
    """

    current: str
    keys: Mapping[str, bytes]
    hash_key: bytes
    path: Path | None = None

    def __repr__(self) -> str:
        return f"Keyring(current={self.current!r}, keys={sorted(self.keys)})"

    @classmethod
    def fresh(cls, path: Path | None = None) -> Keyring:
        """New random keys, not yet written anywhere."""
        current = _new_id()
        return cls(current, {current: secrets.token_bytes(_KEY)}, secrets.token_bytes(_KEY), path)

    @classmethod
    def load(cls, path: Path) -> Keyring:
        """The keys in a file.

        Raises:
            StartupError: there is no such file, or it is not a key file.
        """
        try:
            return _parsed(json.loads(path.read_text("utf-8")), path)
        except FileNotFoundError:
            raise StartupError(
                f"没有密钥文件 {path}，请运行 minzheng keys generate 或恢复备份 / "
                f"there is no key file {path}: run minzheng keys generate, or restore it from its backup"
            ) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise StartupError(
                f"密钥文件 {path} 无法读取，请从备份恢复 / "
                f"the key file {path} cannot be read ({type(error).__name__}): restore it from its backup"
            ) from None

    @classmethod
    def create(cls, path: Path) -> Keyring:
        """New keys in a new file (mode 0600). Whoever comes second gets the keys of the first."""
        private_file.create(path, cls.fresh().serialized())
        return cls.load(path)

    @classmethod
    def ensure(cls, path: Path) -> Keyring:
        """The keys in the file, which is made when it is missing."""
        return cls.load(path) if path.exists() else cls.create(path)

    def serialized(self) -> str:
        """The JSON of the key file."""
        keys = {key_id: _encoded(key) for key_id, key in self.keys.items()}
        return json.dumps(
            {"current": self.current, "keys": keys, "hash_key": _encoded(self.hash_key)}, indent=2
        )

    def rotated(self) -> Keyring:
        """The same keys with a new current one, written to the file they came from."""
        if self.path is None:
            return self._with_new_key()
        # A key another process added meanwhile has encrypted rows already: read again under the lock.
        with private_file.lock(self.path):
            new = Keyring.load(self.path)._with_new_key()
            private_file.replace(self.path, new.serialized())
        return new

    def _with_new_key(self) -> Keyring:
        current = _new_id()
        return Keyring(current, {**self.keys, current: secrets.token_bytes(_KEY)}, self.hash_key, self.path)


def _new_id() -> str:
    return secrets.token_hex(4)


def _encoded(key: bytes) -> str:
    return base64.b64encode(key).decode("ascii")


def _decoded(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != _KEY:
        raise ValueError("a key has 256 bits")
    return key


def _parsed(content: Mapping[str, object], path: Path) -> Keyring:
    keys, hash_key = content["keys"], content["hash_key"]
    if not isinstance(keys, dict) or not isinstance(hash_key, str) or content["current"] not in keys:
        raise ValueError("keys, hash_key and current are needed")
    decoded = {str(key_id): _decoded(key) for key_id, key in keys.items()}
    return Keyring(str(content["current"]), decoded, _decoded(hash_key), path)


class Vault:
    """Encrypts, decrypts and indexes text with one keyring.

    `context` says where a value belongs (`core_person.id_number`): a value moved to another column does not
    decrypt there.
    """

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring
        self._ciphers: dict[str, AESGCM] = {}

    def encrypt(self, text: str, context: str) -> bytes:
        """The text under the current key: header, nonce, ciphertext with tag."""
        header = _header(self.keyring.current)
        nonce = os.urandom(_NONCE)
        cipher = self._cipher(self.keyring.current)
        return header + nonce + cipher.encrypt(nonce, text.encode("utf-8"), header + context.encode("utf-8"))

    def decrypt(self, data: bytes, context: str) -> str:
        """The text that `encrypt` was given.

        Raises:
            VaultError: the key is not in the key file, or the value was altered or belongs elsewhere.
        """
        header, key_id = _split(data)
        start = len(header) + _NONCE
        cipher = self._cipher(key_id)
        try:
            plain = cipher.decrypt(data[len(header) : start], data[start:], header + context.encode("utf-8"))
        except (InvalidTag, ValueError):
            raise VaultError(f"密文已损坏或不属于 {context} / a value of {context} is altered") from None
        return plain.decode("utf-8")

    def blind_index(self, text: str) -> str:
        """A keyed hash (hex) that finds equal texts and tells nothing else."""
        return hmac.new(self.keyring.hash_key, text.encode("utf-8"), hashlib.sha256).hexdigest()

    def derived(self, purpose: str) -> bytes:
        """A key for one purpose, made from the hash key. No blind index ever equals it."""
        return HKDF(hashes.SHA256(), _KEY, None, purpose.encode("utf-8")).derive(self.keyring.hash_key)

    def rotate(self) -> str:
        """Encrypt with a new key from now on; values under the old ones stay readable.

        Returns:
            The id of the new key.
        """
        self.keyring = self.keyring.rotated()
        return self.keyring.current

    def _cipher(self, key_id: str) -> AESGCM:
        if key_id not in self._ciphers:
            self._ciphers[key_id] = AESGCM(self._key(key_id))
        return self._ciphers[key_id]

    def _key(self, key_id: str) -> bytes:
        if key_id not in self.keyring.keys and self.keyring.path:
            # Another process may have rotated since this one read the file.
            self.keyring = Keyring.load(self.keyring.path)
        if key_id not in self.keyring.keys:
            raise VaultError(
                f"密钥文件中没有密钥 {key_id}，请恢复包含它的密钥文件 / "
                f"the key file has no key {key_id}: restore a key file that has it"
            )
        return self.keyring.keys[key_id]


def _header(key_id: str) -> bytes:
    name = key_id.encode("ascii")
    return bytes((_FORMAT, len(name))) + name


def _split(data: bytes) -> tuple[bytes, str]:
    """The header of an encrypted value, and the key id in it."""
    if len(data) < 2 or data[0] != _FORMAT or len(data) < 2 + data[1] + _NONCE:
        raise VaultError("不是本服务的密文 / this is no value that the vault encrypted")
    header = data[: 2 + data[1]]
    return header, header[2:].decode("ascii", "replace")
