"""A student's absences, and the vector of R38."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests.portal.office import Office
from tests.portal.school import School, ident

BEGINS, ENDS = datetime(2026, 3, 2, 9, 10, tzinfo=UTC), datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def source(school: School) -> int:
    return school.source("lyceum")


@pytest.fixture
def student(school: School, source: int) -> str:
    return school.student(source)


def absences(client: TestClient, student: str, **query: str) -> Any:
    answer = client.get(f"/v1/students/{student}/absences", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def notice(school: School, source: int, student: str, begins: datetime, ends: datetime | None, kind: str = "sick",
           **fields: Any) -> str:  # fmt: skip
    return school.put("absence_notice", source, student_id=student, begins=begins, ends=ends, attendance_kind=kind,
                      **fields)  # fmt: skip


def test_an_observation_with_all_that_is_known(
    school: School, client: TestClient, source: int, student: str
) -> None:
    french = school.subject(source, "fa", "Frans")
    lesson = school.lesson(source, BEGINS, ENDS, first_hour=3, last_hour=3, title="fa - JAN - 3hA", subject_id=french)
    reason = school.put("absence_reason", source, code="UG", name="Uitgestuurd", attendance_kind="removed",
                        retired=False)  # fmt: skip
    seen = school.seen(source, student, "removed", False, hour=3, lesson_id=lesson, reason_id=reason, reason_code="UG",
                       noted_at=datetime(2026, 3, 2, 9, 31, tzinfo=UTC))  # fmt: skip
    answer = absences(client, student)
    assert answer["observations"] == [{
        "id": seen, "day": "2026-03-02", "hour": 3, "kind": "removed", "excused": False, "unresolved": False,
        "counts_as": "present", "reason": {"code": "UG", "name": "Uitgestuurd"},
        "lesson": {
            "id": lesson, "begins": "2026-03-02T09:10:00Z", "ends": "2026-03-02T10:00:00Z", "first_hour": 3,
            "last_hour": 3, "title": "fa - JAN - 3hA", "status": "scheduled",
            "subject": {"id": french, "code": "fa", "name": "Frans"},
        },
        "noted_at": "2026-03-02T09:31:00Z",
    }]  # fmt: skip
    assert answer["meta"]["completeness"] == dict.fromkeys(["observations", "notices", "remarks"], "complete")


def test_counts_follow_the_rules(school: School, client: TestClient, source: int, student: str) -> None:
    """R32: late and removed were present. R35: unresolved apart. R36: sick is excused. R39: cancelled is nothing."""
    for kind, excused in (("absent", False), ("absent", False), ("absent", True), ("absent", None), ("sick", False),
                          ("sick", None), ("exempt", None), ("late", False), ("removed", False), ("present", None),
                          ("unknown", False), ("not_applicable", None)):  # fmt: skip
        school.seen(source, student, kind, excused)
    cancelled = school.lesson(source, BEGINS, ENDS, status="cancelled")
    school.seen(source, student, "absent", False, lesson_id=cancelled)
    assert absences(client, student)["counts"]["observations"] == {
        "by_kind": {"present": 1, "absent": 4, "late": 1, "sick": 2, "removed": 1, "exempt": 1, "not_applicable": 2,
                    "unknown": 1},
        "excused": 4, "unexcused": 2, "unresolved": 1,
    }  # fmt: skip


def test_r34_remarks_are_no_absence(school: School, client: TestClient, source: int, student: str) -> None:
    for remark in ("homework", "homework", "materials", "phone"):
        school.put("lesson_remark", source, student_id=student, day=date(2026, 3, 2), remark=remark)
    answer = absences(client, student)
    assert [remark["remark"] for remark in answer["remarks"]] == ["homework", "homework", "materials", "phone"]
    assert answer["observations"] == answer["notices"] == []
    counts = answer["counts"]
    assert counts["remarks"] == {"homework": 2, "materials": 1, "phone": 1}
    assert set(counts["observations"]["by_kind"].values()) == {0}
    assert set(counts["notices"].values()) == {0}


def test_r31_notices_stay_apart_from_observations(
    school: School, client: TestClient, source: int, student: str
) -> None:
    notice(school, source, student, BEGINS, None, reason_code="ZK")
    notice(school, source, student, BEGINS, ENDS, "absent")
    notice(school, source, student, BEGINS, ENDS, "absent", excused=False)
    school.seen(source, student, "sick")
    answer = absences(client, student)
    assert [(each["kind"], each["unresolved"], each["reason"]) for each in answer["notices"]] == [
        ("sick", False, {"code": "ZK", "name": None}), ("absent", True, None), ("absent", False, None)
    ]  # fmt: skip
    assert answer["counts"]["notices"]["sick"] == answer["counts"]["observations"]["by_kind"]["sick"] == 1
    assert answer["counts"]["observations"]["unexcused"] == 0


def test_days_are_local_and_inclusive(school: School, client: TestClient, source: int, student: str) -> None:
    for day in (date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)):
        school.seen(source, student, "late", day=day)
        school.put("lesson_remark", source, student_id=student, day=day, remark="phone")
    answer = absences(client, student, **{"from": "2026-03-02", "to": "2026-03-03"})
    assert [each["day"] for each in answer["observations"]] == ["2026-03-02", "2026-03-03"]
    assert [each["day"] for each in answer["remarks"]] == ["2026-03-02", "2026-03-03"]
    assert answer["counts"]["observations"]["by_kind"]["late"] == 2


def test_a_notice_is_shown_for_the_days_it_touches(
    school: School, client: TestClient, source: int, student: str
) -> None:
    touching = set()
    for begins, ends, touches in (
        ("2026-03-01T22:59:00Z", "2026-03-01T23:00:00Z", False),  # ends at the local midnight that 2 March begins
        ("2026-03-01T22:59:00Z", "2026-03-01T23:01:00Z", True),
        ("2026-03-01T23:00:00Z", "2026-03-01T23:00:00Z", True),
        ("2026-03-02T22:59:00Z", "2026-03-09T08:00:00Z", True),
        ("2026-03-02T23:00:00Z", "2026-03-09T08:00:00Z", False),  # the local midnight that 3 March begins
        ("2026-02-01T08:00:00Z", None, True),
        ("2026-02-01T08:00:00Z", "2026-05-01T08:00:00Z", True),
    ):
        until = None if ends is None else datetime.fromisoformat(ends)
        id = notice(school, source, student, datetime.fromisoformat(begins), until)
        touching |= {id} if touches else set()
    answer = absences(client, student, **{"from": "2026-03-02", "to": "2026-03-02"})
    assert {each["id"] for each in answer["notices"]} == touching


def test_days_the_wrong_way_round(client: TestClient, student: str) -> None:
    answer = client.get(f"/v1/students/{student}/absences", params={"from": "2026-03-03", "to": "2026-03-02"})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "query.from", "code": "after_to"}]


def test_what_is_referred_to_but_not_in_does_not_crash(
    school: School, client: TestClient, source: int, student: str
) -> None:
    known = school.lesson(source, BEGINS, ENDS, subject_id=ident(902))
    gone = school.lesson(source, BEGINS, ENDS, gone=True)
    school.seen(source, student, "absent", lesson_id=ident(900), reason_id=ident(901), reason_code="QQ", hour=1)
    school.seen(source, student, "absent", lesson_id=known, hour=2)
    school.seen(source, student, "absent", lesson_id=gone, hour=3)
    first, second, third = absences(client, student)["observations"]
    assert (first["lesson"], first["reason"]) == (None, {"code": "QQ", "name": None})
    assert second["lesson"]["subject"] == {"id": ident(902), "code": None, "name": None}
    assert third["lesson"] is None


def test_what_is_gone_and_what_is_of_others_is_not_shown(
    school: School, client: TestClient, source: int, student: str
) -> None:
    other = school.student(source, "Ander")
    college = school.source("college")
    school.seen(source, student, "late", gone=True)
    school.seen(source, other, "late")
    school.seen(college, student, "late")
    notice(school, source, student, BEGINS, ENDS, gone=True)
    notice(school, source, other, BEGINS, ENDS)
    school.put("lesson_remark", source, student_id=student, day=date(2026, 3, 2), remark="phone", gone=True)
    answer = absences(client, student)
    assert (answer["observations"], answer["notices"], answer["remarks"]) == ([], [], [])


def test_not_read_is_not_none(school: School, client: TestClient) -> None:
    source = school.source("college", entities=())
    school.entity(source, "observations", ("attendance_observation",))
    school.entity(source, "notices", ("absence_notice",), None, None)
    answer = absences(client, school.student(source))
    assert answer["observations"] == []
    assert answer["notices"] is answer["remarks"] is None
    assert answer["counts"]["notices"] is answer["counts"]["remarks"] is None
    assert answer["meta"]["completeness"] == {
        "observations": "complete", "notices": "unknown", "remarks": "not_offered"
    }  # fmt: skip


# R38: a notice sick 08:30-16:00 and present in period 2: present there, absent and excused in the others.


@pytest.fixture
def sick_day(sqlite_engine: Engine) -> Office:
    """A Monday of four lessons: seen in the second, unexcused by the school's own word in the fourth."""
    office = Office(sqlite_engine)
    student = office.pupil("Voorbeeld")
    teacher = office.member_of_staff("DOC", office.home, "teacher", office.french)
    for hour, kind, excused in ((1, "absent", None), (2, "present", None), (3, "absent", None), (4, "absent", False)):
        begins = datetime(2026, 3, 2, 6 + hour, 30, tzinfo=UTC)
        lesson = office.lesson(office.lyceum, begins, begins + timedelta(minutes=50), staff_id=teacher)
        office.seen(office.lyceum, student, kind, excused, hour=hour, lesson_id=lesson)
    office.notice(student, "sick", datetime(2026, 3, 2, 7, 30, tzinfo=UTC), datetime(2026, 3, 2, 15, 0, tzinfo=UTC))
    return office


