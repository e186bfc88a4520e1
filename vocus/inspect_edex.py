"""Recognises EDEXML and the fixed lines of EDEX2000 (wire C)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vocus.edex2000 import examine_edex2000
from vocus.edex_reading import examine_edexml
from vocus.guess_fits import Line, quoted
from vocus.presets import EDEX2000, EDEXML

_HEAD = 4096
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")

_HOLDS = {"edexll": "students", "edexlk": "teachers", "edexgr": "groups", "edexlg": "teachers of groups"}
"""What an EDEX2000 file of that name holds."""


@dataclass(frozen=True, slots=True)
class Edex:
    """A file of one of the two formats; they have no columns to map."""

    kind: str
    why: str
    rows: int
    facts: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]


def edex(path: Path) -> Edex | None:
    """What such a file is; None for another kind. Raises ``RefusedFile`` for one that cannot be right."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return _edexml(path) if _is_xml(head) else _edex2000(path)


def _is_xml(head: bytes) -> bool:
    for mark in _MARKS:
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"").lstrip().startswith(b"<")


def _edexml(path: Path) -> Edex:
    found = examine_edexml(path)
    told = ", ".join(f"{count} {name}" for name, count in sorted(found["counts"].items()))
    facts = [("form", f"EDEXML {found['version']}".rstrip()), ("elements", told)]
    if found["unknown"]:
        facts.append(("left out", f"elements that are not known: {', '.join(found['unknown'])}"))
    return Edex("edexml", "it is EDEXML", found["read"], tuple(facts), (Line("", "preset", quoted(EDEXML)),))


def _edex2000(path: Path) -> Edex | None:
    holds = _HOLDS.get(path.stem.lower())
    if holds is None or path.suffix.lower() != ".txt":
        return None
    found = examine_edex2000(path, proved=True)
    facts = (("form", f"EDEX2000: {holds}, lines of {found['width']} letters"), ("rows", str(found["rows"])))
    why = "it is one of the four files EDEXLL, EDEXLK, EDEXGR and EDEXLG, which belong together"
    lines = (Line("", "files", quoted("EDEX*.TXT")), Line("", "preset", quoted(EDEX2000)))
    return Edex("edex2000", why, found["read"], facts, lines)
