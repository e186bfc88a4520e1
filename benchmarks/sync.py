"""How quick a sync is and how much memory it takes: a first one, and one that finds nothing changed.

    python -m benchmarks.sync [--students 1500 15000] [--databases sqlite postgresql]

The simulated school is served by a process of its own over real HTTP; every sync is a new process. PostgreSQL runs
with fsync. "Lists" are the entities that come as one answer; "calls" those with a call for each student, where the
number of calls and not of rows decides. Exits with 1 when memory grows with the school by more than the limit.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.compare import DATABASES, compare
from tests.postgres import Cluster

CALLS = ("groups", "subjects")


@contextmanager
def school(students: int) -> Iterator[Mapping[str, str]]:
    command = [sys.executable, "-m", "simulator", "--students", str(students), "--password", "bench-password"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            yield {"url": f"{ready['url']}/doc", "user": ready["user"], "password": "bench-password"}
        finally:
            process.terminate()


def sync(database: str, system: str, source: Mapping[str, Any]) -> dict[str, Any]:
    """What a sync in a process of its own tells."""
    command = [sys.executable, "-m", "benchmarks.worker", database, system]
    done = subprocess.run(command, input=json.dumps(source), stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def speed(result: Mapping[str, Any], *, calls: bool) -> tuple[int, float]:
    """(rows, rows a second) of the entities that come in calls, or of those that come as lists."""
    chosen = [value for name, value in result["entities"].items() if (name in CALLS) is calls]
    rows = sum(value["read"] for value in chosen)
    return rows, rows / sum(value["seconds"] for value in chosen)


def measure(students: int, kind: str, server: Cluster | None, folder: Path, table: Table) -> dict[str, float]:
    """Sync twice and add two lines to the table; gives the peak memory of each in MiB."""
    database = server.new_database() if server else f"sqlite:///{folder / f'{students}.sqlite'}"
    peaks: dict[str, float] = {}
    with school(students) as source:
        for round_ in ("first", "unchanged"):
            result = sync(database, "magister", source)
            changed = sum(entity["inserted"] + entity["updated"] for entity in result["entities"].values())
            if (round_ == "unchanged") != (changed == 0):
                raise SystemExit(f"{kind} {students} {round_}: {changed} records written")
            rows, lists = speed(result, calls=False)
            _, calls = speed(result, calls=True)
            grades = result["entities"]["grades"]
            peaks[round_] = result["peak_mib"]
            table.add_row(
                kind, f"{students:,}", round_, f"{rows:,}", f"{lists:,.0f}",
                f"{grades['read'] / grades['seconds']:,.0f}", f"{calls:,.0f}", f"{result['peak_mib']:.0f}",
            )  # fmt: skip
    return peaks


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, nargs="+", default=[1_500, 15_000])
    parser.add_argument("--databases", nargs="+", default=DATABASES, choices=DATABASES)
    options = parser.parse_args()
    columns = ("database", "students", "sync", "list rows", "lists rows/s", "grades rows/s", "calls rows/s", "MiB")
    return compare(columns, options.students, options.databases, measure)


if __name__ == "__main__":
    sys.exit(main())
