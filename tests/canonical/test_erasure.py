"""What is erased is gone, and no later sync brings it back by itself."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from canonical.batch import Mapped
from canonical.ending import Ending
from canonical.erasure import OF_STUDENT, Erased, erase, readmit, scrub
from canonical.quarantine import Bad
from canonical.records import (
    AbsenceNotice,
    AttendanceObservation,
    Enrolment,
    Grade,
    GroupMember,
    Guardian,
    Guardianship,
    Key,
    LessonRemark,
    Record,
    Student,
    StudentSubject,
)
from canonical.store import Store, Summary
from canonical.tables import CHANGE, IDENTITY, TABLES
from canonical.terms import AttendanceKind, GradeStatus, RemarkKind
from tests.stored import changes, dump, live, rows_of, stored

AT = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CANARY = "Kanarievogel"
"""In every text of the student who is erased."""


class School:
    def __init__(self, engine: Engine, name: str = "school") -> None:
        self.engine, self.store = engine, Store(engine, key=b"q" * 32)
        self.source = self.store.source(name, "fake", "School")

    def sync(self, records: Sequence[Record], bad: Sequence[Bad] = ()) -> Summary:
        run = self.store.begin(self.source, "all", tuple(TABLES), owner="me")
        assert run is not None
        run.apply([Mapped([record]) for record in records], bad)
        return run.finish(Ending("seen to the end"))

    def id_of(self, kind: str, *key: str) -> str:
        return next(
            row["id"] for row in rows_of(self.engine, "identity", self.source)
            if row["kind"] == kind and tuple(row[f"k{n}"] for n in range(1, 5) if row[f"k{n}"]) == key
        )  # fmt: skip

    def erase(self, key: str = "1", **how: bool) -> Erased:
        with self.store.writing() as connection:
            return erase(connection, self.source, self.id_of("student", key), AT, **how)


@pytest.fixture
def school(engine: Engine) -> School:
    return School(engine)


def everything(student: str, guardian: str, name: str = CANARY) -> list[Record]:
    """A record of every kind that one student has, and a guardian."""
    who: Key = (student,)
    return [
        Student(key=who, local_id=f"{name}-number", last_name=name, email=f"{name}@example.org"),
        Guardian(key=(guardian,), last_name=name, phone=f"06-{name}"),
        Guardianship(key=(student, guardian), student=who, guardian=(guardian,), relation_text=name),
        GroupMember(key=(student, "g"), group=("g",), student=who),
        Enrolment(key=(student, "e"), student=who, study=name),
        StudentSubject(key=(student, "s"), student=who, subject=("s",)),
        Grade(key=(student, "c"), student=who, assessment=("c",), raw_text=name, status=GradeStatus.UNREADABLE),
        AbsenceNotice(key=(student, "n"), student=who, begins=NOON, attendance_kind=AttendanceKind.SICK,
                      reason_code=name),
        AttendanceObservation(key=(student, "o"), student=who, day=date(2026, 3, 2),
                              attendance_kind=AttendanceKind.LATE, reason_code=name),
        LessonRemark(key=(student, "r"), student=who, day=date(2026, 3, 2), remark=RemarkKind.PHONE, reason_code=name),
    ]  # fmt: skip


BOTH = [*everything("1", "m1"), *everything("2", "m2", "Blijver")]


def test_every_kind_of_a_student_is_erased_by_this_test() -> None:
    assert {record.kind for record in everything("1", "m")} == {*OF_STUDENT, "student", "guardian"}


def test_all_that_is_the_students_goes_and_nothing_else(school: School) -> None:
    school.sync(BOTH)
    before = live(school.engine, school.source)
    erased = school.erase()
    assert erased == Erased(10, frozenset({school.id_of("student", "1"), school.id_of("guardian", "m1")}))
    after = {place: state.fields for place, state in stored(school.engine, school.source).items()}
    assert after == {place: fields for place, fields in before.items() if place[1][0] not in ("1", "m1")}
    assert CANARY not in str(dump(school.engine))


def test_the_change_log_keeps_that_it_was_there_and_when_it_went(school: School) -> None:
    school.sync(BOTH)
    school.sync([*everything("1", "m1", f"{CANARY} de tweede"), *BOTH[10:]])
    school.erase()
    grade = school.id_of("grade", "1", "c")
    log = [row for row in changes(school.engine, school.source) if row["id"] == grade]
    assert [(row["version"], row["action"], row["before"], row["after"]) for row in log] == [
        (1, "insert", None, None), (2, "update", None, None), (3, "erase", None, None)
    ]  # fmt: skip
    assert log[-1]["at"] == AT
    others = [row for row in changes(school.engine, school.source) if row["id"] == school.id_of("grade", "2", "c")]
    assert [row["after"] is not None for row in others] == [True]


def test_the_files_of_the_database_hold_nothing_of_it(tmp_path: Path) -> None:
    from canonical.database import connect, migrate

    engine = connect(f"sqlite:///{tmp_path / 'store.sqlite'}")
    migrate(engine)
    school = School(engine)
    long = f"{CANARY} " * 2_000  # more than a page
    school.sync([*everything("1", "m1"), *everything("3", "m3", long), *BOTH[10:]])
    school.erase("1")
    school.erase("3")
    scrub(engine)
    bytes_ = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"Blijver" in bytes_
    assert CANARY.encode() not in bytes_
    engine.dispose()


def test_a_sync_that_still_brings_the_student_passes_over_it(school: School) -> None:
    school.sync(BOTH)
    school.erase()
    before = dump(school.engine)
    more = Grade(key=("1", "d"), student=("1",), assessment=("d",), raw_text=CANARY, status=GradeStatus.UNREADABLE)
    summary = school.sync([*BOTH, more])
    assert (summary.outcome, summary.inserted, summary.updated, summary.tombstoned, summary.ignored) == (
        "complete", 0, 0, 0, 0
    )  # fmt: skip
    after = dump(school.engine)
    assert CANARY not in str(after)
    for table in (*TABLES, "change", "identity"):
        assert after[table] == before[table], table


def test_an_id_never_comes_back_for_somebody_else(school: School) -> None:
    school.sync(BOTH)
    was = school.id_of("student", "1")
    school.erase()
    school.sync(BOTH[10:])
    school.sync(BOTH)
    assert school.id_of("student", "1") == was
    with school.engine.connect() as connection:
        assert connection.execute(select(IDENTITY.c.id).where(IDENTITY.c.id == was)).scalars().all() == [was]


def test_a_further_key_of_the_student_opens_no_door(school: School) -> None:
    school.sync(BOTH)
    school.erase()
    student = Student(key=("eck",), also=(("1",),), local_id=CANARY, last_name=CANARY)
    grade = Grade(key=("eck", "c"), student=("eck",), assessment=("c",), raw_text=CANARY, status=GradeStatus.UNREADABLE)
    school.sync([student, grade, *BOTH[10:]])
    assert CANARY not in str(dump(school.engine))
    school.sync([Student(key=("eck",), local_id=CANARY, last_name=CANARY), grade, *BOTH[10:]])
    school.sync([grade, *BOTH[10:]])
    assert CANARY not in str(dump(school.engine))


def test_a_guardian_of_another_student_stays(school: School) -> None:
    shared = Guardianship(key=("2", "m1"), student=("2",), guardian=("m1",))
    school.sync([*BOTH, shared])
    assert school.erase().persons == {school.id_of("student", "1")}
    assert ("guardian", ("m1",)) in live(school.engine, school.source)
    assert school.erase("2").persons == {school.id_of("student", "2"), *(
        school.id_of("guardian", key) for key in ("m1", "m2"))}  # fmt: skip


def test_a_guardian_of_whom_only_a_deleted_tie_is_left_goes(school: School) -> None:
    shared = Guardianship(key=("2", "m1"), student=("2",), guardian=("m1",))
    school.sync([*BOTH, shared])
    school.sync(BOTH)
    assert school.id_of("guardian", "m1") in school.erase().persons


@pytest.mark.parametrize("together", [True, False])
def test_a_guardian_comes_back_with_another_child(school: School, together: bool) -> None:
    school.sync(BOTH)
    was = school.id_of("guardian", "m1")
    school.erase()
    tie = Guardianship(key=("2", "m1"), student=("2",), guardian=("m1",))
    if not together:
        school.sync([*BOTH[10:], tie])
    school.sync([*BOTH, tie])
    assert live(school.engine, school.source)["guardian", ("m1",)]["last_name"] == CANARY
    assert school.id_of("guardian", "m1") == was
    assert {key for kind, key in live(school.engine, school.source) if kind == "student"} == {("2",)}
    school.sync([*BOTH, tie])
    assert ("guardian", ("m1",)) in live(school.engine, school.source)


def test_who_is_let_in_again_comes_with_the_next_sync(school: School) -> None:
    school.sync(BOTH)
    before, was = live(school.engine, school.source), school.id_of("student", "1")
    school.erase()
    with school.store.writing() as connection:
        assert readmit(connection, school.source, was) == 10
        assert readmit(connection, school.source, was) == 0
    school.sync(BOTH)
    assert live(school.engine, school.source) == before
    assert school.id_of("student", "1") == was
    log = [row["version"] for row in changes(school.engine, school.source) if row["id"] == was]
    assert log == [1, 2, 3]


def enrolled(key: str, **until: date) -> Enrolment:
    return Enrolment(key=("1", key), student=("1",), study="nieuw", **until)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("until", [{}, {"ends": date(2100, 7, 31)}])
def test_a_student_whose_time_was_over_returns_with_a_new_enrolment(
    school: School, until: dict[str, date], together: bool
) -> None:
    school.sync(BOTH)
    before, was = live(school.engine, school.source), school.id_of("student", "1")
    school.erase(may_return=True)
    again = [enrolled("f", **until), *BOTH] if together else [*BOTH, enrolled("f", **until)]
    school.sync(again)
    school.sync(again)
    after = live(school.engine, school.source)
    assert after.pop(("enrolment", ("1", "f")))["study"] == "nieuw"
    assert after == before
    assert school.id_of("student", "1") == was


@pytest.mark.parametrize(
    "until", [{"ends": date(2020, 7, 31)}, {"ends": date(2100, 7, 31), "left_on": date(2020, 1, 1)}]
)
def test_an_enrolment_that_has_ended_brings_nobody_back(school: School, until: dict[str, date]) -> None:
    school.sync(BOTH)
    school.erase(may_return=True)
    school.sync([*BOTH, enrolled("f", **until)])
    assert CANARY not in str(dump(school.engine))


def test_whoever_was_erased_does_not_return_with_an_enrolment(school: School) -> None:
    school.sync(BOTH)
    school.erase()
    for _ in range(2):
        school.sync([*BOTH, enrolled("f")])
    assert CANARY not in str(dump(school.engine))


def test_the_return_of_one_is_not_that_of_another(school: School) -> None:
    school.sync([*BOTH, *everything("3", "m3", "Wegblijver")])
    school.erase("1", may_return=True)
    school.erase("3", may_return=True)
    every = [*BOTH, *everything("3", "m3", "Wegblijver"), enrolled("f")]
    school.sync(every)
    school.sync(every)
    told = str(dump(school.engine))
    assert CANARY in told
    assert "Wegblijver" not in told


def test_what_is_not_there_is_not_erased(school: School) -> None:
    school.sync(BOTH)
    school.erase()
    assert school.erase() == Erased(0, frozenset())


def test_a_student_of_another_source_stays(school: School) -> None:
    other = School(school.engine, "other")
    school.sync(BOTH)
    other.sync(BOTH)
    before = stored(school.engine, other.source)
    with school.store.writing() as connection:
        assert erase(connection, other.source, school.id_of("student", "1"), AT) == Erased(0, frozenset())
    school.erase()
    assert stored(school.engine, other.source) == before


def test_its_rows_in_quarantine_go(school: School) -> None:
    school.sync(BOTH)
    eck = Student(key=("eck",), also=(("1",),), local_id="x", last_name="x")
    places = [[("grade", ("1", "c"))], [("student", ("1",))], [("student", ("eck",))], [("student", ("2",))], []]
    bad = [Bad(bytes([n]), "map", [("x", "y")], covers) for n, covers in enumerate(places)]
    school.sync([*BOTH, eck], bad)
    school.erase()
    assert len(rows_of(school.engine, "quarantine", school.source)) == 2


def test_a_student_who_was_deleted_already_can_be_erased(school: School) -> None:
    school.sync(BOTH)
    school.sync(BOTH[10:])
    school.erase()
    assert CANARY not in str(dump(school.engine))


def test_a_batch_that_is_being_written_is_waited_for(school: School) -> None:
    """What a sync has under way must not come in behind the erasure's back."""
    school.sync(BOTH)
    run = school.store.begin(school.source, "all", tuple(TABLES), owner="me")
    assert run is not None
    changed = [Mapped([record]) for record in [*everything("1", "m1", f"{CANARY} nogmaals"), *BOTH[10:]]]
    with school.store.writing() as connection:
        erase(connection, school.source, school.id_of("student", "1"), AT)
        writer = threading.Thread(target=run.apply, args=(changed,))
        writer.start()
        writer.join(0.5)
        assert writer.is_alive()
    writer.join()
    run.finish(Ending("seen to the end"))
    assert CANARY not in str(dump(school.engine))


def test_the_log_of_the_rest_can_still_be_replayed(school: School) -> None:
    school.sync(BOTH)
    school.erase()
    with school.engine.connect() as connection:
        rows = connection.execute(select(CHANGE).order_by(CHANGE.c.seq)).all()
        alive = {row.id for kind in TABLES for row in connection.execute(text(f'SELECT id FROM "{kind}"'))}
    last = {row.id: row for row in rows}
    assert {id_ for id_, row in last.items() if row.after is not None} == {str(id_) for id_ in alive}
    assert len(last) == 20
