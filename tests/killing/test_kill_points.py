"""kill -9 at every transaction, every read of an answer and every move of a delivered file: nothing of it is seen.

The resumed store equals one that was never killed, and so does what lies in the folder of deliveries."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from shutil import copyfile, copytree
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from canonical.database import connect, migrate
from simulator import edits
from simulator.model import School
from simulator.school import LEAST_STUDENTS, make_school
from simulator.server import Server, serve
from tests.atvo.bridge import rest_options, soap_options
from tests.faults import EARLY, GATE
from tests.magister.bridge import options as magister_options
from tests.postgres import Cluster
from tests.vocus.bridge import FILES, Office
from tests.vocus.bridge import options as vocus_options

STUDENTS, STAFF = 3, 6
"""Who stay of the smallest school there is: every call and every batch is a point to be killed at."""
SEEDS = range(20) if GATE else (7,)
KILLS = 4
"""With every commit, of each dialect; the gate kills at every point there is, on both databases."""


@dataclass(frozen=True)
class Dialect:
    """``factory`` makes the connector from ``options``. ``deliver`` fills the drop folder of one to which files come;
    it goes on without ``full`` reads, at what has come since."""

    name: str
    factory: str
    options: Callable[[Server], dict[str, object]]
    deliver: Callable[[School, Path], None] | None = None

    def __str__(self) -> str:
        return self.name



def snapshots(school: School, folder: Path) -> None:
    """Four deliveries: the first, packed; the same once more; one that is refused; and the newest."""
    office = Office(school, folder, zipped=True, only=[FILES[name] for name in NIGHTLY])
    office.deliver()
    office.faults.on("again")
    office.deliver_on(0)
    office.faults.off()
    _edit(school)
    office.faults.on("empty-file", only=FILES["grades"])
    office.deliver_on(1)
    office.faults.off()
    office.zipped = False
    office.deliver_on(2)


def deltas(school: School, folder: Path) -> None:
    """Each tells of a change that the next one does not know any more."""
    office = Office(school, folder, zipped=True, only=[FILES[name] for name in CHANGING])
    for night in range(2):
        office.deliver_on(night)
        _edit(school)


def _edit(school: School) -> None:
    marked = next(grade for grade in school.all_grades() if grade.tenths)
    assert marked.score is not None
    mark = Decimal("4.1") if marked.score != Decimal("4.1") else Decimal("4.2")
    edits.change_grade(school, marked.student, marked.assessment, mark, attempt=marked.attempt)
    student = next(iter(school.students.values()))
    edits.change_student(school, student.number, prefix=f"{student.prefix} de".strip())


NIGHTLY = ("students", "groups", "assessments", "grades", "absences")
CHANGING = ("students", "assessments", "grades")
DIALECTS = (
    Dialect("magister", "magister.connector:connect", magister_options),
    Dialect("atvo-soap", "atvo.connector:connect", soap_options),
    Dialect("atvo-connect", "atvo.connector:connect", rest_options),
    Dialect("vocus", "vocus.connector:connect", lambda _: vocus_options(Path(), only=NIGHTLY), snapshots),
    Dialect(
        "vocus-deltas", "vocus.connector:connect",
        lambda _: vocus_options(Path(), only=CHANGING, mode="delta"), deltas,
    ),
)  # fmt: skip


PLACES = [
    (dialect, database)
    for dialect in DIALECTS
    for database in ("sqlite", "postgresql")
    if GATE or database == "sqlite" or dialect.name == "magister"
]
Fresh = Callable[[], AbstractContextManager[str]]
"""Gives the address of an empty store with a schema, a new one each time."""


@pytest.fixture
def fresh(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Fresh:
    if database == "sqlite":
        return _fresh_sqlite(tmp_path)
    return _fresh_postgresql(request.getfixturevalue("postgres"))


def _fresh_sqlite(folder: Path) -> Fresh:
    template = folder / "template.sqlite"
    engine = connect(f"sqlite:///{template}")
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()

    @contextmanager
    def fresh() -> Iterator[str]:
        with TemporaryDirectory(dir=folder) as place:
            copyfile(template, Path(place) / "store.sqlite")
            yield f"sqlite:///{place}/store.sqlite"

    return fresh


def _fresh_postgresql(server: Cluster) -> Fresh:
    template = server.new_database()
    engine = connect(template)
    migrate(engine)
    engine.dispose()

    @contextmanager
    def fresh() -> Iterator[str]:
        database = server.new_database(template=template)
        yield database
        server.drop(database)

    return fresh


def small_school(seed: int) -> School:
    """Who teaches is among the staff who stay."""
    school = make_school(seed, LEAST_STUDENTS, EARLY)
    for number in list(school.students)[STUDENTS:]:
        edits.remove_student(school, number)
    mentors = {code for room in school.homerooms.values() for code in room.mentors}
    for code in [*school.staff][STAFF:]:
        if code not in mentors:
            del school.staff[code]
    stay = list(school.staff)
    for index, section in enumerate(list(school.sections.values())):
        school.sections[section.code] = replace(section, teacher=stay[index % len(stay)])
    return school


@contextmanager
def nursery(dialect: Dialect, server: Server, home: Path) -> Iterator[Callable[[str, int], dict[str, Any]]]:
    """Syncs into a database with a kill at a point, resumes, and tells."""
    # Sequential calls: the k-th event is the same one in every run.
    options = dialect.options(server)
    if dialect.deliver is not None:
        dialect.deliver(server.school, home / "delivered")
    else:
        options["parallel"] = 1
    command = [sys.executable, "-m", "tests.killing.nursery", dialect.factory]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def ask(database: str, point: int) -> dict[str, Any]:
            assert process.stdin is not None
            assert process.stdout is not None
            with TemporaryDirectory(dir=home) as place:
                if dialect.deliver is not None:
                    options["folder"] = str(copytree(home / "delivered", Path(place) / "drop"))
                line = {"database": database, "point": point, "options": options, "full": dialect.deliver is None}
                process.stdin.write(json.dumps(line) + "\n")
                process.stdin.flush()
                answer: dict[str, Any] = json.loads(process.stdout.readline() or "{}")
            assert answer, f"the nursery stopped at point {point}"
            return answer

        yield ask
        assert process.stdin is not None
        process.stdin.close()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("dialect", "database"), PLACES, ids=str)
def test_a_kill_at_any_point_loses_and_doubles_nothing(
    dialect: Dialect, database: str, fresh: Fresh, seed: int, tmp_path: Path
) -> None:
    with serve(small_school(seed)) as server, nursery(dialect, server, tmp_path) as sync:
        with fresh() as database:
            unkilled = sync(database, 0)
        with fresh() as database:
            whole = sync(database, 0)
        assert whole["digest"] == unkilled["digest"]
        assert whole["events"] > 100
        wrong = []
        step = 1 if GATE else whole["events"] // KILLS
        for point in range(1 + seed % step, whole["events"] + 1, step):
            with fresh() as database:
                resumed = sync(database, point)
            assert resumed["killed"], f"nothing was killed at point {point}"
            if resumed["digest"] != whole["digest"]:
                wrong.append(point)
    assert wrong == []
