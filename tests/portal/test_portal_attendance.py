"""What an observation counts as (R31-R36, R39), and what a notice makes of it (R38)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from canonical.terms import AttendanceKind, LessonStatus
from portal.attendance import Standing, standing
from portal.signals import Lesson, Notice, explained

K = AttendanceKind


@pytest.mark.parametrize("excused", [True, False, None])
@pytest.mark.parametrize(("kind", "expected"), [
    (K.PRESENT, Standing.PRESENT),
    (K.LATE, Standing.PRESENT),
    (K.REMOVED, Standing.PRESENT),
    (K.SICK, Standing.EXCUSED),
    (K.EXEMPT, Standing.EXCUSED),
    (K.NOT_APPLICABLE, Standing.NOT_APPLICABLE),
    (K.UNKNOWN, Standing.UNKNOWN),
])  # fmt: skip
def test_only_absence_hangs_on_its_excuse(kind: AttendanceKind, excused: bool | None, expected: Standing) -> None:
    assert standing(kind, excused, LessonStatus.SCHEDULED) is expected


@pytest.mark.parametrize(("excused", "expected"), [
    (True, Standing.EXCUSED), (False, Standing.UNEXCUSED), (None, Standing.UNRESOLVED),
])  # fmt: skip
def test_r35_absence_without_a_known_reason_is_unresolved(excused: bool | None, expected: Standing) -> None:
    assert standing(K.ABSENT, excused, None) is expected


@pytest.mark.parametrize("kind", list(K))
def test_r39_nobody_is_absent_from_a_cancelled_lesson(kind: AttendanceKind) -> None:
    assert standing(kind, False, LessonStatus.CANCELLED) is Standing.NOT_APPLICABLE


# R38: a notice explains what nobody else has explained.

DAY = date(2026, 1, 5)
MIDNIGHT = datetime(2026, 1, 4, 23, tzinfo=UTC)
"""The local one that ``DAY`` begins with."""
EIGHT = MIDNIGHT + timedelta(hours=8)
ABSENT = Lesson(DAY, K.ABSENT, begins=EIGHT)
UNTIMED = Lesson(DAY, K.ABSENT)


def counts_as(lesson: Lesson, *notices: Notice) -> Standing:
    (found,) = explained([lesson], notices)
    return found.standing


@pytest.mark.parametrize(("kind", "excused", "expected"), [
    (K.SICK, None, Standing.EXCUSED),
    (K.EXEMPT, None, Standing.EXCUSED),
    (K.ABSENT, True, Standing.EXCUSED),
    (K.ABSENT, False, Standing.UNEXCUSED),
    (K.ABSENT, None, Standing.UNRESOLVED),
    (K.LATE, True, Standing.UNRESOLVED),
    (K.UNKNOWN, True, Standing.UNRESOLVED),
])  # fmt: skip
def test_r38_a_notice_explains_an_unresolved_absence(kind: K, excused: bool | None, expected: Standing) -> None:
    told = Notice(EIGHT - timedelta(minutes=30), EIGHT + timedelta(hours=8), kind, excused)
    assert counts_as(ABSENT, told) is expected


@pytest.mark.parametrize(("seen", "expected"), [
    (Lesson(DAY, K.PRESENT, begins=EIGHT), Standing.PRESENT),
    (Lesson(DAY, K.LATE, begins=EIGHT), Standing.PRESENT),
    (Lesson(DAY, K.UNKNOWN, begins=EIGHT), Standing.UNKNOWN),
    (Lesson(DAY, K.ABSENT, False, EIGHT), Standing.UNEXCUSED),
    (Lesson(DAY, K.ABSENT, begins=EIGHT, status=LessonStatus.CANCELLED), Standing.NOT_APPLICABLE),
])  # fmt: skip
def test_r38_what_was_seen_and_the_schools_own_word_go_before_a_notice(seen: Lesson, expected: Standing) -> None:
    assert counts_as(seen, Notice(MIDNIGHT, MIDNIGHT + timedelta(days=1), K.SICK)) is expected


@pytest.mark.parametrize(("lesson", "begins", "ends", "explains"), [
    (ABSENT, EIGHT, EIGHT + timedelta(minutes=1), True),
    (ABSENT, EIGHT - timedelta(hours=1), EIGHT, False),
    (ABSENT, EIGHT + timedelta(minutes=1), EIGHT + timedelta(hours=1), False),
    (ABSENT, MIDNIGHT, None, True),
    (ABSENT, EIGHT + timedelta(minutes=1), None, False),
    (ABSENT, MIDNIGHT - timedelta(minutes=1), None, False),
    # A lesson at an unknown time: by a notice of the whole day alone.
    (UNTIMED, MIDNIGHT, MIDNIGHT + timedelta(days=1), True),
    (UNTIMED, MIDNIGHT - timedelta(days=2), MIDNIGHT + timedelta(days=3), True),
    (UNTIMED, MIDNIGHT, None, True),
    (UNTIMED, MIDNIGHT, MIDNIGHT + timedelta(hours=23), False),
    (UNTIMED, EIGHT, MIDNIGHT + timedelta(days=1), False),
    (UNTIMED, EIGHT, None, False),
    (UNTIMED, MIDNIGHT - timedelta(days=1), MIDNIGHT, False),
])  # fmt: skip
def test_r38_a_notice_explains_only_what_it_covers(
    lesson: Lesson, begins: datetime, ends: datetime | None, explains: bool
) -> None:
    expected = Standing.EXCUSED if explains else Standing.UNRESOLVED
    assert counts_as(lesson, Notice(begins, ends, K.SICK)) is expected


def test_of_several_notices_the_one_that_begins_last_explains() -> None:
    """Whatever their order; of two that begin together the one that excuses."""
    ill = Notice(MIDNIGHT, MIDNIGHT + timedelta(days=1), K.SICK)
    truant = Notice(EIGHT, EIGHT + timedelta(hours=1), K.ABSENT, False)
    dentist = Notice(EIGHT, EIGHT + timedelta(hours=1), K.ABSENT, True)
    for notices, expected in (([ill, truant], Standing.UNEXCUSED), ([ill, truant, dentist], Standing.EXCUSED)):
        assert counts_as(ABSENT, *notices) is counts_as(ABSENT, *notices[::-1]) is expected
