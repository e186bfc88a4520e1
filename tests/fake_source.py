"""A source whose rows, order and moods are the test's own, with a connector over it.

A row is a dict: ``records`` are the records it brings, each with its ``kind`` and the record's own fields in JSON.
``bad`` makes it a row that cannot be mapped (the value: whether it still tells what it would have brought), ``explode``
one that trips over an error that nobody foresaw, with the value in its message.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from canonical.records import RECORDS, Record
from connectors.contract import Batch, Entity, Proof, RawRecord
from connectors.errors import BadRow, Problem
from scheduler.cadence import Hours, always

STUDENTS = Entity("students", ("student",), one_to_one=True, incremental=True)
MEMBERS = Entity("members", ("group", "group_member"))
"""Each row brings its group along, so that many rows bring the same one."""
GROUPS = Entity("groups", ("group",), one_to_one=True)
"""The same groups once more, from a list of their own."""
GRADES = Entity("grades", ("grade",), one_to_one=True)
TEACHING = Entity("teaching", ("staff", "subject", "lesson"), may_hide=("staff",))
"""Each row is a lesson with its teacher and its subject. The source may leave out teachers that it still has."""
ROLES = Entity("roles", ("group_staff",), one_to_one=True)
"""What the teachers are to groups, from a list of their own."""

Row = dict[str, Any]


def student(key: str, name: str = "Jansen", **more: Any) -> Row:
    return {"records": [{"kind": "student", "key": [key], "local_id": key, "last_name": name, **more}]}


def group(key: str, code: str) -> Row:
    return {"records": [{"kind": "group", "key": [key], "group_kind": "homeroom", "code": code}]}


def member(student_key: str, group_key: str, code: str) -> Row:
    record = {"kind": "group_member", "key": [group_key, student_key], "group": [group_key], "student": [student_key]}
    return {"records": [*group(group_key, code)["records"], record]}


def lesson(teacher: str, subject: str, code: str = "wi") -> Row:
    record = {"kind": "lesson", "key": [subject, teacher], "begins": "2026-11-24T07:30:00Z", "status": "unknown",
              "ends": "2026-11-24T08:20:00Z", "subject": [subject], "staff": [teacher]}  # fmt: skip
    staff = {"kind": "staff", "key": [teacher], "code": teacher, "last_name": "Jansen"}
    return {"records": [staff, {"kind": "subject", "key": [subject], "code": code}, record]}


def role(teacher: str, group_key: str, word: str = "teacher") -> Row:
    record = {"kind": "group_staff", "key": [group_key, teacher], "group": [group_key], "staff": [teacher]}
    return {"records": [{**record, "role": word}]}


def grade(key: str, student_key: str, score: str) -> Row:
    record = {"kind": "grade", "key": [key], "student": [student_key], "assessment": ["a1"], "raw_text": score,
              "score": score, "status": "scored"}  # fmt: skip
    return {"records": [record]}


def bad(row: Row, *, covers: bool = True) -> Row:
    return {**row, "bad": covers}


class FakeSource:
    """A connector (``connectors.contract.Connector``) over rows in memory."""

    name = "fake"
    entities: tuple[Entity, ...] = (STUDENTS, GROUPS, MEMBERS, GRADES)

    def __init__(self) -> None:
        self.mapping_version = "1"
        self.scope = ""
        self.layout = b""
        self.rows: dict[str, list[Row]] = {entity.name: [] for entity in (*self.entities, TEACHING, ROLES)}
        self.batch = 3
        self.proved = True
        self.declared: int | None = None
        """The number of rows that the source announces; None when it does not."""
        self.failure: tuple[int, Exception] | None = None
        """What is raised after so many rows."""
        self.form: str | None = None
        self.hours: Hours = always
        self.clock = 0
        self.stamps: dict[bytes, int] = {}
        """When a row was first seen with these very bytes."""
        self.served: list[Row] = []
        """The rows of the last read, as far as it came."""
        self.mapped = 0
        """How many rows have been mapped at all."""

    def stamp(self) -> None:
        """An edit: what is new since the last one can be asked for."""
        self.clock += 1
        here = {_data(row) for rows in self.rows.values() for row in rows}
        self.stamps = {data: self.stamps.get(data, self.clock) for data in here}

    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        rows = self.rows[entity.name]
        if since is not None:
            rows = [row for row in rows if self.stamps[_data(row)] > int(since)]
        self.served = []
        cursor = str(self.clock) if entity.incremental else None
        for start in range(0, max(len(rows), 1), self.batch):
            page = rows[start : start + self.batch]
            if self.failure is not None and start + len(page) > self.failure[0]:
                raise self.failure[1]
            self.served += page
            raw = [RawRecord(entity.name, _data(row), self.layout) for row in page]
            last = start + self.batch >= len(rows)
            proof = Proof("the fake says so", self.declared) if last and self.proved else None
            yield Batch(raw, cursor if proof else None, proof, self.form if start == 0 else None)

    def opens_at(self, entity: Entity, now: datetime) -> datetime | None:
        return self.hours(now)

    def map(self, raw: RawRecord) -> Iterable[Record]:
        self.mapped += 1
        row = json.loads(raw.data)
        if "explode" in row:
            raise KeyError(row["explode"])
        if "bad" in row:
            covers = [(item["kind"], tuple(item["key"])) for item in row["records"]] if row["bad"] else []
            raise BadRow([Problem("last_name", "missing")], covers=covers)
        for item in row["records"]:
            fields = {name: value for name, value in item.items() if name != "kind"}
            yield RECORDS[item["kind"]].model_validate(fields)


def _data(row: Row) -> bytes:
    return json.dumps(row, sort_keys=True).encode()
