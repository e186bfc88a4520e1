"""From a letter to an account."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, update
from structlog.testing import capture_logs

from canonical.errors import SchoolbrugError
from canonical.tables import TABLES
from portal.access import Role
from portal.clock import now
from portal.reading import reading, writing
from portal.settings import derived
from portal.signin import codes, invitations, passwords
from portal.tables import ACCOUNT, ACCOUNT_ROLE, INVITATION, SIGN_IN
from tests.portal.guardians import (
    ORIGIN,
    OTHER,
    PASSWORD,
    QUICK,
    SECRET,
    START,
    Family,
    Portal,
    activate,
    ask,
    confirm,
    family,
    related,
    sign_in,
)
from tests.portal.school import School, ident


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(START, tick=False) as moved:
        yield moved


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """How well passwords are kept is not what is tested here."""
    monkeypatch.setattr(passwords, "_HASHER", QUICK)


@pytest.fixture
def portal(engine: Engine) -> Portal:
    return Portal(engine)


@pytest.fixture
def lite(sqlite_engine: Engine) -> Portal:
    """For what does not depend on the kind of database."""
    return Portal(sqlite_engine)


def roles(portal: Portal) -> set[tuple[str, int, str]]:
    """(login, source, person) of all roles."""
    join = select(ACCOUNT.c.login, ACCOUNT_ROLE.c.source_id, ACCOUNT_ROLE.c.person_id).join_from(
        ACCOUNT_ROLE, ACCOUNT, ACCOUNT.c.id == ACCOUNT_ROLE.c.account_id
    )
    with portal.engine.connect() as connection:
        return {tuple(row) for row in connection.execute(join)}


def test_letter_and_second_code_make_an_account(portal: Portal, school: School) -> None:
    kin = family(school)
    letter = portal.letter(kin.source, kin.guardian)
    asked = ask(portal, letter.lower().replace("-", " "), "Ouder@Example.nl")
    assert asked.json()["sent"] == "email"
    assert sign_in(portal).status_code == 401  # not yet
    (message,) = portal.sent
    assert (message.way, message.to) == ("email", "record@example.nl")
    assert len(portal.code()) == 8
    assert confirm(portal, asked.json()["ticket"], portal.code()).status_code == 204
    answer = sign_in(portal)
    assert answer.json()["role"] == "guardian"
    assert roles(portal) == {("ouder@example.nl", kin.source, kin.guardian)}
    # Neither code works again.
    assert ask(portal, letter).status_code == 400
    assert confirm(portal, asked.json()["ticket"], portal.code()).status_code == 400
    actors = [(actor.partition(":")[0], allowed) for actor, _, allowed, _ in portal.events("activate")]
    assert sorted(actors) == [("account", True), ("nobody", False), ("nobody", False), ("nobody", True)]


def test_the_code_never_goes_to_an_address_that_the_caller_gives(portal: Portal, school: School) -> None:
    kin = family(school)
    ask(portal, portal.letter(kin.source, kin.guardian), "vreemde@evil.test", email="vreemde@evil.test",
        to="vreemde@evil.test", contact="vreemde@evil.test")  # fmt: skip
    assert [message.to for message in portal.sent] == ["record@example.nl"]


def test_by_telephone_where_there_is_no_mail_address(portal: Portal, school: School) -> None:
    kin = family(school, email=None)
    with portal.engine.begin() as connection:
        connection.execute(update(TABLES["guardian"]).values(phone="0612345678"))
    assert ask(portal, portal.letter(kin.source, kin.guardian)).json()["sent"] == "phone"
    assert [(message.way, message.to) for message in portal.sent] == [("phone", "0612345678")]


def reached(portal: Portal, kin: Family) -> invitations.Contact | None:
    with reading(portal.engine) as connection:
        return invitations.contact(connection, kin.source, kin.guardian, portal.settings.ways)


def test_by_telephone_where_no_mail_can_be_sent(portal: Portal, school: School) -> None:
    kin = family(school)
    object.__setattr__(portal.settings, "ways", ("phone",))
    assert reached(portal, kin) is None
    with portal.engine.begin() as connection:
        connection.execute(update(TABLES["guardian"]).values(phone="06-12345678"))
    assert reached(portal, kin) == invitations.Contact("phone", "06-12345678")
    object.__setattr__(portal.settings, "ways", ("email",))
    assert reached(portal, kin) == invitations.Contact("email", "record@example.nl")


ADDRESSES = [
    ("email", " kim@example.nl ", True), ("email", "kim+school@sub.example.nl", True),
    ("email", "kim@example.nl, bo@example.nl", False), ("email", "kim@example.nl;bo@example.nl", False),
    ("email", "kim@example.nl bo@example.nl", False), ("email", "Kim <kim@example.nl>", False),
    ("email", "kim@@example.nl", False), ("email", "kim@example.nl\u200b", False), ("email", "kim@", False),
    ("email", "a@b.nl\nBcc: x@evil.test", False), ("email", "a@b.nl\r\n", False), ("email", "geen adres", False),
    ("email", "", False), ("email", " ", False),
    ("phone", "+31 (0)6 1234 5678", True), ("phone", "(020) 123 45 67", True), ("phone", "0612345678", True),
    ("phone", "06-12345678 / 06-87654321", False), ("phone", "06-12345678 06-87654321", False),
    ("phone", "geheim", False), ("phone", "112", False), ("phone", "06-12345678 (oma)", False),
]  # fmt: skip


def test_one_address_and_nothing_around_it(lite: Portal) -> None:
    """A code is for one parent: not for both, where a school keeps the addresses of both in one field."""
    kin = family(School(lite.engine), email=None)
    for field, text, usable in ADDRESSES:
        with lite.engine.begin() as connection:
            connection.execute(update(TABLES["guardian"]).values({"email": None, "phone": None, field: text}))
        assert reached(lite, kin) == (invitations.Contact(field, text.strip()) if usable else None), text


def test_without_a_usable_address_the_school_hands_the_code_out(portal: Portal, school: School) -> None:
    kin = family(school, email="kim@example.nl, bo@example.nl")
    letter = portal.letter(kin.source, kin.guardian)
    asked = ask(portal, letter)
    assert asked.json()["sent"] == "school"
    assert portal.sent == []
    assert confirm(portal, asked.json()["ticket"], "00000000").status_code == 400
    code = hand_out(portal, kin)
    assert confirm(portal, asked.json()["ticket"], code).status_code == 204
    assert sign_in(portal).status_code == 200


def hand_out(portal: Portal, kin: Family) -> str:
    with writing(portal.engine) as connection:
        row = invitations.open_for(connection, kin.source, kin.guardian, now())
        assert row is not None
        return invitations.second_code(connection, derived(SECRET, "code"), row.id, now(), handed=True)


def test_a_code_that_was_handed_out_is_not_replaced_by_a_message(
    portal: Portal, school: School, clock: time_machine.Coordinates
) -> None:
    """The address on record is an old one: the school has seen the person."""
    kin = family(school)
    letter = portal.letter(kin.source, kin.guardian)
    ask(portal, letter)
    code = hand_out(portal, kin)
    clock.shift(timedelta(days=6))
    again = ask(portal, letter)
    assert again.json()["sent"] == "school"
    assert len(portal.sent) == 1
    assert confirm(portal, again.json()["ticket"], portal.code()).status_code == 400
    assert confirm(portal, again.json()["ticket"], code).status_code == 204


def test_a_letter_holds_for_sixty_days_and_a_new_one_withdraws_it(
    portal: Portal, school: School, clock: time_machine.Coordinates
) -> None:
    kin = family(school)
    first = portal.letter(kin.source, kin.guardian)
    second = portal.letter(kin.source, kin.guardian)
    assert ask(portal, first).status_code == 400
    clock.shift(timedelta(days=60) - timedelta(seconds=1))
    assert ask(portal, second).status_code == 200
    clock.shift(timedelta(seconds=1))
    assert ask(portal, second).status_code == 400


def test_a_letter_that_is_withdrawn_meanwhile_makes_no_account(portal: Portal, school: School) -> None:
    kin = family(school)
    asked = ask(portal, portal.letter(kin.source, kin.guardian))
    portal.letter(kin.source, kin.guardian)
    assert confirm(portal, asked.json()["ticket"], portal.code()).status_code == 400


def test_the_second_code_holds_for_a_quarter_and_five_tries(
    portal: Portal, school: School, clock: time_machine.Coordinates
) -> None:
    kin = family(school)
    letter = portal.letter(kin.source, kin.guardian)
    ticket = ask(portal, letter).json()["ticket"]
    first = portal.code()
    wrong = "1" * 8 if first != "1" * 8 else "2" * 8
    for _ in range(5):
        assert confirm(portal, ticket, wrong).status_code == 400
    assert confirm(portal, ticket, first).status_code == 400
    ticket = ask(portal, letter).json()["ticket"]
    second = portal.code()
    clock.shift(timedelta(minutes=15))
    assert confirm(portal, ticket, second).status_code == 400
    ticket = ask(portal, letter).json()["ticket"]
    assert confirm(portal, ticket, second).status_code == 400
    assert confirm(portal, ticket, portal.code()).status_code == 204


def test_nobody_is_flooded_with_messages(portal: Portal, school: School, clock: time_machine.Coordinates) -> None:
    kin = family(school)
    letter = portal.letter(kin.source, kin.guardian)
    assert [ask(portal, letter).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert len(portal.sent) == 3
    clock.shift(timedelta(minutes=5))
    assert ask(portal, letter).status_code == 200


def test_guesses_at_letters_are_slowed_down(lite: Portal) -> None:
    kin = family(School(lite.engine))
    letter = lite.letter(kin.source, kin.guardian)
    for _ in range(40):
        assert ask(lite, codes.new(16)).status_code == 400
    assert ask(lite, letter).status_code == 400


def test_guesses_at_second_codes_are_counted_by_address(lite: Portal) -> None:
    kin = family(School(lite.engine))
    ticket = ask(lite, lite.letter(kin.source, kin.guardian)).json()["ticket"]
    for n in range(40):
        assert confirm(lite, f"made up {n}", "00000000").status_code == 400
    assert confirm(lite, ticket, lite.code()).status_code == 400


def test_a_ticket_belongs_to_one_letter(portal: Portal, school: School) -> None:
    """The code that was sent to one guardian does not confirm another's."""
    one = family(school)
    other = family(school, one.source, email="ander@example.nl")
    ticket = ask(portal, portal.letter(one.source, one.guardian)).json()["ticket"]
    ask(portal, portal.letter(other.source, other.guardian), "ander@example.nl")
    assert portal.sent[-1].to == "ander@example.nl"
    assert confirm(portal, ticket, portal.code()).status_code == 400


