"""A school with news, for whoever is told of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from sqlalchemy import insert, select

from canonical.tables import CHANGE, TABLES
from portal.access import Role, Viewer
from portal.news import WINDOW
from portal.newsfeed import Entry, entries
from portal.reading import reading
from tests.portal.marks import BORN, came, viewer
from tests.portal.marks import moment as at
from tests.portal.school import School

KEY = "test-key-of-one-who-asks-for-news"
STARTED = at(2, "07:00")
"""When the first complete runs had ended: from here on there is news."""


class Case:
    """A school that was read for the first time on Monday morning, with one student."""

    def __init__(self, school: School) -> None:
        self.school, self.engine = school, school.engine
        self.source = school.source("lyceum")
        self.student = school.student(self.source, birth_date=BORN)
        self.french = school.subject(self.source, "fa", "Frans")
        self.column = school.column(self.source, self.french, "T1")
        self.eyes = viewer(Role.STUDENT, self.source, self.student)
        for entity in ("grades", "absences"):
            school.run(self.source, entity, ended_at=STARTED)
            school.run(self.source, entity, ended_at=at(2, "20:00"))

    def grade(self, since: datetime, *, student: str | None = None, column: str | None = None, **fields: Any) -> str:
        id = self.school.grade(self.source, student or self.student, column or self.column, "6,4", **fields)
        self.came("grade", id, since)
        return id

    def seen(self, since: datetime, kind: str = "absent", *, student: str | None = None, **fields: Any) -> str:
        id = self.school.seen(self.source, student or self.student, kind, **fields)
        self.came("attendance_observation", id, since)
        return id

    def came(self, kind: str, id: str, since: datetime, version: int = 1) -> None:
        came(self.school, self.source, kind, id, since, version=version)
        with self.school._writing() as connection:
            table = TABLES[kind]
            student = connection.execute(select(table.c.student_id).where(table.c.id == id)).scalar_one()
            connection.execute(insert(CHANGE).values(
                source_id=self.source, run_id=1, kind=kind, id=id, version=version, action="insert", at=since,
                after=json.dumps({"student_id": student, "note": "as it was"}),
            ))  # fmt: skip

    def found(self, now: datetime, by: Viewer | None = None, *, after: datetime | None = None) -> list[Entry]:
        by = by or self.eyes
        with time_machine.travel(now, tick=False), reading(self.engine, by) as connection:
            known = entries(connection, by, after or now - WINDOW, now, {})
        return sorted(known, key=lambda entry: entry.place)

    def kinds(self, now: datetime, by: Viewer | None = None) -> list[str]:
        return [entry.item.kind.value for entry in self.found(now, by)]


def just_now(seconds: float = 0) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)
