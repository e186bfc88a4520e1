"""Bearer tokens: a program's key, the token that it trades it for, and tokens of other issuers."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
import time_machine
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import Engine, insert, select, update
from structlog.testing import capture_logs
from uuid_utils import uuid7

from canonical.errors import UserError
from portal.access import Role, Viewer
from portal.audit import CannotRecord
from portal.clock import now
from portal.keys import SCOPES, USUAL_SCOPES, ApiKey, checked, digest
from portal.settings import Settings, derived
from portal.signin import fetching, jwts
from portal.signin.clients import issue
from portal.signin.issuers import Issuer
from portal.signin.tokenroutes import Wrong, asked, parsed
from portal.signin.tokens import bearer_viewer
from portal.tables import ACCOUNT, ACCOUNT_ROLE, AUDIT
from tests.portal.layer import ORIGIN, SECRET, create_app
from tests.portal.provider import EC, OTHER_RSA, RSA, MakeBelieve, give, raw, running, sign
from tests.portal.school import School

SHOWN = "a key that is long and random: e5d1"
KEY = ApiKey("time table & co", digest(SHOWN), ("north",), frozenset({"students", "grades"}))
OTHER = ApiKey("other", digest("another key"))


def settings(*keys: ApiKey, **changed: Any) -> Settings:
    return Settings(**({"secret": SECRET, "keys": keys or (KEY, OTHER), "origin": ORIGIN} | changed))


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_known", {})


@pytest.fixture
def web(sqlite_engine: Engine) -> TestClient:
    School(sqlite_engine).source("north")
    School(sqlite_engine).source("south")
    return TestClient(create_app(sqlite_engine, (KEY, OTHER)), base_url=ORIGIN)


def basic(name: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


BASIC = basic("time+table+%26+co", SHOWN.replace(":", "%3A"))
RIGHT = {"grant_type": "client_credentials"}
POST = RIGHT | {"client_id": KEY.name, "client_secret": SHOWN}


class TestTokenEndpoint:
    def test_http_basic(self, web: TestClient) -> None:
        answer = web.post("/v1/token", data=RIGHT, headers=BASIC)
        body = answer.json()
        assert (answer.status_code, body["token_type"], body["expires_in"]) == (200, "Bearer", 600)
        assert body["scope"] == "grades students"
        assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")

    def test_in_the_form(self, web: TestClient) -> None:
        assert web.post("/v1/token", data=POST).status_code == 200

    def test_the_token_opens_what_the_key_opens(self, web: TestClient) -> None:
        token = web.post("/v1/token", data=POST).json()["access_token"]
        for bearer in (token, SHOWN):
            me = web.get("/v1/me", headers={"Authorization": f"Bearer {bearer}"}).json()
            assert (me["role"], me["sources"], me["scopes"]) == ("client", ["north"], ["grades", "students"])

    def test_a_part_of_it(self, web: TestClient) -> None:
        body = web.post("/v1/token", data=POST | {"scope": "grades"}).json()
        assert body["scope"] == "grades"
        me = web.get("/v1/me", headers={"Authorization": f"Bearer {body['access_token']}"}).json()
        assert me["scopes"] == ["grades"]

    @pytest.mark.parametrize(("form", "headers", "status", "error"), [
        ({}, {}, 400, "invalid_request"),
        (RIGHT, {}, 401, "invalid_client"),
        (POST | {"client_secret": "wrong"}, {}, 401, "invalid_client"),
        (POST | {"client_secret": ""}, {}, 401, "invalid_client"),
        (POST | {"client_id": "other"}, {}, 401, "invalid_client"),
        (POST | {"client_id": "nobody"}, {}, 401, "invalid_client"),
        (RIGHT, basic("other", SHOWN), 401, "invalid_client"),
        (RIGHT, basic(KEY.name, "another key"), 401, "invalid_client"),
        (RIGHT, {"Authorization": "Basic !"}, 401, "invalid_client"),
        (RIGHT, {"Authorization": "Basic /w=="}, 401, "invalid_client"),
        (RIGHT, {"Authorization": "Basic bm9jb2xvbg=="}, 401, "invalid_client"),
        (RIGHT, {"Authorization": "Bearer " + SHOWN}, 401, "invalid_client"),
        (RIGHT, {"Authorization": BASIC["Authorization"].replace("Basic", "Bearer")}, 401, "invalid_client"),
        (RIGHT | {"client_id": "other"}, basic(KEY.name, SHOWN), 401, "invalid_client"),
        (POST, basic(KEY.name, SHOWN), 400, "invalid_request"),
        ({"client_id": KEY.name, "client_secret": SHOWN}, {}, 400, "invalid_request"),
        (POST | {"grant_type": "password"}, {}, 400, "unsupported_grant_type"),
        (POST | {"grant_type": "Client_Credentials"}, {}, 400, "unsupported_grant_type"),
        (POST | {"scope": "grades unpublished"}, {}, 400, "invalid_scope"),
        (POST | {"scope": "everything"}, {}, 400, "invalid_scope"),
    ])  # fmt: skip
    def test_no_token(self, web: TestClient, form: Any, headers: Any, status: int, error: str) -> None:
        answer = web.post("/v1/token", data=form, headers=headers)
        assert (answer.status_code, answer.json()) == (status, {"error": error})
        assert ("WWW-Authenticate" in answer.headers) is (status == 401)

    @pytest.mark.parametrize("body", [
        b"grant_type=client_credentials&grant_type=client_credentials", b"a=%ff", b"\xff",
        b"&".join(b"a%d=b" % n for n in range(21)),
    ])  # fmt: skip
    def test_not_a_form(self, web: TestClient, body: bytes) -> None:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = web.post("/v1/token", content=body, headers=headers)
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})

    def test_json_is_no_form(self, web: TestClient) -> None:
        assert web.post("/v1/token", json=POST).json() == {"error": "invalid_request"}

    def test_both_are_on_file(self, web: TestClient, sqlite_engine: Engine) -> None:
        web.post("/v1/token", data=POST)
        web.post("/v1/token", data=POST | {"client_secret": "wrong"})
        with sqlite_engine.connect() as connection:
            rows = [(row.actor, row.action, row.allowed) for row in connection.execute(select(AUDIT))]
        assert rows == [(f"client:{KEY.name}", "token", True), ("nobody", "token", False)]

    def test_what_is_not_on_file_is_not_given(self, web: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
        def cannot(*_args: Any) -> None:
            raise CannotRecord("audit: full")

        monkeypatch.setattr(web.app.state.recorder, "record", cannot)  # type: ignore[attr-defined]
        answer = web.post("/v1/token", data=POST)
        assert (answer.status_code, "access_token" in answer.json()) == (503, False)

    @hypothesis(max_examples=100, deadline=None)
    @given(body=st.binary(max_size=60), authorization=st.none() | st.text(max_size=40))
    def test_whatever_is_sent_is_answered(self, body: bytes, authorization: str | None) -> None:
        with pytest.raises(Wrong) as wrong:
            asked(settings(), body, authorization)
        assert wrong.value.error in {"invalid_request", "invalid_client", "unsupported_grant_type"}

    def test_empty_fields_are_left_out(self) -> None:
        assert parsed(b"scope=&grant_type=x") == {"grant_type": "x"}


def viewer(engine: Engine, token: str, told: Settings) -> tuple[Viewer | None, list[str]]:
    """Who that is, and the words of the log about it."""
    with capture_logs() as logs:
        found = bearer_viewer(engine, token, told, now())
    return found, [entry["code"] for entry in logs]


class TestOwnTokens:
    @pytest.fixture(autouse=True)
    def sources(self, sqlite_engine: Engine) -> None:
        self.engine = sqlite_engine
        self.north = School(sqlite_engine).source("north")

    def refused(self, token: str, code: str, told: Settings | None = None) -> None:
        assert viewer(self.engine, token, told or settings()) == (None, [code])

    def claims(self, **changed: Any) -> dict[str, Any]:
        """What is in a right token, changed."""
        made = jwt.decode(issue(settings(), KEY, KEY.scopes, now()), self.own(), ["HS256"]).claims
        return {name: value for name, value in (made | changed).items() if value is not None}

    def own(self) -> OctKey:
        return OctKey.import_key(derived(SECRET, "token"))

    def made(self, **changed: Any) -> str:
        return sign({"alg": "HS256", "typ": "at+jwt"}, self.claims(**changed), self.own())

    def test_a_right_one(self) -> None:
        found, _ = viewer(self.engine, issue(settings(), KEY, frozenset({"grades"}), now()), settings())
        assert found == Viewer(
            Role.CLIENT, f"client:{KEY.name}", frozenset({self.north}), scopes=frozenset({"grades"}), client=KEY.name
        )
        assert viewer(self.engine, self.made(), settings())[0] is not None

    def test_a_key_for_all_sources(self) -> None:
        found, _ = viewer(self.engine, issue(settings(), OTHER, OTHER.scopes, now()), settings())
        assert found is not None
        assert found.sources is None
        assert found.scopes == USUAL_SCOPES

    def test_a_source_that_is_not_there_is_not_all_of_them(self) -> None:
        lost = ApiKey("lost", digest("a key of a source that has gone"), ("gone",))
        found, _ = viewer(self.engine, "a key of a source that has gone", settings(lost))
        assert found is not None
        assert found.sources == frozenset()

    def test_it_dies_with_its_key(self) -> None:
        token = issue(settings(), KEY, KEY.scopes, now())
        self.refused(token, "key", settings(OTHER))
        replaced = ApiKey(KEY.name, digest("the new key of that name"), KEY.sources, KEY.scopes)
        self.refused(token, "key", settings(replaced))

    def test_it_opens_no_more_than_the_key_does_now(self) -> None:
        token = issue(settings(), KEY, KEY.scopes, now())
        less = ApiKey(KEY.name, KEY.digest, KEY.sources, frozenset({"students"}))
        found, _ = viewer(self.engine, token, settings(less))
        assert found is not None
        assert found.scopes == {"students"}

    def test_it_dies_after_ten_minutes(self) -> None:
        token = issue(settings(), KEY, KEY.scopes, now())
        with time_machine.travel(now() + timedelta(minutes=11, seconds=1)):
            self.refused(token, "exp")

    @pytest.mark.parametrize(("changed", "code"), [
        ({"aud": "https://elsewhere"}, "aud"), ({"exp": None}, "missing"), ({"sub": "nobody"}, "key"),
        ({"sub": "other"}, "key"), ({"key": None}, "key"), ({"key": ["x"]}, "key"), ({"iat": None}, "missing"),
    ])  # fmt: skip
    def test_claims_that_do_not_hold(self, changed: dict[str, Any], code: str) -> None:
        self.refused(self.made(**changed), code)

    @pytest.mark.parametrize(("header", "code"), [
        ({"alg": "HS256", "typ": "JWT"}, "typ"), ({"alg": "HS256"}, "typ"), ({"alg": "HS512", "typ": "at+jwt"},
        "algorithm"), ({"alg": "HS256", "typ": "at+jwt", "jku": "http://127.0.0.1:1"}, "header"),
    ])  # fmt: skip
    def test_headers_that_do_not_hold(self, header: dict[str, Any], code: str) -> None:
        self.refused(sign(header, self.claims(), self.own()), code)

    def test_keys_that_are_not_ours(self) -> None:
        at = {"alg": "HS256", "typ": "at+jwt"}
        for key in (b"x" * 32, SECRET, derived(SECRET, "audit"), digest(SHOWN)):
            self.refused(sign(at, self.claims(), OctKey.import_key(key)), "signature")
        self.refused(raw(at | {"alg": "none"}, self.claims()), "algorithm")
        self.refused(raw(at, self.claims()), "signature")
        self.refused(sign({"alg": "RS256", "typ": "at+jwt", "kid": "rsa"}, self.claims(), RSA), "algorithm")

    def test_another_secret_makes_other_tokens(self) -> None:
        token = issue(settings(secret=b"x" * 32), KEY, KEY.scopes, now())
        self.refused(token, "signature")

    @pytest.mark.parametrize("token", ["", "x", "wrong key", "a.b", "a.b.c", "...", "e30.e30.e30", "\udcff", "é.é.é"])
    def test_what_is_nothing_is_nobody(self, token: str) -> None:
        assert viewer(self.engine, token.encode("utf-8", "replace").decode(), settings())[0] is None

    def test_a_key_with_two_points_in_it_is_a_key(self) -> None:
        pointed = ApiKey("pointed", digest("a.b.c"))
        assert viewer(self.engine, "a.b.c", settings(pointed))[0] is not None

    def test_a_huge_one(self) -> None:
        assert viewer(self.engine, f"{'a' * 20_000}.b.c", settings())[0] is None

    def test_no_token_is_in_the_log(self) -> None:
        token = self.made(aud="elsewhere")
        with capture_logs() as logs:
            bearer_viewer(self.engine, token, settings(), now())
        assert token.split(".")[2] not in str(logs)


class TestKeys:
    def test_scopes_are_known_ones(self) -> None:
        checked([ApiKey("a", digest("a"), scopes=SCOPES)])
        with pytest.raises(UserError, match="scope"):
            checked([ApiKey("a", digest("a"), scopes=frozenset({"all"}))])

    def test_unpublished_is_never_usual(self) -> None:
        assert ApiKey("a", digest("a")).scopes == {"students", "grades", "absences", "sources", "news"}

    def test_a_name_is_one_keys(self) -> None:
        with pytest.raises(UserError, match="a name of its own"):
            checked([ApiKey("a", digest("a")), ApiKey("a", digest("b"))])


class TestOtherIssuers:
    """Somebody calls with a token of an issuer in the configuration."""

    @pytest.fixture(autouse=True)
    def world(self, engine: Engine, school: School) -> Iterator[None]:
        self.engine = engine
        self.north = school.source("north")
        self.student = school.student(self.north, local_id="12345", birth_date=date(2010, 1, 1))
        self.account = str(uuid7())
        with running() as self.idp:
            with engine.execution_options(writes=True).begin() as connection:
                connection.execute(insert(ACCOUNT).values(
                    id=self.account, issuer=self.idp.issuer, subject="somebody", state="active", created_at=now(),
                ))  # fmt: skip
                self.grant(connection, "student", self.student)
            self.issuer = Issuer(self.idp.issuer, "the read layer", "portal", f"{self.idp.issuer}/jwks")
            yield

    def grant(self, connection: Any, role: str, person: str | None, **changed: Any) -> None:
        connection.execute(insert(ACCOUNT_ROLE).values(**{
            "id": str(uuid7()), "account_id": self.account, "role": role, "source_id": self.north,
            "person_id": person, "granted_by": "test", "granted_at": now(), **changed,
        }))  # fmt: skip

    def token(self, key: Any = RSA, header: Any = None, **changed: Any) -> str:
        at = int(now().timestamp())
        claims = {
            "iss": self.idp.issuer, "sub": "somebody", "aud": "the read layer", "exp": at + 300, "iat": at,
            "scope": "openid portal",
        } | changed  # fmt: skip
        head = {"alg": "ES256" if key is EC else "RS256", "kid": key.kid} | (header or {})
        return sign(head, {name: value for name, value in claims.items() if value is not None}, key)

    def seen(self, token: str, **changed: Any) -> tuple[Viewer | None, list[str]]:
        return viewer(self.engine, token, settings(issuers=(self.issuer,), **changed))

    @pytest.mark.parametrize("changed", [{}, {"scope": None, "scp": ["portal"]}, {"aud": ["x", "the read layer"]}])
    def test_a_right_one(self, changed: dict[str, Any]) -> None:
        found, _ = self.seen(self.token(**changed))
        assert found is not None
        assert (found.role, found.actor) == (Role.STUDENT, f"account:{self.account}")
        assert found.persons == {self.north: {self.student}}
        assert found.scopes == frozenset()

    def test_over_http(self) -> None:
        web = TestClient(create_app(self.engine, issuers=(self.issuer,)), base_url=ORIGIN)
        me: httpx.Response = web.get("/v1/me", headers={"Authorization": f"Bearer {self.token()}"})
        assert [one["id"] for one in me.json()["students"]] == [self.student]
        wrong = web.get("/v1/me", headers={"Authorization": f"Bearer {self.token(sub='another')}"})
        assert wrong.status_code == 401

    @pytest.mark.parametrize(("changed", "code"), [
        ({"iss": "https://elsewhere"}, "iss"), ({"aud": "another"}, "aud"), ({"aud": None}, "missing"),
        ({"exp": None}, "missing"), ({"exp": 1}, "exp"), ({"nbf": 2**40}, "nbf"), ({"iat": 2**40}, "iat"),
        ({"sub": None}, "missing"), ({"sub": "another"}, "account"), ({"sub": "SOMEBODY"}, "account"),
        ({"scope": "openid"}, "scope"), ({"scope": None}, "scope"), ({"scope": "portals"}, "scope"),
    ])  # fmt: skip
    def test_claims_that_do_not_hold(self, changed: dict[str, Any], code: str) -> None:
        assert self.seen(self.token(**changed)) == (None, [code])

    @pytest.mark.parametrize(("make", "code"), [
        (lambda self: self.token(OTHER_RSA), "signature"),
        (lambda self: self.token(header={"kid": "unknown"}), "kid"),
        (lambda self: self.token(header={"alg": "RS384"}), "algorithm"),
        (lambda self: self.token(OTHER_RSA, {"jwk": OTHER_RSA.as_dict(private=False)}), "header"),
        (lambda self: self.token(OctKey.import_key("x" * 32, {"kid": "rsa"}), {"alg": "HS256"}), "algorithm"),
    ])  # fmt: skip
    def test_signatures_that_do_not_hold(self, make: Callable[[Any], str], code: str) -> None:
        assert self.seen(make(self)) == (None, [code])

    def test_a_provider_for_signing_in_is_not_an_issuer_of_bearer_tokens(self) -> None:
        provider = self.idp.provider()
        assert viewer(self.engine, self.token(), settings(providers=(provider,))) == (None, ["iss"])

    def test_keys_that_were_given(self) -> None:
        given = {"keys": [EC.as_dict(private=False)]}
        self.issuer = Issuer(self.idp.issuer, "the read layer", "portal", keys=given)
        assert self.seen(self.token(EC))[0] is not None
        assert self.seen(self.token()) == (None, ["kid"])
        assert self.idp.requests == []

    def test_an_account_that_was_closed(self) -> None:
        with self.engine.execution_options(writes=True).begin() as connection:
            connection.execute(update(ACCOUNT).values(state="closed"))
        assert self.seen(self.token()) == (None, ["account"])

    def test_a_role_that_is_over(self) -> None:
        with self.engine.execution_options(writes=True).begin() as connection:
            connection.execute(update(ACCOUNT_ROLE).values(ends=now().date() - timedelta(days=2)))
        assert self.seen(self.token()) == (None, ["role"])

    def test_administration_wants_a_session_with_a_second_factor(self) -> None:
        with self.engine.execution_options(writes=True).begin() as connection:
            connection.execute(update(ACCOUNT_ROLE).values(role="administrator", person_id=None))
        assert self.seen(self.token()) == (None, ["role"])

    def test_nobody_waits_for_an_issuer_with_the_store_in_his_hands(self) -> None:
        """It may take its time; connections are few, and a transaction that waits is in the way of others."""
        taken = []
        pool: Any = self.engine.pool

        def jwks(handler: Any) -> None:
            taken.append(pool.checkedout())
            give(handler, 200, self.idp.jwks)

        self.idp.answers["/jwks"] = jwks
        web = TestClient(create_app(self.engine, issuers=(self.issuer,)), base_url=ORIGIN)
        assert web.get("/v1/me", headers={"Authorization": f"Bearer {self.token()}"}).status_code == 200
        assert taken == [0]

    def test_an_issuer_that_does_not_answer(self) -> None:
        self.idp.answers["/jwks"] = lambda handler: handler.send_error(500)
        assert self.seen(self.token()) == (None, ["status"])

    def test_of_entra(self) -> None:
        self.issuer = Issuer(self.idp.issuer, "the read layer", "portal", f"{self.idp.issuer}/jwks", entra=True)
        with self.engine.execution_options(writes=True).begin() as connection:
            connection.execute(update(ACCOUNT).values(subject="tenant/object"))
        assert self.seen(self.token(tid="tenant", oid="object"))[0] is not None
        assert self.seen(self.token()) == (None, ["identity"])


@hypothesis(max_examples=200, deadline=None)
@given(token=st.text(max_size=80) | st.lists(st.text(alphabet="eyJ0.-_A{}", max_size=20), min_size=3, max_size=3).map(
    ".".join))  # fmt: skip
def test_no_text_makes_it_fail_otherwise(token: str) -> None:
    assert jwts.claimed_issuer(token) is None
    with pytest.raises(jwts.TokenRefused):
        jwts.signed(token, ["RS256"], lambda _kid, _algorithm: RSA)


def test_the_make_believe_provider_keeps_its_secret() -> None:
    """The tests above rely on it: it gives nothing for a wrong secret, code or verifier."""
    idp = MakeBelieve("http://127.0.0.1:1")
    assert idp.token({}, "Basic x")[0] == 401
