"""How many grade overviews a second, with access and audit, beside what one would write without either.

    python -m benchmarks.views [--seconds 6] [--databases sqlite postgresql] [--workers 1 2]

Three applications over the same records answer in turn, each in processes of its own: ours (a guardian's session, the
access rules, the audit on disk before each answer), a plain FastAPI route with SQLModel that gives the same 120 grades
of a student, and a bare route that gives the bytes of ours. "first" asks for each student once, as after a sync that
brought something; "again" for all of them in turn, as between two syncs. The caller takes part of the cores as well.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import cycle
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert
from uuid_utils import uuid7

from benchmarks.compare import DATABASES, title
from canonical.database import connect
from canonical.tables import TABLES
from portal.clock import now
from portal.schema import migrate_portal
from portal.signin.sessions import COOKIE
from portal.tables import ACCOUNT, ACCOUNT_ROLE, SESSION
from tests.portal.school import School
from tests.postgres import cluster

APPLICATIONS = ("ours", "plain", "bare")
STUDENTS, SUBJECTS, TESTS = 220, 12, 10
WARMING = 20
"""Students who are asked for before anything is measured."""
TOKEN = "the session of the guardian of everybody"
CALLERS = 16


def fill(url: str) -> list[str]:
    """A school of students with 120 grades each, who all are children of one guardian; gives their ids."""
    engine = connect(url)
    migrate_portal(engine)
    school = School(engine)
    source = school.source("school")
    year = school.year(source, "2627", date(2026, 8, 1), date(2027, 7, 31))
    group = school.group(source, "3hA", school_year_id=year)
    guardian = school.put("guardian", source, last_name="Voorbeeld", secret=False)
    columns = []
    for subject in range(SUBJECTS):
        taught = school.subject(source, f"v{subject:02}", f"Vak {subject}")
        for period in range(2):
            term = school.period(source, f"P{subject}{period}", year, date(2026, 9, 1))
            columns += [
                school.column(source, taught, f"T{period}{test}", str(1 + test % 3), grading_period_id=term)
                for test in range(TESTS // 2)
            ]
    common = {"source_id": source, "version": 1, "changed_at": datetime(2026, 11, 1, tzinfo=UTC)}
    students = [str(uuid7()) for _ in range(STUDENTS)]
    grades = [
        common | {
            "id": str(uuid7()), "student_id": student, "assessment_id": column, "attempt": 1,
            "raw_text": f"{mark / 10}", "score": mark / 10, "status": "scored", "counts": True,
            "entered_at": datetime(2026, 10, 1, tzinfo=UTC) + timedelta(hours=n),
            "achieved_on": date(2026, 9, 1) + timedelta(days=n % 80),
        }
        for student in students
        for n, column in enumerate(columns)
        for mark in [10 + (n * 37 + int(student[-4:], 16)) % 91]
    ]  # fmt: skip
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(TABLES["student"]), [
            common | {"id": id_, "local_id": str(n), "last_name": f"Voorbeeld {n}", "birth_date": date(2012, 1, 1)}
            for n, id_ in enumerate(students)
        ])  # fmt: skip
        connection.execute(insert(TABLES["guardianship"]), [
            common | {"id": str(uuid7()), "student_id": id_, "guardian_id": guardian, "relation": "mother",
                      "legal_authority": True, "court_block": False} for id_ in students
        ])  # fmt: skip
        connection.execute(insert(TABLES["enrolment"]), [
            common | {"id": str(uuid7()), "student_id": id_, "homeroom_id": group, "school_year_id": year,
                      "grade_level": 3} for id_ in students
        ])  # fmt: skip
        connection.execute(insert(TABLES["grade"]), grades)
        account = str(uuid7())
        connection.execute(insert(ACCOUNT).values(
            id=account, login="guardian@example.org", state="active", created_at=now(), language="nl",
        ))  # fmt: skip
        connection.execute(insert(ACCOUNT_ROLE).values(
            id=str(uuid7()), account_id=account, role="guardian", source_id=source, person_id=guardian,
            granted_by="benchmark", granted_at=now(),
        ))  # fmt: skip
        connection.execute(insert(SESSION).values(
            id=str(uuid7()), digest=sha256(TOKEN.encode()).digest(), account_id=account, role="guardian",
            way="password", created_at=now(), seen_at=now(), ends_at=now() + timedelta(hours=12),
        ))  # fmt: skip
    engine.dispose()
    return students


def application() -> Any:
    """What a worker serves; uvicorn calls this in each of its processes."""
    from benchmarks import plainviews

    which, url = os.environ["BENCH_APPLICATION"], os.environ["BENCH_DATABASE"]
    if which == "plain":
        return plainviews.plain(url)
    if which == "bare":
        return plainviews.bare(Path(os.environ["BENCH_BYTES"]).read_bytes())
    from portal.app import create_app
    from portal.limiting import Rate, Rates
    from portal.settings import Settings

    endless = Rate(1e9, 10**9)
    settings = Settings(b"a secret of the benchmark and of nobody else")
    return create_app(connect(url), settings, Rates(endless, endless, endless))


@contextmanager
def served(which: str, url: str, workers: int, body: Path) -> Iterator[str]:
    """The application in processes of its own; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = {"BENCH_APPLICATION": which, "BENCH_DATABASE": url, "BENCH_BYTES": str(body)}
    command = [sys.executable, "-m", "uvicorn", "benchmarks.views:application", "--factory", "--port", str(port),
               "--workers", str(workers), "--log-level", "error"]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, **told})
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = monotonic() + 60
        while True:
            try:
                httpx.get(address, timeout=1)
                break
            except httpx.HTTPError:
                if monotonic() > deadline:
                    raise
        yield address
    finally:
        process.terminate()
        process.wait()


