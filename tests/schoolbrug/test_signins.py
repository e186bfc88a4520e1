"""The ready-made sign-ins of a demo: for people of its own schools alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from portal.schema import migrate_portal
from portal.tables import ACCOUNT, ACCOUNT_ROLE
from schoolbrug.signins import ready_made
from tests.portal.school import NOW, School
from tests.templates import embedded


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """Two schools of one family each; only the first is of the demo."""
    made = embedded(tmp_path / "store.sqlite", migrate_portal)
    school = School(made)
    for name in ("de-waterling", "a-real-school"):
        source = school.source(name)
        child = school.student(source, birth_date=date(2013, 5, 1))
        school.student(source, "Groot", birth_date=date(2007, 5, 1))
        for relation in ("mother", "father"):
            guardian = school.put("guardian", source, last_name=relation, secret=False)
            school.put("guardianship", source, guardian_id=guardian, student_id=child, relation=relation,
                       legal_authority=True, court_block=False)  # fmt: skip
    return made


def test_each_has_an_account_and_keeps_it(engine: Engine) -> None:
    for _ in range(2):
        assert [one.login for one in ready_made(engine, ["de-waterling"], NOW)] == ["moeder", "vader", "leerling"]
    with engine.connect() as connection:
        assert len(connection.execute(select(ACCOUNT)).all()) == 3
        assert set(connection.execute(select(ACCOUNT_ROLE.c.source_id)).scalars()) == {1}


def test_nobody_of_another_school_gets_one(engine: Engine) -> None:
    assert ready_made(engine, ["not-here"], NOW) == []
    with engine.connect() as connection:
        assert connection.execute(select(ACCOUNT)).all() == []
