"""Signing in at the school's identity provider: who is let in, and as whom."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey
from sqlalchemy import Engine, update

from portal.clock import now
from portal.tables import ACCOUNT, ACCOUNT_ROLE, AUDIT, LOGIN, SESSION
from tests.portal.layer import ORIGIN
from tests.portal.oidc.visitor import Browser, opened
from tests.portal.provider import EC, RSA, MakeBelieve
from tests.portal.school import School


class TestRight:
    def test_a_student_is_signed_in_as_that_student(self, browser: Browser, student: str) -> None:
        answer = browser.sign_in("/grades?period=2")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{ORIGIN}/grades?period=2")
        assert "no-store" in answer.headers["Cache-Control"]
        me = browser.client.get("/v1/me").json()
        assert (me["role"], [one["id"] for one in me["students"]]) == ("student", [student])
        (account,) = browser.rows(ACCOUNT)
        assert (account.issuer, account.subject, account.login) == (browser.idp.issuer, browser.idp.subject, None)
        (role,) = browser.rows(ACCOUNT_ROLE)
        assert (role.role, role.person_id, role.granted_by) == ("student", student, "provider")

    def test_it_is_on_file_and_counts_as_a_login(self, browser: Browser) -> None:
        browser.sign_in()
        (account,), (login,) = browser.rows(ACCOUNT), browser.rows(LOGIN)
        assert (login.account_id, login.way) == (account.id, "oidc")
        (session,), (role,), (event,) = (browser.rows(table) for table in (SESSION, ACCOUNT_ROLE, AUDIT))
        assert (event.actor, event.action, event.allowed) == (f"account:{account.id}", "sign_in", True)
        assert (event.source_id, event.session) == (role.source_id, session.id)

    def test_a_member_of_staff_goes_by_code(self, engine: Engine, idp: MakeBelieve, school: School) -> None:
        north = school.source("north")
        staff = school.put("staff", north, code="jan", last_name="Jansen")
        school.student(north, local_id="jan")
        idp.claims = {"number": "jan", "affiliation": ["employee", "affiliate"]}
        browser = opened(engine, idp)
        assert browser.sign_in().status_code == 303
        (role,) = browser.rows(ACCOUNT_ROLE)
        assert (role.role, role.person_id) == ("staff", staff)

    def test_the_second_time_it_is_the_same_account_whatever_the_number_says(self, browser: Browser) -> None:
        browser.sign_in()
        browser.idp.claims = {"number": "somebody else's", "email": "other@example.org"}
        assert browser.sign_in().status_code == 303
        assert len(browser.rows(ACCOUNT)) == len(browser.rows(ACCOUNT_ROLE)) == 1
        # The session that the browser had has ended.
        assert sorted(row.revoked_at is None for row in browser.rows(SESSION)) == [False, True]

    def test_another_subject_is_another_account_even_with_the_same_address(self, browser: Browser) -> None:
        browser.idp.claims = {"email": "same@example.org"}
        browser.sign_in()
        browser.idp.subject = "another"
        browser.sign_in()
        assert len(browser.rows(ACCOUNT)) == 2

    @pytest.mark.parametrize("key", [RSA, EC])
    def test_either_kind_of_key_signs(self, small: Browser, key: Any) -> None:
        small.idp.key = key
        assert small.sign_in().status_code == 303

    def test_a_key_that_is_new_is_fetched(self, small: Browser) -> None:
        small.sign_in()
        new = RSAKey.generate_key(2048, {"kid": "new"})
        small.idp.key, small.idp.jwks = new, {"keys": [new.as_dict(private=False)]}
        with time_machine.travel(now() + timedelta(minutes=2)):
            assert small.sign_in().status_code == 303

    def test_a_factor_that_the_provider_vouches_for_counts(self, small: Browser) -> None:
        small.idp.claims = {"amr": ["pwd", "mfa"]}
        small.sign_in()
        assert [row.way for row in small.rows(SESSION)] == ["oidc+mfa"]

    def test_what_is_told_only_when_asked_is_asked(self, small: Browser) -> None:
        small.idp.claims = {"number": None}
        small.idp.userinfo = {"sub": small.idp.subject, "number": "12345"}
        assert small.sign_in().status_code == 303

    def test_at_entra_somebody_goes_by_tenant_and_object(self, copied: Engine, idp: MakeBelieve) -> None:
        browser = opened(copied, idp, entra=True)
        idp.claims = {"tid": "tenant", "oid": "object"}
        assert browser.sign_in().status_code == 303
        assert [row.subject for row in browser.rows(ACCOUNT)] == ["tenant/object"]
        idp.claims = {"oid": "object"}
        assert browser.sign_in().status_code == 403
        assert browser.codes == ["identity"]

    def test_two_at_once_are_one_account(self, browser: Browser) -> None:
        urls = [browser.start().headers["Location"]]
        other = Browser(TestClient(browser.client.app, base_url=ORIGIN), browser.idp, browser.engine)
        urls.append(other.start().headers["Location"])
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda pair: pair[0].come_back(**browser.idp.consent(pair[1])),
                                    zip((browser, other), urls, strict=True)))  # fmt: skip
        assert [answer.status_code for answer in answers] == [303, 303]
        assert len(browser.rows(ACCOUNT)) == len(browser.rows(ACCOUNT_ROLE)) == 1


class TestWho:
    """First sign-in: exactly one person, or nobody."""

    @pytest.mark.parametrize(("said", "code"), [
        ({"number": "99999"}, "unknown"), ({"number": None}, "unknown"), ({"number": 12345}, "unknown"),
        ({"number": ""}, "unknown"), ({"number": ["12345"]}, "unknown"), ({"number": "%"}, "unknown"),
        ({"affiliation": "staff"}, "unknown"), ({"affiliation": None}, "role"), ({"affiliation": "alum"}, "role"),
        ({"affiliation": ["student", "staff"]}, "role"), ({"affiliation": "Student"}, "role"),
        ({"affiliation": {"student": 1}}, "role"), ({"affiliation": "administrator"}, "role"),
    ])  # fmt: skip
    def test_nobody_is_told_plainly(self, small: Browser, said: dict[str, Any], code: str) -> None:
        small.idp.claims = said
        answer = small.sign_in()
        assert (answer.status_code, answer.json()["code"], small.codes) == (403, code, [code])
        assert small.rows(ACCOUNT) == []

    def test_who_has_left_is_nobody(self, sqlite_engine: Engine, idp: MakeBelieve) -> None:
        school = School(sqlite_engine)
        school.student(school.source("north"), local_id="12345", gone=True)
        assert opened(sqlite_engine, idp).sign_in().json()["code"] == "unknown"

    def test_of_two_with_one_number_it_is_neither(self, sqlite_engine: Engine, idp: MakeBelieve) -> None:
        school = School(sqlite_engine)
        north, west = school.source("north"), school.source("west")
        for source in (north, west):
            school.student(source, local_id="12345")
        browser = opened(sqlite_engine, idp, sources=("north", "west"))
        assert browser.sign_in().json()["code"] == "ambiguous"
        assert browser.rows(ACCOUNT) == []

    def test_one_in_two_sources_is_one(self, engine: Engine, idp: MakeBelieve, school: School) -> None:
        north, west = school.source("north"), school.source("west")
        id_ = school.student(north, local_id="12345")
        school.student(west, local_id="12345", id=id_)
        browser = opened(engine, idp, sources=("north", "west"))
        assert browser.sign_in().status_code == 303
        assert {(row.source_id, row.person_id) for row in browser.rows(ACCOUNT_ROLE)} == {(north, id_), (west, id_)}

    def test_another_school_with_the_same_number_does_not_matter(
        self, engine: Engine, idp: MakeBelieve, school: School
    ) -> None:
        south = school.source("south")
        school.student(south, local_id="12345")
        assert opened(engine, idp).sign_in().json()["code"] == "unknown"

    def test_a_closed_account_stays_out(self, small: Browser) -> None:
        small.sign_in()
        with small.engine.execution_options(writes=True).begin() as connection:
            connection.execute(update(ACCOUNT).values(state="closed"))
        assert small.sign_in().json()["code"] == "closed"
        assert len(small.rows(SESSION)) == 1

    def test_whose_role_is_over_has_none(self, small: Browser) -> None:
        small.sign_in()
        with small.engine.execution_options(writes=True).begin() as connection:
            connection.execute(update(ACCOUNT_ROLE).values(ends=now().date() - timedelta(days=2)))
        assert small.sign_in().json()["code"] == "nothing"
        assert len(small.rows(SESSION)) == 1
