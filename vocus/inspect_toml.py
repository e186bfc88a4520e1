"""A data set's table of the configuration, ready to paste; what a person has to decide is in it as a comment. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from vocus.fields import DATA_SETS
from vocus.guess_fits import Line, quoted

_STAMP = re.compile(r"[-_ .]*[0-9][-_0-9T]*$")
_BARE = re.compile(r"[A-Za-z0-9_-]+")

DECIDE = "decide"
"""Stands in the comment of every line that waits for a person."""


def pattern(file_name: str) -> str:
    """The pattern for a file's name: what looks like a date or a number at its end changes with each delivery."""
    path = PurePath(file_name)
    stem = _STAMP.sub("", path.stem) or path.stem
    return f"{stem}*{path.suffix}"


def block(data_set: str, file_name: str, first: Sequence[Line], lines: Iterable[Line]) -> str:
    """The table ``[source.vocus.data.<data set>]``. ``first`` are the settings of the file itself."""
    named = any(line.key == "files" for line in first)
    own = [*([] if named else [Line("", "files", quoted(pattern(file_name)))]), *first]
    found = [*own, *lines]
    table = f"source.vocus.data.{data_set}"
    made = [f"[{table}]", *map(_line, _ordered(data_set, found, ""))]
    sections = list(dict.fromkeys(line.section for line in found if line.section))
    for section in sorted(sections, key=lambda name: (name != "columns", name)):
        mine = _ordered(data_set, found, section)
        header = f"[{table}.{section}]"
        made += ["", header if any(line.decided for line in mine) else f"# {header}", *map(_line, mine)]
    return "\n".join(made) + "\n"


def _ordered(data_set: str, lines: Iterable[Line], section: str) -> list[Line]:
    """Columns in the order of the catalogue, whatever their order in the file."""
    mine = [line for line in lines if line.section == section]
    if section != "columns":
        return mine
    places = list(DATA_SETS[data_set].fields)
    return sorted(mine, key=lambda line: places.index(line.key))


def _line(line: Line) -> str:
    key = line.key if _BARE.fullmatch(line.key) else quoted(line.key)
    comment = "; ".join(filter(None, ("" if line.decided else DECIDE, line.comment)))
    text = f"{key} = {line.value}" + (f"  # {comment}" if comment else "")
    return text if line.decided else f"# {text}"
