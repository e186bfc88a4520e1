"""A value that is nowhere else in every column of everything that is held of two students, made from the tables.

``young`` is 15 and has a parent who may see; ``adult`` is 18 and has told the parents nothing. What is held of them
is a row of every kind of record: their own, the parent who is only theirs, and the class, teacher, subject, test and
lesson that are of nobody else. Where a value cannot be told apart from others it is in ``UNTOLD``, with the reason.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any, get_args

from sqlalchemy import Boolean, Column, Connection, Date, Integer, LargeBinary, Table, Text, delete, insert

from canonical.columns import Guid, Instant, Number
from canonical.content import read_back
from canonical.records import RECORDS, references
from canonical.tables import ALIAS, CHANGE, HELD, IDENTITY, METADATA, QUARANTINE, TABLES
from portal import tables as portal
from portal.audit import Event, append
from portal.settings import derived
from tests.portal.guardians import QUICK
from tests.portal.layer import SECRET
from tests.portal.school import FRESH
from tests.portal.world import World

WHO = ("young", "adult")
KINDS = tuple(kind for kind in RECORDS if kind not in ("school", "school_year"))
TOKEN = "the session of the canary {}, which is long enough"
PASSWORD = "the canary's own password"

NOT_OF_A_STUDENT: Mapping[str, str] = {
    "source": "a school", "school": "a school", "school_year": "which year it is for everybody",
    "run": "a sync of everybody", "entity_state": "a sync of everybody", "rehearsal": "a sync of everybody",
    "gate": "a sync of everybody", "due": "a sync of everybody", "tenant": "the settings of a source",
    "school_rules": "what a school decides for everybody", "audit_head": "digests of the chain",
    "portal_stamp": "a counter", "attempt": "a keyed digest of a name, and moments",
    "sign_in": "sealed, and begun by whoever has not signed in yet",
}  # fmt: skip
"""Tables that hold nothing of one student."""

UNTOLD: Mapping[str, str] = {
    "source_id": "which school", "version": "a counter of states", "seq": "a counter", "n": "a counter",
    "id": "a counter, where it is not an id", "language": "one of two",
    "alias.n": "a counter", "identity.kind": "a kind", "alias.kind": "a kind", "change.kind": "a kind",
    "identity.entity": "a kind", "change.action": "a word", "grade.attempt": "1 for the test itself",
    "quarantine.entity": "a kind", "quarantine.stage": "a word", "quarantine.problems": "names of a source's columns",
    "quarantine.attempts": "a counter", "quarantine.first_run": "a counter", "quarantine.last_run": "a counter",
    "quarantine.closed_at": "open, so that it is shown", "held.decided_at": "open, so that it is shown",
    "held.entity": "a kind", "held.state": "a word", "held.run_id": "a counter", "held.records": "a count",
    "held.of": "a count", "account.state": "a word", "account_role.role": "a word", "account_role.account_id": "an id",
    "account_role.person_id": "an id", "factor.kind": "a word", "factor.account_id": "an id", "factor.counter": "a"
    " counter", "invitation.person_id": "an id", "invitation.role": "a word", "invitation.attempts": "a counter",
    "invitation.account_id": "an id", "session.account_id": "an id", "session.role": "a word", "session.way": "a word",
    "session.digest": "a digest of a secret that nobody is told", "login.account_id": "an id", "login.role": "a word",
    "login.way": "a word", "consent.student_id": "an id", "decision.student_id": "an id", "decision.guardian_id": "an"
    " id", "decision.decision": "a word", "decision.granted": "words", "restriction.student_id": "an id",
    "audit.student_id": "an id", "audit.hash": "a digest", "audit.at": "when it was planted", "audit.role": "a word",
    "audit.area": "a word", "audit.action": "a word", "identity.id": "an id", "change.id": "an id",
    "invitation.withdrawn_at": "an invitation that stands",
}  # fmt: skip
"""Columns whose value is no canary, by name or by table and name, and why. An id is the canary of its own row.

