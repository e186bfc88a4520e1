"""Rehearses the reading of one file: what would be refused of it, row by row, as the connector itself would say."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import partial
from itertools import islice
from pathlib import Path

from canonical.records import Record
from connectors.columns import AMSTERDAM
from connectors.contract import RawRecord, Settings
from connectors.csvrows import records
from connectors.errors import BadRow
from connectors.files import Facts, RefusedFile
from vocus import presets
from vocus.csv_rows import keeper, layout_of
from vocus.edex2000 import examine_edex2000, rows_edex2000
from vocus.edex_mapping import map_edex
from vocus.edex_reading import examine_edexml, rows_edexml
from vocus.examine import examine_csv
from vocus.layout import text_chunks
from vocus.mapping import mapper
from vocus.settings import DataSettings, VocusSettings, load

MOST_LINES = 50
"""Problems that are told line by line; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that would be refused: the line on which it begins (the first is 1), the field, and the code.

    Of EDEXML the line is which of its elements it is, from 1.
    """

    line: int
    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Checked:
    """``refused`` says why the file would be refused as a whole, and ``code`` under which code; else both are empty.

    ``bad`` rows of the ``rows`` would go to quarantine; ``counts`` is by field and code.
    """

    data_set: str
    rows: int = 0
    bad: int = 0
    first: tuple[Fault, ...] = ()
    counts: tuple[tuple[str, str, int], ...] = ()
    refused: str = ""
    code: str = ""

    @property
    def ok(self) -> bool:
        return not self.bad and not self.refused


def proposed(toml: str) -> VocusSettings:
    """The settings of a proposed table. Raises ``UserError`` while something that is needed is not decided."""
    return settings_of("proposal", tomllib.loads(toml)["source"]["vocus"])


def settings_of(source: str, options: Mapping[str, object]) -> VocusSettings:
    """The settings of a source, but for how its files and students come from elsewhere. Raises ``UserError``."""
    kept = {name: value for name, value in options.items() if name not in ("sftp", "uwlr")}
    return load(Settings(source, {"folder": ".", **kept}))


def data_sets(file_name: str, settings: VocusSettings) -> list[str]:
    """The data sets whose pattern a file's name has."""
    return [
        name for name, data in settings.data.items() if fnmatchcase(file_name.casefold(), data.files.casefold())
    ]


def check(path: Path, name: str, settings: VocusSettings) -> Checked:
    """Read and map a whole file, and keep nothing of it."""
    data = settings.data[name]
    year = settings.year(datetime.now(AMSTERDAM).date())
    pairs: Iterator[tuple[int, tuple[bytes, bytes]]]
    try:
        if data.preset == presets.EDEXML:
            examine_edexml(path)
            pairs = enumerate(rows_edexml(path), 1)
        elif data.preset == presets.EDEX2000:
            pairs = enumerate(rows_edex2000([(path, examine_edex2000(path, proved=False))], year), 1)
        else:
            facts = examine_csv(name, path, None, data, proved=False)
            pairs = _csv_rows(path, name, facts, data, year)
    except RefusedFile as error:
        return Checked(name, refused=str(error), code=error.code)
    map_ = partial(map_edex, settings=settings) if data.preset in presets.EDEX else mapper(settings)
    rows = bad = 0
    first: list[Fault] = []
    counts: Counter[tuple[str, str]] = Counter()
    for line, (row, layout) in pairs:
        rows += 1
        problems = _problems(map_, RawRecord(name, row, layout))
        bad += bool(problems)
        counts.update(problems)
        first += [Fault(line, *problem) for problem in problems[: MOST_LINES - len(first)]]
    told = tuple((field, code, count) for (field, code), count in counts.most_common())
    return Checked(name, rows, bad, tuple(first), told)


def _problems(map_: Callable[[RawRecord], Iterable[Record]], raw: RawRecord) -> list[tuple[str, str]]:
    try:
        list(map_(raw))
    except BadRow as error:
        return [(problem.field, problem.code) for problem in error.problems]
    return []


def _csv_rows(
    path: Path, name: str, facts: Facts, data: DataSettings, year: str
) -> Iterator[tuple[int, tuple[bytes, bytes]]]:
    """The rows below the header, each with the line on which it begins and its layout."""
    lines = _Lines(text_chunks(path, facts["encoding"]))
    keep, layout = keeper(facts, data), layout_of(name, facts, year)
    for record in islice(records(lines, quoting=data.quoting), 1 if data.header else 0, None):
        line = lines.count - record.count(b"\n")
        row = keep(record, line)
        if row is not None:
            yield line, (row, layout)


class _Lines:
    """Chunks cut into lines, which are counted as they are taken: a record ends on the last one that was taken."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        tail = b""
        for chunk in self._chunks:
            *lines, tail = (tail + chunk).split(b"\n")
            for line in lines:
                self.count += 1
                yield line + b"\n"
        if tail:
            self.count += 1
            yield tail
