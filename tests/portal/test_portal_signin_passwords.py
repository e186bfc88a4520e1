"""Passwords, delays after wrong ones, and what whoever guesses can tell from the answers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import Engine, select, update

from portal.access import Role
from portal.reading import writing
from portal.signin import entering, lockout, passwords
from portal.tables import ACCOUNT, ATTEMPT
from tests.portal.guardians import PASSWORD, QUICK, START, Portal
from tests.portal.office import counted_queries
from tests.portal.school import School, ident

KEY = b"k" * 32
WELL = passwords._HASHER
CLIENT = entering.Client("192.0.2.7", None, None)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of anything but how well passwords are kept."""
    monkeypatch.setattr(passwords, "_HASHER", QUICK)


@pytest.fixture
def well_kept(_quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", WELL)


@pytest.fixture
def portal(engine: Engine) -> Portal:
    made = Portal(engine)
    made.account(roles=[(Role.GUARDIAN, School(engine).source("lyceum"), ident(900))])
    return made


@pytest.fixture
def lite(sqlite_engine: Engine) -> Portal:
    made = Portal(sqlite_engine)
    made.account(roles=[(Role.GUARDIAN, School(sqlite_engine).source("lyceum"), ident(900))])
    return made


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(START, tick=False) as moved:
        yield moved


def attempt(portal: Portal, password: str, login: str = "ouder@example.nl") -> int:
    return portal.browser().post("/v1/session", json={"login": login, "password": password}).status_code


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("kort", "too_short"), ("negentien", "too_short"), ("tientekens", None), ("a" * 201, "too_long"),
        ("x1y2z3-" * 28, None), ("wachtwoord123", "too_common"), ("Welkom12345", "too_common"),
        ("QWERTYUIOP", "too_common"), ("aaaaaaaaaaaaaaa", "too_common"), ("ababababababab", "too_common"),
        ("ouder.noor@example.nl", "is_login"), ("OUDER.NOOR", "is_login"), ("ouder.noor1", None),
        ("geen hoofdletter of cijfer", None), ("日本語日本語のパスワード", None), ("éééééééé", "too_short"),
    ],
)  # fmt: skip
def test_what_may_be_a_password(password: str, fault: str | None) -> None:
    assert passwords.fault(password, "ouder.noor@example.nl") == fault


def test_the_list_of_the_commonest_is_there_and_reachable() -> None:
    words = passwords._COMMON
    assert len(words) > 100
    assert all(len(word) >= passwords.SHORTEST and word == word.casefold() for word in words)


@pytest.mark.usefixtures("well_kept")
def test_it_is_argon2id_and_two_keyboards_write_the_same() -> None:
    kept = passwords.kept("caf\u00e9 en nog wat")
    # OWASP: 19 MiB, two passes, one lane.
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.fits(kept, "cafe\u0301 en nog wat")
    assert not passwords.fits(kept, "cafe en nog wat")
    assert not passwords.fits(None, "a password that fits nobody")
    assert not passwords.fits("not a hash", "x")


@pytest.mark.usefixtures("well_kept")
def test_a_hash_of_before_is_renewed_at_the_next_sign_in(portal: Portal) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with writing(portal.engine) as connection:
        connection.execute(update(ACCOUNT).values(password_hash=weak))
    assert attempt(portal, "iets heel anders") == 401
    assert kept(portal) == weak
    assert attempt(portal, PASSWORD) == 200
    assert kept(portal) != weak
    assert not passwords.outdated(kept(portal))
    assert attempt(portal, PASSWORD) == 200


@pytest.mark.parametrize("weak", [True, False])
def test_a_password_that_is_changed_meanwhile_lets_nobody_in(
    lite: Portal, monkeypatch: pytest.MonkeyPatch, weak: bool
) -> None:
    """Whoever has the old one is in the middle of signing in; a hash that is renewed must not bring it back."""

    def fits(_hashed: str, _password: str) -> bool:
        change("the new one")
        return True

    def change(to: str) -> None:
        with writing(lite.engine) as connection:
            connection.execute(update(ACCOUNT).values(password_hash=to))

    monkeypatch.setattr(passwords, "fits", fits)
    monkeypatch.setattr(passwords, "outdated", lambda _hashed: weak)
    assert attempt(lite, PASSWORD) == 401
    assert kept(lite) == "the new one"


def kept(portal: Portal) -> str:
    with portal.engine.connect() as connection:
        return str(connection.execute(select(ACCOUNT.c.password_hash)).scalar_one())


def test_the_login_is_the_same_however_it_is_written(portal: Portal) -> None:
    assert attempt(portal, PASSWORD, " Ouder@EXAMPLE.nl ") == 200


