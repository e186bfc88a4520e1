"""Tells what files of unknown layout seem to be, with the evidence, and proposes how to read them.

Nothing of what it tells is a value of a record: headers, formats, counts, shapes, and words of our own lists.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from connectors.files import RefusedFile
from vocus import presets
from vocus.guess import Column, Guess, guess
from vocus.guess_fits import Line, quoted, share
from vocus.guess_values import Values
from vocus.inspect_edex import edex
from vocus.inspect_read import Seen, Table, see
from vocus.inspect_toml import block

MOST_SHAPES = 3
LEAST_SHARE = 5
"""Percent: a rarer shape may be that of one person's name."""

_SEPARATORS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "upright bar"}


@dataclass(frozen=True, slots=True)
class Looked:
    """A column: what was made of it, and what its values look like."""

    header: str
    column: Column
    filled: int
    blank: int
    shapes: tuple[tuple[str, int], ...]
    """The most common shapes and their share of the sample, in percent."""


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of a file, or those of one of its record types, and how they could be read. ``toml`` is empty when that
    is not known."""

    record_type: str
    rows: int
    guess: Guess
    columns: tuple[Looked, ...]
    toml: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """A file. ``facts`` are pairs of a word and a sentence; ``refused`` says why it cannot be read at all."""

    file: str
    kind: str
    facts: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    refused: str = ""


def inspect(paths: Sequence[Path]) -> list[Inspection]:
    """Look at files; those that are looked at together bear witness for each other. Raises ``OSError``."""
    seen = [(path, _seen(path)) for path in paths]
    drafts = [(path, found, _parts(path, found) if isinstance(found, Seen) else []) for path, found in seen]
    width = max((_width(part, table) for _, _, parts in drafts for _, table, part in parts), default=0)
    made = []
    for path, found, parts in drafts:
        if not isinstance(found, Seen):
            made.append(found)
            continue
        told = [
            _part(path, found, name, table, _with_zeros(part, table, width)) for name, table, part in parts
        ]
        made.append(Inspection(path.name, "rows", tuple(_facts(found)), tuple(told)))
    return made


def _seen(path: Path) -> Seen | Inspection:
    try:
        whole = edex(path)
        if whole is not None:
            columns = Guess("students", whole.why, (), whole.lines)
            part = Part("", whole.rows, columns, (), block("students", path.name, whole.lines, ()))
            return Inspection(path.name, whole.kind, whole.facts, (part,))
        return see(path)
    except RefusedFile as error:
        return Inspection(path.name, "", refused=str(error))


def _parts(path: Path, seen: Seen) -> list[tuple[str, Table, Guess]]:
    return [
        (name, table, guess(path.name, seen.header, table.columns, name)) for name, table in seen.tables.items()
    ]


def _facts(seen: Seen) -> list[tuple[str, str]]:
    told = seen.told
    plain = seen.ascii and told.by != "byte order mark"
    found = [
        ("encoding", f"{told.encoding} ({told.by})" if not plain else "plain ASCII: UTF-8 and Windows-1252 alike"),
        ("separator", f"{_SEPARATORS[seen.delimiter]}"),
        ("header", f"yes, {len(seen.header)} names" if seen.header else "none: no row of known column names"),
        ("rows", f"{seen.rows}"),
    ]
    if seen.quoted:
        found.append(("quotes", f"{share(seen.quoted, seen.rows)} rows have cells in quotes"))
    if not seen.quoting:
        found.append(("quotes", "they enclose nothing: they are letters like any other"))
    if seen.broken_lines:
        found.append(("line ends", f"{share(seen.broken_lines, seen.rows)} rows have a line end within a cell"))
    odd = sum(table.odd for table in seen.tables.values())
    if odd or seen.malformed:
        found.append(("odd rows", f"{odd + seen.malformed} rows have another number of cells, or misplaced quotes"))
    if "" not in seen.tables:
        types = ", ".join(f"{name} ({table.rows})" for name, table in seen.tables.items())
        found.append(("types", f"the first column holds record types: {types}"))
    if seen.other_types:
        found.append(("types", f"{seen.other_types} rows are of a type that is not known"))
    if not told.ended:
        found.append(("end", "its last line has no end: without a manifest it would be refused as cut off"))
    return found


def _part(path: Path, seen: Seen, name: str, table: Table, found: Guess) -> Part:
    looked = tuple(
        Looked(
            seen.header[column.place].strip() if seen.header else "", column, values.filled, values.blank,
            _shapes(values),
        )
        for column, values in zip(found.columns, table.columns, strict=True)
    )  # fmt: skip
    toml = block(found.data_set, path.name, _settings(seen, found), found.lines) if found.data_set else ""
    return Part(name, table.rows, found, looked, toml)


def _shapes(values: Values) -> tuple[tuple[str, int], ...]:
    shares = ((shape, round(100 * count / values.sampled)) for shape, count in values.shapes.most_common(MOST_SHAPES))
    return tuple((shape, percent) for shape, percent in shares if percent >= LEAST_SHARE)


def _settings(seen: Seen, found: Guess) -> list[Line]:
    """What is set of the file itself. Plain ASCII says nothing of the encoding: that stays ``auto``."""
    preset = next((json.loads(line.value) for line in found.lines if line.key == "preset"), "")
    said = presets.tables().get(preset, {}).get(found.data_set, {})
    encoding = "utf-16" if seen.told.encoding.startswith("utf-16") else seen.told.encoding
    plain = seen.ascii and seen.told.by != "byte order mark"
    lines = [
        Line("", "mode", quoted("snapshot"), comment="or delta, when a file holds only what has changed"),
        *([] if plain else [Line("", "encoding", quoted(encoding))]),
        Line("", "delimiter", quoted(seen.delimiter)),
        *([] if seen.header else [Line("", "header", "false")]),
        *([] if seen.quoting else [Line("", "quoting", "false")]),
    ]
    return [line for line in lines if line.key not in said]


def _student(found: Guess) -> Column | None:
    """The column of the student's number."""
    wanted = "number" if found.data_set == "students" else "student"
    return next((column for column in found.columns if column.field == wanted), None)


def _width(found: Guess, table: Table) -> int:
    """How many digits student numbers have, where leading zeros show it; else 0."""
    column = _student(found)
    values = table.columns[column.place] if column else Values()
    return max(values.widths, default=0) if values.zeros else 0


def _with_zeros(found: Guess, table: Table, width: int) -> Guess:
    """The same guess; where another file shows that leading zeros are lost here, they are restored."""
    column = _student(found)
    values = table.columns[column.place] if column else Values()
    if column is None or values.zeros or not values.widths or min(values.widths) >= width:
        return found
    pad = Line("pad", column.field, str(width), comment="leading zeros are lost here")
    lines = (*(line for line in found.lines if line.section != "pad"), pad)
    questions = tuple(each for each in found.questions if "leading zeros may be lost" not in each)
    note = (
        f"{column.field}: another of these files has numbers of {width} digits with leading zeros; here they are lost,"
        " and pad restores them"
    )
    return replace(found, lines=lines, questions=questions, notes=(*found.notes, note))
