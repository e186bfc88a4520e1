"""A school whose staff are signed in, and who ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event, insert, select

from portal.tables import AUDIT, RULES
from tests.portal.layer import ORIGIN, create_app
from tests.portal.school import FRESH, NOW, School
from tests.portal.world import World

YEAR = (date(2025, 8, 1), date(2026, 7, 31))


class Office(School):
    """One source, ``lyceum``, with a homeroom ``3hA`` of this school year, its mentor and a subject."""

    sign_in, headers = World.sign_in, World.headers

    def __init__(self, engine: Engine, **source: Any) -> None:
        super().__init__(engine)
        self.cookies: dict[str, str] = {}
        self.lyceum = self.source("lyceum", **source)
        self.this_year = self.year(self.lyceum, "2526", *YEAR)
        self.home = self.group(self.lyceum, "3hA", school_year_id=self.this_year)
        self.french = self.subject(self.lyceum, "fa", "Frans")
        self.mentor = self.member_of_staff("MEN", self.home, "mentor")

    def member_of_staff(self, code: str, group: str, role: str, subject: str | None = None) -> str:
        """Somebody with a part in a group; signed in under the code."""
        person = self.put("staff", self.lyceum, code=code, last_name=code.title())
        self.takes_part(person, group, role, subject)
        self.sign_in(code, "staff", self.lyceum, person)
        return person

    def takes_part(self, person: str, group: str, role: str, subject: str | None = None) -> None:
        self.put("group_staff", self.lyceum, staff_id=person, group_id=group, role=role, subject_id=subject)

    def pupil(self, last_name: str, group: str | None = None, *, level: int = 3, **fields: Any) -> str:
        """A student of 3hA, or of another homeroom."""
        student = self.student(self.lyceum, last_name, **({"birth_date": date(2011, 5, 1)} | fields))
        self.put("enrolment", self.lyceum, student_id=student, homeroom_id=group or self.home, grade_level=level,
                 school_year_id=self.this_year)  # fmt: skip
        return student

    def missed(self, student: str, on: date, times: int = 1, kind: str = "absent", excused: bool | None = False,
               hour: int = 1, minutes: int = 50, **fields: Any) -> None:  # fmt: skip
        """Lessons of a day, one after the other from ``hour`` on."""
        for n in range(hour, hour + times):
            begins = datetime(on.year, on.month, on.day, 7, tzinfo=UTC) + timedelta(hours=n)
            lesson = self.lesson(self.lyceum, begins, begins + timedelta(minutes=minutes), first_hour=n, last_hour=n)
            self.seen(self.lyceum, student, kind, excused, on, lesson_id=lesson, **fields)

    def notice(self, student: str, kind: str, begins: datetime, ends: datetime | None, **fields: Any) -> None:
        self.put("absence_notice", self.lyceum, student_id=student, attendance_kind=kind, begins=begins, ends=ends,
                 **fields)  # fmt: skip

    def decide(self, **rules: Any) -> None:
        """The school's rules from now on."""
        with self._writing() as connection:
            connection.execute(insert(RULES).values(
                source_id=self.lyceum, version=1, document=json.dumps(rules), at=FRESH, by="test"
            ))  # fmt: skip

    def ask(self, who: str, path: str, *, status: int = 200, **query: Any) -> Any:
        """What ``who`` is answered at ``NOW``."""
        with time_machine.travel(NOW, tick=False), TestClient(create_app(self.engine), base_url=ORIGIN) as client:
            answer = client.get(path, params=query, headers=dict(self.headers(who)))
        assert answer.status_code == status, answer.text
        return answer.json()

    def on_file(self) -> list[Any]:
        """What the audit says, in order."""
        with self.engine.connect() as connection:
            return list(connection.execute(select(AUDIT).order_by(AUDIT.c.n)))


@contextmanager
def counted_queries(engine: Engine) -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
