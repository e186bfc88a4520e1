"""ID tokens that do not hold, each refused for the reason meant."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from joserfc.jwk import OctKey, RSAKey

from portal.clock import now
from portal.signin import sessions
from portal.tables import ACCOUNT, SESSION
from tests.portal.oidc.visitor import Browser, Wrong
from tests.portal.provider import CLIENT, CLIENT_SECRET, OTHER_RSA, RSA, MakeBelieve, encoded, raw, sign


def claims(**changed: Any) -> Wrong:
    return lambda idp: idp.claims.update(changed)


def later(**seconds: int) -> Wrong:
    """Claims so many seconds from now."""
    return lambda idp: idp.claims.update({name: int(now().timestamp()) + more for name, more in seconds.items()})


def header(**changed: Any) -> Wrong:
    return lambda idp: idp.header.update(changed)


def made(make: Callable[[MakeBelieve, dict[str, Any], dict[str, Any]], Any]) -> Wrong:
    def wrong(idp: MakeBelieve) -> None:
        idp.make = lambda head, said: make(idp, head, said)

    return wrong


def _with_public_key(_idp: MakeBelieve, head: dict[str, Any], said: dict[str, Any]) -> str:
    """The public key, which everybody has, taken for a secret."""
    signing = raw(head | {"alg": "HS256"}, said).rpartition(".")[0]
    return f"{signing}.{encoded(hmac.digest(RSA.as_pem(private=False), signing.encode(), 'sha256'))}"


def _tampered(_idp: MakeBelieve, head: dict[str, Any], said: dict[str, Any]) -> str:
    first, _, last = sign(head, said, RSA).split(".")
    payload = base64.urlsafe_b64encode(json.dumps(said | {"number": "99999"}).encode()).rstrip(b"=").decode()
    return f"{first}.{payload}.{last}"


INJECTED = OTHER_RSA.as_dict(private=False)

WRONG_TOKENS: dict[str, tuple[Wrong, str]] = {
    "another issuer": (claims(iss="http://127.0.0.1:1"), "iss"),
    "issuer with a slash": (lambda idp: idp.claims.update(iss=f"{idp.issuer}/"), "iss"),
    "issuer in a list": (lambda idp: idp.claims.update(iss=[idp.issuer]), "iss"),
    "no issuer": (claims(iss=None), "missing"),
    "for another client": (claims(aud="somebody-else"), "aud"),
    "for nobody": (claims(aud=[]), "aud"),
    "no audience": (claims(aud=None), "missing"),
    "for several, no azp": (claims(aud=[CLIENT, "another"]), "azp"),
    "for several, azp of another": (claims(aud=[CLIENT, "another"], azp="another"), "azp"),
    "azp of another": (claims(azp="another"), "azp"),
    "nonce of another": (claims(nonce="of another sign-in"), "nonce"),
    "nonce is no text": (claims(nonce=1), "nonce"),
    "no nonce": (claims(nonce=None), "nonce"),
    "over": (later(exp=-61), "exp"),
    "no end": (claims(exp=None), "missing"),
    "ends at no number": (claims(exp="tomorrow"), "exp"),
    "ends never": (claims(exp=True), "exp"),
    "not yet": (later(nbf=90), "nbf"),
    "made in the future": (later(iat=90), "iat"),
    "not made": (claims(iat=None), "missing"),
    "no subject": (claims(sub=None), "missing"),
    "empty subject": (claims(sub=" "), "identity"),
    "subject is a number": (claims(sub=12345), "sub"),
    "subject without end": (claims(sub="x" * 256), "identity"),
    "not signed": (made(lambda _idp, head, said: raw(head | {"alg": "none"}, said)), "algorithm"),
    "not signed, in other letters": (made(lambda _idp, head, said: raw(head | {"alg": "nOnE"}, said)), "algorithm"),
    "algorithm is no text": (made(lambda _idp, head, said: raw(head | {"alg": ["RS256"]}, said)), "algorithm"),
    "signed with the public key": (made(_with_public_key), "algorithm"),
    "signed with the client's secret": (
        made(lambda _idp, head, said: sign(head | {"alg": "HS256"}, said, OctKey.import_key(CLIENT_SECRET))),
        "algorithm",
    ),
    "another algorithm": (header(alg="RS512"), "algorithm"),
    "algorithm of another kind of key": (made(lambda _idp, h, c: raw(h | {"alg": "ES256"}, c, b"x" * 64)), "kid"),
    "unknown key": (header(kid="unknown"), "kid"),
    "no key named": (header(kid=""), "kid"),
    "key named by a number": (made(lambda _idp, head, said: raw(head | {"kid": 1}, said, b"x")), "kid"),
    "brings its own key": (made(lambda _i, h, c: sign(h | {"jwk": INJECTED}, c, OTHER_RSA)), "header"),
    "says where its key is": (header(jku="http://127.0.0.1:1/jwks"), "header"),
    "says where its certificate is": (header(x5u="http://127.0.0.1:1/cert"), "header"),
    "brings its certificate": (header(x5c=["MIIB"]), "header"),
    "wants something understood": (made(lambda _i, h, c: raw(h | {"crit": ["b64"], "b64": False}, c)), "header"),
    "signed by another with the same key id": (made(lambda _i, h, c: sign(h, c, OTHER_RSA)), "signature"),
    "changed afterwards": (made(_tampered), "signature"),
    "no signature": (made(lambda _idp, head, said: raw(head, said)), "signature"),
    "of another access token": (claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), "at_hash"),
    "hash is no text": (claims(at_hash=1), "at_hash"),
    "hash of no access token": (lambda idp: setattr(idp, "access_token", ""), "at_hash"),
    "huge": (claims(padding="x" * 20_000), "too_large"),
    "not a token": (made(lambda *_: "not a token"), "form"),
    "two parts": (made(lambda *_: "a.b"), "form"),
    "five parts, encrypted": (made(lambda *_: "a.b.c.d.e"), "form"),
    "letters that mean nothing": (made(lambda *_: "e!.e!.e!"), "form"),
    "a list": (made(lambda _idp, head, _said: sign(head, ["a"], RSA)), "form"),  # type: ignore[arg-type]
    "header is no object": (made(lambda _idp, _head, said: raw([], said)), "form"),  # type: ignore[arg-type]
    "no ID token": (made(lambda *_: None), "form"),
}


class TestWrongTokens:
    @pytest.mark.parametrize("case", WRONG_TOKENS)
    def test_is_refused_for_the_reason_meant(self, small: Browser, case: str) -> None:
        wrong, code = WRONG_TOKENS[case]
        wrong(small.idp)
        answer = small.sign_in()
        assert (answer.status_code, small.codes) == (403, [code])
        assert sessions.COOKIE not in answer.cookies
        assert small.rows(ACCOUNT) == small.rows(SESSION) == []
        # The caller is not told which check it was.
        assert answer.json()["code"] == "again"
        assert code not in answer.json()["detail"].split()

    @pytest.mark.parametrize("right", [
        later(exp=-50), later(nbf=50), later(iat=50), claims(aud=[CLIENT, "another"], azp=CLIENT),
        claims(at_hash=None), claims(azp=CLIENT), header(x5t="thumb"),
    ])  # fmt: skip
    def test_what_is_just_right_is_not(self, small: Browser, right: Wrong) -> None:
        right(small.idp)
        assert small.sign_in().status_code == 303

    def test_userinfo_of_another_is_refused(self, small: Browser) -> None:
        small.idp.claims = {"number": None}
        small.idp.userinfo = {"sub": "another", "number": "12345"}
        assert small.sign_in().status_code == 403
        assert small.codes == ["userinfo"]


def _jwks(*keys: dict[str, Any]) -> Wrong:
    return lambda idp: setattr(idp, "jwks", {"keys": list(keys)})


class TestWrongKeys:
    @pytest.mark.parametrize("wrong", [
        _jwks(RSA.as_dict(private=False) | {"use": "enc"}),
        _jwks(RSA.as_dict(private=False) | {"alg": "PS256"}),
        _jwks(RSA.as_dict(private=False), OTHER_RSA.as_dict(private=False)),
        _jwks({"kty": "oct", "kid": "rsa", "k": "c2VjcmV0"}),
        _jwks({"kty": "RSA", "kid": "rsa"}),
        _jwks({name: value for name, value in RSA.as_dict(private=False).items() if name != "kid"}),
        lambda idp: setattr(idp, "jwks", {"keys": "none"}),
        lambda idp: setattr(idp, "jwks", {}),
    ], ids=["to encrypt", "other algorithm", "twice", "secret", "half", "no id", "no list", "nothing"])  # fmt: skip
    def test_a_key_that_cannot_be_meant_is_none(self, small: Browser, wrong: Wrong) -> None:
        wrong(small.idp)
        assert small.sign_in().status_code == 403
        assert small.codes == ["kid"]

    @pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
    def test_nor_is_a_short_one(self, small: Browser) -> None:
        short = RSAKey.generate_key(1024, {"kid": "rsa"})
        small.idp.key, small.idp.jwks = short, {"keys": [short.as_dict(private=False)]}
        assert small.sign_in().status_code == 403
        assert small.codes == ["kid"]

    def test_no_key_named_is_not_a_key_without_a_name(self, small: Browser) -> None:
        small.idp.header = {"kid": ""}
        small.idp.jwks = {"keys": [RSA.as_dict(private=False) | {"kid": ""}]}
        assert small.sign_in().status_code == 403
        assert small.codes == ["kid"]

    def test_unknown_keys_make_us_ask_once_a_minute_at_most(self, small: Browser) -> None:
        small.sign_in()
        small.idp.header = {"kid": "unknown"}
        start = now() + timedelta(minutes=2)
        with time_machine.travel(start, tick=False):
            for _ in range(3):
                small.sign_in()
        with time_machine.travel(start + timedelta(seconds=59), tick=False):
            small.sign_in()
        assert small.idp.requests.count("/jwks") == 2
        with time_machine.travel(start + timedelta(seconds=61), tick=False):
            small.sign_in()
        assert small.idp.requests.count("/jwks") == 3

    def test_a_key_that_was_withdrawn_does_not_hold_longer_than_an_hour(self, small: Browser) -> None:
        small.sign_in()
        small.idp.jwks = {"keys": []}
        with time_machine.travel(now() + timedelta(minutes=61)):
            assert small.sign_in().status_code == 403
            assert small.codes == ["kid"]
