"""The answer of a SOAP operation, read as it streams: its ``return`` elements one by one, or what is wrong with it.

The parser is lxml's: it knows nothing of the network, expands no entity and refuses what is huge. The closing tags
prove that nothing was cut off. No text of an answer gets into a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from lxml import etree

from connectors.errors import Broken, Denied, Retry, SourceError

LONGEST_ROW = 8 << 20
"""Bytes of one ``return``."""

SAFE = {
    "resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False, "remove_comments": True,
    "remove_pis": True,
}  # fmt: skip
"""How XML of a source is parsed."""

ERROR_INSIDE = "Fout tijdens"
"""How the text begins that stands in a ``return`` instead of its elements when an operation failed (wire 2.8)."""

_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_ENVELOPE, _BODY, _HEADER, _FAULT = (_SOAP + name for name in ("Envelope", "Body", "Header", "Fault"))
_HEAD = 4096
_PAGE = re.compile(rb"<(?:!doctype\s+)?html[\s>]", re.IGNORECASE)

Faults = Mapping[str, Sequence[re.Pattern[str]]]
"""What a fault means, by patterns for its code and text, in the order in which they are tried."""

_MEANINGS: Mapping[str, tuple[type[SourceError], str, str]] = {
    "login": (Denied, "atvo.login", "user name or password refused; correct them, then run a sync by hand"),
    "brin": (Denied, "atvo.brin", "the source does not know this BRIN; correct brin, then run a sync by hand"),
    "right": (Broken, "atvo.right", "the account has no right to it; give its role that right in Somtoday"),
    "night": (Retry, "atvo.night", "may only be asked at night; set night to the hours at which the source answers"),
}


class Tags(NamedTuple):
    """The element that holds an answer, and the one that comes as often as there are rows."""

    wrapper: str
    item: str


def items(chunks: Iterable[bytes], tags: Tags, operation: str, faults: Faults) -> Iterator[list[etree._Element]]:
    """Give the ``return`` elements of an answer, those of each chunk together; each is gone when the next ones come.

    Ends normally only after the closing tags. Raises ``SourceError``.
    """
    parser = etree.XMLPullParser(events=("end",), tag=(tags.item, _FAULT), **SAFE)
    head, waiting = b"", 0
    for chunk in chunks:
        head += chunk[: _HEAD - len(head)]
        waiting += len(chunk)
        if not _feed(parser, chunk):
            raise _unreadable(head, operation)
        found = [element for _, element in parser.read_events()]
        if found:
            waiting = 0
            _check(found, tags, operation, faults)
            yield found
            _forget(found, tags, operation)
        elif waiting > LONGEST_ROW:
            raise Broken(f"{operation}: a row is longer than {LONGEST_ROW} bytes", code="atvo.form")
    if not head.strip():
        raise empty(operation)
    root = _close(parser)
    if root is None:
        raise page(operation) if holds_page(head) else cut(operation)
    _check_end(root, head, tags, operation)


def fault_in(answer: bytes, operation: str, faults: Faults) -> SourceError:
    """What an answer with status 500 means: its fault, or that the source failed."""
    try:
        root = etree.fromstring(answer, etree.XMLParser(**SAFE))
    except etree.XMLSyntaxError:
        root = None
    fault = None if root is None else root.find(f"{_BODY}/{_FAULT}")
    if fault is not None:
        return judge_fault(fault, operation, faults)
    if holds_page(answer):
        return page(operation)
    return Retry(f"{operation}: the source failed on its side", code="http.server_error")


def judge_fault(fault: etree._Element, operation: str, faults: Faults) -> SourceError:
    """What a fault means, from its code and text; none of them gets into the message."""
    said = " ".join(text for name in ("faultcode", "faultstring") if (text := fault.findtext(name)))
    for meaning, patterns in faults.items():
        if any(pattern.search(said) for pattern in patterns):
            kind, code, sentence = _MEANINGS[meaning]
            return kind(f"{operation}: {sentence}", code=code)
    return Broken(
        f"{operation}: the source answered a fault; look in Somtoday whether the account may use this operation",
        code="atvo.fault",
    )


def empty(operation: str) -> Retry:
    return Retry(f"{operation}: the answer is empty", code="atvo.empty")


def cut(operation: str) -> Retry:
    return Retry(f"{operation}: the answer stops in the middle", code="atvo.cut")


def is_page(kind: str) -> bool:
    """Whether a media type is that of a web page."""
    return kind in ("text/html", "application/xhtml+xml")


def holds_page(answer: bytes) -> bool:
    """Whether an answer is a web page, whatever it declares."""
    return _PAGE.search(answer, 0, _HEAD) is not None


def page(operation: str) -> Retry:
    """What a web page in the place of an answer is."""
    return Retry(f"{operation}: a web page came instead of an answer; mostly maintenance", code="atvo.maintenance")


def _feed(parser: etree.XMLPullParser, chunk: bytes) -> bool:
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError:
        return False
    return True


def _close(parser: etree.XMLPullParser) -> etree._Element | None:
    try:
        return parser.close()
    except etree.XMLSyntaxError:
        return None


def _unreadable(head: bytes, operation: str) -> SourceError:
    if holds_page(head):
        return page(operation)
    return Broken(f"{operation}: the answer is not XML that can be read; check the address", code="atvo.form")


def _check(found: Sequence[etree._Element], tags: Tags, operation: str, faults: Faults) -> None:
    """Each element must stand where the answers of an operation stand."""
    for element in found:
        parent = element.getparent()
        above = None if parent is None else parent.getparent()
        if element.tag == _FAULT and parent is not None and parent.tag == _BODY:
            raise judge_fault(element, operation, faults)
        if parent is None or above is None or (parent.tag, above.tag) != (tags.wrapper, _BODY):
            raise _form(operation)
        if len(element) == 0 and (element.text or "").lstrip().startswith(ERROR_INSIDE):
            raise Broken(
                f"{operation}: the source answered that it failed; look in Somtoday at what it tells of",
                code="atvo.error",
            )
    if found[0].getroottree().docinfo.doctype:
        raise _form(operation)


def _forget(found: Sequence[etree._Element], tags: Tags, operation: str) -> None:
    """Free what was read. The last element itself stays: the parser still writes behind it."""
    last = found[-1]
    parent = last.getparent()
    while parent is not None and (before := last.getprevious()) is not None:
        if before.tag != tags.item:
            raise _form(operation)
        parent.remove(before)


def _check_end(root: etree._Element, head: bytes, tags: Tags, operation: str) -> None:
    """The whole must be an envelope around the answer of this operation, with nothing else in it."""
    if root.tag != _ENVELOPE and holds_page(head):
        raise page(operation)
    parts = [child for child in root if child.tag != _HEADER]
    is_answer = (
        root.tag == _ENVELOPE
        and [child.tag for child in parts] == [_BODY]
        and [child.tag for child in parts[0]] == [tags.wrapper]
        and all(child.tag == tags.item for child in parts[0][0])
        and not root.getroottree().docinfo.doctype
    )
    if not is_answer:
        raise _form(operation)


def _form(operation: str) -> Broken:
    return Broken(f"{operation}: not the form of an answer to it; check the address", code="atvo.form")
