"""kill -9 at every transaction and every read of an answer: the resumed store equals one that was never killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from canonical.database import connect, migrate
from simulator.edits import remove_student
from simulator.model import School
from simulator.school import LEAST_STUDENTS, make_school
from simulator.server import Server, serve
from tests.atvo.bridge import rest_options, soap_options
from tests.magister.bridge import options as magister_options
from tests.postgres import Cluster

STUDENTS, STAFF = 3, 6
"""Who stay of the smallest school there is: every call and every batch is a point to be killed at."""
SEEDS = range(20) if os.environ.get("SCHOOLBRUG_GATE") else (7,)


@dataclass(frozen=True)
class Dialect:
    """``factory`` makes the connector from ``options``."""

    name: str
    factory: str
    options: Callable[[Server], dict[str, object]]

    def __str__(self) -> str:
        return self.name


DIALECTS = (
    Dialect("magister", "magister.connector:connect", magister_options),
    Dialect("atvo-soap", "atvo.connector:connect", soap_options),
    Dialect("atvo-connect", "atvo.connector:connect", rest_options),
)

Fresh = Callable[[], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Fresh:
    """Gives the address of an empty store with a schema, a new one each time."""
    if request.param == "sqlite":
        return _fresh_sqlite(tmp_path)
    return _fresh_postgresql(request.getfixturevalue("postgres"))


def _fresh_sqlite(folder: Path) -> Fresh:
    template = folder / "template.sqlite"
    engine = connect(f"sqlite:///{template}")
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    names = iter(range(1_000_000))

    def make() -> str:
        file = folder / f"{next(names)}.sqlite"
        copyfile(template, file)
        return f"sqlite:///{file}"

    return make


def _fresh_postgresql(server: Cluster) -> Fresh:
    template = server.new_database()
    engine = connect(template)
    migrate(engine)
    engine.dispose()
    return lambda: server.new_database(template=template)


def small_school(seed: int) -> School:
    """Who teaches is among the staff who stay."""
    school = make_school(seed, LEAST_STUDENTS)
    for number in list(school.students)[STUDENTS:]:
        remove_student(school, number)
    mentors = {code for room in school.homerooms.values() for code in room.mentors}
    for code in [*school.staff][STAFF:]:
        if code not in mentors:
            del school.staff[code]
    stay = list(school.staff)
    for index, section in enumerate(list(school.sections.values())):
        school.sections[section.code] = replace(section, teacher=stay[index % len(stay)])
    return school


@contextmanager
def nursery(dialect: Dialect, server: Server) -> Iterator[Callable[[str, int], dict[str, Any]]]:
    """Syncs into a database with a kill at a point, resumes, and tells."""
    # Sequential calls: the k-th event is the same one in every run.
    options = json.dumps({**dialect.options(server), "parallel": 1})
    command = [sys.executable, "-m", "tests.killing.nursery", dialect.factory, options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def ask(database: str, point: int) -> dict[str, Any]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{database} {point}\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline() or "{}")
            assert answer, f"the nursery stopped at point {point}"
            return answer

        yield ask
        process.stdin.close()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dialect", DIALECTS, ids=str)
def test_a_kill_at_any_point_loses_and_doubles_nothing(dialect: Dialect, fresh: Fresh, seed: int) -> None:
    with serve(small_school(seed)) as server, nursery(dialect, server) as sync:
        whole = sync(fresh(), 0)
        assert whole["events"] > 100
        wrong = []
        for point in range(1, whole["events"] + 1):
            resumed = sync(fresh(), point)
            assert resumed["killed"], f"nothing was killed at point {point}"
            if resumed["digest"] != whole["digest"]:
                wrong.append(point)
    assert wrong == []