Besides: references, booleans and the words of the closed vocabularies, of which there are few."""

WORDS: Mapping[str, Any] = {
    "group.group_kind": "homeroom", "group_staff.role": "mentor", "assessment.assessment_kind": "test",
    "grade.status": "scored", "lesson.status": "scheduled", "guardianship.relation": "mother",
    "guardianship.legal_authority": True, "grade.counts": True, "absence_reason.visible_to_guardians": True,
    "attendance_observation.attendance_kind": "absent", "absence_notice.attendance_kind": "late",
}  # fmt: skip
"""Where the first word of a list, or False, would keep the rest from being shown."""
LATER = ("ends", "left_on", "ends_at", "until", "expires_at", "payload_until", "code_expires_at")

_SHAPES = re.compile(
    r"zqk\d{4}v|7a716b3\d3\d3\d3\d76|0c0ffee0-6c00-7000-8000-\d{12}|:\d\d:\d\d\.\d{6}|\d{4}-\d\d-\d\d"
    r"|7\.\d{5}3|4861\d{5}|\$argon2id\$[\w$=,+/]+"
)
"""Text, the same in bytes, an id, a moment, a day, a number, a whole number, and a password as it is kept."""

_BASE64 = re.compile(r"[\w-]{24,}={0,2}")


class Canaries:
    """The rows of both students and the marks in them. They are made once, and planted when it is time."""

    def __init__(self, world: World, year: str, at: datetime) -> None:
        self.world, self.at = world, at
        self.marks: dict[str, tuple[str, str]] = {}
        """How a canary stands in a text -> table and column that it is in."""
        self.of: dict[str, str] = {}
        """Whose it is."""
        self.ids: dict[str, dict[str, str]] = {}
        """By student and kind: the id of the living row."""
        self.values: dict[str, dict[str, Any]] = defaultdict(dict)
        """By student, table and column: what it holds, of a record that lives."""
        self.rows: list[tuple[Table, dict[str, Any]]] = []
        self._count = self._days = 0
        self._who = ""
        for who in WHO:
            self._who = who
            self.ids[who] = {kind: self._id(kind) for kind in KINDS} | {"school_year": year}
            self._records()
            self._book_keeping()
            self._people()

    def found(self, text: str) -> set[str]:
        """The canaries in a text, as they stand in it, or in what is in base64 there."""
        clear = " ".join(map(_clear, _BASE64.findall(text)))
        return self.marks.keys() & {*_SHAPES.findall(text), *_SHAPES.findall(clear)}

    def plant(self, connection: Connection) -> None:
        for table, row in self.rows:
            connection.execute(insert(table).values(**row))

    def looked(self, connection: Connection) -> None:
        """Somebody has looked at each of them: the whole of the log."""
        for table in (portal.AUDIT, portal.AUDIT_HEAD):
            connection.execute(delete(table))
        for who in WHO:
            told = {name: self.values[who][f"audit.{name}"] for name in ("actor", "reason", "relation", "session",
                                                                       "client")}  # fmt: skip
            event = Event(self.world.north, role="staff", area="card", student_id=self.ids[who]["student"], **told)
            append(connection, derived(SECRET, "audit"), [event], self.at)

    def wait_for_repair(self) -> None:
        """What waits for the application manager. It makes every answer of the school partial, whoever asks."""
        run = self.world.run(self.world.north, "students", ended_at=self.at - timedelta(days=9))
        for who in WHO:
            self._who = who
            key = json.dumps(["grade", *(self._value(QUARANTINE, QUARANTINE.c.row) for _ in range(2))])
            self.world._insert(QUARANTINE, **self._filled(
                QUARANTINE, row=key, entity="grades", stage="map", problems='[["Cijfer", "number"]]', first_run=run,
                last_run=run, attempts=1, closed_at=None,
            ))  # fmt: skip
            self.world._insert(HELD, **self._filled(
                HELD, entity="students", run_id=run, state="open", records=30, of=40, decided_at=None
            ))  # fmt: skip

    def _records(self) -> None:
        for kind in KINDS:
            row = self._record(kind, self.ids[self._who][kind])
            self.rows.append((TABLES[kind], row))
            content = read_back(kind, row)
            self._change(kind, row["id"], 1, "insert", None, content)
            self.rows.append((TABLES[kind], self._record(kind, self._id(kind), gone=True)))
        # As it was before, and what only the log still holds.
        before, after = ({"last_name": self._value(CHANGE, CHANGE.c[name])} for name in ("before", "after"))
        self._change("student", self.ids[self._who]["student"], 2, "update", before, after)

    def _record(self, kind: str, id_: str, *, gone: bool = False) -> dict[str, Any]:
        table, fixed = TABLES[kind], {"id": id_, "version": 1}
        fixed |= {f"{name}_id": self.ids[self._who][to] for name, to in references(kind).items() if to != kind}
        fixed |= {f"{name}_id": None for name, to in references(kind).items() if to == kind}
        fixed |= {} if gone else {"tombstoned_at": None}
        if kind == "student" and not gone:
            years, days = (15, 100) if self._who == "young" else (18, 110)
            born = self.at.date() - timedelta(days=int(years * 365.25) + days)
            fixed["birth_date"] = self._marked(table.c.birth_date, born, born.isoformat())
        if kind == "grade":
            fixed["attempt"] = 1
        return self._filled(table, **fixed)

    def _change(self, kind: str, id_: str, version: int, action: str, before: Any, after: Any) -> None:
        self.rows.append((CHANGE, self._filled(
            CHANGE, kind=kind, id=id_, version=version, action=action,
            before=before and json.dumps(before), after=after and json.dumps(after),
        )))  # fmt: skip

    def _book_keeping(self) -> None:
        student = self.ids[self._who]["student"]
        self._add(IDENTITY, kind="student", id=student, entity="students", version=1, live=True)
        self._add(ALIAS, kind="student", n=1_000_000_000 + len(self.rows))
        if self._who == "adult":
            self._add(portal.CONSENT, student_id=student, open=False)
        parent = self.ids[self._who]["guardian"]
        self._add(portal.DECISION, student_id=student, guardian_id=parent, decision="none", granted="[]")
        self._add(portal.RESTRICTION, student_id=student)
        for name in ("actor", "reason", "relation", "session", "client"):
            self._value(portal.AUDIT, portal.AUDIT.c[name])

    def _people(self) -> None:
        """Accounts of the student, the parent and the mentor, with sessions in which they come."""
        ids = self.ids[self._who]
        for name, role, kind in (("self", "student", "student"), ("parent", "guardian", "guardian"),
                                 ("mentor", "staff", "staff")):  # fmt: skip
            person = ids[kind]
            kept = QUICK.hash(PASSWORD)
            hashed = self._marked(portal.ACCOUNT.c.password_hash, kept, kept)
            account = self._add(portal.ACCOUNT, state="active", language="nl", password_hash=hashed)["id"]
            section = json.dumps({"study": self._value(portal.ACCOUNT_ROLE, portal.ACCOUNT_ROLE.c.section)})
            self._add(portal.ACCOUNT_ROLE, account_id=account, role=role, person_id=person, section=section)
            self._add(portal.FACTOR, account_id=account, kind="passkey", counter=0)
            self._add(portal.INVITATION, person_id=person, role=role, attempts=0, withdrawn_at=None, account_id=account)
            self._add(portal.LOGIN, account_id=account, role=role, way="password")
            mine = TOKEN.format(f"{self._who} {name}")
            digest = sha256(mine.encode()).digest()
            self._add(portal.SESSION, account_id=account, role=role, way="password+passkey", digest=digest,
                      revoked_at=None)  # fmt: skip
            ended = sha256(mine.encode() + b"ended").digest()
            self._add(portal.SESSION, account_id=account, role=role, way="password", digest=ended)
            self.world.cookies[f"{self._who}_{name}"] = mine

    def _add(self, table: Table, **fixed: Any) -> dict[str, Any]:
        row = self._filled(table, **fixed)
        self.rows.append((table, row))
        self.ids[self._who].setdefault(table.name, str(row.get("id")))
        return row

    def _filled(self, table: Table, **fixed: Any) -> dict[str, Any]:
        """A row of canaries, but for what is fixed."""
        row = {}
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            if column.name in fixed:
                row[column.name] = fixed[column.name]
            elif column.name == "source_id":
                row[column.name] = self.world.north
            elif column.primary_key and isinstance(column.type, Integer) and len(table.primary_key) == 1:
                continue  # the database counts
            elif name in WORDS or isinstance(column.type, Boolean):
                row[column.name] = WORDS.get(name, False)
            elif (word := vocabulary(column)) is not None:
                row[column.name] = next(iter(word)).value
            else:
                row[column.name] = self._value(table, column)
        return row

    def _value(self, table: Table, column: Column[Any]) -> Any:
        """A value that is nowhere else."""
        self._count += 1
        n, kind = self._count, column.type
        if isinstance(kind, Guid):
            return self._id(table.name)
        if isinstance(kind, Instant):
            moment = self._moment(table, column)
            return self._marked(column, moment, moment.astimezone(UTC).strftime(":%M:%S.%f"))
        if isinstance(kind, Date):
            day = self._day(1 if column.name in LATER else -1)
            return self._marked(column, day, day.isoformat())
        if isinstance(kind, Number):
            number = Decimal(f"7.{n:05d}3")
            return self._marked(column, number, str(number))
        if isinstance(kind, Integer):
            return self._marked(column, 486_110_000 + n, str(486_110_000 + n))
        text = f"zqk{n:04d}v"
        if isinstance(kind, LargeBinary):
            self._marked(column, text, text.encode().hex())
            return self._marked(column, text.encode(), text)
        assert isinstance(kind, Text), column
        return self._marked(column, text, text)

    def _moment(self, table: Table, column: Column[Any]) -> datetime:
        """Of the last two days, which is news; what ends does so the day after it began, or in a year."""
        base = self.at - timedelta(minutes=9)
        if table is not portal.SESSION or column.name not in ("created_at", "seen_at"):
            base -= timedelta(days=2, seconds=-(37 * self._count % 40_000))
        if column.name == "ends":
            base += timedelta(days=1)
        elif column.name in LATER:
            base += timedelta(days=365)
        return base.replace(microsecond=100_007 + 10 * self._count)

    def _day(self, sign: int) -> date:
        """A day of which nothing else is; years and seasons begin on the first of a month."""
        self._days += 1
        day = self.at.date() + sign * timedelta(days=110 + self._days)
        return self._day(sign) if day == FRESH.date() or day.day == 1 else day

    def _id(self, kind: str) -> str:
        self._count += 1
        text = f"0c0ffee0-6c00-7000-8000-{self._count:012d}"
        table = TABLES.get(kind, METADATA.tables.get(kind, portal.METADATA.tables.get(kind)))
        assert table is not None
        return str(self._marked(table.c.id, text, text))

    def _marked(self, column: Column[Any], value: Any, text: str) -> Any:
        where = (column.table.name, column.name)
        assert text not in self.marks, "two canaries are the same"
        assert _SHAPES.fullmatch(text), text
        self.marks[text], self.of[text] = where, self._who
        self.values[self._who].setdefault(".".join(where), value)
        return value


def _clear(text: str) -> str:
    """What stands in base64; nothing where it is none."""
    text = text.rstrip("=")
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("latin-1")
    except ValueError:
        return ""


def vocabulary(column: Column[Any]) -> type[StrEnum] | None:
    """The closed list that a column's words come from."""
    record = RECORDS.get(column.table.name)
    field = record.model_fields.get(column.name) if record is not None else None
    choices = () if field is None else (field.annotation, *get_args(field.annotation))
    return next((one for one in choices if isinstance(one, type) and issubclass(one, StrEnum)), None)


def columns_of_students() -> Iterator[Column[Any]]:
    """Every column that may hold something of a student."""
    for table in (*METADATA.tables.values(), *portal.TABLES):
        if table.name not in NOT_OF_A_STUDENT:
            yield from table.columns


def is_told(column: Column[Any]) -> bool:
    """Whether a value of the column can be told apart from others."""
    kind, name = column.table.name, column.name
    refers = kind in RECORDS and name.removesuffix("_id") in references(kind) and name.endswith("_id")
    if refers or isinstance(column.type, Boolean) or vocabulary(column) is not None:
        return False
    if name == "id" and isinstance(column.type, Guid) and f"{kind}.id" not in UNTOLD:
        return True
    return name not in UNTOLD and f"{kind}.{name}" not in UNTOLD
