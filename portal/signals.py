"""What a student's absences and lateness amount to (R35, R36, R40-R46). Pure.

These are signals for the mentor: whoever reports anything to anybody is the school. Absence that nobody has explained
is no unexcused absence yet (R35): it gives a warning of what would be reached.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction

from canonical.terms import AttendanceKind, LessonStatus
from portal.access import ADULT, age
from portal.attendance import Standing, standing
from portal.clock import SCHOOL_TIME, local_day
from portal.rules import Rules
from portal.schooldays import DAYS_A_WEEK, Calendar

LESSON_MINUTES = 60
"""A lesson of at most this many minutes is one hour, however short (R41)."""
REPORT_EVERY = timedelta(days=7)
"""One report in so many days suffices (R43)."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was seen of one student in one lesson. ``day`` is local, ``begins`` and ``ends`` are aware.

    ``spans`` is the number of lesson hours (lesuren) of the lesson; ``parts`` the number of observations that the
    source has made of it, one for each part.
    """

    day: date
    kind: AttendanceKind
    excused: bool | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    status: LessonStatus | None = None
    spans: int = 1
    parts: int = 1
    late_minutes: int | None = None
    luxury: bool = False
    """The school's reason says: a holiday without leave (R44)."""

    @property
    def standing(self) -> Standing:
        return standing(self.kind, self.excused, self.status)


@dataclass(frozen=True, slots=True)
class Notice:
    """An absence over an interval. ``ends`` is None while nobody knows until when."""

    begins: datetime
    ends: datetime | None
    kind: AttendanceKind
    excused: bool | None = None
    luxury: bool = False


class ReportKind(StrEnum):
    SIXTEEN_HOURS = "sixteen_hours"
    ADULT = "adult"
    """Sixteen hours of somebody of 18 or older, who is no longer of school age (R44)."""


@dataclass(frozen=True, slots=True)
class Report:
    """Sixteen hours were reached: from the first counted absence to the day on which they were (R42)."""

    kind: ReportKind
    first: date
    last: date
    hours: Fraction
    follow_up: bool
    suffices: bool
    """A report within the seven days before suffices (R43)."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of the school year and of the window that ends today, the reports, and what would come of the unresolved.

    ``counting`` is what counts towards the next report. ``if_confirmed`` is the report that is reached when all
    unresolved absence turns out to be unexcused; None where that reaches none (R35).
    """

    unexcused: Fraction
    unresolved: Fraction
    counting: Fraction
    reports: tuple[Report, ...]
    if_confirmed: Report | None


@dataclass(frozen=True, slots=True)
class Lateness:
    """How often late without a good reason, and how many of the school's steps that reaches (R45)."""

    count: int
    step: int


@dataclass(frozen=True, slots=True)
class Span:
    """From day to day, both inclusive."""

    first: date
    last: date
    days: int
    """School days."""


class SickReason(StrEnum):
    OFTEN = "often"
    """The 4th episode in twelve school weeks."""
    LONG = "long"
    """The 7th school day in a row."""


@dataclass(frozen=True, slots=True)
class SickSignal:
    """``day`` is when it came about."""

    reason: SickReason
    day: date


@dataclass(frozen=True, slots=True)
class Sickness:
    episodes: tuple[Span, ...]
    signals: tuple[SickSignal, ...]


def explained(lessons: Iterable[Lesson], notices: Sequence[Notice]) -> list[Lesson]:
    """The lessons in their order, unresolved absence explained by a notice over it (R38).

    What was seen in the lesson goes before a notice, and so does the school's own word that it was unexcused (R37).
    """
    return [_explained(lesson, notices) if lesson.standing is Standing.UNRESOLVED else lesson for lesson in lessons]


def _explained(lesson: Lesson, notices: Iterable[Notice]) -> Lesson:
    telling = [
        (notice, told) for notice in notices
        if (told := standing(notice.kind, notice.excused, None)) in (Standing.EXCUSED, Standing.UNEXCUSED)
        and _covers(notice, lesson)
    ]  # fmt: skip
    if not telling:
        return lesson
    # Of several the one that begins last is the most about this lesson: the dentist at ten, not the day at home.
    notice, told = max(telling, key=lambda one: (one[0].begins, one[1] is Standing.EXCUSED))
    return replace(lesson, excused=told is Standing.EXCUSED, luxury=lesson.luxury or notice.luxury)


def _covers(notice: Notice, lesson: Lesson) -> bool:
    """Whether a notice is over the beginning of a lesson; of one at an unknown time, whether it is over the day."""
    begins = lesson.begins or _midnight(lesson.day)
    # A notice without an end says nothing of the days after (R84).
    if notice.ends is None:
        return notice.begins <= begins and local_day(notice.begins) == lesson.day
    if lesson.begins is None and notice.ends < _midnight(lesson.day + timedelta(days=1)):
        return False
    return notice.begins <= begins < notice.ends


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SCHOOL_TIME)


