"""The same measurement on each kind of database at growing sizes, as a table; memory must not grow with the size."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.postgres import Cluster, cluster

DATABASES = ("sqlite", "postgresql")
MEMORY_LIMIT = 1.3
"""The most that peak memory at the largest size may be, as a multiple of that at the smallest."""

Measure = Callable[[int, str, Cluster | None, Path, Table], dict[str, float]]
"""Given a size, a database and a folder, adds lines to the table; gives the peak memory of each round in MiB."""


def title() -> str:
    """When and where something was measured."""
    return f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {platform.machine()}"


def compare(columns: Sequence[str], sizes: Sequence[int], databases: Sequence[str], measure: Measure) -> int:
    """Measure and print. 1 when memory grows by more than the limit, else 0. PostgreSQL runs with fsync."""
    table = Table(title=title())
    for name in columns:
        table.add_column(name, justify="right")
    failed = False
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for kind in databases:
            server = stack.enter_context(cluster(durable=True)) if kind == "postgresql" else None
            peaks = [measure(size, kind, server, folder, table) for size in sorted(sizes)]
            for round_ in peaks[0]:
                ratio = peaks[-1][round_] / peaks[0][round_]
                failed |= ratio > MEMORY_LIMIT
                table.caption = f"{table.caption or ''}{kind} {round_}: memory x{ratio:.2f} (limit {MEMORY_LIMIT})\n"
    Console().print(table)
    return int(failed)
