"""Every value that a record accepts comes back from both databases as it was; what cannot be stored is no record."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine

from canonical.batch import Mapped
from canonical.ending import Ending
from canonical.records import RECORDS, Assessment, Grade, Lesson, Record, Student, StudentSubject
from canonical.store import Store
from tests.stored import changes, live

EAST = timezone(timedelta(hours=14))
NASTY = [
    "", "0", "NULL", "\\N", "a\tb\nc\rd\\e", "'; DROP TABLE student; --", '"', "%s", ":x", "?", "{}", "é", "😀",
    "\x01\x7f\x85", "a" * 5_000, "\ufeffx",
]  # fmt: skip


def keep(engine: Engine, *records: Record) -> dict[Any, dict[str, Any]]:
    """Write the records twice, which must find them unchanged, and give what is stored."""
    store = Store(engine)
    source = store.source("a", "fake", "School")
    for inserted in (len(records), 0):
        run = store.begin(source, "e", tuple(RECORDS), owner="me")
        assert run is not None
        run.apply([Mapped([record]) for record in records])
        summary = run.finish(Ending("seen to the end"))
        assert (summary.inserted, summary.unchanged) == (inserted, len(records) - inserted)
    assert len(changes(engine, source)) == len(records)
    return live(engine, source)


def test_text_comes_back_to_the_letter(engine: Engine) -> None:
    students = [Student(key=("s", str(n)), local_id="x", last_name=text) for n, text in enumerate(NASTY)]
    found = keep(engine, *students)
    assert [found["student", ("s", str(n))]["last_name"] for n in range(len(NASTY))] == [text.strip() for text in NASTY]


def test_keys_are_columns_and_never_joined(engine: Engine) -> None:
    keys = [("a", "b"), ("a b",), ("a,b",), ("a", "b", "c"), ("a", "b c"), ("\\N",), ("NULL",), ("é", "😀", "%s", "'")]
    found = keep(engine, *(Student(key=key, local_id=str(n), last_name="x") for n, key in enumerate(keys)))
    assert [found["student", key]["local_id"] for key in keys] == [str(n) for n in range(len(keys))]


@pytest.mark.parametrize(
    ("number", "text"),
    [("7", "7"), ("7.50", "7.5"), ("0.00", "0"), ("-0", "0"), ("1E+3", "1000"), ("1E-10", "0.0000000001"),
     ("1234567890123456789012345678", "1234567890123456789012345678"), ("0.1", "0.1")],
)  # fmt: skip
def test_numbers_are_exact(engine: Engine, number: str, text: str) -> None:
    score = Decimal(number)
    grade = Grade(key=("g",), student=("s",), assessment=("a",), raw_text=number, score=score, status="scored")
    found = keep(engine, grade)["grade", ("g",)]
    assert Decimal(found["score"]) == Decimal(text)
    assert found["counts"] is True
    assert found["attempt"] == 1


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2))), "2026-03-29T00:30:00Z"),
        (datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC), "2026-01-01T00:00:00.000001Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "9999-12-31T23:59:59.999999Z"),
        (datetime(1900, 1, 1, tzinfo=EAST), "1899-12-31T10:00:00Z"),
    ],
)
def test_moments_are_kept_in_utc(engine: Engine, moment: datetime, text: str) -> None:
    found = keep(engine, Lesson(key=("l",), begins=moment, ends=moment, status="scheduled"))["lesson", ("l",)]
    assert found == {"begins": text, "ends": text, "status": "scheduled"}


def test_dates_flags_and_whole_numbers(engine: Engine) -> None:
    records = [
        Student(key=("1",), local_id="1", last_name="x", birth_date=date(1, 1, 1)),
        Student(key=("2",), local_id="2", last_name="x", birth_date=date(9999, 12, 31)),
        StudentSubject(key=("3",), student=("1",), subject=("f",), exempt=False),
        StudentSubject(key=("4",), student=("1",), subject=("f",), exempt=None),
        Assessment(key=("5",), subject=("f",), assessment_kind="test", code="", order=-(2**31), weight=Decimal(0)),
        Assessment(key=("6",), subject=("f",), assessment_kind="test", code="", order=2**31 - 1),
    ]
    found = keep(engine, *records)
    assert found["student", ("1",)]["birth_date"] == "0001-01-01"
    assert found["student", ("2",)]["birth_date"] == "9999-12-31"
    assert found["student_subject", ("3",)]["exempt"] is False
    assert "exempt" not in found["student_subject", ("4",)]
    assert (found["assessment", ("5",)]["order"], found["assessment", ("5",)]["weight"]) == (-(2**31), "0")
    assert found["assessment", ("6",)]["order"] == 2**31 - 1


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("student", {"key": ["1"], "local_id": "a\0b", "last_name": "x"}),
        ("student", {"key": ["a\0b"], "local_id": "1", "last_name": "x"}),
        ("student", {"key": ["1"], "local_id": "\ud800", "last_name": "x"}),
        ("student", {"key": ["\ud800"], "local_id": "1", "last_name": "x"}),
        ("student", {"key": [" "], "local_id": "1", "last_name": "x"}),
        ("student", {"key": [], "local_id": "1", "last_name": "x"}),
        ("student", {"key": list("12345"), "local_id": "1", "last_name": "x"}),
        ("lesson", {"key": ["1"], "begins": "0001-01-01T00:00:00+01:00", "ends": "2026-01-01T00:00:00Z"}),
        ("lesson", {"key": ["1"], "begins": "2026-01-01T00:00:00Z", "ends": "9999-12-31T23:59:59-01:00"}),
        ("lesson", {"key": ["1"], "begins": "2026-01-01T00:00:00", "ends": "2026-01-01T00:00:00Z"}),
        ("lesson", {"key": ["1"], "begins": "2026-01-01T00:00:00Z", "ends": "2026-01-01T00:00:00Z",
                    "first_hour": 2**31}),
        ("student_subject", {"key": ["1"], "student": ["s"], "subject": [""]}),
        *(
            ("assessment", {"key": ["1"], "subject": ["f"], "assessment_kind": "test", "code": "", "weight": weight})
            for weight in ("1E+999999999", "1." + "1" * 28, math.nan, math.inf)
        ),
    ],
)  # fmt: skip
def test_what_no_database_holds_is_a_bad_row(kind: str, fields: dict[str, Any]) -> None:
    """A record that only the database refuses would stop its whole entity."""
    with pytest.raises(ValidationError):
        RECORDS[kind].model_validate(fields)
