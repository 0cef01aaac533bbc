from __future__ import annotations

import base64
import hmac
import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from core.errors import Refused, StartupError
from core.settings import Settings
from server import jwks
from server.auth import Claims, TokenVerifier, mint
from server.devkey import DEV_KEY_ID, DevRights, dev_key

PROVIDER = RSAKey.generate_key(2048, {"kid": "p1", "use": "sig"})
STRANGER = RSAKey.generate_key(2048, {"kid": "p1"})


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {
        "sub": "zhang",
        "aud": "minzheng",
        "iss": "idp",
        "iat": now,
        "exp": now + 600,
        "organization": "mzj",
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def token(key: Any = PROVIDER, alg: str = "RS256", kid: str | None = "p1", **changes: Any) -> str:
    header = {"alg": alg, **({"kid": kid} if kid else {})}
    return jwt.encode(header, claims(**changes), key, algorithms=[alg])


def encoded(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned() -> str:
    return f"{encoded({'alg': 'none', 'kid': 'p1'})}.{encoded(claims())}."


def confused(key: Any, kid: str, **changes: Any) -> str:
    """The public key taken for a shared secret: our library refuses to make such a token, others do not."""
    signed = f"{encoded({'alg': 'HS256', 'kid': kid})}.{encoded(claims(**changes))}"
    return f"{signed}.{encoded(hmac.digest(key.as_pem(private=False), signed.encode(), 'sha256'))}"


def write_jwks(*keys: Any) -> str:
    Path("jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False) for key in keys]}))
    return "jwks.json"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path / "var", jwks=write_jwks(PROVIDER), issuer="idp")


@pytest.fixture
def development(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path / "var", dev=True)


async def refusal(settings: Settings, text: str) -> str:
    with pytest.raises(Refused) as caught:
        await TokenVerifier(settings).verify(text)
    assert caught.value.code.code == "UNAUTHENTICATED"
    assert caught.value.message("zh") != caught.value.message("en")
    return caught.value.message("en")


async def test_a_good_token(settings: Settings) -> None:
    verifier = TokenVerifier(settings)
    assert await verifier.verify(token()) == Claims("zhang", "mzj")
    assert await verifier.verify(token(kid=None)) == Claims("zhang", "mzj")
    assert await verifier.verify(token(aud=["other", "minzheng"])) == Claims("zhang", "mzj")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (lambda: token(exp=int(time.time()) - 100), "The token has expired; sign in again."),
        (lambda: token(exp=None), "The token lacks exp."),
        (lambda: token(exp="soon"), "The token's exp is wrong."),
        (lambda: token(sub=None), "The token lacks sub."),
        (lambda: token(sub=""), "The token's sub is wrong."),
        (lambda: token(sub=7), "The token's sub is wrong."),
        (lambda: token(sub="x" * 201), "The token's sub is wrong."),
        (lambda: token(sub="a\nb"), "The token's sub is wrong."),
        (lambda: token(sub="dev:CITY_OFFICER:410189000000"), "The token's sub is reserved for development."),
        (lambda: token(nbf=int(time.time()) + 600), "The token is not valid yet."),
        (lambda: token(iat=int(time.time()) + 600), "The token was issued in the future."),
        (lambda: token(aud="other"), "The token is meant for another service (aud)."),
        (lambda: token(aud=None), "The token lacks aud."),
        (lambda: token(iss="other"), "The issuer of the token (iss) is not trusted."),
        (lambda: token(iss=None), "The token lacks iss."),
        (unsigned, "The token is not signed."),
        (
            lambda: confused(PROVIDER, "p1"),
            "The signature algorithm of the token is not accepted; accepted are RS256, ES256.",
        ),
        (
            lambda: token(alg="RS512"),
            "The signature algorithm of the token is not accepted; accepted are RS256, ES256.",
        ),
        (lambda: token(STRANGER), "The signature of the token is wrong."),
        (lambda: token(ECKey.generate_key("P-256"), "ES256"), "The signature of the token is wrong."),
        (lambda: token(kid="p2"), "The key that signed the token is unknown."),
        (lambda: token()[:-8] + "AAAAAAAA", "The signature of the token is wrong."),
        (lambda: "garbage", "This is not a token (JWT)."),
        (lambda: "a.b.c", "This is not a token (JWT)."),
        (lambda: "令牌", "This is not a token (JWT)."),
        (lambda: "W10.W10.W10", "This is not a token (JWT)."),
        (lambda: token() + "x" * 200_000, "This is not a token (JWT)."),
    ],
)
async def test_refusals(settings: Settings, text: Any, said: str) -> None:
    assert await refusal(settings, text()) == said