def test_all_refusals_are_the_same_answer(portal: Portal, clock: time_machine.Coordinates) -> None:
    portal.account("dicht@example.nl", state="closed")
    portal.account(None, None, issuer="https://idp.test", subject="1")
    answers = []
    for login, password in [
        ("ouder@example.nl", "verkeerd wachtwoord"), ("niemand@example.nl", PASSWORD), ("dicht@example.nl", PASSWORD),
    ] + [("ouder@example.nl", "verkeerd wachtwoord")] * 6 + [("ouder@example.nl", PASSWORD)]:  # fmt: skip
        answer = portal.browser().post("/v1/session", json={"login": login, "password": password})
        headers = {k: v for k, v in answer.headers.items() if k not in ("date",)}
        answers.append((answer.status_code, answer.content, headers))
    assert answers[0][0] == 401
    assert all(answer == answers[0] for answer in answers)


def test_a_locked_account_opens_again_and_the_delay_grows(portal: Portal, clock: time_machine.Coordinates) -> None:
    for _ in range(5):
        assert attempt(portal, "verkeerd wachtwoord") == 401
    assert attempt(portal, PASSWORD) == 401  # the right one, but not now
    clock.shift(timedelta(seconds=29))
    assert attempt(portal, PASSWORD) == 401
    clock.shift(timedelta(seconds=1))
    assert attempt(portal, "verkeerd wachtwoord") == 401
    clock.shift(timedelta(seconds=59))
    assert attempt(portal, PASSWORD) == 401
    clock.shift(timedelta(seconds=1))
    assert attempt(portal, PASSWORD) == 200
    assert [attempt(portal, "verkeerd wachtwoord") for _ in range(4)] == [401] * 4
    assert attempt(portal, PASSWORD) == 200  # it began anew


def test_an_unknown_name_is_counted_like_a_known_one(portal: Portal, clock: time_machine.Coordinates) -> None:
    for login in ("ouder@example.nl", "niemand@example.nl"):
        for _ in range(6):
            attempt(portal, "verkeerd wachtwoord", login)
    with portal.engine.connect() as connection:
        rows = connection.execute(select(ATTEMPT.c.failures, ATTEMPT.c.until)).all()
    assert sorted(failures for failures, _ in rows) == [5, 5, 10]  # two names, one address
    with portal.engine.connect() as connection:
        stored = repr(connection.execute(select(ATTEMPT)).all())
    assert "ouder" not in stored
    assert "testclient" not in stored


def test_one_address_that_tries_many_names_is_slowed_down(lite: Portal, clock: time_machine.Coordinates) -> None:
    for n in range(lockout.ADDRESS.free):
        attempt(lite, "verkeerd wachtwoord", f"naam{n}@example.nl")
    assert attempt(lite, PASSWORD) == 401
    clock.shift(lockout.ADDRESS.first)
    assert attempt(lite, PASSWORD) == 200


def test_who_signs_in_well_does_not_use_up_the_address(sqlite_engine: Engine) -> None:
    """A whole school signs in from one address."""
    with writing(sqlite_engine) as connection:
        for n in range(200):
            counted = [lockout.guard(KEY, lockout.ADDRESS, "192.0.2.1"), lockout.guard(KEY, lockout.ACCOUNT, str(n))]
            assert lockout.admit(connection, counted, START)
            lockout.passed(connection, counted, START)
        assert connection.execute(select(ATTEMPT.c.failures)).scalars().all() == [0]


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, None), (4, None), (5, 30), (6, 60), (7, 120), (11, 1920), (12, 3600), (10**6, 3600)]
)
def test_the_delay(failures: int, seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert lockout.delay(lockout.ACCOUNT, failures) == expected


def test_ten_thousand_tries_in_a_day_are_few_guesses(sqlite_engine: Engine) -> None:
    """Every 8.64 seconds a try, all day: how many are looked at. Of those while it is closed every tenth is made."""
    guessed, until = 0, START
    counted = [lockout.guard(KEY, lockout.ACCOUNT, "ouder@example.nl")]
    with writing(sqlite_engine) as connection:
        for n in range(10_000):
            at = START + n * timedelta(seconds=8.64)
            if at < until and n % 10:
                continue
            guessed += lockout.admit(connection, counted, at)
            until = connection.execute(select(ATTEMPT.c.until)).scalar() or START
    # Five are free, the delay doubles up to an hour in seven more, and then there is one an hour.
    assert guessed <= 5 + 7 + 24


@pytest.mark.parametrize("name", ["ouder@example.nl", "moeder@example.nl", "vader@example.nl", "kim@example.nl"])
def test_the_address_is_taken_first(name: str) -> None:
    """Else two who guess at once could each wait for what the other has."""
    address, account = lockout.guard(KEY, lockout.ADDRESS, "192.0.2.7"), lockout.guard(KEY, lockout.ACCOUNT, name)
    assert lockout.in_order([account, address]) == lockout.in_order([address, account]) == [address, account]
    one, other = lockout.guard(KEY, lockout.FACTOR, name), account
    assert lockout.in_order([one, other]) == lockout.in_order([other, one])


def test_a_hundred_at_once_count_as_a_hundred(engine: Engine) -> None:
    def guess(_n: int) -> bool:
        with writing(engine) as connection:
            return lockout.admit(connection, [lockout.guard(KEY, lockout.ACCOUNT, "ouder@example.nl")], START)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(guess, range(100))) == 5


