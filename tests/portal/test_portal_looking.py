"""What access is decided from; and what was asked for in vain is on file too (R65)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from portal.access import Role, Viewer
from portal.audit import NOBODYS
from portal.facts import pupils, students_of
from portal.keys import ApiKey, digest
from portal.tables import AUDIT
from tests.portal.layer import create_app
from tests.portal.school import School, ident


@pytest.mark.parametrize(
    ("view", "number", "status", "event"),
    [
        ("/grades", 1, 403, (NOBODYS, "client:cards", ident(1), "grades", "read", False, "scope")),
        ("/grades", 999, 403, (NOBODYS, "client:cards", ident(999), "grades", "read", False, "scope")),
        ("", 999, 404, (NOBODYS, "client:cards", ident(999), "card", "read", False, "no_tie")),
        ("", 1, 200, (1, "client:cards", ident(1), "card", "read", True, None)),
    ],
)
def test_what_a_program_asks_for_is_on_file(
    sqlite_engine: Engine, view: str, number: int, status: int, event: tuple[Any, ...]
) -> None:
    school = School(sqlite_engine)
    assert school.student(school.source("north"), id=ident(1)) == ident(1)
    app = create_app(sqlite_engine, [ApiKey("cards", digest("cards"), scopes=frozenset({"students"}))])
    client = TestClient(app, headers={"Authorization": "Bearer cards"})
    assert client.get(f"/v1/students/{ident(number)}{view}").status_code == status
    columns = (AUDIT.c.source_id, AUDIT.c.actor, AUDIT.c.student_id, AUDIT.c.area, AUDIT.c.action, AUDIT.c.allowed,
               AUDIT.c.reason)  # fmt: skip
    with sqlite_engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(select(*columns))] == [event]


def test_who_has_taken_the_parents_place_until_it_ends(sqlite_engine: Engine) -> None:  # R53
    school = School(sqlite_engine)
    source = school.source("north")
    student = school.student(source)
    tie = {"student_id": student, "court_block": False}
    school.put("guardianship", source, guardian_id=ident(90), relation="mother", legal_authority=None, **tie)
    mother = Viewer(Role.GUARDIAN, "account:x", frozenset({source}), {source: frozenset({ident(90)})})

    def elsewhere() -> list[bool]:
        with sqlite_engine.connect() as connection:
            rows = connection.execute(students_of(mother)).all()
            (pupil,) = pupils(connection, mother, rows, date(2026, 3, 2))
        return [tie.authority_elsewhere for tie in pupil.ties]

    instead = {"guardian_id": ident(91), "relation": "institution", "legal_authority": True, **tie}
    school.put("guardianship", source, gone=True, **instead)
    assert elsewhere() == [False]
    school.put("guardianship", source, **instead)
    assert elsewhere() == [True]
