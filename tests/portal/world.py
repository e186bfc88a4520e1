"""Two schools and everybody who may come to the read layer: each kind of viewer signed in, each kind of student.

Who is who, and what each may see, is written down here and in the tests; nothing of it is asked of the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine, insert
from uuid_utils import uuid7

from portal.clock import now
from portal.keys import ApiKey, digest
from portal.signin.sessions import COOKIE
from portal.tables import ACCOUNT, ACCOUNT_ROLE, DECISION, SESSION
from tests.portal.layer import ORIGIN
from tests.portal.school import School

STUDENTS = ("own", "sibling", "grown", "other", "elsewhere")
"""own: 15, in the mentor's class; sibling: 13, in another; grown: 18 and silent about the parents; other: a stranger;
elsewhere: of the other school."""
NOBODY = "01997b5e-6c00-7000-8000-0000000fffff"
"""An id that nobody has."""

GUARDIANS = {
    # Who -> students and what the guardianship says.
    "guardian": {"own": {}, "sibling": {}},
    "former_guardian": {"own": {"gone": True}},
    "no_authority": {"own": {"legal_authority": False}},
    "court_block": {"own": {"court_block": True}},
    "blocked_by_school": {"own": {}},
    "adults_parent": {"grown": {}},
}
OFFICES = ("team_leader", "attendance_officer", "administrator", "manager")

KEYS = {
    "client": ApiKey("vendor", digest("the vendor's own key"), ("north",)),
    "wrong_scope": ApiKey("sources-only", digest("a key for sources alone"), ("north",), frozenset({"sources"})),
}
_SHOWN = {"client": "the vendor's own key", "wrong_scope": "a key for sources alone"}

VIEWERS = ("anonymous", "student", *GUARDIANS, "teacher", "mentor", *OFFICES, "other_school", *KEYS)


class World(School):
    """``ids`` are students by what they are to the viewers; ``headers`` are what a viewer sends."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.today = now().astimezone(UTC).date()
        self.ids: dict[str, str] = {}
        self.seen_as: dict[str, str] = {}
        self.cookies: dict[str, str] = {}
        self.persons: dict[str, str] = {}
        self.north, self.south = self.source("north"), self.source("south", "Het College")
        year = self.year(self.north, "2627", date(self.today.year - 1, 1, 1), date(self.today.year + 1, 12, 31))
        french, english = self.subject(self.north, "fa", "Frans"), self.subject(self.south, "en", "Engels")
        self.subjects = {name: english if name == "elsewhere" else french for name in (*STUDENTS, "nobody")}
        self.home, self.away = (self.group(self.north, code, school_year_id=year) for code in ("3hA", "2hB"))
        for name in ("mentor", "teacher"):
            self.persons[name] = self.put("staff", self.north, code=name[:3], last_name=name)
        for name in STUDENTS:
            self._student(name, year)
        for name, children in GUARDIANS.items():
            self._guardian(name, children)
        with self._writing() as connection:
            connection.execute(insert(DECISION).values(
                source_id=self.north, student_id=self.ids["own"], guardian_id=self.persons["blocked_by_school"],
                decision="blocked", granted="[]", at=now(), by="test",
            ))  # fmt: skip
        self.sign_in("student", "student", self.north, self.ids["own"])
        for name, role, subject in (("mentor", "mentor", None), ("teacher", "teacher", french)):
            staff = self.persons[name]
            self.put("group_staff", self.north, group_id=self.home, staff_id=staff, role=role, subject_id=subject)
            self.sign_in(name, "staff", self.north, staff)
        for office in OFFICES:
            self.sign_in(office, office, self.north, None, section='{"grade_level": 3}', way="password+totp")
        stranger = self.put("guardian", self.south, last_name="Elders", secret=False)
        self._child(self.south, stranger, self.ids["elsewhere"])
        self.sign_in("other_school", "guardian", self.south, stranger)

    def headers(self, viewer: str) -> Mapping[str, str]:
        """What a request of this viewer carries."""
        if viewer in _SHOWN:
            return {"Authorization": f"Bearer {_SHOWN[viewer]}"}
        if viewer in self.cookies:
            return {"Cookie": f"{COOKIE}={self.cookies[viewer]}", "Origin": ORIGIN}
        return {}

    def sign_in(self, viewer: str, role: str, source: int, person: str | None, *, section: str | None = None,
                way: str = "password") -> None:  # fmt: skip
        """An account with one role, and a session of it."""
        account, token = str(uuid7()), f"the session of {viewer}, long enough"
        with self._writing() as connection:
            connection.execute(insert(ACCOUNT).values(
                id=account, login=f"{viewer}@example.org", state="active", created_at=now(), language="nl",
            ))  # fmt: skip
            connection.execute(insert(ACCOUNT_ROLE).values(
                id=str(uuid7()), account_id=account, role=role, source_id=source, person_id=person, section=section,
                granted_by="test", granted_at=now(),
            ))  # fmt: skip
            connection.execute(insert(SESSION).values(
                id=str(uuid7()), digest=sha256(token.encode()).digest(), account_id=account, role=role, way=way,
                created_at=now(), seen_at=now(), ends_at=now() + timedelta(hours=12),
            ))  # fmt: skip
        self.cookies[viewer] = token

    def _student(self, name: str, year: str) -> None:
        source = self.south if name == "elsewhere" else self.north
        years = {"own": 15, "sibling": 13, "grown": 18, "other": 15, "elsewhere": 14}[name]
        born = self.today - timedelta(days=years * 365.25 + 10)
        id_ = self.ids[name] = self.student(source, name.title(), birth_date=born, first_name=f"First{name}")
        if source == self.north:
            group, level = (self.home, 3) if name == "own" else (self.away, 2)
            self.put("enrolment", source, student_id=id_, homeroom_id=group, school_year_id=year, grade_level=level)
            self.put("group_member", source, student_id=id_, group_id=group)
        subject = self.subjects[name]
        column = self.column(source, subject, f"T-{name}")
        at = datetime.combine(self.today - timedelta(days=3), datetime.min.time(), UTC) + timedelta(hours=10)
        self.grade(source, id_, column, "6,5", entered_at=at)
        lesson = self.lesson(source, at, at + timedelta(minutes=50), subject_id=subject,
                             staff_id=self.persons["teacher"] if name == "own" else None)  # fmt: skip
        self.seen_as[name] = self.seen(source, id_, "absent", None, at.date(), lesson_id=lesson, noted_at=at)

    def _guardian(self, name: str, children: Mapping[str, Mapping[str, Any]]) -> None:
        guardian = self.persons[name] = self.put("guardian", self.north, last_name=name, secret=False)
        for child, says in children.items():
            self._child(self.north, guardian, self.ids[child], **says)
        self.sign_in(name, "guardian", self.north, guardian)

    def _child(self, source: int, guardian: str, student: str, **says: Any) -> None:
        plain = {"relation": "mother", "legal_authority": True, "court_block": False}
        self.put("guardianship", source, guardian_id=guardian, student_id=student, **(plain | says))