@pytest.mark.parametrize(
    ("password", "code"), [("kort", "too_short"), ("ouder@example.nl", "is_login"), ("welkom12345", "too_common")]
)
def test_a_weak_password_is_refused_by_name(portal: Portal, school: School, password: str, code: str) -> None:
    kin = family(school)
    answer = ask(portal, portal.letter(kin.source, kin.guardian), password=password)
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "body.password", "code": code}]


def test_whether_a_login_is_taken_is_not_told_at_the_first_step(portal: Portal, school: School) -> None:
    kin = family(school)
    portal.account("bezet@example.nl", roles=[(Role.STUDENT, kin.source, ident(950))])
    letter = portal.letter(kin.source, kin.guardian)
    free, taken = ask(portal, letter, "vrij@example.nl"), ask(portal, letter, "bezet@example.nl", OTHER)
    assert (free.status_code, set(free.json())) == (taken.status_code, set(taken.json()))
    answer = confirm(portal, taken.json()["ticket"], portal.code())
    assert (answer.status_code, answer.json()["code"]) == (409, "login_taken")
    # The letter and even the code hold on, for another name.
    again = ask(portal, letter, "vrij@example.nl")
    assert confirm(portal, again.json()["ticket"], portal.code()).status_code == 204
    assert sign_in(portal, "bezet@example.nl").status_code == 200  # with its own password