def counted_hours(lesson: Lesson, rules: Rules) -> Fraction:
    """The hours that a missed lesson counts for: lesson hours, and of longer ones their minutes (R41)."""
    each = Fraction(1)
    if rules.long_lessons_by_minutes and lesson.begins is not None and lesson.ends is not None:
        minutes = Fraction(int((lesson.ends - lesson.begins).total_seconds()), 60 * lesson.spans)
        if minutes > LESSON_MINUTES:
            each = minutes / LESSON_MINUTES
    return each * lesson.spans / lesson.parts


def hours(
    lessons: Iterable[Lesson], rules: Rules, calendar: Calendar, begins: date, today: date,
    birth_date: date | None = None,
) -> Hours:  # fmt: skip
    """The sixteen hours in the school year that began on ``begins``.

    Four school weeks reach back over a summer, so that ``lessons`` are those of the year before too.
    """
    certain: dict[date, Fraction] = defaultdict(Fraction)
    open_: dict[date, Fraction] = defaultdict(Fraction)
    for lesson in lessons:
        if _missed(lesson, rules):
            certain[lesson.day] += counted_hours(lesson, rules)
        elif lesson.standing is Standing.UNRESOLVED:
            open_[lesson.day] += counted_hours(lesson, rules)
    made = _reports(certain, rules, calendar, begins, birth_date)
    since = made[-1].last if made else date.min
    left = {day: found for day, found in certain.items() if day > since}
    both = {day: left.get(day, Fraction()) + open_.get(day, Fraction()) for day in {*left, *open_} if day > since}
    return Hours(
        unexcused=_sum(found for day, found in certain.items() if day >= begins),
        unresolved=_sum(found for day, found in open_.items() if day >= begins),
        counting=_sum(found for day, found in left.items() if _in_window(day, today, rules, calendar)),
        reports=tuple(_of_year(made, begins)),
        if_confirmed=next(_of_year(_reports(both, rules, calendar, begins, birth_date), begins), None),
    )  # fmt: skip


def _sum(found: Iterable[Fraction]) -> Fraction:
    return sum(found, Fraction())


def _of_year(made: Iterable[Report], begins: date) -> Iterator[Report]:
    return (report for report in made if report.last >= begins)


def _missed(lesson: Lesson, rules: Rules) -> bool:
    return lesson.standing is Standing.UNEXCUSED or _too_late(lesson, rules)


def _too_late(lesson: Lesson, rules: Rules) -> bool:
    """Whether the school takes this lateness for a missed lesson (R45)."""
    return (
        _is_late(lesson) and rules.late_to_lesson_minutes is not None and lesson.late_minutes is not None
        and lesson.late_minutes > rules.late_to_lesson_minutes
    )  # fmt: skip


def _is_late(lesson: Lesson) -> bool:
    """Late is what was seen, not what is still to be found out: only a good reason takes it away (R45)."""
    return (
        lesson.kind is AttendanceKind.LATE and lesson.excused is not True
        and lesson.standing is not Standing.NOT_APPLICABLE
    )  # fmt: skip


def _in_window(day: date, last: date, rules: Rules, calendar: Calendar) -> bool:
    """Whether ``day`` falls in the four weeks that end with ``last``: twenty school days, or whole weeks (R42)."""
    weeks = rules.thresholds_on(last).school_weeks
    if rules.window == "week_blocks":
        return calendar.within_weeks(day, last, weeks)
    return calendar.within(day, last, weeks * DAYS_A_WEEK)


def _reports(
    by_day: Mapping[date, Fraction], rules: Rules, calendar: Calendar, begins: date, birth_date: date | None
) -> list[Report]:
    """Each time that the norm is reached; counting begins again on the day after (R43)."""
    made: list[Report] = []
    sufficed: date | None = None
    pending: list[date] = []
    for day in sorted(by_day):
        pending = [earlier for earlier in pending if _in_window(earlier, day, rules, calendar)] + [day]
        total = _sum(by_day[earlier] for earlier in pending)
        adult = birth_date is not None and age(birth_date, day) >= ADULT
        if total < rules.thresholds_on(day).unexcused_hours or (adult and not rules.report_from_18):
            continue
        suffices = sufficed is not None and day - sufficed < REPORT_EVERY
        kind = ReportKind.ADULT if adult else ReportKind.SIXTEEN_HOURS
        # A new school year begins with a first report.
        follow_up = bool(made) and (day < begins or made[-1].last >= begins)
        made.append(Report(kind, pending[0], day, total, follow_up, suffices))
        sufficed = sufficed if suffices else day
        pending = []
    return made


def lateness(lessons: Iterable[Lesson], rules: Rules) -> Lateness:
    """Late without a good reason in one school year. What counts as a missed lesson counts no longer as late (R45)."""
    count = sum(_is_late(lesson) and not _too_late(lesson, rules) for lesson in lessons)
    return Lateness(count, sum(count >= step for step in rules.late_steps))


