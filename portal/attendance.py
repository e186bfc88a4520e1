"""What an attendance observation comes to (R31-R36, R39). Pure."""

from __future__ import annotations

from enum import StrEnum

from canonical.terms import AttendanceKind, LessonStatus


class Standing(StrEnum):
    """What an observation counts as."""

    PRESENT = "present"
    EXCUSED = "excused"
    UNEXCUSED = "unexcused"
    UNRESOLVED = "unresolved"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


_FIXED = {
    AttendanceKind.PRESENT: Standing.PRESENT,
    # Who came late or was sent out was there: no absent lesson (R32).
    AttendanceKind.LATE: Standing.PRESENT,
    AttendanceKind.REMOVED: Standing.PRESENT,
    # Sickness is excused whatever else the source says of it (R36); an exemption is leave by its nature.
    AttendanceKind.SICK: Standing.EXCUSED,
    AttendanceKind.EXEMPT: Standing.EXCUSED,
    AttendanceKind.NOT_APPLICABLE: Standing.NOT_APPLICABLE,
    # What the school's code means is not guessed (R31).
    AttendanceKind.UNKNOWN: Standing.UNKNOWN,
}


def standing(kind: AttendanceKind, excused: bool | None, lesson: LessonStatus | None) -> Standing:
    """What an observation of ``kind`` in a lesson of that status counts as; ``lesson`` is None when not known."""
    if lesson is LessonStatus.CANCELLED:
        return Standing.NOT_APPLICABLE  # R39
    if kind is AttendanceKind.ABSENT:
        return absent(excused)
    return _FIXED[kind]


def absent(excused: bool | None) -> Standing:
    """Absence without a known reason is unresolved: not yet excused, not yet unexcused (R35)."""
    if excused is None:
        return Standing.UNRESOLVED
    return Standing.EXCUSED if excused else Standing.UNEXCUSED
