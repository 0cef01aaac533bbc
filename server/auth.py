"""Who sends a request: bearer tokens, verified with pinned algorithms (design 5).

A token identifies a subject and its organization. Rights are rows of the database, except that a
development token says which rights its user is to be provisioned with.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    JoseError,
    MissingClaimError,
)
from joserfc.jws import JWSRegistry

from core.errors import Refused, StartupError
from core.settings import Settings
from server.devkey import (
    DEV_ALGORITHM,
    DEV_ISSUER,
    DEV_KEY_ID,
    DEV_SUBJECT_PREFIX,
    DevRights,
    dev_key,
    dev_rights,
    mint,
)
from server.jwks import Jwks, PublicKey
from server.refusals import unauthenticated

__all__ = ["Claims", "DevRights", "TokenVerifier", "mint"]

_LEEWAY_SECONDS = 30
_REMEMBERED = 1024
_REMEMBER_SECONDS = 600.0
_SUBJECT_LENGTH = 200


@dataclass(frozen=True)
class Claims:
    """What a verified token says.

    Attributes:
        organization: whom the subject acts for, by credit code or id; it narrows the rights (core/access).
        dev: the rights a development token asks for; None for every other token.
    """

    subject: str
    organization: str | None = None
    dev: DevRights | None = None


class TokenVerifier:
    """Verifies bearer tokens.

    Args:
        settings: where the keys are, which audience and algorithms are ours, whether this is development.
        now: wall-clock seconds.

    Raises:
        StartupError: outside development without `jwks`, or its file cannot be read.
    """

    def __init__(self, settings: Settings, now: Callable[[], float] = time.time) -> None:
        if not settings.jwks and not settings.dev:
            raise StartupError(
                "未设置 jwks：请填写身份认证平台的公钥地址或文件，或用 --dev 以开发模式启动 / "
                "setting jwks is missing: give the file or URL of the identity provider's keys, "
                "or start with --dev for development"
            )
        self._settings = settings
        self._now = now
        self._jwks = Jwks(settings.jwks) if settings.jwks else None
        self._dev_key = dev_key(settings) if settings.dev else None
        self._remembered: OrderedDict[bytes, tuple[Claims, float]] = OrderedDict()
        if self._jwks:
            self._jwks.check()

    async def verify(self, token: str) -> Claims:
        """The claims of a good token.

        Raises:
            Refused: UNAUTHENTICATED, in words that tell one fault from another.
        """
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._remembered.get(digest)
        if known and self._now() < known[1]:
            return known[0]
        payload = await self._checked(token)
        claims = _claims(payload)
        self._remember(digest, claims, float(payload["exp"]))
        return claims

    def _remember(self, digest: bytes, claims: Claims, expires: float) -> None:
        # Not for long even if the token is: the provider may withdraw its key.
        self._remembered[digest] = (claims, min(expires, self._now() + _REMEMBER_SECONDS))
        self._remembered.move_to_end(digest)
        while len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)

    async def _checked(self, token: str) -> dict[str, Any]:
        header = _header(token)
        if header.get("kid") == DEV_KEY_ID:
            return self._development(token, header)
        payload = await self._provided(token, header)
        # Whoever runs the provider must not be able to hand out rights by token.
        payload.pop("dev", None)
        if payload["sub"].startswith(DEV_SUBJECT_PREFIX):
            raise unauthenticated(
                "令牌的 sub 为开发用户保留。", "The token's sub is reserved for development."
            )
        return payload

    def _development(self, token: str, header: dict[str, Any]) -> dict[str, Any]:
        if self._dev_key is None:
            raise unauthenticated(
                "这是开发令牌，本服务未以开发模式（--dev）启动。",
                "This is a development token, and the service was not started with --dev.",
            )
        _refuse_algorithm(header, [DEV_ALGORITHM])
        payload = _decoded(token, [self._dev_key], [DEV_ALGORITHM])
        self._validate(payload, DEV_ISSUER)
        return payload

    async def _provided(self, token: str, header: dict[str, Any]) -> dict[str, Any]:
        algorithms = self._settings.algorithms if self._jwks else [DEV_ALGORITHM]
        _refuse_algorithm(header, algorithms)
        key_id = header.get("kid")
        keys = await self._jwks.candidates(key_id) if self._jwks else []
        if not keys:
            raise unauthenticated("令牌的签名密钥未知。", "The key that signed the token is unknown.")
        payload = _decoded(token, keys, algorithms)
        self._validate(payload, self._settings.issuer)
        return payload

    def _validate(self, payload: dict[str, Any], issuer: str | None) -> None:
        required: dict[str, Any] = {
            "exp": {"essential": True},
            "sub": {"essential": True},
            "aud": {"essential": True, "value": self._settings.audience},
        }
        if issuer:
            required["iss"] = {"essential": True, "value": issuer}
        registry = jwt.JWTClaimsRegistry(now=lambda: int(self._now()), leeway=_LEEWAY_SECONDS, **required)
        try:
            registry.validate(payload)
        except JoseError as error:
            raise _told(error) from None


def _header(token: str) -> dict[str, Any]:
    """The header, not yet to be believed: it only chooses among our own keys and algorithms."""
    try:
        header = dict(jws.extract_compact(token.encode("ascii")).headers())
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        raise _garbage() from None
    if not isinstance(header.get("kid", ""), str) or not isinstance(header.get("alg", ""), str):
        raise _garbage()
    return header


def _garbage() -> Refused:
    return unauthenticated("这不是有效的令牌（JWT）。", "This is not a token (JWT).")


def _refuse_algorithm(header: dict[str, Any], allowed: Sequence[str]) -> None:
    algorithm = header.get("alg", "none")
    if algorithm.lower() == "none":
        raise unauthenticated("令牌没有签名。", "The token is not signed.")
    if algorithm not in allowed:
        raise unauthenticated(
            f"令牌的签名算法不被接受，可用的有：{'、'.join(allowed)}。",
            f"The signature algorithm of the token is not accepted; accepted are {', '.join(allowed)}.",
        )


def _decoded(token: str, keys: Sequence[PublicKey], algorithms: Sequence[str]) -> dict[str, Any]:
    """The payload, when one of the keys signed it."""
    registry = JWSRegistry(algorithms=list(algorithms), strict_check_header=False)
    for key in keys:
        try:
            payload = jwt.decode(token, key, algorithms=list(algorithms), registry=registry).claims
            return dict(payload)
        except (BadSignatureError, JoseError, ValueError, TypeError):
            continue  # the next key may be the one
    raise unauthenticated("令牌的签名不正确。", "The signature of the token is wrong.")


_CLAIM_FAULTS = {
    "nbf": ("令牌尚未生效。", "The token is not valid yet."),
    "iat": ("令牌的签发时间不正确。", "The token was issued in the future."),
    "aud": ("令牌不是发给本服务的（aud）。", "The token is meant for another service (aud)."),
    "iss": ("令牌的签发者（iss）不被信任。", "The issuer of the token (iss) is not trusted."),
}


def _told(error: JoseError) -> Refused:
    if isinstance(error, ExpiredTokenError):
        return unauthenticated("令牌已过期，请重新登录。", "The token has expired; sign in again.")
    if isinstance(error, MissingClaimError):
        return unauthenticated(f"令牌缺少 {error.claim}。", f"The token lacks {error.claim}.")
    claim = error.claim if isinstance(error, InvalidClaimError) else "?"
    zh, en = _CLAIM_FAULTS.get(claim, (f"令牌的 {claim} 不正确。", f"The token's {claim} is wrong."))
    return unauthenticated(zh, en)


def _claims(payload: dict[str, Any]) -> Claims:
    subject = payload["sub"]
    if len(subject) > _SUBJECT_LENGTH or not subject.isprintable():
        raise unauthenticated("令牌的 sub 不正确。", "The token's sub is wrong.")
    organization = payload.get("organization")
    if not isinstance(organization, str | None):  # to pass it over would widen the token's rights
        raise unauthenticated("令牌的 organization 不正确。", "The token's organization is wrong.")
    return Claims(subject, organization, dev_rights(payload.get("dev")))
