"""Rows straight into the tables: what a sync would have left behind, said outright."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, insert, select, update

from canonical.tables import GATE, HELD, QUARANTINE, REHEARSAL, RUN, SOURCE, STATE, TABLES

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""A Monday, 11:00 in Amsterdam."""
FRESH = datetime(2026, 3, 2, 9, 42, tzinfo=UTC)

ENTITIES: dict[str, tuple[str, ...]] = {
    "students": ("student", "enrolment", "school_year", "location", "group", "group_member", "group_staff"),
    "staff": ("staff",),
    "subjects": ("student_subject", "subject"),
    "columns": ("assessment", "grading_period", "subject"),
    "grades": ("grade",),
    "lessons": ("lesson",),
    "reasons": ("absence_reason",),
    "absences": ("attendance_observation", "absence_notice", "lesson_remark"),
}
"""What a source offers, unless a test says otherwise."""


def ident(number: int) -> str:
    """A canonical id."""
    return f"01997b5e-6c00-7000-8000-{number:012d}"


class School:
    """A store under construction. Every ``put`` gives the id of the row."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.last = 0

    def source(self, name: str, school: str = "Het Lyceum", *, entities: Iterable[str] = ENTITIES) -> int:
        """A source whose ``entities`` were all read completely at ``FRESH``."""
        with self._writing() as connection:
            connection.execute(insert(SOURCE).values(name=name, system="magister", school_name=school))
            number = int(connection.execute(select(SOURCE.c.id).where(SOURCE.c.name == name)).scalar_one())
        for entity in entities:
            self.entity(number, entity, ENTITIES[entity])
        return number

    def entity(
        self, source: int, entity: str, kinds: Iterable[str], fresh: datetime | None = FRESH,
        complete: datetime | None = FRESH,
    ) -> None:  # fmt: skip
        self._insert(STATE, source_id=source, entity=entity, kinds=json.dumps([*kinds]), lease_until=0, fence=1,
                     fresh_at=fresh, complete_at=complete, failures=0)  # fmt: skip

    def state(self, source: int, entity: str, **values: Any) -> None:
        """Change how an entity stands."""
        with self._writing() as connection:
            where = (STATE.c.source_id == source, STATE.c.entity == entity)
            assert connection.execute(update(STATE).where(*where).values(**values)).rowcount == 1

    def run(self, source: int, entity: str, outcome: str = "complete", **values: Any) -> int:
        counters = dict.fromkeys(
            ["read", "inserted", "updated", "unchanged", "tombstoned", "quarantined", "held", "ignored"], 0
        )
        self._insert(RUN, **(counters | {"source_id": source, "entity": entity, "started_at": FRESH,
                     "outcome": outcome, "incremental": False} | values))  # fmt: skip
        with self.engine.connect() as connection:
            return int(connection.execute(select(RUN.c.id).order_by(RUN.c.id.desc())).scalars().first() or 0)

    def dry_run(self, source: int, entity: str, at: datetime = NOW, outcome: str = "complete", **values: Any) -> None:
        counters = dict.fromkeys(
            ["read", "inserted", "updated", "unchanged", "tombstoned", "quarantined", "held", "ignored"], 0
        )
        self._insert(REHEARSAL, **(counters | {"source_id": source, "entity": entity, "at": at, "outcome": outcome}
                                   | values))  # fmt: skip

    def pause(self, source: int, why: str = "denied") -> None:
        self._insert(GATE, source_id=source, at_once=1, paused=why, blocked_until=0)

    def quarantine(self, source: int, entity: str, row: str, *, closed: bool = False) -> None:
        self._insert(QUARANTINE, source_id=source, entity=entity, row=row, stage="map", problems="[]", first_run=1,
                     last_run=1, attempts=1, since=FRESH, closed_at=FRESH if closed else None)  # fmt: skip

    def hold(self, source: int, entity: str, state: str = "open") -> None:
        self._insert(HELD, source_id=source, entity=entity, scope="", run_id=self.run(source, entity), reason="many",
                     created_at=FRESH, state=state, records=30, of=40, members=b"")  # fmt: skip

    def put(self, kind: str, source: int, *, id: str | None = None, gone: bool = False, **fields: Any) -> str:
        """A record as its table holds it; ``gone`` sets a tombstone."""
        self.last += 1
        id = id or ident(self.last)
        self._insert(TABLES[kind], id=id, source_id=source, changed_at=FRESH,
                     tombstoned_at=FRESH if gone else None, **({"version": 1} | fields))  # fmt: skip
        return id

    def student(self, source: int, last_name: str = "Voorbeeld", **fields: Any) -> str:
        return self.put("student", source, **({"local_id": str(self.last), "last_name": last_name} | fields))

    def year(self, source: int, code: str = "2526", begins: date | None = date(2025, 8, 1),
             ends: date | None = date(2026, 7, 31)) -> str:  # fmt: skip
        return self.put("school_year", source, code=code, begins=begins, ends=ends)

    def group(self, source: int, code: str, kind: str = "homeroom", **fields: Any) -> str:
        return self.put("group", source, group_kind=kind, code=code, **fields)

    def subject(self, source: int, code: str, name: str | None = None) -> str:
        return self.put("subject", source, code=code, name=name)

    def period(self, source: int, code: str, year: str | None, begins: date | None = None) -> str:
        return self.put("grading_period", source, code=code, school_year_id=year, begins=begins)

    def column(self, source: int, subject: str, code: str, weight: str | None = "1", kind: str = "test",
               **fields: Any) -> str:  # fmt: skip
        number = None if weight is None else Decimal(weight)
        return self.put("assessment", source, subject_id=subject, code=code, assessment_kind=kind, weight=number,
                        **({"retired": False} | fields))  # fmt: skip

    def grade(self, source: int, student: str, column: str, text: str, attempt: int = 1, **fields: Any) -> str:
        """A result; its number is read from ``text`` where that is one."""
        digits = text.replace(",", "").isdigit()
        plain = {
            "status": "scored" if digits else "labelled", "score": Decimal(text.replace(",", ".")) if digits else None,
            "label": None if digits else text, "counts": True, "sufficient": None, "attempt": attempt,
        }  # fmt: skip
        return self.put("grade", source, student_id=student, assessment_id=column, raw_text=text, **(plain | fields))

    def lesson(self, source: int, begins: datetime, ends: datetime, **fields: Any) -> str:
        return self.put("lesson", source, begins=begins, ends=ends, **({"status": "scheduled"} | fields))

    def seen(self, source: int, student: str, kind: str, excused: bool | None = None, day: date = date(2026, 3, 2),
             **fields: Any) -> str:  # fmt: skip
        return self.put("attendance_observation", source, student_id=student, day=day, attendance_kind=kind,
                        excused=excused, **fields)  # fmt: skip

    def _insert(self, table: Any, **values: Any) -> None:
        with self._writing() as connection:
            connection.execute(insert(table).values(**values))

    def _writing(self) -> Any:
        return self.engine.execution_options(writes=True).begin()
