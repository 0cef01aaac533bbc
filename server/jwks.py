"""The identity provider's public keys, from a file or a URL."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from core.errors import Refused, StartupError
from server.refusals import IDENTITY_UNAVAILABLE

PublicKey = RSAKey | ECKey | OKPKey

_FRESH_SECONDS = 600.0
_RETRY_SECONDS = 30.0
_TIMEOUT_SECONDS = 5.0
_MAXIMUM_BYTES = 1_000_000

log = logging.getLogger("minzheng.auth")


def _parsed(content: bytes) -> list[PublicKey]:
    """The public signature keys of a JWKS; shared secrets and what we do not know are left out."""
    keys = []
    for item in json.loads(content)["keys"]:
        key = _imported(item)
        if isinstance(key, RSAKey | ECKey | OKPKey) and key.get("use", "sig") == "sig":
            keys.append(key)
    return keys


def _imported(item: Any) -> Any:
    try:
        return JWKRegistry.import_key(item)
    except (JoseError, ValueError, TypeError):
        return None


class Jwks:
    """Keys by id; a file or URL is read again when it is old or a key id is unknown.

    Args:
        source: a path, or an http(s) URL.
        clock: seconds, monotonic.
    """

    def __init__(self, source: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.source = source
        self._remote = source.startswith(("https://", "http://"))
        self._clock = clock
        self._keys: list[PublicKey] = []
        self._good_until = float("-inf")
        self._next_try = float("-inf")
        self._lock = asyncio.Lock()

    def check(self) -> None:
        """Refuse to start with a file that cannot be read; a provider that is down may come back.

        Raises:
            StartupError: names the file.
        """
        if self._remote:
            return
        try:
            self._keys = _parsed(self._read())
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StartupError(
                f"设置 jwks：{self.source} 无法读取 / "
                f"setting jwks: {self.source} cannot be read ({type(error).__name__})"
            ) from None

    async def candidates(self, key_id: str | None) -> list[PublicKey]:
        """The keys that may have signed a token; without a key id, all of them.

        Raises:
            Refused: IDENTITY_UNAVAILABLE when no key was ever read.
        """
        if self._clock() >= self._good_until or not self._named(key_id):
            await self._refresh()
        if not self._keys:
            raise Refused(IDENTITY_UNAVAILABLE)
        return self._named(key_id)

    def _named(self, key_id: str | None) -> list[PublicKey]:
        return [key for key in self._keys if key_id is None or key.kid == key_id]

    async def _refresh(self) -> None:
        async with self._lock:
            # Tokens with invented key ids must not make us hammer the provider.
            if self._clock() < self._next_try:
                return
            self._next_try = self._clock() + _RETRY_SECONDS
            try:
                self._keys = _parsed(await asyncio.to_thread(self._read))
                self._good_until = self._clock() + _FRESH_SECONDS
            except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
                log.warning("the keys at %s cannot be read: %s", self.source, type(error).__name__)

    def _read(self) -> bytes:
        if not self._remote:
            return Path(self.source).read_bytes()
        with urllib.request.urlopen(self.source, timeout=_TIMEOUT_SECONDS) as answer:
            content: bytes = answer.read(_MAXIMUM_BYTES)
        return content
