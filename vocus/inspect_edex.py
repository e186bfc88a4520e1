"""Recognises EDEXML and the fixed lines of EDEX2000 (wire C)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from connectors.files import RefusedFile
from vocus.guess_fits import Line, quoted

_HEAD = 4096
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")

_EDEX2000 = {
    "edexll": ("students", (145, 90)), "edexlk": ("teachers", (84,)), "edexgr": ("groups", (54,)),
    "edexlg": ("teachers of groups", (28,)),
}  # fmt: skip
"""What a file of that name holds, and how long its lines are."""


@dataclass(frozen=True, slots=True)
class Edex:
    """A file of one of the two formats; they have no columns to map."""

    kind: str
    why: str
    rows: int
    facts: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]


def edex(path: Path) -> Edex | None:
    """What such a file is; None for another kind. Raises ``RefusedFile`` for XML that is no EDEXML."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return _edexml(path) if _is_xml(head) else _edex2000(path, head)


def _is_xml(head: bytes) -> bool:
    for mark in _MARKS:
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"").lstrip().startswith(b"<")


def _edexml(path: Path) -> Edex:
    counts: dict[str, int] = {}
    root = ""
    try:
        for _, element in etree.iterparse(
            str(path), events=("end",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        ):
            name = etree.QName(element).localname if isinstance(element.tag, str) else ""
            parent = element.getparent()
            if name in ("leerling", "leerkracht", "groep") and parent is not None and parent.getparent() is not None:
                counts[name] = counts.get(name, 0) + (element.get("key") is not None and len(element) > 0)
                element.clear()
            root = name
    except (etree.XMLSyntaxError, ValueError):
        root = "?"
    if root == "?":
        raise RefusedFile("it begins as XML, but it cannot be read to its end: let it be exported again", "vocus.xml")
    if root.lower() != "edex":
        raise RefusedFile("it is XML, but no EDEXML: its outermost element is another than EDEX", "vocus.xml")
    told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    return Edex(
        "edexml", "it is EDEXML", counts.get("leerling", 0), (("form", "EDEXML"), ("elements", told)),
        (Line("", "preset", quoted("edexml")),),
    )  # fmt: skip


def _edex2000(path: Path, head: bytes) -> Edex | None:
    holds, widths = _EDEX2000.get(path.stem.lower(), ("", ()))
    lines = [line.rstrip(b"\r") for line in head.split(b"\n")[:-1]]
    if not lines or any(len(line) not in widths for line in lines):
        return None
    with path.open("rb") as file:
        rows = sum(1 for line in file if line.strip())
    facts = (("form", f"EDEX2000: {holds}, lines of {len(lines[0])} letters"), ("rows", str(rows)))
    note = "EDEXLL (students), EDEXLK, EDEXGR and EDEXLG belong together: deliver all four"
    return Edex(
        "edex2000", note, rows, facts, (Line("", "preset", quoted("edex2000")), ),
    )  # fmt: skip
