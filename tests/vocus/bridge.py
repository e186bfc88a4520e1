"""Bridges from a simulated school that exports files to a store."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from canonical.plan import Limits
from connectors.contract import Settings
from simulator.delivering import Deliverer
from simulator.model import School
from tests.bridge import NAME, Bridge, Rows, bridge_over
from tests.magister.expected import expected
from vocus.connector import connect

FILES = {
    "students": "leerlingen.csv", "staff": "medewerkers.csv", "guardians": "ouders.csv", "groups": "lesgroepen.csv",
    "subjects": "vakkeuzes.csv", "teaching": "lesopdrachten.csv", "assessments": "cijferkolommen.csv",
    "grades": "cijfers.csv", "absence_reasons": "absentieredenen.csv", "lessons": "lessen.csv",
    "absences": "absenties.csv",
}  # fmt: skip
"""The file of each data set of the layout ``vocus-example``."""
STUDENT_NUMBERS = {
    "students": "number", "guardians": "student", "groups": "student", "subjects": "student", "grades": "student",
    "absences": "student",
}  # fmt: skip
"""The fields in which students' numbers stand."""
WIDTH = 6
"""Digits of a student's number, where it is written with leading zeros."""
FIRST = datetime(2025, 10, 20, 2, 15)
"""When a delivery is made unless told otherwise, on a Dutch clock. The machine's own clock must be past it."""


class Office(Deliverer):
    """The school's administration, which exports into ``folder``, and what goes wrong there."""

    def __init__(self, school: School, folder: Path, *, number: int = 0, **how: Any) -> None:
        super().__init__(school, folder, **how)
        self._number = 100 * number  # manifests of two offices must not have one name
        folder.mkdir(exist_ok=True)

    def deliver(self, *, made: datetime | None = None) -> list[Path]:
        return super().deliver(made=made or FIRST)

    def deliver_on(self, night: int) -> list[Path]:
        """A delivery that is made so many nights after the first."""
        return self.deliver(made=FIRST + timedelta(days=night))

    def archived(self) -> list[Path]:
        return _places(self.folder / "archive")

    def duplicates(self) -> list[Path]:
        return _places(self.folder / "archive" / "duplicates")

    def quarantined(self) -> list[Path]:
        return _places(self.folder / "quarantine")

    def left(self) -> list[str]:
        """What is still in the drop folder."""
        return sorted(path.name for path in self.folder.iterdir() if path.is_file() and path.name[0] != ".")


def _places(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name != "duplicates") if folder.is_dir() else []


def options(folder: Path, *, only: tuple[str, ...] = tuple(FILES), wide: str = "", **more: object) -> dict[str, object]:
    """The table of a source with the data sets of ``vocus-example``, of which ``more`` is added to each; ``wide`` is
    what is said of the length of student numbers: ``pad`` or ``digits``."""
    whole = {name: more.pop(name) for name in ("settle", "archive_days") if name in more}
    data: dict[str, dict[str, object]] = {name: {"preset": "vocus-example", **more} for name in only}
    for name in STUDENT_NUMBERS.keys() & data.keys() if wide else ():
        data[name][wide] = {STUDENT_NUMBERS[name]: WIDTH}
    return {"folder": str(folder), "settle": 0, "school_year": "2026-2027", "data": data, **whole}


def bridge(
    office: Office, engine: Engine, *, limits: Limits | None = None, key: bytes | None = None, **more: Any
) -> AbstractContextManager[Bridge]:
    made = connect(Settings(NAME, options(office.folder, **more)))
    return bridge_over(office, engine, made, limits=limits, key=key)


def expected_wide(school: School) -> dict[str, Rows]:
    """What the store must hold when student numbers come with leading zeros."""
    return {kind: [_wide(kind, row) for row in rows] for kind, rows in expected(school).items()}


def _wide(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    filled = dict(row)
    for name in ("key", "student") if kind == "student" else ("student",):
        if name in row:
            filled[name] = (row[name][0].zfill(WIDTH),)
    if kind == "student":
        filled["local_id"] = row["local_id"].zfill(WIDTH)
    return filled
