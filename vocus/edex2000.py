"""EDEX2000: four files of fixed-width lines (wire C.1). The widths come from public readers, not from the standard.

EDEXLL are the students, EDEXLK the teachers, EDEXGR the groups, EDEXLG who teaches which group. Only what is named here
is kept: ethnicity, the sofinummer, the postcode and the country are dropped before there is a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from connectors.columns import ColumnError, decode
from connectors.csvrows import records
from connectors.errors import Broken
from connectors.files import Facts, RefusedFile
from vocus.dates import Ambiguous, Decider, day_reader
from vocus.edex_mapping import EDEX2000, layout_of
from vocus.edex_reading import group_keys
from vocus.layout import byte_encoding, encoding_of, text_chunks

DATES = ("%d%m%Y", "%Y%m%d")
"""How a birth date is written: day first as a rule, and otherwise now and then."""

_FIELDS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "edexll": {
        "achternaam": (0, 40), "voorvoegsel": (40, 50), "roepnaam": (50, 70), "geboortedatum": (70, 78),
        "geslacht": (78, 79), "key": (80, 85), "groep": (85, 90), "schooljaar": (90, 99), "uitstroomdatum": (126, 134),
    },
    "edexlk": {"achternaam": (0, 40), "voorvoegsel": (40, 50), "roepnaam": (50, 70), "key": (70, 75)},
    "edexgr": {"naam": (0, 30), "jaargroep": (30, 31), "key": (31, 36), "schooljaar": (36, 45)},
    "edexlg": {"key": (0, 5), "groep": (5, 10), "schooljaar": (10, 19)},
}  # fmt: skip
"""What is kept of each line."""

_WIDTHS = {"edexll": (145, 90), "edexlk": (84,), "edexgr": (54,), "edexlg": (28,)}
"""Letters of a line; an older EDEXLL ends after the group."""

_KINDS = {"edexll": "leerling", "edexlk": "leerkracht", "edexgr": "groep", "edexlg": "leerkracht_groep"}

_DAYS = ("geboortedatum", "uitstroomdatum")


def examine_edex2000(path: Path, *, proved: bool) -> Facts:
    """The facts of one of the four files. Raises ``RefusedFile`` vocus.edex2000, vocus.cut, vocus.encoding or
    vocus.dates."""
    name = path.stem.lower()
    if name not in _FIELDS:
        raise RefusedFile("EDEX2000 has the files EDEXLL, EDEXLK, EDEXGR and EDEXLG, and no other", "vocus.edex2000")
    told = encoding_of(path, "auto")
    if not told.ended and not proved:
        raise RefusedFile("its last line has no end, so it may have been cut off; export it again", "vocus.cut")
    lengths: Counter[int] = Counter()
    deciders = {field: Decider(DATES, whole_days=True) for field in _DAYS if field in _FIELDS[name]}
    for line in _lines(path, told.encoding):
        lengths[len(line)] += 1
        for field, decider in deciders.items():
            decider.see({line[slice(*_FIELDS[name][field])]: 1})
    width = lengths.most_common(1)[0][0] if lengths else _WIDTHS[name][0]
    if width not in _WIDTHS[name]:
        expected = " or ".join(map(str, _WIDTHS[name]))
        raise RefusedFile(f"its lines have {width} letters; EDEX2000 has {expected}", "vocus.edex2000")
    return {
        "rows": lengths.total(), "read": lengths.total(), "unreadable": lengths.total() - lengths[width],
        "form": "EDEX2000", "file": name, "encoding": told.encoding, "width": width,
        "dates": {field: _format(field, decider) for field, decider in deciders.items()},
    }  # fmt: skip


def _format(field: str, decider: Decider) -> str:
    try:
        return decider.format()
    except Ambiguous as error:
        one, other = error.formats
    raise RefusedFile(f"{field} reads as {one} and as {other}, with different days", "vocus.dates")


def rows_edex2000(files: Sequence[tuple[Path, Facts]], year: str) -> Iterator[tuple[bytes, bytes]]:
    """The rows of the files of one delivery: data and layout. ``year`` is the school year of lines that tell none."""
    groups: dict[str, tuple[str, bool, str]] = {}
    for path, facts in files:
        if facts["file"] == "edexgr":
            for row in _rows(path, facts):
                groups[row.get("key", "")] = row.get("naam", ""), False, row.get("jaargroep", "")
    group = group_keys(groups)
    for path, facts in files:
        for row in _rows(path, facts):
            said = row.pop("schooljaar", "")
            if "code" not in row:
                own = row.get("groep", "")
                if facts["file"] == "edexgr":
                    row["key"] = group(row.get("key", ""))
                elif own:
                    row["groep"] = group(own)
                    if facts["file"] == "edexll":
                        row["jaargroep"] = groups.get(own, ("", False, ""))[2]
            yield orjson.dumps(row), layout_of(EDEX2000, said or year)


def _rows(path: Path, facts: Facts) -> Iterator[dict[str, Any]]:
    name, width = facts["file"], facts["width"]
    read = {field: day_reader(pattern) for field, pattern in facts["dates"].items()}
    for number, line in enumerate(_lines(path, facts["encoding"]), 1):
        if len(line) != width:
            yield {"line": number, "code": "length"}
            continue
        cells = {field: line[slice(*place)].strip() for field, place in _FIELDS[name].items() if place[1] <= width}
        row: dict[str, Any] = {field: text for field, text in cells.items() if text}
        for field in _DAYS:
            if field in row:
                row[field] = _iso(row[field], read[field])
        yield {"kind": _KINDS[name], **row}


def _iso(text: str, read: Any) -> str:
    """A date as XML writes it; what is none stays as it is, and the row is a bad one."""
    try:
        found: date | None = read(text)
    except ColumnError:
        return text
    return found.isoformat() if found else text


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """The lines, without their ends. Raises ``RefusedFile`` vocus.edex2000 for one that has none."""
    wire = byte_encoding(encoding)
    try:
        for record in records(text_chunks(path, encoding), quoting=False):
            yield decode(record, wire)
        return
    except Broken:
        pass
    raise RefusedFile("a line is longer than a megabyte", "vocus.edex2000")
