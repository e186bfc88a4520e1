"""The school delivers: it writes the files of an export into a folder, and says when they are all there.

Each file is written under another name and renamed, so that nobody sees half of it, unless a fault says otherwise.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from simulator.exports import SHEETS, Files, export, usual
from simulator.exports_csv import Sheet, Variant, encoded, table, text
from simulator.faults import Fault, Faults
from simulator.model import School

Proof = Literal["manifest", "marker", "none"]

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOT_TEXT = b"\x81\x8d"
"""Bytes that are neither UTF-8 nor cp1252."""


class Deliverer:
    """Writes deliveries of one school into ``folder``. It remembers the one before, for those that come late or twice.

    ``made`` is what a delivery says of its time (Dutch wall time); the school's own clock unless told.
    """

    def __init__(
        self, school: School, folder: Path, *, preset: str = "vocus-example", variant: Variant | None = None,
        faults: Faults | None = None, proof: Proof = "manifest", zipped: bool = False, only: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.school, self.folder, self.preset, self.proof, self.zipped = school, folder, preset, proof, zipped
        self.variant = variant or usual(preset)
        self.faults = faults or Faults()
        self.only = only
        self._before: tuple[Files, datetime] | None = None
        self._said: tuple[Path, frozenset[str]] | None = None
        self._number = 0

    def deliver(self, *, made: datetime | None = None) -> list[Path]:
        """Write one delivery, or what a fault makes of it; gives what was written, in its order."""
        made = (made or self.school.now).replace(tzinfo=AMSTERDAM)
        files = self._files()
        if self.faults.fire("again", self.preset) and self._before is not None:
            return self._write(*self._before)
        if self.faults.fire("late", self.preset) and self._before is not None:
            written, (files, made) = self._write(files, made), self._before
            return written + self._write(files, made)
        self._before = files, made
        return self._write(files, made)

    def _files(self) -> Files:
        if self.preset not in SHEETS:
            files = export(self.school, self.preset)
            return {name: data for name, data in files.items() if not self.only or name in self.only}
        with self.school.lock:
            return {
                name: self._file(name, sheet) for name, sheet in SHEETS[self.preset].items()
                if not self.only or name in self.only
            }  # fmt: skip

    def _file(self, name: str, sheet: Sheet) -> bytes:
        rows, columns = table(self.school, sheet, self.variant), list(sheet.columns)
        if self.faults.fire("half-list", name):
            rows = rows[: len(rows) // 2]
        if self.faults.fire("empty-list", name):
            rows = []
        if self.faults.fire("lost-zeros", name):
            rows = [
                tuple(cell.lstrip("0") if place in sheet.numbers else cell for place, cell in enumerate(row))
                for row in rows
            ]
        if bad := self.faults.fire("bad-rows", name):
            rows = [_broken(row, sheet, number, bad) for number, row in enumerate(rows)]
        if dropped := self.faults.fire("dropped-column", name):
            place = columns.index(dropped.column) if dropped.column else 1
            rows = [(*row[:place], *row[place + 1 :]) for row in rows]
            del columns[place]
        data = encoded(text(sheet._replace(columns=tuple(columns)), rows, self.variant), self.variant)
        if self.faults.fire("wrong-encoding", name):
            end = data.rstrip(b"\r\n")
            data = end + NOT_TEXT + data[len(end) :]
        return b"" if self.faults.fire("empty-file", name) else data

    def _write(self, files: Files, made: datetime) -> list[Path]:
        self._number += 1
        stem = f"levering-{self._number:04}"
        if self.zipped:
            files = {f"{stem}.zip": _packed(files)}
        written: list[Path] = []
        self._take_back(files)
        for name, data in files.items():
            if self.faults.fire("half-file", name):
                (self.folder / name).write_bytes(_half(data))
                return [*written, self.folder / name]
            written.append(_put(self.folder / name, data, made))
        if self.proof == "manifest":
            told = {"made": made.isoformat(), "files": [self._entry(name, data) for name, data in files.items()]}
            written.append(_put(self.folder / f"{stem}.manifest.json", json.dumps(told, indent=1).encode(), made))
        elif self.proof == "marker":
            written.append(_put(self.folder / f"{stem}.ok", b"", made))
        self._said = (written[-1], frozenset(files)) if self.proof != "none" else None
        return written

    def _take_back(self, files: Files) -> None:
        """What was said of the files before, when they lie there still and are written over now, is true no more."""
        if self._said is not None and not self._said[1].isdisjoint(files):
            self._said[0].unlink(missing_ok=True)

    def _entry(self, name: str, data: bytes) -> dict[str, object]:
        told: dict[str, object] = {"name": name, "sha256": sha256(data).hexdigest()}
        sheet = SHEETS.get(self.preset, {}).get(name)
        if sheet is not None and data:
            try:
                lines = data.decode(self.variant.encoding).count("\r\n")
            except UnicodeDecodeError:
                return told
            told["rows"] = lines - self.variant.header
        return told


def wall_time() -> datetime:
    """Now, on a Dutch clock."""
    return datetime.now(UTC).astimezone(AMSTERDAM).replace(tzinfo=None)


def _broken(row: tuple[str, ...], sheet: Sheet, number: int, fault: Fault) -> tuple[str, ...]:
    """One row in ``every`` carries a value that cannot be right."""
    if not sheet.broken or number % fault.every:
        return row
    column, value = sheet.broken[number // fault.every % len(sheet.broken)]
    place = sheet.columns.index(column)
    return (*row[:place], value, *row[place + 1 :])


def _half(data: bytes) -> bytes:
    """The first half, ending within a row."""
    half = data[: len(data) // 2].rstrip(b"\r\n")
    return half[:-1]


def _packed(files: Files) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in files.items():
            # With one time for all: the same files make the same bytes.
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _put(path: Path, data: bytes, made: datetime) -> Path:
    """Write a file whole, with the time at which it was made: once it has its name, it may be taken away."""
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(data)
    os.utime(partial, (made.timestamp(), made.timestamp()))
    os.replace(partial, path)
    return path
