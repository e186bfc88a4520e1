"""What an answer of a UWLR service is: data, nothing new, nothing at all, or a fault (wire B.6). No I/O but its bytes.

Elements go by their local names, as everywhere in EDEX. No text of an answer gets into a message.
"""

from __future__ import annotations

import os
import re
from typing import BinaryIO

from lxml import etree

from connectors.errors import Broken, Denied, Retry, SourceError

CALLED = "UWLR HaalLeerlinggegevens"
"""How messages call the operation."""

DATA, UNCHANGED, NOTHING = "leerlinggegevens", "geenwijzigingen", "geengegevens"

_BODY = ("Envelope", "Body")
_DEEP = 4
"""Elements down to where an answer says what it is."""
_MOST_ELEMENTS = 50
"""So far down; an answer has five, and a header may have some."""

_PAGE = re.compile(rb"<(?:!doctype\s+)?html[\s>]", re.IGNORECASE)
_ENDS = re.compile(rb"</(?:[\w.-]+:)?Envelope\s*>\s*\Z")
_HEAD = 4096

_DENIED = {
    "Client.OngeldigeKlantIdentificatie": "the service does not know who is calling; correct customer_code and"
    " customer_name",
    "Client.AutorisatieOngeldig": "the service refuses the authorisation key; let the school give out a new one in its"
    " administration, and correct authorisation_key",
}
_REFUSED = {
    "Client.OngeldigBericht": "it cannot do anything with the request; check version, brin, schoolkey and set",
    "Client.XsdVersieOngeldig": "it speaks another version; correct version",
    "Client.VocabulaireTermOngeldig": "it does not know a term of the request; ask its supplier",
    "Client.LeerlingOngeldig": "it stumbles over a student of its own; ask its supplier",
}
"""The faults of the standard that we can bring about, and what to do. ``Server`` is what passes by itself."""


def judge(answer: BinaryIO, version: str) -> str:
    """Which of ``DATA``, ``UNCHANGED`` and ``NOTHING`` a whole answer is, from its first to its last byte.

    Raises ``Retry`` vocus.uwlr_unwell, ``Denied`` vocus.uwlr_denied, ``Broken`` vocus.uwlr_refused and
    vocus.uwlr_form.
    """
    answer.seek(0)
    head = answer.read(_HEAD)
    if not head.strip():
        raise unwell("the answer is empty")
    if _PAGE.search(head):
        raise page()
    answer.seek(0)
    found, code = _outline(answer)
    if found is None:
        if b"Envelope" in head and not _ENDS.search(_tail(answer)):
            raise unwell("the answer stops in the middle")
        raise _form("it is not XML that can be read")
    own = "leerlinggegevensantwoord" if version == "1.0" else "leerlinggegevens_antwoord"
    inside = [path[2] for path in found if path[:2] == _BODY and len(path) == 3]
    if inside == ["Fault"]:
        raise fault(code)
    said = [path[3] for path in found if path[:3] == (*_BODY, own) and len(path) == 4]
    if found.count(_BODY) != 1 or inside != [own] or len(said) != 1 or said[0] not in (DATA, UNCHANGED, NOTHING):
        raise _form(f"it is not an answer of version {version[0]}")
    return said[0]


def fault(code: str) -> SourceError:
    """What a fault means, from its code: with or without a prefix."""
    name = code.strip().rpartition(":")[2]
    if name in _DENIED:
        return Denied(f"{CALLED}: {_DENIED[name]}; then run a sync by hand", code="vocus.uwlr_denied")
    if name.partition(".")[0] == "Server":
        return unwell("the service says that it cannot answer now")
    if name in _REFUSED:
        return Broken(f"{CALLED}: the service answers {name}: {_REFUSED[name]}", code="vocus.uwlr_refused")
    return Broken(
        f"{CALLED}: the service answers a fault that the standard does not have; ask its supplier",
        code="vocus.uwlr_refused",
    )


def unwell(what: str) -> Retry:
    return Retry(f"{CALLED}: {what}", code="vocus.uwlr_unwell")


def page() -> Retry:
    return unwell("a web page came instead of an answer; mostly maintenance")


def _form(what: str) -> Broken:
    return Broken(f"{CALLED}: {what}; check url and version", code="vocus.uwlr_form")


def _outline(answer: BinaryIO) -> tuple[list[tuple[str, ...]] | None, str]:
    """The paths of the uppermost elements, None when it is not whole XML, and the code of a fault."""
    path: list[str] = []
    found: list[tuple[str, ...]] = []
    code = ""
    events = etree.iterparse(
        answer, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        for event, element in events:
            if event == "start":
                if not path and element.getroottree().docinfo.doctype:
                    raise _form("it has a DTD")
                path.append(element.tag.rpartition("}")[2])
                if len(path) <= _DEEP:
                    found.append(tuple(path))
                if len(found) > _MOST_ELEMENTS:
                    raise _form("it is not an answer")
                continue
            if path[-2:] == ["Fault", "faultcode"]:
                code = element.text or ""
            path.pop()
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError:
        return None, ""
    return found, code


def _tail(answer: BinaryIO) -> bytes:
    size = answer.seek(0, os.SEEK_END)
    answer.seek(max(0, size - _HEAD))
    return answer.read(_HEAD)