def shown_to(office: Office, who: str) -> Any:
    (student,) = office.ask(who, "/v1/students")["students"]
    return office.ask(who, f"/v1/students/{student['id']}/absences")


@pytest.mark.parametrize("who", ["MEN", "DOC"])
def test_r38_a_notice_explains_absence_and_not_what_was_seen(sick_day: Office, who: str) -> None:
    answer = shown_to(sick_day, who)
    assert [(seen["counts_as"], seen["unresolved"], seen["excused"]) for seen in answer["observations"]] == [
        ("excused", False, None), ("present", False, None), ("excused", False, None), ("unexcused", False, False)
    ]  # fmt: skip
    counts = answer["counts"]["observations"]
    assert (counts["excused"], counts["unexcused"], counts["unresolved"]) == (2, 1, 0)
    assert (answer["own_lessons_only"], answer["notices"] is None) == ((who == "DOC"),) * 2


def test_r38_counts_as_at_the_glance(sick_day: Office) -> None:
    (student,) = sick_day.ask("MEN", f"/v1/groups/{sick_day.home}/glance")["students"]
    assert (student["absence"]["unresolved"], student["absence"]["unexcused"]) == ("0", "1")


def test_r38_what_was_told_of_other_days_than_asked_for_still_explains(
    school: School, client: TestClient, source: int, student: str
) -> None:
    notice(school, source, student, BEGINS, BEGINS + timedelta(days=2), gone=True)
    school.seen(source, student, "absent")
    day = {"from": "2026-03-02", "to": "2026-03-02"}
    assert absences(client, student, **day)["observations"][0]["counts_as"] == "unresolved"
    notice(school, source, student, BEGINS - timedelta(days=2), BEGINS + timedelta(days=2))
    assert absences(client, student, **day)["observations"][0]["counts_as"] == "excused"


def test_a_notice_that_was_never_read_explains_nothing(school: School, client: TestClient) -> None:
    source = school.source("college", entities=())
    school.entity(source, "observations", ("attendance_observation",))
    student = school.student(source)
    school.seen(source, student, "absent")
    notice(school, source, student, BEGINS - timedelta(days=2), None)
    assert absences(client, student)["counts"]["observations"]["unresolved"] == 1
