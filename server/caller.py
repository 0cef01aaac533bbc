"""The caller of something that lasts: asked for again and again, since tokens expire and rights change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.access.principal import Principal

if TYPE_CHECKING:
    from server.app import AppRuntime


@dataclass(frozen=True)
class TokenCaller:
    """Who holds a token, as of now.

    Attributes:
        purpose: why sensitive fields are read.
    """

    runtime: AppRuntime
    token: str
    purpose: str | None = None

    async def __call__(self) -> Principal:
        """The caller with the rights of the moment.

        Raises:
            Refused: UNAUTHENTICATED once the token has expired, USER_UNKNOWN.
        """
        claims = await self.runtime.verifier.verify(self.token)
        return await self.runtime.principal(claims, self.purpose)
