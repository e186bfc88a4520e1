"""How grades and absences are asked of WISService: homerooms, their students, then each student (wire 3).

Every call must have been answered whole before the read counts as complete. A subject of a student comes as one element
with all results in it; it is cut into a row for each column, which all students share, and a row for each result, so
that a result that cannot be read costs no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import NamedTuple

from atvo.soap_client import Row, Service
from atvo.soap_rows import Layout, flat, paths, raw, texts, within
from atvo.soap_settings import YEAR_TURNS
from atvo.um_reader import Asked
from atvo.wis import Wis
from connectors.batches import Rows
from connectors.columns import AMSTERDAM
from connectors.contract import Proof, RawRecord
from connectors.errors import Broken
from connectors.parallel import in_parallel

EVERY_CALL = "every call was answered whole"

RESULT = (
    "column", "weight", "score", "label", "attempt", "to_be_made_up", "exempt", "not_taken", "not_counting",
    "sufficient", "student_weight", "entered_at", "achieved_on",
)  # fmt: skip
"""Of ``fields.result``, what a student's result is made of."""

COLUMN = (
    "column", "kind", "code", "title", "order", "period", "period_name", "weight", "exam_column", "exam_weight",
    "held_on", "resit", "parent", "retired",
)  # fmt: skip
"""Of ``fields.result``, what the column is made of."""

GRADES, ABSENCES = ("grades", "exam_grades"), ("notices", "observations")
"""The operations of each entity, as ``wis.toml`` calls them."""

_TABLES = {
    "homerooms": "homeroom", "homeroom_students": "student", "grades": "subject", "exam_grades": "subject",
    "notices": "notice", "observations": "observation",
}  # fmt: skip
"""The table of fields that belongs to each operation."""

_ARGUMENTS = {
    "homeroom_students": ("homeroom",), "grades": ("student", "at"), "exam_grades": ("student",),
    "notices": ("student", "since"), "observations": ("student", "since"),
}  # fmt: skip
"""The arguments that each operation is given."""


class Student(NamedTuple):
    """``answers`` are the rows of each operation that was asked about ``number``."""

    number: str
    answers: Sequence[tuple[str, Sequence[Row]]]


