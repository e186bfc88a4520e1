"""Exports in ten conventions: what inspect proposes, pasted, reads every row as it is at school; or it says what not.

What a person has to decide stands in ``DECISIONS`` as the lines that would be added to the proposal, and no more than
that may be open.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from canonical.records import Record
from connectors.contract import RawRecord
from connectors.csvrows import records
from simulator.exports_conventions import Convention, conventions
from simulator.school import make_school
from vocus.csv_rows import keeper, layout_of
from vocus.examine import examine_csv
from vocus.inspect import inspect
from vocus.inspect_check import check, proposed, settings_of
from vocus.inspect_toml import DECIDE
from vocus.layout import text_chunks
from vocus.mapping import mapper

SCHOOL = make_school(11, 120)
CONVENTIONS = {each.name: each for each in conventions()}

Place = tuple[str, str]
DECISIONS: dict[Place, dict[str, Any]] = {
    ("record-types", "leerlingen.csv"): {"columns": {"first_name": 2, "last_name": 4}},
    ("record-types", "cijfers.csv"): {"columns": {"period": 3, "code": 4}},
    ("quoted-commas", "leerlingen.csv"): {"maps": {"gender": {"onbekend": "other"}}},
    ("utf-16-tabs", "leerlingen.csv"): {
        "columns": {"gender": "Geslacht"}, "maps": {"gender": {"1": "male", "2": "female", "9": "other"}},
    },
}  # fmt: skip
"""What inspect leaves to a person, by convention and file, and what that person says."""


def written(convention: Convention, folder: Path) -> list[Path]:
    for name, data in convention.write(SCHOOL).items():
        (folder / name).write_bytes(data)
    return sorted(folder.iterdir())


def merged(table: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    both = {
        name: merged(table[name], value) if isinstance(value, dict) and name in table else value
        for name, value in more.items()
    }
    return {**table, **both}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_it_reads_what_was_written_or_says_what_it_cannot_decide(name: str, tmp_path: Path) -> None:
    convention = CONVENTIONS[name]
    truth = convention.truth(SCHOOL)
    files = written(convention, tmp_path)
    for path, found in zip(files, inspect(files), strict=True):
        data_set, rows = truth[path.name]
        (part,) = found.parts
        assert (part.guess.data_set, part.rows) == (data_set, len(rows)), path.name
        decisions = DECISIONS.get((name, path.name), {})
        asked = bool(part.guess.questions) or f"# {DECIDE}" in part.toml
        assert asked == bool(decisions), (path.name, part.guess.questions)
        table = tomllib.loads(part.toml)["source"]["vocus"]["data"][data_set]
        table = merged(table, decisions)
        told = list(read(path, data_set, {"data": {data_set: table}}))
        assert sorted(map(repr, told)) == sorted(repr(said(data_set, row)) for row in rows), path.name


@pytest.mark.parametrize("name", [name for name in CONVENTIONS if not any(name == of for of, _ in DECISIONS)])
def test_what_is_proposed_passes_its_own_check(name: str, tmp_path: Path) -> None:
    for path, found in zip(written(CONVENTIONS[name], tmp_path), inspect(sorted(tmp_path.iterdir())), strict=True):
        (part,) = found.parts
        checked = check(path, part.guess.data_set, proposed(part.toml))
        assert checked.ok, (path.name, checked)
        assert checked.rows == part.rows


def test_there_are_ten_and_each_is_another() -> None:
    assert len(CONVENTIONS) == len(conventions()) == 10
    assert len({repr((each.style, each.files)) for each in conventions()}) == 10


def read(path: Path, data_set: str, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each row as the connector reads it with these settings."""
    settings = settings_of("school", options)
    data = settings.data[data_set]
    facts = examine_csv(data_set, path, None, data, proved=False)
    keep, layout, map_ = keeper(facts, data), layout_of(data_set, facts, "2026-2027"), mapper(settings)
    lines = records(text_chunks(path, facts["encoding"]), quoting=data.quoting)
    for number, record in islice(enumerate(lines, 1), 1 if data.header else 0, None):
        row = keep(record, number)
        if row is not None:
            yield flat(data_set, list(map_(RawRecord(data_set, row, layout))))


def flat(data_set: str, made: list[Record]) -> dict[str, Any]:
    """What the records of a row say, in the words of the truth."""
    by_kind: dict[str, Any] = {record.kind: record for record in made}
    if data_set == "students":
        student, enrolment = by_kind["student"], by_kind["enrolment"]
        return {
            "number": student.key[0], "first": student.first_name, "prefix": student.prefix, "last": student.last_name,
            "gender": str(student.gender) if student.gender else None, "birth": student.birth_date,
            "homeroom": enrolment.homeroom[0], "level": enrolment.grade_level,
            "groups": sorted(r.key[0] for r in made if r.kind == "group" and str(r.group_kind) == "section"),  # type: ignore[attr-defined]
        }  # fmt: skip
    if data_set == "grades":
        grade, assessment = by_kind["grade"], by_kind["assessment"]
        return {
            "student": grade.student[0], "subject": assessment.subject[0], "code": assessment.code,
            "period": by_kind["grading_period"].code, "tenths": int(grade.score * 10), "on": grade.achieved_on,
        }  # fmt: skip
    if data_set == "guardians":
        guardian = by_kind["guardian"]
        students = sorted(record.student[0] for record in made if record.kind == "guardianship")  # type: ignore[attr-defined]
        return {"own": guardian.key[0], "last": guardian.last_name, "email": guardian.email, "students": students}
    seen = by_kind["attendance_observation"]
    return {"student": seen.student[0], "day": seen.day, "hour": seen.hour, "code": seen.reason_code}


def said(data_set: str, row: dict[str, Any]) -> dict[str, Any]:
    """The truth about a row."""
    if data_set == "students":
        return {
            "number": row["number"], "first": row["first_name"], "prefix": row["prefix"], "last": row["last_name"],
            "gender": row.get("gender"), "birth": row["birth_date"], "homeroom": row["homeroom"],
            "level": row.get("grade_level"), "groups": sorted(row.get("groups", [])),
        }  # fmt: skip
    if data_set == "grades":
        return {
            "student": row["student"], "subject": row["subject"], "code": row["code"], "period": row["period"],
            "tenths": int(row["result"] * 10), "on": row["achieved_on"],
        }  # fmt: skip
    if data_set == "guardians":
        return {
            "own": row["guardian"], "last": row["last_name"], "email": row["email"], "students": sorted(row["students"])
        }
    return {"student": row["student"], "day": row["date"], "hour": row["hour"], "code": row["code"]}
