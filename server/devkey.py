"""Development tokens: an ES256 key beside the database, and the tokens it signs.

The key is asymmetric like the identity provider's, so that no token can pass off a public key as a secret.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from core import private_file
from core.errors import StartupError
from core.settings import Settings

DEV_ALGORITHM = "ES256"
DEV_ISSUER = "minzheng-dev"
DEV_KEY_ID = "minzheng-dev"
DEV_SUBJECT_PREFIX = "dev:"
_SUBJECT_LENGTH = 200


@dataclass(frozen=True)
class DevRights:
    """What a development token asks for its user."""

    role: str
    division: str
    grants: tuple[str, ...] = ()


def dev_key(settings: Settings) -> ECKey:
    """The development key of this installation, made when there is none."""
    path = settings.var / "dev-signing.json"
    if not path.exists():
        made = ECKey.generate_key("P-256", {"kid": DEV_KEY_ID, "use": "sig"}).as_dict(private=True)
        private_file.create(path, json.dumps(made))
    try:
        return ECKey.import_key(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError, JoseError):
        raise StartupError(
            f"开发签名密钥 {path} 无法读取，请删除后重试 / "
            f"the development key {path} cannot be read: delete it and try again"
        ) from None


def dev_subject(rights: DevRights) -> str:
    """The user that these rights always lead to."""
    subject = ":".join(
        ["dev", rights.role, rights.division, *([",".join(rights.grants)] if rights.grants else [])]
    )
    if len(subject) <= _SUBJECT_LENGTH:
        return subject
    digest = hashlib.sha256(subject.encode("utf-8")).hexdigest()
    return f"dev:{rights.role}:{rights.division}:{digest}"


def mint(
    settings: Settings,
    role: str,
    division: str,
    grants: Iterable[str] = (),
    ttl: timedelta = timedelta(hours=12),
    subject: str | None = None,
    organization: str | None = None,
) -> str:
    """A development token, accepted by `minzheng serve --dev` alone.

    Args:
        role: a user role by name.
        division: where the role holds, 12 digits.
        grants: permissions beside the role's, such as `pii:read`.
        subject: None derives it from the rights, so that equal rights are one user.
        organization: whom the user acts for, by credit code or id.
    """
    rights = DevRights(role, division, tuple(sorted(set(grants))))
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": DEV_ISSUER,
        "aud": settings.audience,
        "sub": subject or dev_subject(rights),
        "iat": now,
        "exp": now + int(ttl.total_seconds()),
        "dev": {"role": rights.role, "division": rights.division, "grants": list(rights.grants)},
    }
    if organization is not None:
        claims["organization"] = organization
    return jwt.encode({"alg": DEV_ALGORITHM, "kid": DEV_KEY_ID}, claims, dev_key(settings))


def dev_rights(claim: object) -> DevRights | None:
    """The `dev` claim as rights; None when it is not one."""
    if not isinstance(claim, dict):
        return None
    role, division, grants = claim.get("role"), claim.get("division"), claim.get("grants", [])
    if not (isinstance(role, str) and isinstance(division, str) and isinstance(grants, list)):
        return None
    return DevRights(role, division, tuple(str(name) for name in grants))
