"""Results with their history, schedules, and the eyes of somebody who looks at them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, delete, insert, update

from canonical.tables import CHANGE, TABLES
from portal.access import Area, Role, Viewer
from portal.looking import Reads, Seen, look
from portal.reading import reading
from portal.tables import RULES
from tests.portal.school import School

AFTERNOONS = {"windows": [{"weekdays": [1, 2, 3, 4, 5], "begins": "16:30"}]}
"""Every school day at half past four."""


def moment(day: int, clock: str) -> datetime:
    """A moment in the week of Monday 2 March 2026, in Amsterdam's winter time."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=1)


def rules(school: School, source: int, publication: dict[str, Any] | None = None, **document: Any) -> None:
    """The school's rules, in place of what they were."""
    told = document | ({} if publication is None else {"publication": publication})
    with school._writing() as connection:
        connection.execute(delete(RULES).where(RULES.c.source_id == source))
        connection.execute(insert(RULES).values(
            source_id=source, version=1, document=json.dumps(told), at=moment(1, "08:00"), by="test"
        ))  # fmt: skip


def came(school: School, source: int, kind: str, id: str, at: datetime, *, version: int = 1) -> None:
    """Say when the present state of a record was written."""
    table = TABLES[kind]
    with school._writing() as connection:
        found = connection.execute(
            update(table).where(table.c.id == id, table.c.source_id == source).values(changed_at=at, version=version)
        )
        assert found.rowcount == 1


def log(school: School, source: int, id: str, version: int, at: datetime, action: str = "insert",
        **fields: Any) -> None:  # fmt: skip
    """A state of a grade in the change log: ``fields`` are what it holds, or of a deletion what it held."""
    told = json.dumps(fields)
    gone = action == "delete"
    with school._writing() as connection:
        connection.execute(insert(CHANGE).values(
            source_id=source, run_id=1, kind="grade", id=id, version=version, action=action, at=at,
            before=told if gone else None, after=None if gone else told,
        ))  # fmt: skip


def content(student: str, column: str, text: str, attempt: int = 1, **more: Any) -> dict[str, Any]:
    """What the change log holds of a scored result."""
    return {
        "student_id": student, "assessment_id": column, "attempt": attempt, "raw_text": text,
        "score": str(Decimal(text.replace(",", "."))), "status": "scored", "counts": True, **more,
    }  # fmt: skip


def changed(school: School, source: int, student: str, column: str, texts: Iterable[tuple[str, datetime]],
            **fields: Any) -> str:  # fmt: skip
    """A grade that has had these marks, each from its moment on; the last one is the present."""
    history = list(texts)
    text, at = history[-1]
    id = school.grade(source, student, column, text, **fields)
    came(school, source, "grade", id, at, version=len(history))
    for version, (earlier, since) in enumerate(history, 1):
        log(school, source, id, version, since, **content(student, column, earlier))
    return id


def viewer(role: Role, source: int, *persons: str, **more: Any) -> Viewer:
    return Viewer(role, "account:test", frozenset({source}), {source: frozenset(persons)}, account=None, **more)


def seen(engine: Engine, by: Viewer, student: str, at: datetime) -> Seen:
    """The student's grades as ``by`` may see them."""
    with reading(engine, by) as connection:
        return look(connection, by, UUID(student), Area.GRADES, at, Reads(by))


def family(school: School, source: int, student: str) -> str:
    """A guardian with authority."""
    guardian = school.put("guardian", source, last_name="Voorbeeld", secret=False)
    school.put("guardianship", source, student_id=student, guardian_id=guardian, relation="mother",
               legal_authority=True, court_block=False)  # fmt: skip
    return guardian


def teacher(school: School, source: int, student: str, subject: str, role: str = "teacher") -> str:
    """A member of staff who teaches (or mentors) the student."""
    group = school.group(source, "3hA", "section")
    school.put("group_member", source, group_id=group, student_id=student)
    staff = school.put("staff", source, code="JAN", last_name="Jansen")
    school.put("group_staff", source, group_id=group, staff_id=staff, role=role, subject_id=subject)
    return staff


BORN = date(2012, 5, 1)
"""Thirteen years old in March 2026."""

