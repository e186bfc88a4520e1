"""The ready-made sign-ins of a demo: for people of its own schools alone."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import Engine, select, update

from canonical.tables import TABLES
from portal.access import Role
from portal.schema import migrate_portal
from portal.settings import Settings, derived
from portal.signin import entering
from portal.signin.entering import Client, Step
from portal.signin.sessions import STRONG
from portal.tables import ACCOUNT, ACCOUNT_ROLE
from schoolbrug.signins import PASSWORD, SignIn, ready_made
from tests.portal.layer import SECRET
from tests.portal.school import NOW, School
from tests.templates import embedded

CAST = ["moeder", "vader", "leerling", "mentor", "beheerder", "applicatiebeheer"]
SETTINGS = Settings(SECRET)
HERE = Client("127.0.0.1", None, None)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """Three schools of a few families each; only the first two are of the demo."""
    made = embedded(tmp_path / "store.sqlite", migrate_portal)
    school = School(made)
    for name in ("de-waterling", "het-kompas", "a-real-school"):
        source = school.source(name)
        home = school.group(source, "3hA")
        staff = school.put("staff", source, code="MEN", last_name="Mentor")
        school.put("group_staff", source, group_id=home, staff_id=staff, role="mentor")
        school.student(source, "Groot", birth_date=date(2007, 5, 1))
        # Of these only the last lives as the cast asks.
        for family, says in {
            "together": {"receives_mail": False}, "blocked": {"court_block": True}, "none": {"legal_authority": False},
            "unknown": {"legal_authority": None}, "grown": {}, "divorced": {},
        }.items():  # fmt: skip
            born = date(2008 if family == "grown" else 2013, 3, 1)
            child = school.student(source, family, birth_date=born)
            school.put("enrolment", source, student_id=child, homeroom_id=home)
            for relation in ("mother", "father"):
                guardian = school.put("guardian", source, last_name=f"{family} {relation}", secret=False)
                ties = {"legal_authority": True, "court_block": False, "receives_mail": True}
                ties |= says if relation == "father" else {}
                school.put("guardianship", source, guardian_id=guardian, student_id=child, relation=relation, **ties)
    return made


def made(engine: Engine, *schools: str) -> list[SignIn]:
    return ready_made(engine, schools or ("de-waterling", "het-kompas"), NOW, derived(SECRET, "factor"))


def names(engine: Engine, login: str) -> set[str]:
    """The last names of the guardians that an account stands for."""
    with engine.connect() as connection:
        account = connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.login == login)).scalar_one()
        held = select(ACCOUNT_ROLE.c.person_id).where(ACCOUNT_ROLE.c.account_id == account)
        guardian = TABLES["guardian"]
        return set(connection.execute(select(guardian.c.last_name).where(guardian.c.id.in_(held))).scalars())


def first_step(engine: Engine, login: str) -> Step:
    return entering.with_password(engine, SETTINGS, login, PASSWORD, HERE, NOW)


def test_each_has_an_account_and_keeps_it(engine: Engine) -> None:
    for _ in range(2):
        assert [one.login for one in made(engine)] == CAST
    with engine.connect() as connection:
        assert len(connection.execute(select(ACCOUNT)).all()) == len(CAST)
        assert set(connection.execute(select(ACCOUNT_ROLE.c.source_id)).scalars()) == {1, 2}


def test_the_parents_are_divorced_and_each_has_authority(engine: Engine) -> None:
    made(engine)
    assert names(engine, "moeder") == {"divorced mother"}
    assert names(engine, "vader") == {"divorced father"}


@pytest.mark.parametrize(("login", "role"), [
    ("moeder", Role.GUARDIAN), ("vader", Role.GUARDIAN), ("leerling", Role.STUDENT), ("mentor", Role.STAFF),
])  # fmt: skip
def test_a_password_does_for_who_sees_some(login: str, role: Role, engine: Engine) -> None:
    made(engine)
    assert first_step(engine, login).roles == (role,)


@pytest.mark.parametrize("login", ["beheerder", "applicatiebeheer"])
@pytest.mark.parametrize("kind", ["totp", "recovery"])
def test_who_sees_a_whole_school_has_a_second_step(login: str, kind: str, engine: Engine) -> None:
    (before,), (now,) = ([one.second for one in made(engine) if one.login == login] for _ in range(2))
    assert before is not None
    assert now is not None
    for told, right in ((before, False), (now, True)):
        code = pyotp.TOTP(told.key).at(NOW) if kind == "totp" else told.codes[0]
        step = first_step(engine, login)
        assert step.ticket is not None
        done = entering.with_factor(engine, SETTINGS, step.ticket, kind, code, HERE, NOW + timedelta(seconds=1))
        assert (done.session is not None) == right
        assert done.session is None or STRONG & set(done.session.way.split("+"))


def test_nobody_of_another_school_gets_one(engine: Engine) -> None:
    assert made(engine, "not-here") == []
    with engine.connect() as connection:
        assert connection.execute(select(ACCOUNT)).all() == []


def test_an_account_of_somebody_else_stays_as_it_is(engine: Engine) -> None:
    made(engine)
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(update(ACCOUNT_ROLE).where(ACCOUNT_ROLE.c.role == "manager").values(granted_by="command"))
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.login == "vader").values(state="closed"))
    assert [one.login for one in made(engine)] == [one for one in CAST if one not in ("vader", "applicatiebeheer")]