async def test_development_tokens(development: Settings) -> None:
    text = mint(development, "CITY_OFFICER", "410189000000", ["pii:read"])
    rights = DevRights("CITY_OFFICER", "410189000000", ("pii:read",))
    expected = Claims("dev:CITY_OFFICER:410189000000:pii:read", None, rights)
    assert await TokenVerifier(development).verify(text) == expected
    assert oct((development.var / "dev-signing.json").stat().st_mode & 0o777) == "0o600"


async def test_development_tokens_stay_in_development(settings: Settings) -> None:
    text = mint(settings, "CITY_OFFICER", "410189000000")
    assert "not started with --dev" in await refusal(settings, text)


async def test_the_development_key_id_needs_the_development_key(development: Settings) -> None:
    mint(development, "CITY_OFFICER", "410189000000")
    stranger = ECKey.generate_key("P-256")
    forged = token(stranger, "ES256", DEV_KEY_ID, iss="minzheng-dev")
    assert await refusal(development, forged) == "The signature of the token is wrong."
    forged = confused(dev_key(development), DEV_KEY_ID, iss="minzheng-dev")
    assert "algorithm" in await refusal(development, forged)


async def test_expired_development_token(development: Settings) -> None:
    text = mint(development, "CITY_OFFICER", "410189000000", ttl=timedelta(seconds=-60))
    assert "expired" in await refusal(development, text)


async def test_provider_tokens_in_development_without_provider(development: Settings) -> None:
    assert "algorithm" in await refusal(development, token())
    es256 = token(ECKey.generate_key("P-256"), "ES256")
    assert await refusal(development, es256) == "The key that signed the token is unknown."


async def test_the_provider_hands_out_no_rights(settings: Settings) -> None:
    rights = {"role": "SYSTEM", "division": "000000000000", "grants": []}
    assert (await TokenVerifier(settings).verify(token(dev=rights))).dev is None


def test_production_needs_keys(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"未设置 jwks.*setting jwks is missing"):
        TokenVerifier(Settings(var=tmp_path))
    with pytest.raises(StartupError, match=r"absent.json 无法读取"):
        TokenVerifier(Settings(var=tmp_path, jwks="absent.json"))


async def test_verified_tokens_are_remembered_until_they_expire(settings: Settings) -> None:
    moment = time.time()
    verifier = TokenVerifier(settings, now=lambda: moment)
    text = token(exp=int(moment) + 100)
    known = await verifier.verify(text)
    assert await verifier.verify(text) is known
    moment += 200
    with pytest.raises(Refused, match="expired"):
        await verifier.verify(text)


async def test_memory_is_bounded(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.auth._REMEMBERED", 2)
    verifier = TokenVerifier(settings)
    for name in ("a", "b", "c"):
        await verifier.verify(token(sub=name))
    assert len(verifier._remembered) == 2


async def test_a_new_provider_key_is_found(settings: Settings) -> None:
    moment = 0.0
    keys = jwks.Jwks("jwks.json", clock=lambda: moment)
    assert len(await keys.candidates("p1")) == 1
    write_jwks(PROVIDER, RSAKey.generate_key(2048, {"kid": "p2"}))
    assert await keys.candidates("p2") == []  # not again so soon
    moment += 31
    assert len(await keys.candidates("p2")) == 1


async def test_keys_outlive_a_provider_that_is_down(settings: Settings) -> None:
    moment = 0.0
    keys = jwks.Jwks("jwks.json", clock=lambda: moment)
    await keys.candidates("p1")
    keys.source = "absent.json"
    moment += 601
    assert len(await keys.candidates("p1")) == 1
    with pytest.raises(Refused) as caught:
        await jwks.Jwks("http://127.0.0.1:9/jwks").candidates("p1")
    assert caught.value.code.code == "IDENTITY_UNAVAILABLE"


async def test_shared_secrets_and_encryption_keys_are_left_out() -> None:
    encryption = RSAKey.generate_key(2048, {"kid": "e", "use": "enc"})
    content = {
        "keys": [encryption.as_dict(), OctKey.generate_key(256, {"kid": "o"}).as_dict(), {"kty": "?"}, 3]
    }
    assert jwks._parsed(json.dumps(content).encode()) == []
