"""Second factors on the pages: set up, given, taken away; and what is never shown again, nor written anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pyotp
import pytest
import time_machine
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import Engine, select

from portal.access import Role
from portal.clock import now
from portal.reading import writing
from portal.signin import passwords, sessions
from portal.signin.sessions import COOKIE
from portal.tables import AUDIT, FACTOR
from tests.portal.authenticator import Authenticator
from tests.portal.guardians import ORIGIN, PASSWORD, QUICK, START, Portal, family
from tests.portal.school import School, ident

PAGE = "/account/factors"
FORMS = (
    f"{PAGE}/app", f"{PAGE}/app/{ident(1)}", f"{PAGE}/recovery", f"{PAGE}/{ident(1)}/remove", f"{PAGE}/step",
)  # fmt: skip
CHANGES = FORMS[:-1]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """How well passwords are kept is not what is tested here."""
    monkeypatch.setattr(passwords, "_HASHER", QUICK)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(START, tick=False) as moved:
        yield moved


@pytest.fixture
def portal(sqlite_engine: Engine) -> Portal:
    """A mother and a manager of one school."""
    made = Portal(sqlite_engine)
    school = School(sqlite_engine)
    kin = family(school)
    made.account(roles=((Role.GUARDIAN, kin.source, kin.guardian),))
    made.account("beheer@example.nl", roles=((Role.MANAGER, kin.source),))
    return made


def browser(portal: Portal) -> TestClient:
    made = portal.browser(**{"Accept-Language": "en"})
    made.follow_redirects = False
    return made


def sign_in(client: TestClient, login: str = "ouder@example.nl", next: str = PAGE) -> Response:
    return client.post("/signin", data={"login": login, "password": PASSWORD, "next": next})


def signed_in(portal: Portal, login: str = "ouder@example.nl") -> TestClient:
    client = browser(portal)
    assert sign_in(client, login).headers["location"] == PAGE
    return client


def offered(client: TestClient, label: str = "Telefoon") -> tuple[str, pyotp.TOTP, Response]:
    """An app that waits for its first code: where that goes, and the app."""
    answer = client.post(f"{PAGE}/app", data={"label": label})
    assert answer.status_code == 200
    app = pyotp.parse_uri(unescape(re.search(r'href="(otpauth:[^"]+)"', answer.text)[1]))
    assert isinstance(app, pyotp.TOTP)
    return re.search(rf'action="({PAGE}/app/[^"]+)"', answer.text)[1], app, answer


def codes_in(answer: Response) -> list[str]:
    return re.findall(r"<li><code>([^<]+)</code>", answer.text)


def with_app(client: TestClient, label: str = "Telefoon") -> tuple[pyotp.TOTP, list[str]]:
    path, app, _ = offered(client, label)
    return app, codes_in(client.post(path, data={"code": app.at(now())}))


def weak(portal: Portal) -> TestClient:
    """In the mother's account, signed in without her second factor: as by a school's own sign-in."""
    with writing(portal.engine) as connection:
        account = connection.execute(select(FACTOR.c.account_id)).scalars().first()
        token = sessions.begin(connection, account, Role.GUARDIAN, "oidc", None, now())
    client = browser(portal)
    client.cookies.set(COOKIE, token)
    return client


def ways(client: TestClient) -> list[str]:
    return [one["way"] for one in client.get("/v1/sessions").json()["sessions"]]


def held(client: TestClient) -> list[str]:
    return [one["label"] for one in client.get("/v1/me/factors").json()["factors"]]


def test_an_app_is_set_up_and_asked_for(portal: Portal, clock: time_machine.Coordinates) -> None:
    client = signed_in(portal)
    assert "There is none" in client.get(PAGE).text
    path, app, page = offered(client)
    told = re.sub(r"<[^>]+>|\s", "", page.text)
    assert app.secret in told
    assert "<svg" in page.text
    assert "style" not in re.search(r"<svg.*?</svg>", page.text)[0]
    before = client.cookies[COOKIE]
    done = client.post(path, data={"code": f" {app.at(now())} "})
    assert (done.status_code, len(set(codes_in(done)))) == (200, 10)
    assert client.cookies[COOKIE] != before
    assert ways(client) == ["password+totp"]
    shown = client.get(PAGE).text
    assert "Telefoon" in shown
    assert "Recovery codes left: 10" in shown
    assert "with an app" in client.get("/account").text
    clock.shift(timedelta(seconds=30))
    fresh = browser(portal)
    step = sign_in(fresh)
    assert COOKIE not in fresh.cookies
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', step.text))
    assert form["asked"] == "totp recovery"
    wrong = fresh.post("/signin/factor", data=form | {"kind": "totp", "code": "1" * 6})
    assert wrong.status_code == 401
    again = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', wrong.text))
    assert again == form
    entered = fresh.post("/signin/factor", data=form | {"kind": "totp", "code": app.at(now())})
    assert (entered.status_code, entered.headers["location"]) == (303, PAGE)


def test_the_holder_is_told(portal: Portal) -> None:
    client = signed_in(portal)
    with_app(client)
    assert len(portal.sent) == 1
    client.post(f"{PAGE}/recovery")
    assert len(portal.sent) == 2
    (id_,) = re.findall(rf"{PAGE}/([^/]+)/remove", client.get(PAGE).text)
    client.post(f"{PAGE}/{id_}/remove")
    assert len(portal.sent) == 3


def test_a_wrong_code_is_not_echoed_and_adds_nothing(portal: Portal) -> None:
    client = signed_in(portal)
    path, app, _ = offered(client)
    for code in ("987654", "<b>98</b>", ""):
        answer = client.post(path, data={"code": code})
        assert answer.status_code == 400
        assert "This is not right, or not now." in answer.text
        assert code == "" or code not in answer.text
        assert app.secret not in re.sub(r"<[^>]+>|\s", "", answer.text)
    assert (held(client), ways(client)) == ([], ["password"])
    assert len(codes_in(client.post(path, data={"code": app.at(now())}))) == 10


def test_guesses_at_the_first_code_wait_as_those_of_the_api_do(portal: Portal) -> None:
    client = signed_in(portal)
    path, app, _ = offered(client)
    for _ in range(5):
        client.post(path, data={"code": "000000"})
    assert client.post(path, data={"code": app.at(now())}).status_code == 400
    assert held(client) == []


def test_the_step_can_be_given_later(portal: Portal, clock: time_machine.Coordinates) -> None:
    app, codes = with_app(signed_in(portal))
    clock.shift(timedelta(seconds=30))
    client = weak(portal)
    page = client.get(PAGE).text
    assert f'action="{PAGE}/step"' in page
    assert not any(form in page for form in (f"{PAGE}/app", f"{PAGE}/recovery", "/remove"))
    for path in CHANGES:
        refused = client.post(path, data={"label": "Van een ander", "code": "123456"})
        assert refused.status_code == 403, path
        assert f'href="{PAGE}"' in refused.text
    assert held(client) == ["Telefoon"]
    wrong = client.post(f"{PAGE}/step", data={"kind": "totp", "code": "987654"})
    assert (wrong.status_code, "987654" in wrong.text) == (401, False)
    assert 'role="alert"' in wrong.text
    given = client.post(f"{PAGE}/step", data={"kind": "recovery", "code": codes[0]})
    assert (given.status_code, given.headers["location"]) == (303, PAGE)
    assert "oidc+recovery" in ways(client)
    assert "Recovery codes left: 9" in client.get(PAGE).text
    assert offered(client)
    assert app


def test_guesses_at_the_later_step_wait_as_those_of_the_api_do(
    portal: Portal, clock: time_machine.Coordinates
) -> None:
    app, _ = with_app(signed_in(portal))
    clock.shift(timedelta(seconds=30))
    client = weak(portal)
    for _ in range(5):
        client.post(f"{PAGE}/step", data={"kind": "totp", "code": "000000"})
    assert client.post(f"{PAGE}/step", data={"kind": "totp", "code": app.at(now())}).status_code == 401
    assert "oidc" in ways(client)


def test_later_than_a_quarter_after_signing_in_nothing_is_changed(
    portal: Portal, clock: time_machine.Coordinates
) -> None:
    client = signed_in(portal)
    with_app(client)
    clock.shift(timedelta(minutes=15))
    page = client.get(PAGE).text
    assert "Telefoon" in page
    assert f'href="/signin?next={PAGE}"' in page
    assert not re.search(rf'action="{PAGE}', page)
    for path in CHANGES:
        refused = client.post(path, data={"label": "Later", "code": "123456"})
        assert refused.status_code == 403, path
        assert f'href="/signin?next={PAGE}"' in refused.text
    assert held(client) == ["Telefoon"]


def test_one_is_taken_away_and_with_the_last_the_codes(portal: Portal) -> None:
    client = signed_in(portal)
    with_app(client, "Oud")
    portal_page = client.get(PAGE).text
    (old,) = re.findall(rf"{PAGE}/([^/]+)/remove", portal_page)
    assert "It is the last one" in portal_page
    path, app, _ = offered(client, "Nieuw")
    assert client.post(path, data={"code": app.at(now())}).status_code == 200
    assert "It is the last one" not in client.get(PAGE).text
    gone = client.post(f"{PAGE}/{old}/remove")
    assert (gone.status_code, gone.headers["location"]) == (303, PAGE)
    assert held(client) == ["Nieuw"]
    assert client.post(f"{PAGE}/{old}/remove").status_code == 404
    (new,) = re.findall(rf"{PAGE}/([^/]+)/remove", client.get(PAGE).text)
    client.post(f"{PAGE}/{new}/remove")
    assert client.get("/v1/me/factors").json() == {"factors": [], "recovery_codes_left": 0}


def test_new_recovery_codes(portal: Portal) -> None:
    client = signed_in(portal)
    refused = client.post(f"{PAGE}/recovery")
    assert refused.status_code == 403
    assert "there is nothing to recover yet" in refused.text
    _, codes = with_app(client)
    answer = client.post(f"{PAGE}/recovery")
    made = codes_in(answer)
    assert (len(made), answer.headers["cache-control"]) == (10, "no-store")
    assert not set(made) & set(codes)


def test_somebody_elses_is_left_alone(portal: Portal) -> None:
    mine, other = signed_in(portal), signed_in(portal, "beheer@example.nl")
    with_app(mine)
    (id_,) = re.findall(rf"{PAGE}/([^/]+)/remove", mine.get(PAGE).text)
    assert other.post(f"{PAGE}/{id_}/remove").status_code == 404
    path, app, _ = offered(mine, "Tweede")
    assert other.post(path, data={"code": app.at(now())}).status_code == 400
    assert held(mine) == ["Telefoon"]


@pytest.mark.parametrize("label", ["", " ", "x" * 61, "a\x07b"])
def test_a_name_that_is_none(label: str, portal: Portal) -> None:
    answer = signed_in(portal).post(f"{PAGE}/app", data={"label": label})
    assert answer.status_code == 400
    assert "Give it a name, of at most 60 characters." in answer.text


def test_a_name_is_text_and_nothing_else(portal: Portal) -> None:
    client = signed_in(portal)
    with_app(client, "<script>alert(1)</script>")
    for path in (PAGE, "/account"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("path", FORMS)
def test_a_form_from_elsewhere_or_of_nobody_does_nothing(path: str, portal: Portal) -> None:
    client = signed_in(portal)
    form = {"label": "Van een ander", "code": "123456"}
    for headers in ({"Origin": "https://elsewhere.example"}, {"Origin": "null", "Sec-Fetch-Site": "cross-site"}):
        refused = client.post(path, data=form, headers=headers)
        assert refused.status_code == 403
        assert "This form did not come from this portal." in refused.text
    with portal.engine.connect() as connection:
        assert connection.execute(select(FACTOR)).all() == []
    nobody = browser(portal).post(path, data=form)
    assert (nobody.status_code, nobody.headers["location"]) == (303, "/signin?next=/today")


def test_no_secret_is_shown_again_or_written_down(
    portal: Portal, clock: time_machine.Coordinates, caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level("DEBUG")
    client = signed_in(portal)
    app, codes = with_app(client)
    clock.shift(timedelta(seconds=30))
    client.post(f"{PAGE}/app", data={"label": "Tweede"})
    weak(portal).post(f"{PAGE}/step", data={"kind": "totp", "code": app.at(now())})
    used = [app.secret, app.at(START), app.at(now()), *codes]
    pages = "".join(re.sub(r"<[^>]+>", "", client.get(path).text) for path in (PAGE, "/account", "/today"))
    with portal.engine.connect() as connection:
        events = "".join(str(tuple(row)) for row in connection.execute(select(AUDIT)))
    said = capsys.readouterr()
    for text in (pages, events, caplog.text, said.out, said.err, *(message.text for message in portal.sent)):
        assert not [secret for secret in used if secret in text]
    assert "factor" in events


def test_of_a_passkey_alone_no_code_is_asked(portal: Portal) -> None:
    client = signed_in(portal)
    offer = client.post("/v1/me/factors/passkey/options").json()
    body = {"ticket": offer["ticket"], "label": "Sleutel", "answer": Authenticator(ORIGIN).create(offer["options"])}
    assert client.post("/v1/me/factors/passkey", json=body).status_code == 204
    page = client.get(PAGE).text
    assert "Sleutel" in page
    assert "not used yet" in page
    assert "You have none." in page
    step = sign_in(browser(portal)).text
    assert 'data-passkey="use"' in step
    assert 'name="code"' not in step
    assert "If that cannot be, ask the school." in step


def test_who_sees_nothing_before_a_second_step_is_led_to_it(portal: Portal) -> None:
    client = browser(portal)
    for page in ("/today", "/sources", PAGE):
        assert sign_in(client, "beheer@example.nl", page).headers["location"] == PAGE
    assert "As application manager you see nothing before a second step" in client.get(PAGE).text
    assert f'href="{PAGE}"' in client.get("/account").text
    closed = client.get("/sources")
    assert (closed.status_code, f'href="{PAGE}"' in closed.text) == (403, True)
    assert len(with_app(client)[1]) == 10
    assert "you see nothing before" not in client.get(PAGE).text
    assert client.get("/today").headers["location"] == "/sources"
    assert "Het Lyceum" in client.get("/sources").text


def test_who_needs_none_goes_where_it_was_asked(portal: Portal) -> None:
    assert sign_in(browser(portal), next="/today").headers["location"] == "/today"


def test_the_later_step_of_a_manager_leads_on_to_the_data(portal: Portal, clock: time_machine.Coordinates) -> None:
    app, _ = with_app(signed_in(portal, "beheer@example.nl"))
    clock.shift(timedelta(seconds=30))
    with writing(portal.engine) as connection:
        account = connection.execute(select(FACTOR.c.account_id)).scalars().first()
        token = sessions.begin(connection, account, Role.MANAGER, "oidc", None, now())
    client = browser(portal)
    client.cookies.set(COOKIE, token)
    assert "Give it below." in client.get(PAGE).text
    given = client.post(f"{PAGE}/step", data={"kind": "totp", "code": app.at(now())})
    assert (given.status_code, given.headers["location"]) == (303, "/today")
    assert client.get("/sources").status_code == 200
