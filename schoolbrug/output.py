"""What a person sees: tables and sentences on standard output, progress and errors on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from canonical.errors import UserError
from connectors.contract import Finding
from scheduler.sync import Progress as Told

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_WIDE = 160
"""Columns in a file or a pipe, where nobody has a window."""

COLOURS = {"ok": "green", "incomplete": "yellow", "stale": "yellow", "failing": "bold red", "never": "dim"}


def out() -> Console:
    """Standard output as it is now: tests and pipes replace it."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else _WIDE, highlight=False)


def err() -> Console:
    return Console(file=sys.stderr, width=None if sys.stderr.isatty() else _WIDE, highlight=False, soft_wrap=True)


def say(*lines: str) -> None:
    """Plain sentences on standard output; rich markup is obeyed, so ``escape`` what comes from elsewhere."""
    for line in lines:
        out().print(line, soft_wrap=True)


def complain(message: str) -> None:
    """One or two lines on standard error."""
    err().print(f"[bold red]schoolbrug:[/] {escape(message)}")


def print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def table(*columns: str, right: Sequence[str] = ()) -> Table:
    """An empty table; the columns named in ``right`` hold numbers."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", no_wrap=column in right)
    return made


def number(value: int) -> str:
    """12 345; nothing to tell is a dot, so that the eye finds what there is."""
    return f"{value:,}".replace(",", " ") if value else "[dim]·[/]"


def state(word: str) -> str:
    return f"[{COLOURS[word]}]{word}[/]"


def moment(at: datetime | None, now: datetime) -> str:
    """Dutch time: 08:02 for today, with the day for before."""
    if at is None:
        return "never"
    local, today = at.astimezone(AMSTERDAM), now.astimezone(AMSTERDAM).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%a %d %b %H:%M}"


def age(passed: timedelta | None) -> str:
    """How long ago, in the unit that a person would say."""
    if passed is None:
        return ""
    seconds = max(0, int(passed.total_seconds()))
    for unit, size in (("days", 2 * 86_400), ("h", 2 * 3_600), ("min", 120)):
        if seconds >= size:
            return f"{seconds // {'days': 86_400, 'h': 3_600, 'min': 60}[unit]} {unit}"
    return f"{seconds} s"


def write_new(file: Path, content: bytes) -> None:
    """A new file that only its owner can read. Raises ``UserError``, also when there is one of that name."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(content)
    except OSError as error:
        raise UserError(f"{file}: cannot be written ({error.strerror}).") from None


def now() -> datetime:
    return datetime.now(UTC)


def findings(found: Sequence[Finding]) -> None:
    """A line for each thing that was looked at, with what to do under what is wrong."""
    for finding in found:
        mark = "[green]ok[/]    " if finding.ok else "[bold red]wrong[/] "
        say(f"{mark} {escape(finding.subject)}")
        if finding.advice:
            say(f"       [dim]{escape(finding.advice)}[/]" if finding.ok else f"       {escape(finding.advice)}")


def findings_json(found: Sequence[Finding]) -> None:
    ok = all(finding.ok for finding in found)
    rows = [{"subject": finding.subject, "ok": finding.ok, "advice": finding.advice} for finding in found]
    print_json({"ok": ok, "findings": rows})


@contextmanager
def progress() -> Iterator[Told]:
    """What a sync tells of its progress, shown as it goes when somebody watches standard error."""
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.fields[rows]} rows"), TimeElapsedColumn(),
        console=err(), transient=True, disable=not sys.stderr.isatty(),
    )  # fmt: skip
    with bar:
        task = bar.add_task("connecting", total=None, rows="")

        def told(source: str, entity: str, rows: int) -> None:
            bar.update(task, description=f"{escape(source)} [bold]{escape(entity)}[/]", rows=number(rows))

        yield told


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """A sign of life on standard error, for a person who waits."""
    if not sys.stderr.isatty():
        yield
        return
    with err().status(what):
        yield
