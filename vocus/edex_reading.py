"""EDEXML, and what UWLR answers, as a stream of rows (wire C.2 and B.6).

Elements go by their local names: their order and namespace do not matter, and what is not known is counted and left
out. Only what is named here is kept: the BSN and the other numbers, addresses, log-in names and photographs are dropped
before there is a row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from lxml import etree

from connectors.files import Facts, RefusedFile
from vocus.edex_mapping import EDEXML, layout_of
from vocus.edex_schema import deviations

ROOTS = ("EDEX", "leerlinggegevens")
"""What holds the blocks: of EDEXML, and of UWLR."""

_SECTIONS = {
    "vestigingen": ("vestiging",),
    "groepen": ("groep", "samengestelde_groep"),
    "subgroepen": ("subgroep",),
    "leerlingen": ("leerling",),
    "leerkrachten": ("leerkracht",),
}
_SECTION_GROUPS = ("samengestelde_groep", "subgroep")
_SUBGROUP = "subgroep "
"""Begins what we call the key of a subgroep: in UWLR 1.0 a groep may have the very same key."""

_NAMES = ("achternaam", "voorvoegsel", "voornamen", "voorletters-1", "roepnaam")
_KEPT = {
    "vestiging": ("naam",),
    "leerling": (*_NAMES, "geboortedatum", "geslacht", "jaargroep", "emailadres", "uitstroomdatum"),
    "leerkracht": (*_NAMES, "rol", "rolomschrijving"),
}
_LEFT_OUT = frozenset({
    "omschrijving", "mutatiedatum", "toevoegingen", "naam", "jaargroep", "groep", "samengestelde_groepen", "subgroepen",
    "vestiging", "groepen", "start_ondw_jgr3", "gebruikersnaam", "emailadres", "fotourl", "etniciteit", "land",
    "land_vader", "land_moeder", "sofinummer", "bsn", "onderwijsnummer", "bsn_ondwnr-4", "rijksregisternummer",
    "gewicht_nieuw", "gewicht", "postcodenl", "postnummerbe", "postcodeoverig", "instroomdatum",
})  # fmt: skip
"""Known, and not kept or read otherwise; whatever else comes is counted."""

MOST_INSIDE = 20_000
"""Elements in one student; what has more is something else."""
MOST_GROUPS = 100_000

_PLAIN_NAME = re.compile(r"[A-Za-z_][\w.-]{0,40}")


Source = Callable[[], AbstractContextManager[BinaryIO]]
"""Opens a file, or an answer, at its beginning."""


@dataclass(slots=True)
class Contents:
    """What the whole of a file tells: whose it is, its groups, how much of everything there is.

    ``groups`` are by their keys: the name, whether it is a section, and the jaargroep. ``unknown`` and ``additions``
    (toevoegingen of suppliers) are counted by element.
    """

    school: dict[str, str] = field(default_factory=dict)
    groups: dict[str, tuple[str, bool, str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    additions: int = 0

    @property
    def rows(self) -> int:
        """Students, groups and teachers."""
        return self.counts.total() - self.counts["vestiging"]

    @property
    def strange(self) -> dict[str, int]:
        """The unknown elements that come most, as far as their names can be shown."""
        return {name: count for name, count in self.unknown.most_common(20) if _PLAIN_NAME.fullmatch(name)}


def examine_edexml(path: Path, schema: Path | None = None) -> Facts:
    """The facts of a file. Its last tag shows that it is whole. Raises ``RefusedFile`` vocus.edexml.

    With a ``schema`` also how often each element is not as that wants it, which refuses nothing
    (``vocus.edex_schema``).
    """
    found = contents(partial(_open, path))
    if not found.school.get("schooljaar"):
        raise RefusedFile("it has no school with a schooljaar; let the administration export it again", "vocus.edexml")
    return {
        "rows": found.rows, "read": found.counts.total(), "form": "EDEXML", "school_year": found.school["schooljaar"],
        "version": found.school.get("xsdversie", ""), "counts": dict(found.counts), "additions": found.additions,
        "unknown": found.strange, **({"deviations": deviations(path, schema)} if schema else {}),
    }  # fmt: skip


def rows_edexml(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """The rows of a file: its data and layout."""
    source = partial(_open, path)
    found = contents(source)
    layout = layout_of(EDEXML, found.school.get("schooljaar", ""))
    return ((data, layout) for data in rows(source, found))


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def contents(source: Source) -> Contents:
    """Read it once for what must be known before its rows can be made. Raises ``RefusedFile`` vocus.edexml."""
    found = Contents()
    with source() as stream:
        for name, item in items(stream):
            if name == "school":
                found.school = {child: text for child, text in _texts(item) if text and child != "commentaar"}
                continue
            found.counts[name] += 1
            if name in ("groep", *_SECTION_GROUPS):
                told = dict(_texts(item))
                is_section = name in _SECTION_GROUPS
                found.groups[_group_key(item, name)] = told.get("naam", ""), is_section, told.get("jaargroep", "")
                if len(found.groups) > MOST_GROUPS:
                    raise RefusedFile(f"it has more than {MOST_GROUPS} groups", "vocus.edexml")
            kept = _KEPT.get(name, ())
            found.unknown.update(child for child, _ in _texts(item) if child not in kept and child not in _LEFT_OUT)
            found.additions += sum(_local(child) == "toevoegingen" for child in item)
    return found


def rows(source: Source, found: Contents) -> Iterator[bytes]:
    """A row for each location, group, student and teacher. ``found`` is what ``contents`` told of the same source."""
    group = group_keys(found.groups)
    with source() as stream:
        for name, item in items(stream):
            if name == "school":
                continue
            told = dict(_texts(item))
            row: dict[str, Any] = {"kind": name, "key": _key(item), "eckid": (item.get("eckid") or "").strip()}
            row |= {child: told[child] for child in _KEPT.get(name, ()) if told.get(child)}
            if name in ("groep", *_SECTION_GROUPS):
                row = {"kind": "groep", "key": group(_group_key(item, name)), "naam": told.get("naam", ""),
                       "section": name in _SECTION_GROUPS}  # fmt: skip
            elif name == "leerling":
                own = next((_key(child) for child in item if _local(child) == "groep"), "")
                row["groep"] = group(own)
                row["sections"] = _referred(item, ("samengestelde_groepen", "subgroepen"), group)
                row["vestiging"] = next((_key(child) for child in item if _local(child) == "vestiging"), "")
                row.setdefault("jaargroep", found.groups.get(own, ("", False, ""))[2])
            elif name == "leerkracht":
                row["groepen"] = _referred(item, ("groepen", "subgroepen"), group)
            yield orjson.dumps(row)


def group_keys(groups: dict[str, tuple[str, bool, str]]) -> Callable[[str], str]:
    """A function from a group's key in the file to the key under which we know it; empty when there is none.

    A group goes by its name where that is unique, and not the key of another, because that is what other files call it;
    else by its key, unless that is a dummy, which means another group the next time (wire C.2).
    """
    names = Counter(name for name, _, _ in groups.values())

    def key(own: str) -> str:
        name = groups.get(own, ("", False, ""))[0]
        if name and names[name] == 1 and (name == own or name not in groups):
            return name
        return "" if own.removeprefix(_SUBGROUP).startswith("#") else own

    return key


def items(stream: BinaryIO) -> Iterator[tuple[str, Any]]:
    """Give the school and each location, group, student and teacher with its element, which is emptied after that.

    Raises ``RefusedFile`` vocus.edexml for what is not whole and well-formed, has a DTD, or holds no such blocks.
    """
    inside, seen_root, line = 0, False, 0
    path: list[str] = []
    events = etree.iterparse(
        stream, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        for event, element in events:
            line = element.sourceline or line
            if event == "start":
                if not path and element.getroottree().docinfo.doctype:
                    raise RefusedFile("it has a DTD, which EDEXML does not have", "vocus.edexml")
                path.append(_local(element))
                seen_root = seen_root or path[-1] in ROOTS
                inside += 1
                if inside > MOST_INSIDE:
                    raise RefusedFile(f"more than {MOST_INSIDE} elements in one, near line {line}", "vocus.edexml")
                continue
            name = path.pop()
            of_root = bool(path) and path[-1] in ROOTS
            of_section = len(path) > 1 and path[-2] in ROOTS and name in _SECTIONS.get(path[-1], ())
            if of_section or (of_root and name == "school"):
                yield name, element
            elif not of_root:
                continue
            inside = 0
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        line = error.lineno or line
    else:
        if not seen_root:
            raise RefusedFile(f"it is XML, but there is no {' or '.join(ROOTS)} in it", "vocus.edexml")
        return
    # Not within the ``except``: the library's exception may hold a value.
    raise RefusedFile(
        f"it is not well-formed XML, or ends too early, near line {line}; let it be exported again", "vocus.edexml"
    )


def _local(element: Any) -> str:
    # Not QName: it refuses names that the parser lets through, and its exception quotes them.
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _texts(item: Any) -> Iterator[tuple[str, str]]:
    """The children that hold text only, the first of each name last, so that a dictionary keeps it."""
    for child in reversed(item):
        yield _local(child), "" if len(child) else (child.text or "").strip()


def _key(element: Any) -> str:
    return (element.get("key") or "").strip()


def _group_key(element: Any, within: str) -> str:
    """What we call the key of a group; ``within`` is the element that says of which kind it is."""
    key = _key(element)
    return f"{_SUBGROUP}{key}" if key and within in ("subgroep", "subgroepen") else key


def _referred(item: Any, within: tuple[str, ...], group: Callable[[str], str]) -> list[str]:
    """The groups that are referred to, each once."""
    names = ((child, _local(child)) for child in item)
    keys = (group(_group_key(inner, name)) for child, name in names if name in within for inner in child)
    return list(dict.fromkeys(filter(None, keys)))