class WisReader:
    """Reads one school's WISService."""

    def __init__(self, service: Service, wis: Wis, parallel: int) -> None:
        self._service = service
        self._wis = wis
        self._parallel = parallel

    def rows(self, entity: str, asked: Asked) -> Rows:
        """The rows of an entity, some at a time; the last pair carries the proof that nothing was left out.

        Who is in no homeroom is not asked about, and so keeps what there is (``Proof.about``).
        """
        operations = offered(self._wis, entity)
        for operation in ("homerooms", "homeroom_students", *operations):
            self._check_description(operation)

        def ask(number: str) -> Student:
            return Student(number, [(name, self._about(name, number, asked)) for name in operations])

        columns: set[bytes] = set()
        numbers = self._numbers(asked)
        for students in in_parallel(ask, numbers, self._parallel):
            cut = self._grades(entity, students, asked, columns) if entity == "grades" else (
                self._absences(entity, students, asked)
            )
            yield list(cut), None
        yield [], Proof(EVERY_CALL, about=[(number,) for number in numbers])

    def _numbers(self, asked: Asked) -> Sequence[str]:
        """The students of every homeroom, each once. Raises ``Broken`` when a number cannot be read."""
        homeroom, student = self._wis.fields["homeroom"], self._wis.fields["student"]
        rooms = [flat(row, [homeroom["id"]]).get(homeroom["id"]) for row in self._ask("homerooms", {})]
        found: dict[str, None] = {}

        def ask(room: object) -> list[Row]:
            return self._ask("homeroom_students", {self._wis.arguments["homeroom"]: _number(room)})

        for answers in in_parallel(ask, rooms[:1] if asked.sample else rooms, self._parallel):
            for row in chain.from_iterable(answers):
                told = texts(flat(row, list(student.values())))
                place = told.get(student["location"], "").strip()
                if not asked.locations or not place or place in asked.locations:
                    found.setdefault(str(_number(told.get(student["number"]))))
        return list(found)[:1] if asked.sample else list(found)

    def _about(self, operation: str, number: str, asked: Asked) -> list[Row]:
        """The rows of an operation about one student. It is asked as of now, and absences from the school year on."""
        names = self._wis.arguments
        arguments: dict[str, object] = {names["student"]: int(number)}
        if operation == "grades" and names["at"]:
            arguments[names["at"]] = datetime.now(UTC).astimezone(AMSTERDAM).isoformat(timespec="seconds")
        if operation in ABSENCES and names["since"]:
            begins = datetime(int(asked.year[:4]), *YEAR_TURNS, tzinfo=AMSTERDAM)
            arguments[names["since"]] = begins.isoformat()
        return self._ask(operation, arguments)

    def _ask(self, operation: str, arguments: Mapping[str, object]) -> list[Row]:
        return self._service.small(self._wis.operations[operation], arguments, paths(list(self._read(operation))))

    def _read(self, operation: str) -> Mapping[str, str]:
        """What is read of an operation's rows: the path of each element, and the key that names it in ``wis.toml``."""
        table = _TABLES[operation]
        found = {path: f"fields.{table}.{name}" for name, path in self._wis.fields[table].items() if path}
        if operation in GRADES:
            results = self._wis.fields[table]["results"]
            del found[results]
            inner = self._wis.fields["result"].items()
            found |= {f"{results}.{path}": f"fields.result.{name}" for name, path in inner if path}
        return found

    def _grades(
        self, entity: str, students: Sequence[Student], asked: Asked, columns: set[bytes]
    ) -> Iterator[RawRecord]:
        """Columns that were not told before, and every result once, also where two files have it.

        A column in which the student has nothing comes without a result.
        """
        subject, result = self._wis.fields["subject"], self._wis.fields["result"]
        of_column = [result[name] for name in COLUMN]
        of_result = [result[name] for name in RESULT]
        filled = set(of_result) - set(of_column)
        for student in students:
            told: set[bytes] = set()
            for row in chain.from_iterable(rows for _, rows in student.answers):
                about = flat(row, [subject["code"], subject["name"]])
                for found in within(row, subject["results"]):
                    column = raw(entity, {**about, **flat(found, of_column)}, Layout("column", asked.year))
                    if column.data not in columns:
                        columns.add(column.data)
                        yield column
                    marked = flat(found, of_result)
                    mark = raw(entity, marked, Layout("result", asked.year, student.number))
                    if mark.data not in told and not filled.isdisjoint(marked):
                        told.add(mark.data)
                        yield mark

    def _absences(self, entity: str, students: Sequence[Student], asked: Asked) -> Iterator[RawRecord]:
        for student in students:
            for operation, rows in student.answers:
                table = _TABLES[operation]
                names = list(self._wis.fields[table].values())
                for row in rows:
                    yield raw(entity, flat(row, names), Layout(table, asked.year, student.number))

    def _check_description(self, operation: str) -> None:
        """Whether the WSDL has all that is assumed of an operation. Raises ``Broken`` with the key to set."""
        name = self._wis.operations[operation]
        description = self._service.description()
        if not description.has(name):
            raise self._unlike(name, "operation", f"operations.{operation}", code="atvo.operation")
        found = description.operation(name)
        for argument in _ARGUMENTS.get(operation, ()):
            if (called := self._wis.arguments[argument]) and called not in found.arguments:
                raise self._unlike(name, f"argument {called}", f"arguments.{argument}")
        for path, key in self._read(operation).items():
            if not found.item.has(path):
                raise self._unlike(name, f"element {path}", key)

    def _unlike(self, operation: str, what: str, key: str, *, code: str = "atvo.field") -> Broken:
        return Broken(
            f"{self._service.name} {operation}: its WSDL has no such {what}; set {key} in [source.atvo.wis] to the name"
            ' that it has there, or to "" if the source does not have it',
            code=code,
        )


def offered(wis: Wis, entity: str) -> Sequence[str]:
    """The operations that an entity is read by, of those that the source has."""
    return [name for name in (GRADES if entity == "grades" else ABSENCES) if wis.operations[name]]


def _number(found: object) -> int:
    text = found.strip() if isinstance(found, str) else ""
    if not (text.isascii() and text.isdigit()):
        raise Broken("a homeroom or a student has no number; correct wis.fields", code="atvo.field")
    return int(text)