def sickness(
    lessons: Iterable[Lesson], notices: Iterable[Notice], rules: Rules, calendar: Calendar, begins: date, today: date
) -> Sickness:
    """Episodes of sickness in the school year that began on ``begins``, and what they amount to (R46).

    Schools want a notice a day: days in a row are one. Twelve school weeks reach back over a summer, so that lessons
    and notices are those of the year before too.
    """
    episodes = _runs(_sick_days(list(lessons), notices, calendar, today), calendar)
    signals = [
        SickSignal(SickReason.LONG, day) for episode in episodes
        if (day := _nth_day(episode, rules.thresholds_on(episode.last).sick_days, calendar)) is not None
    ]  # fmt: skip
    counting: list[date] = []
    for episode in episodes:
        norm = rules.thresholds_on(episode.first)
        counting = [
            first for first in counting if calendar.within(first, episode.first, norm.sick_weeks * DAYS_A_WEEK)
        ] + [episode.first]
        if len(counting) >= norm.sick_episodes:
            signals.append(SickSignal(SickReason.OFTEN, episode.first))
            counting = []
    signals.sort(key=lambda signal: (signal.day, signal.reason))
    return Sickness(
        tuple(episode for episode in episodes if episode.last >= begins),
        tuple(signal for signal in signals if signal.day >= begins),
    )


def _sick_days(
    lessons: Sequence[Lesson], notices: Iterable[Notice], calendar: Calendar, today: date
) -> set[date]:
    """Days of which a lesson or a notice says so. Who was seen all day was not sick, whatever the notice (R38)."""
    seen: dict[date, Counter[bool]] = defaultdict(Counter)
    for lesson in lessons:
        if lesson.standing is not Standing.NOT_APPLICABLE:
            seen[lesson.day][lesson.standing is Standing.PRESENT] += 1
    told = {
        day for notice in notices if notice.kind is AttendanceKind.SICK for day in _days(notice, today)
        if calendar.is_school_day(day) and not (seen[day][True] and not seen[day][False])
    }  # fmt: skip
    return told | {
        lesson.day for lesson in lessons
        if lesson.kind is AttendanceKind.SICK and lesson.standing is not Standing.NOT_APPLICABLE
    }  # fmt: skip


def _days(notice: Notice, today: date) -> Iterable[date]:
    """The local days of a notice; one without an end is known of its first day alone. None lies after ``today``."""
    first = local_day(notice.begins)
    last = first
    if notice.ends is not None:
        # One that ends at midnight does not touch the day that begins.
        last = max(first, (notice.ends.astimezone(SCHOOL_TIME) - timedelta(microseconds=1)).date())
    return (first + timedelta(days=n) for n in range((min(last, today) - first).days + 1))


def _runs(days: Iterable[date], calendar: Calendar) -> list[Span]:
    """Days in a row, weekends and holidays between them or not."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and calendar.follows(runs[-1][-1], day):
            runs[-1].append(day)
        else:
            runs.append([day])
    return [Span(run[0], run[-1], calendar.number(run[-1]) - calendar.number(run[0]) + 1) for run in runs]


def _nth_day(span: Span, n: int, calendar: Calendar) -> date | None:
    """The ``n``-th school day of a span; None when it is not so long."""
    days = (span.first + timedelta(days=k) for k in range((span.last - span.first).days + 1))
    school_days = [day for day in days if calendar.is_school_day(day)]
    return school_days[n - 1] if len(school_days) >= n else None


def long_absence(lessons: Iterable[Lesson], rules: Rules, calendar: Calendar) -> list[Span]:
    """Unexcused absence of more than four weeks without a break (LRV, R44).

    Every lesson seen on each of those school days was missed; a day of which nothing is known breaks it.
    """
    whole: dict[date, bool] = {}
    for lesson in lessons:
        if lesson.standing is not Standing.NOT_APPLICABLE:
            whole[lesson.day] = whole.get(lesson.day, True) and lesson.standing is Standing.UNEXCUSED
    runs = _runs((day for day, missed in whole.items() if missed), calendar)
    return [run for run in runs if run.days > rules.thresholds_on(run.last).long_absence_weeks * DAYS_A_WEEK]


def luxury_absence(
    lessons: Iterable[Lesson], notices: Iterable[Notice], calendar: Calendar, today: date
) -> list[Span]:
    """A holiday without leave: at once, however short (R44)."""
    days = {
        lesson.day for lesson in lessons
        if lesson.luxury and lesson.standing in (Standing.UNEXCUSED, Standing.UNRESOLVED)
    }  # fmt: skip
    for notice in notices:
        if notice.luxury and standing(notice.kind, notice.excused, None) in (Standing.UNEXCUSED, Standing.UNRESOLVED):
            days |= {day for day in _days(notice, today) if calendar.is_school_day(day)}
    return _runs(days, calendar)
