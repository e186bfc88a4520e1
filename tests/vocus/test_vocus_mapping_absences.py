"""Rows of a delivery to records: reasons, lessons and absences. Expected values are written by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from canonical.records import AbsenceNotice, AbsenceReason, AttendanceObservation, Lesson, LessonRemark, Record
from canonical.terms import AttendanceKind, LessonStatus, RemarkKind
from connectors.contract import RawRecord, Settings
from connectors.errors import BadRow
from tests.vocus.mapped import YEAR, mapped
from vocus.csv_rows import keeper, layout_of
from vocus.mapping import mapper
from vocus.settings import load

REASON = {
    "reason": "9", "code": "ZK", "name": "Ziek", "kind": "ziek", "excused": "J", "luxury": "N", "visible": "J",
    "retired": "N",
}  # fmt: skip
ABSENCE = {
    "absence": "3001", "student": "000123", "date": "24-11-2026", "hour": "3", "lesson": "88", "begins": "", "ends": "",
    "reason": "9", "code": "ZK", "kind": "ziek", "excused": "J", "noted_at": "24-11-2026 10:31:00",
}  # fmt: skip
NOTICE = {**ABSENCE, "hour": "", "lesson": "", "begins": "24-11-2026 08:00:00", "ends": "24-11-2026 12:00:00"}
KINDS = {"maps": {"kind": {"ziek": "sick", "absent": "absent", "telaat": "late", "materiaal": "materials"}}}
NOTED = datetime(2026, 11, 24, 9, 31, tzinfo=UTC)
REASONS = {"Z": {"kind": "sick", "excused": True}, "TL": {"kind": "late", "excused": False}, "AB": {"kind": "absent"}}


def _bad(name: str, values: dict[str, str], data: Any = None, **options: Any) -> list[tuple[str, str]]:
    with pytest.raises(BadRow) as caught:
        mapped(name, values, data, **options)
    return [tuple(problem) for problem in caught.value.problems]


def test_a_reason() -> None:
    assert mapped("absence_reasons", REASON, KINDS) == [
        AbsenceReason(
            key=("9",), code="ZK", name="Ziek", attendance_kind=AttendanceKind.SICK, excused=True, luxury=False,
            visible_to_guardians=True,
        )
    ]  # fmt: skip
    remark = mapped("absence_reasons", {**REASON, "kind": "materiaal"}, KINDS)[0]
    assert isinstance(remark, AbsenceReason)
    assert remark.attendance_kind is AttendanceKind.NOT_APPLICABLE
    assert _bad("absence_reasons", {**REASON, "code": ""}, KINDS) == [("code", "key")]


def test_a_reason_without_a_number_goes_by_its_code_and_says_what_the_settings_say() -> None:
    assert mapped("absence_reasons", {"code": "Z", "name": "Ziek"}, reasons=REASONS) == [
        AbsenceReason(key=("Z",), code="Z", name="Ziek", attendance_kind=AttendanceKind.SICK, excused=True)
    ]
    assert mapped("absence_reasons", {"code": "?"}, reasons=REASONS) == [
        AbsenceReason(key=("?",), code="?", attendance_kind=AttendanceKind.UNKNOWN)
    ]


def test_a_lesson() -> None:
    values = {
        "lesson": "88", "begins": "24-11-2026 08:30:00", "ends": "24-11-2026 09:20:00", "first_hour": "1",
        "last_hour": "1", "title": "wi - DVS - 4h2", "subject": "wi", "teacher": "DVS", "group": "4h2",
        "status": "vervallen",
    }  # fmt: skip
    data = {"maps": {"status": {"vervallen": "cancelled"}}}
    assert mapped("lessons", values, data) == [
        Lesson(
            key=("88",), begins=datetime(2026, 11, 24, 7, 30, tzinfo=UTC),
            ends=datetime(2026, 11, 24, 8, 20, tzinfo=UTC), first_hour=1, last_hour=1, title="wi - DVS - 4h2",
            subject=("wi",), group=("4h2",), staff=("DVS",), status=LessonStatus.CANCELLED,
        )
    ]  # fmt: skip
    assert _bad("lessons", {**values, "begins": "8u30", "ends": ""}, data) == [("begins", "time"), ("ends", "missing")]
    odd = mapped("lessons", {**values, "status": "iets"}, data)[0]
    assert isinstance(odd, Lesson)
    assert odd.status is LessonStatus.UNKNOWN


def test_an_absence_in_a_lesson_is_an_observation() -> None:
    assert mapped("absences", ABSENCE, KINDS) == [
        AttendanceObservation(
            key=("3001",), student=("000123",), lesson=("88",), day=date(2026, 11, 24), hour=3,
            attendance_kind=AttendanceKind.SICK, excused=True, reason=("9",), reason_code="ZK", noted_at=NOTED,
        )
    ]  # fmt: skip


def test_an_absence_over_some_time_is_a_notice() -> None:
    assert mapped("absences", NOTICE, KINDS) == [
        AbsenceNotice(
            key=("3001",), student=("000123",), begins=datetime(2026, 11, 24, 7, tzinfo=UTC),
            ends=datetime(2026, 11, 24, 11, tzinfo=UTC), attendance_kind=AttendanceKind.SICK, excused=True,
            reason=("9",), reason_code="ZK", noted_at=NOTED,
        )
    ]  # fmt: skip
    in_an_hour = mapped("absences", {**NOTICE, "hour": "1"}, KINDS)[0]
    assert isinstance(in_an_hour, AttendanceObservation)


def test_forgotten_materials_are_a_remark_and_presence_is_nothing() -> None:
    assert mapped("absences", {**ABSENCE, "kind": "Materiaal"}, KINDS) == [
        LessonRemark(
            key=("3001",), student=("000123",), lesson=("88",), day=date(2026, 11, 24), hour=3,
            remark=RemarkKind.MATERIALS, reason=("9",), reason_code="ZK", noted_at=NOTED,
        )
    ]  # fmt: skip
    assert mapped("absences", {**ABSENCE, "kind": "present"}, KINDS) == []


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"date": "24-11-2026", "hour": "3"}, ("7", "2026-11-24", "3")),
        ({"begins": "24-11-2026 08:00:00"}, ("7", "2026-11-24T07:00:00+00:00")),
        ({"begins": "24-11-2026 08:00:00", "date": "24-11-2026", "hour": "1"}, ("7", "2026-11-24", "1")),
    ],
)
def test_an_absence_without_a_number_goes_by_whose_and_when(values: dict[str, str], key: tuple[str, ...]) -> None:
    assert mapped("absences", {"student": "7", "code": "Z", **values})[0].key == key


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"absence": "", "date": "x"}, ("date", "key")),
        ({"absence": "", "hour": "", "lesson": "88"}, ("hour", "key")),
        ({"date": "32-11-2026"}, ("date", "date")),
        ({"date": ""}, ("date", "missing")),
        ({"hour": "derde"}, ("hour", "decimal")),
        ({"excused": "misschien"}, ("excused", "boolean")),
        ({"noted_at": "gisteren"}, ("noted_at", "time")),
    ],
)
def test_a_bad_absence_names_the_field(change: dict[str, str], problem: tuple[str, str]) -> None:
    assert _bad("absences", {**ABSENCE, **change}, KINDS) == [problem]


@pytest.mark.parametrize(
    ("change", "kind", "excused"),
    [
        ({"code": "Z", "kind": "", "excused": ""}, AttendanceKind.SICK, True),
        ({"code": "TL", "kind": "", "excused": ""}, AttendanceKind.LATE, False),
        ({"code": "Z", "kind": "absent", "excused": "N"}, AttendanceKind.ABSENT, False),
        ({"code": "??", "kind": "", "excused": ""}, AttendanceKind.UNKNOWN, None),
        ({"code": "Z", "kind": "kwijt", "excused": ""}, AttendanceKind.SICK, True),
        ({"code": "AB", "kind": "absent", "excused": "N"}, AttendanceKind.ABSENT, None),
        ({"code": "AB", "kind": "", "excused": ""}, AttendanceKind.ABSENT, None),
        ({"code": "AB", "kind": "telaat", "excused": "N"}, AttendanceKind.LATE, False),
    ],
)
def test_the_row_itself_comes_before_the_settings(
    change: dict[str, str], kind: AttendanceKind, excused: bool | None
) -> None:
    seen = mapped("absences", {**ABSENCE, **change}, KINDS, reasons=REASONS)[0]
    assert isinstance(seen, AttendanceObservation)
    assert (seen.attendance_kind, seen.excused, seen.reason_code) == (kind, excused, change["code"])


def test_reasons_that_go_by_their_code_are_referred_to_by_it() -> None:
    values = {"absence": "1", "student": "7", "date": "24-11-2026", "code": "Z"}
    by_code = {"absence_reasons": {"files": "r.csv", "columns": {"code": "Code"}}}
    by_number = {"absence_reasons": {"files": "r.csv", "columns": {"code": "Code", "reason": "Nr"}}}
    for others, expected in ((by_code, ("Z",)), (by_number, None), ({}, None)):
        seen = mapped("absences", values, others=others)[0]
        assert isinstance(seen, AttendanceObservation)
        assert seen.reason == expected


def _topicus(name: str, preset: str, line: str) -> list[Record]:
    """A line of the documented layout, to the letter."""
    table = {"folder": "/srv/vliet", "reasons": REASONS, "data": {name: {"preset": preset}}}
    settings = load(Settings("de-vliet", table))
    data = settings.data[name]
    facts = {
        "delimiter": ";", "columns": 9 if name == "notices" else 10, "positions": data.columns, "encoding": "utf-8",
        "formats": {"date": "%Y%m%d", "until": "%Y%m%d"}, "type_position": None,
    }  # fmt: skip
    row = keeper(facts, data)(line.encode(), 1)
    assert row is not None
    return list(mapper(settings)(RawRecord(name, row, layout_of(name, facts, YEAR))))


@pytest.mark.parametrize(
    ("line", "key", "begins", "ends"),
    [
        ("100122;20091012;1000;20091012;1045;2;2;Z;Gebeld door moeder", ("100122", "2009-10-12", "10:00"),
         datetime(2009, 10, 12, 8, tzinfo=UTC), datetime(2009, 10, 12, 8, 45, tzinfo=UTC)),
        ("102447;20091012;;20091012;;;;Z;Hele dag \"ziek", ("102447", "2009-10-12", "day"),
         datetime(2009, 10, 11, 22, tzinfo=UTC), datetime(2009, 10, 12, 22, tzinfo=UTC)),
        ("102447;20091012;8:30;;;;;Z;", ("102447", "2009-10-12", "08:30"),
         datetime(2009, 10, 12, 6, 30, tzinfo=UTC), None),
        ("102447;20091012;8.30;20091013;;;;Z;", ("102447", "2009-10-12", "08:30"),
         datetime(2009, 10, 12, 6, 30, tzinfo=UTC), datetime(2009, 10, 13, 22, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_the_nine_columns_of_topicus(
    line: str, key: tuple[str, ...], begins: datetime, ends: datetime | None
) -> None:
    assert _topicus("notices", "topicus-absences", line) == [
        AbsenceNotice(
            key=key, student=key[:1], begins=begins, ends=ends, attendance_kind=AttendanceKind.SICK, excused=True,
            reason_code="Z",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("100122;20091012;;20091012;;2;2;Z;", "time: missing"),
        ("100122;20091012;25:00;;;;;Z;", "time: time"),
        ("100122;20091312;;;;;;Z;", "date: key"),
        ("100122;20091012;;;;;;;", "code: missing"),
        (";20091012;;;;;;Z;", "student: key"),
        ("100122;20091012;;;;;;Z;a;b", "row: columns"),
    ],
)
def test_what_is_wrong_in_the_nine_columns(line: str, problem: str) -> None:
    with pytest.raises(BadRow) as caught:
        _topicus("notices", "topicus-absences", line)
    assert str(caught.value) == problem


def test_the_ten_columns_of_topicus() -> None:
    seen = AttendanceObservation(
        key=("100122", "2009-10-12", "2"), student=("100122",), day=date(2009, 10, 12), hour=2,
        attendance_kind=AttendanceKind.ABSENT,
    )  # fmt: skip
    line = "100122;20091012;1000;20091012;1045;2;2;wi;Afwezig;N"
    assert _topicus("observations", "topicus-observations", line) == [seen]
    assert _topicus("observations", "topicus-observations", line.replace("Afwezig", "Aanwezig")) == []
    by_time = _topicus("observations", "topicus-observations", line.replace(";2;2;", ";;;"))
    assert by_time[0].key == ("100122", "2009-10-12", "1000")
