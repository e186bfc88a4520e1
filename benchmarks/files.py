"""How quick a file of grades comes from the drop folder into the store, and whether memory stays flat.

    python -m benchmarks.files [--rows 30000 300000] [--databases sqlite postgresql]

Every sync is a new process, from the intake of the delivery on; PostgreSQL runs with fsync. "unchanged" is the same
rows in another delivery of a day later. Exits with 1 when memory grows with the file by more than the limit.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.compare import DATABASES, compare
from benchmarks.sync import sync
from tests.postgres import Cluster

MADE = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
COLUMNS = {
    "student": "Stamnr", "column": "Kolom", "attempt": "Poging", "result": "Resultaat", "achieved_on": "Behaald",
    "entered_at": "Ingevoerd",
}  # fmt: skip
TESTS = 80
"""Results of one student."""


def deliver(folder: Path, rows: int, made: datetime) -> None:
    """A delivery of one file: the results of a made-up school, with a manifest."""
    lines = ["Stamnr;Kolom;Poging;Resultaat;Behaald;Ingevoerd"]
    for row in range(rows):
        student, column = divmod(row, TESTS)
        day = 1 + row % 28
        mark = 10 + (row * 7919) % 91
        lines.append(
            f"{100_000 + student};{column};1;{mark // 10},{mark % 10};{day:02}-10-2026;{day:02}-10-2026 14:05:00"
        )
    body = ("\r\n".join(lines) + "\r\n").encode()
    (folder / "cijfers.csv").write_bytes(body)
    told = {
        "made": made.isoformat(),
        "files": [{"name": "cijfers.csv", "rows": rows, "sha256": sha256(body).hexdigest()}],
    }
    partial = folder / "manifest.part"
    partial.write_text(json.dumps(told), "utf-8")
    os.replace(partial, folder / "levering.manifest.json")


def source(folder: Path) -> dict[str, Any]:
    grades = {"preset": "csv-mapped", "files": "cijfers*.csv", "columns": COLUMNS}
    return {"folder": str(folder), "school_year": "2026-2027", "data": {"grades": grades}}


def measure(rows: int, kind: str, server: Cluster | None, home: Path, table: Table) -> dict[str, float]:
    """Sync two deliveries and add two lines to the table; gives the peak memory of each in MiB."""
    database = server.new_database() if server else f"sqlite:///{home / f'{rows}.sqlite'}"
    folder = home / f"{kind}-{rows}"
    folder.mkdir()
    peaks: dict[str, float] = {}
    for number, round_ in enumerate(("first", "unchanged")):
        # One row more, so that it is another delivery.
        deliver(folder, rows + number, MADE + timedelta(days=number))
        result = sync(database, "vocus", source(folder))
        (grades,) = result["entities"].values()
        if grades["inserted"] != (1 if number else rows):
            raise SystemExit(f"{kind} {rows} {round_}: {grades} is not what was delivered")
        peaks[round_] = result["peak_mib"]
        table.add_row(
            kind, f"{rows:,}", round_, f"{grades['read'] / grades['seconds']:,.0f}",
            f"{grades['read'] / result['seconds']:,.0f}", f"{result['peak_mib']:.0f}",
        )  # fmt: skip
    return peaks


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[30_000, 300_000])
    parser.add_argument("--databases", nargs="+", default=DATABASES, choices=DATABASES)
    options = parser.parse_args()
    columns = ("database", "rows", "sync", "rows/s", "rows/s with intake", "MiB")
    return compare(columns, options.rows, options.databases, measure)


if __name__ == "__main__":
    sys.exit(main())