def test_of_two_who_bring_one_second_code_at_once_one_has_the_account(
    portal: Portal, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From two addresses, so that it is not the counting of guesses that keeps them apart."""
    kin = family(school)
    letter = portal.letter(kin.source, kin.guardian)
    tickets = [ask(portal, letter, login).json()["ticket"] for login in ("een@example.nl", "twee@example.nl")]
    code, both, same = portal.code(), Barrier(2, timeout=0.5), codes.same

    def slowly(one: bytes, other: bytes) -> bool:
        with suppress(BrokenBarrierError):
            both.wait()
        return same(one, other)

    def bring(n: int) -> int:
        browser = TestClient(portal.app, base_url=ORIGIN, headers={"Origin": ORIGIN}, client=(f"192.0.2.{n}", 1))
        return browser.post("/v1/activation/code", json={"ticket": tickets[n], "code": code}).status_code

    monkeypatch.setattr(codes, "same", slowly)
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(bring, range(2))) == [204, 400]
    assert len(roles(portal)) == 1


def test_each_parent_has_an_own_account(portal: Portal, school: School) -> None:
    """R50."""
    kin = family(school)
    other = school.put("guardian", kin.source, last_name="Ander", email="ander@example.nl", secret=False)
    related(school, kin.source, kin.student, other)
    activate(portal, kin)
    activate(portal, Family(kin.source, kin.student, other), "ander@example.nl", OTHER)
    assert roles(portal) == {
        ("ouder@example.nl", kin.source, kin.guardian), ("ander@example.nl", kin.source, other)
    }  # fmt: skip


def test_one_account_for_children_at_two_schools(portal: Portal, school: School) -> None:
    here = family(school)
    there = family(school, school.source("college"))
    activate(portal, here)
    activate(portal, there)  # the same name and password
    assert roles(portal) == {
        ("ouder@example.nl", here.source, here.guardian), ("ouder@example.nl", there.source, there.guardian)
    }  # fmt: skip


def test_nobody_joins_an_account_without_its_password(portal: Portal, school: School) -> None:
    here = family(school)
    there = family(school, school.source("college"))
    activate(portal, here)
    ticket = ask(portal, portal.letter(there.source, there.guardian), password=OTHER).json()["ticket"]
    assert confirm(portal, ticket, portal.code()).status_code == 409
    assert roles(portal) == {("ouder@example.nl", here.source, here.guardian)}
    assert sign_in(portal, password=OTHER).status_code == 401


def test_a_letter_is_no_way_around_the_delay(portal: Portal, school: School) -> None:
    here, there = family(school), family(school, school.source("college"))
    activate(portal, here)
    letter = portal.letter(there.source, there.guardian)
    for n in range(5):
        sign_in(portal, password=f"verkeerd wachtwoord {n}")
    ticket = ask(portal, letter).json()["ticket"]  # with the right password, but not now
    assert confirm(portal, ticket, portal.code()).status_code == 409


def test_a_new_letter_gives_a_new_password_and_ends_what_was(
    portal: Portal, school: School, clock: time_machine.Coordinates
) -> None:
    kin = family(school)
    activate(portal, kin)
    browser = portal.browser()
    browser.post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD})
    assert portal.sent[-1].subject == "Uw code voor het ouderportaal"  # of a new account nothing more is told
    clock.shift(timedelta(minutes=1))
    activate(portal, kin, password=OTHER)
    assert portal.sent[-1].subject == "Uw account voor het ouderportaal is gewijzigd"
    assert browser.get("/v1/sessions").status_code == 401
    assert sign_in(portal).status_code == 401
    assert sign_in(portal, password=OTHER).status_code == 200
    # Under another name: whoever had the account before has the person no more.
    activate(portal, kin, "nieuw@example.nl")
    assert roles(portal) == {("nieuw@example.nl", kin.source, kin.guardian)}
    assert sign_in(portal, password=OTHER).json()["code"] == "no_role"


def test_when_nothing_can_be_sent(engine: Engine, school: School) -> None:
    portal = Portal(engine)
    kin = family(school)

    def broken(_message: Any) -> None:
        raise SchoolbrugError("no way")

    object.__setattr__(portal.settings, "send", broken)
    with capture_logs() as logs:
        answer = ask(portal, portal.letter(kin.source, kin.guardian))
    assert answer.status_code == 503
    assert "record@" not in answer.text
    assert [(entry["event"], entry["why"]) for entry in logs] == [("message_not_sent", "no way")]
    object.__setattr__(portal.settings, "send", None)
    assert ask(portal, portal.letter(kin.source, kin.guardian)).json()["sent"] == "school"


def test_nothing_is_stored_in_clear(portal: Portal, school: School) -> None:
    kin = family(school)
    letter = portal.letter(kin.source, kin.guardian)
    ask(portal, letter)
    with portal.engine.connect() as connection:
        stored = repr([connection.execute(select(table)).all() for table in (INVITATION, SIGN_IN, ACCOUNT)])
    for secret in (letter, codes.plain(letter), portal.code(), PASSWORD, "ouder@example.nl", "argon2"):
        assert secret not in stored
