"""What an observation counts as (R31-R36, R39)."""

from __future__ import annotations

import pytest

from canonical.terms import AttendanceKind, LessonStatus
from portal.attendance import Standing, standing

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
