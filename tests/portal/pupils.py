"""Students with records of every kind, and viewers of each kind, before a database that guards its own rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from canonical.tables import CHANGE
from portal.access import Role, Viewer
from portal.reading import reading, writing
from portal.tables import CONSENT, DECISION, RULES
from tests.portal.keeper import rows
from tests.portal.school import FRESH, NOW, School, ident

pytest_plugins = ["tests.portal.keeper"]

TODAY = date(2026, 3, 2)
SCOPES = frozenset({"students", "grades", "absences"})

OF_STUDENTS = {
    "grade": "grades", "absence_notice": "absences", "attendance_observation": "absences", "lesson_remark": "absences",
    "enrolment": "any", "group_member": "any", "student_subject": "any",
}  # fmt: skip
"""The tables with a student's records, and the area that opens them."""


@pytest.fixture
def at_school() -> Iterator[None]:
    """It is ``NOW``."""
    with time_machine.travel(NOW, tick=False):
        yield


class Pupils(School):
    """Students with a record of every kind, under the names that tests give them."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.ids: dict[str, str] = {}
        self.north, self.south = self.source("north"), self.source("south", "Het College")
        self.column_id = {n: self.column(n, self.subject(n, "fa"), "T1") for n in (self.north, self.south)}

    def pupil(self, name: str, source: int = 0, born: date | None = date(2012, 5, 1), **fields: Any) -> str:
        source = source or self.north
        id_ = self.ids[name] = self.student(source, name, birth_date=born, **fields)
        grade = self.grade(source, id_, self.column_id[source], "6,5")
        self.change(source, "grade", grade, after=f'{{"raw_text":"6,5","student_id":"{id_}"}}')
        self.seen(source, id_, "absent")
        self.put("absence_notice", source, student_id=id_, begins=FRESH, attendance_kind="sick")
        self.put("lesson_remark", source, student_id=id_, day=TODAY, remark="homework")
        self.put("student_subject", source, student_id=id_, subject_id=ident(999))
        self.put("group_member", source, student_id=id_, group_id=ident(998))
        self.put("enrolment", source, student_id=id_)
        return id_

    def change(self, source: int, kind: str, id_: str, before: str | None = None, after: str | None = None) -> None:
        self._insert(CHANGE, source_id=source, run_id=1, kind=kind, id=id_, version=1, action="insert", at=FRESH,
                     before=before, after=after)  # fmt: skip

    def guardian(self, *names: str, source: int = 0, **says: Any) -> str:
        """A guardian of these students."""
        source = source or self.north
        guardian = self.put("guardian", source, last_name="Ouder", secret=False)
        plain = {"relation": "mother", "legal_authority": True, "court_block": False}
        for name in names:
            self.put("guardianship", source, guardian_id=guardian, student_id=self.ids[name], **(plain | says))
        return guardian

    def decide(self, guardian: str, name: str, decision: str, granted: str = "[]") -> None:
        self._insert(DECISION, source_id=self.north, student_id=self.ids[name], guardian_id=guardian,
                     decision=decision, granted=granted, at=NOW, by="test")  # fmt: skip

    def consent(self, name: str, open_: bool) -> None:
        self._insert(CONSENT, student_id=self.ids[name], open=open_, at=NOW, by="test")

    def rules(self, document: str, version: int = 1, source: int = 0) -> None:
        self._insert(RULES, source_id=source or self.north, version=version, document=document, at=NOW, by="test")

    def sees(self, viewer: Viewer | None, table: str) -> set[str]:
        """The names of the students of whom there are rows for ``viewer``."""
        with reading(self.engine, viewer) as connection:
            return self.rows_of(connection, table)

    def areas(self, viewer: Viewer | None) -> dict[str, set[str]]:
        """What ``sees`` gives by area; the tables of one area agree."""
        with reading(self.engine, viewer) as connection:
            by_area: dict[str, set[str]] = {"any": self.rows_of(connection, "student")}
            for table, area in OF_STUDENTS.items():
                found = self.rows_of(connection, table)
                assert by_area.setdefault(area, found) == found, table
            changes = rows(connection, "SELECT after::jsonb ->> 'student_id' FROM change WHERE kind = 'grade'")
        assert self.named(row[0] for row in changes) == by_area["grades"]
        return by_area

    def rows_of(self, connection: Connection, table: str) -> set[str]:
        column = "id" if table == "student" else "student_id"
        found = [row[0] for row in rows(connection, f'SELECT {column}::text FROM "{table}"')]
        assert len(found) == len(set(found))
        return self.named(found)

    def named(self, ids: Iterable[str]) -> set[str]:
        names = {id_: name for name, id_ in self.ids.items()}
        return {names[id_] for id_ in ids}


@pytest.fixture
def pupils(guarded: Engine, at_school: None) -> Pupils:
    return Pupils(guarded)


def viewer_of(role: Role, person: str | None = None, *sources: int, **more: Any) -> Viewer:
    sources = sources or (1,)
    persons = {source: frozenset({person}) for source in sources} if person else {}
    return Viewer(role, "account:test", frozenset(sources), persons, **more)


def guardian_of(person: str, *sources: int) -> Viewer:
    return viewer_of(Role.GUARDIAN, person, *sources)


def same(names: str) -> dict[str, set[str]]:
    """These students, and every area of them."""
    return {area: set(names.split()) for area in ("any", "grades", "absences")}


def refused(engine: Engine, viewer: Viewer | None, statement: str) -> bool:
    """Whether the database refuses ``viewer`` this, and not for another reason."""
    try:
        with writing(engine, viewer) as connection:
            connection.execute(text(statement))
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        return True
    return False