def test_failures_are_forgotten_after_a_day(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = [lockout.guard(KEY, lockout.ACCOUNT, "ouder@example.nl")]
    with writing(sqlite_engine) as connection:
        for _ in range(4):
            lockout.admit(connection, counted, START)
        later = START + lockout.FORGOTTEN + timedelta(seconds=1)
        assert lockout.admit(connection, counted, later)
        assert connection.execute(select(ATTEMPT.c.failures)).scalar_one() == 1
        monkeypatch.setattr(lockout.secrets, "randbelow", lambda _n: 0)
        lockout.admit(connection, [lockout.guard(KEY, lockout.ACCOUNT, "x")], later + timedelta(days=3))
        assert len(connection.execute(select(ATTEMPT)).all()) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"), (None, "unknown"), ("not an address", "unknown"),
    ],
)  # fmt: skip
def test_what_counts_as_one_address(address: str | None, network: str) -> None:
    assert lockout.network(address) == network


def test_every_try_is_on_file_without_the_name_in_clear(portal: Portal, clock: time_machine.Coordinates) -> None:
    attempt(portal, "verkeerd wachtwoord")
    attempt(portal, PASSWORD, "niemand@example.nl")
    for _ in range(5):
        attempt(portal, "verkeerd wachtwoord")
    attempt(portal, PASSWORD, "ouder@example.nl")
    clock.shift(timedelta(hours=1))
    attempt(portal, PASSWORD)
    events = portal.events("sign_in")
    told = sorted((actor.startswith("account:"), allowed, reason or "") for actor, _, allowed, reason in events)
    assert told == sorted(
        [(False, False, "password"), *[(True, False, "password")] * 5, *[(True, False, "locked")] * 2, (True, True, "")]
    )
    assert "example.nl" not in repr(events)


@pytest.mark.usefixtures("well_kept")
def test_the_hash_of_nobody_costs_as_much_as_that_of_an_account() -> None:
    """The time that it takes tells nothing of whether there is an account."""
    passwords._nobodys.cache_clear()  # another test may have had cheaper ones made
    assert extract_parameters(passwords._nobodys()) == extract_parameters(passwords.kept(PASSWORD))


def test_the_store_is_asked_as_much_for_an_unknown_account(lite: Portal) -> None:
    asked = []
    for login in ("ouder@example.nl", "niemand@example.nl"):
        with counted_queries(lite.engine) as statements:
            step = entering.with_password(lite.engine, lite.settings, login, "verkeerd wachtwoord", CLIENT, START)
        assert step.reason == "password"
        asked.append(statements)
    assert asked[0] == asked[1] != []


def test_an_unknown_account_costs_a_hash_too(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []
    fits = passwords.fits
    monkeypatch.setattr(passwords, "fits", lambda hashed, word: checked.append(hashed is None) or fits(hashed, word))
    attempt(portal, "verkeerd wachtwoord", "niemand@example.nl")
    for _ in range(7):
        attempt(portal, PASSWORD + "x")
    assert checked == [True] + [False] * 7  # also while it is locked


@pytest.mark.parametrize(
    "body",
    [
        {}, {"login": "ouder@example.nl"}, {"login": "o\x00uder", "password": "x"},
        {"login": "x" * 255, "password": "x"},
        {"login": "ouder@example.nl", "password": "x" * 1001}, {"login": ["a"], "password": "x"},
        {"login": "ouder@example.nl", "password": ""},
    ],
)  # fmt: skip
def test_nonsense_is_refused_without_being_repeated(sqlite_engine: Engine, body: dict[str, object]) -> None:
    answer = Portal(sqlite_engine).browser().post("/v1/session", json=body)
    assert answer.status_code == 400
    assert "xxxx" not in answer.text
    assert "ouder" not in answer.text
