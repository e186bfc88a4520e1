"""Sign-ins that went another way than they were begun."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from sqlalchemy import Engine

from portal.audit import CannotRecord
from portal.clock import now
from portal.signin import oidcroutes, persons, sessions, tickets
from portal.signin.oidc import is_own_path
from portal.tables import ACCOUNT, AUDIT, SESSION, SIGN_IN
from tests.portal.layer import ORIGIN
from tests.portal.oidc.visitor import Browser, opened
from tests.portal.provider import MakeBelieve, running


class TestWrongFlows:
    def test_the_same_answer_twice(self, small: Browser) -> None:
        params = small.idp.consent(small.start().headers["Location"])
        assert small.come_back(**params).status_code == 303
        assert small.come_back(**params).status_code == 403
        assert small.codes == ["state"]

    def test_a_code_twice(self, small: Browser) -> None:
        params = small.idp.consent(small.start().headers["Location"])
        small.come_back(**params)
        second = small.idp.consent(small.start().headers["Location"])
        assert small.come_back(**(second | {"code": params["code"]})).status_code == 403
        assert small.codes == ["code"]

    def test_a_state_is_gone_when_the_code_was_wrong(self, small: Browser) -> None:
        params = small.idp.consent(small.start().headers["Location"])
        small.come_back(**(params | {"code": "wrong"}))
        small.come_back(**params)
        assert small.codes == ["code", "state"]

    def test_a_state_that_nobody_gave(self, small: Browser) -> None:
        assert small.sign_in(state="x" * 43).status_code == 403
        assert small.codes == ["state"]

    def test_no_state(self, small: Browser) -> None:
        small.start()
        assert small.come_back(code="x").status_code == 403
        assert small.codes == ["state"]

    def test_too_late(self, small: Browser) -> None:
        params = small.idp.consent(small.start().headers["Location"])
        with time_machine.travel(now() + timedelta(minutes=10, seconds=1)):
            assert small.come_back(**params).status_code == 403
            assert small.codes == ["state"]

    def test_in_time(self, small: Browser) -> None:
        params = small.idp.consent(small.start().headers["Location"])
        with time_machine.travel(now() + timedelta(minutes=9, seconds=30)):
            assert small.come_back(**params).status_code == 303

    def test_in_another_browser(self, small: Browser) -> None:
        """Somebody lets another sign in to the own account, to see what is done there."""
        params = small.idp.consent(small.start().headers["Location"])
        small.client.cookies.clear()
        assert small.come_back(**params).status_code == 403
        small.start()
        assert small.come_back(**small.idp.consent(small.start().headers["Location"])).status_code == 303
        params = small.idp.consent(small.start().headers["Location"])
        small.start()
        assert small.come_back(**params).status_code == 403
        assert small.codes == ["browser", "browser"]

    def test_the_answer_of_another_provider(self, copied: Engine, idp: MakeBelieve) -> None:
        """Mix-up: begun at one, come back from another, without as well as with its name."""
        with running() as other:
            browser = opened(copied, idp, other.provider(sources=("south",)))
            params = idp.consent(browser.start().headers["Location"])
            assert browser.come_back("south", **params).status_code == 403
            assert browser.sign_in(iss=other.issuer).status_code == 403
            assert browser.codes == ["mix_up", "mix_up"]
            assert "/token" not in other.requests + idp.requests

    def test_two_providers_have_two_redirect_addresses(self, copied: Engine, idp: MakeBelieve) -> None:
        with running() as other:
            browser = opened(copied, idp, other.provider(sources=("south",)))
            addresses = {
                parse_qs(urlsplit(browser.start(source=source).headers["Location"]).query)["redirect_uri"][0]
                for source in ("north", "south")
            }
        assert addresses == {f"{ORIGIN}/v1/oidc/{source}/callback" for source in ("north", "south")}

    def test_a_provider_that_says_it_names_itself_has_to(self, small: Browser) -> None:
        small.idp.metadata = {"authorization_response_iss_parameter_supported": True}
        assert small.sign_in().status_code == 403
        assert small.codes == ["mix_up"]
        assert small.sign_in(iss=small.idp.issuer).status_code == 303

    def test_somebody_says_no(self, small: Browser) -> None:
        state = small.idp.consent(small.start().headers["Location"])["state"]
        answer = small.come_back(state=state, error="access_denied")
        assert (answer.status_code, answer.json()["code"], small.codes) == (403, "denied", ["denied"])

    def test_no_code(self, small: Browser) -> None:
        state = small.idp.consent(small.start().headers["Location"])["state"]
        assert small.come_back(state=state).status_code == 403
        assert small.codes == ["code"]

    def test_a_wrong_verifier_gets_nothing(self, small: Browser) -> None:
        """The make-believe provider checks it, which shows that the right one is sent."""
        url = small.start().headers["Location"]
        params = small.idp.consent(url)
        small.idp.codes[params["code"]]["code_challenge"] = "of another"
        assert small.come_back(**params).status_code == 403
        assert small.codes == ["code"]

    def test_refusals_are_on_file_without_a_name(self, small: Browser) -> None:
        small.come_back(code="x", state="y")
        (event,) = small.rows(AUDIT)
        assert (event.actor, event.action, bool(event.allowed), event.reason) == ("nobody", "sign_in", False, "state")

    def test_a_sign_in_that_is_not_on_file_is_none(self, small: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
        def cannot(*_args: Any) -> None:
            raise CannotRecord("audit: full")

        params = small.idp.consent(small.start().headers["Location"])
        monkeypatch.setattr(persons, "append", cannot)
        answer = small.come_back(**params)
        assert (answer.status_code, sessions.COOKIE in answer.cookies) == (503, False)
        assert small.rows(SESSION) == small.rows(ACCOUNT) == []

    def test_of_two_that_bring_the_same_at_once_one_goes_on(
        self, small: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        params = small.idp.consent(small.start().headers["Location"])
        monkeypatch.setattr(tickets, "redeem", lambda *_args: False)
        assert small.come_back(**params).status_code == 403
        assert small.codes == ["state"]

    def test_what_is_kept_meanwhile_is_sealed(self, small: Browser) -> None:
        asked = parse_qs(urlsplit(small.start("/secret-place").headers["Location"]).query)
        (row,) = small.rows(SIGN_IN)
        for value in (asked["state"][0], asked["nonce"][0], "secret-place"):
            assert value.encode() not in bytes(row.sealed) + bytes(row.digest)

    def test_no_provider(self, small: Browser) -> None:
        assert small.start(source="south").status_code == 404
        assert small.come_back("south", code="x", state="y").status_code == 404

    def test_the_cookie_is_for_this_host_over_tls_and_out_of_reach_of_scripts(self, small: Browser) -> None:
        cookie = small.start().headers["Set-Cookie"]
        assert cookie.startswith(f"{oidcroutes.COOKIE}=")
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


class TestWhereTo:
    @pytest.mark.parametrize("to", ["/", "/grades", "/v1/me?x=1&y=a%20b#z", "/a//b", "/~x;y=(1)!*'@:,"])
    def test_a_path_here(self, to: str) -> None:
        assert is_own_path(to)

    @pytest.mark.parametrize("to", [
        "", "grades", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "/a\\b",
        "/\t/evil.example", "/a\nSet-Cookie: x", "/\u00e9", "javascript:alert(1)", " /", "/ x",
        "/" + "a" * 500, "/\x7f",
    ])  # fmt: skip
    def test_nowhere_else(self, small: Browser, to: str) -> None:
        assert not is_own_path(to)
        answer = small.start(to)
        assert answer.status_code == 400
        assert "Location" not in answer.headers
        assert small.rows(SIGN_IN) == []