class Figures(NamedTuple):
    a_second: float
    p50: float
    p99: float


async def load(address: str, paths: Iterator[str], seconds: float = inf) -> Figures:
    """Ask for ``paths`` over 16 connections, all of them or for so long. Raises when an answer is not a 200."""
    host, port = address.removeprefix("http://").split(":")
    times: list[float] = []
    began = monotonic()

    async def one() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for path in paths:
            begun = monotonic()
            if begun > began + seconds:
                break
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nCookie: {COOKIE}={TOKEN}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"{path}: {head.splitlines()[0].decode()}")
            length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line)
            await reader.readexactly(length)
            times.append(monotonic() - begun)
        writer.close()

    await asyncio.gather(*(one() for _ in range(CALLERS)))
    cuts = statistics.quantiles(times, n=100)
    return Figures(len(times) / (monotonic() - began), cuts[49] * 1000, cuts[98] * 1000)


def measure(url: str, workers: int, seconds: float, students: list[str], home: Path) -> dict[str, Figures]:
    """The figures of each application, for the first time and again."""
    found: dict[str, Figures] = {}
    body = home / "body"
    paths = [f"/v1/students/{id_}/grades" for id_ in students]
    for which in APPLICATIONS:
        with served(which, url, workers, body) as address:
            if which == "ours":
                answer = httpx.get(address + paths[0], headers={"Cookie": f"{COOKIE}={TOKEN}"})
                assert len([t for s in answer.json()["subjects"] for t in s["tests"]]) == SUBJECTS * TESTS
                body.write_bytes(answer.content)
            asyncio.run(load(address, iter(paths[:WARMING])))
            found[f"{which} first"] = asyncio.run(load(address, iter(paths[WARMING:])))
            for _ in range(3 * workers):  # each worker keeps its own answers, and has to be asked for all of them
                asyncio.run(load(address, iter(paths)))
            found[f"{which} again"] = asyncio.run(load(address, cycle(paths), seconds))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=list(DATABASES))
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2])
    chosen = parser.parse_args()
    table = Table(title=title())
    for name in ("database", "workers", "application", "requests/s", "p50 ms", "p99 ms", "x plain"):
        table.add_column(name, justify="right")
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for kind in chosen.databases:
            if kind == "postgresql":
                url = stack.enter_context(cluster(durable=True)).new_database()
            else:
                url = f"sqlite:///{home / 'views.sqlite'}"
            students = fill(url)
            for workers in chosen.workers:
                found = measure(url, workers, chosen.seconds, students, home)
                for name, figures in found.items():
                    plain = found[f"plain {name.split()[1]}"].a_second
                    table.add_row(kind, str(workers), name, f"{figures.a_second:,.0f}", f"{figures.p50:.1f}",
                                  f"{figures.p99:.1f}", f"{figures.a_second / plain:.1f}")  # fmt: skip
    Console().print(table)


if __name__ == "__main__":
    main()
