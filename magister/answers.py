"""What Magister's web service answers, and what is wrong when it does not (wire A4).

Every answer is a 200. An XML answer is read as a stream: the rows come out as their own bytes, and the closing tags
prove that nothing was cut off. An answer without rows is small; it is read whole and tells why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from lxml import etree

from connectors.csvrows import records
from connectors.errors import Broken, Denied, Retry, SourceError

NO_RIGHT = "10"
"""``Fout_nummer`` of an account that may not use a list (wire A4)."""

LONGEST_ROW = 1 << 20
_LONGEST_HEAD = 1 << 16
_ENCODINGS = {"utf-8", "utf8", "us-ascii", "windows-1252", "iso-8859-1", "iso-8859-15"}

_HEAD = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?\s*<Response(?:\s[^>]*)?>\s*"
    rb"(?:<(Result|ResultMessage)>[^<]*</\1>\s*)*"
    rb"<(Table|Data)>\s*<(?P<plural>[\w.:-]+)>\s*<(?P<singular>[\w.:-]+)>"
)
_ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding=["']([\w-]+)["']""")
_RESULT = re.compile(rb"<Result>\s*(\w*)\s*</Result>")
_SAFE_NAME = re.compile(r"\w{1,60}")
_FAULT = re.compile(rb"<(Fout_nummer)>\s*([^<]*?)\s*</Fout_nummer>")


class XmlRow(NamedTuple):
    """A row's bytes and the encoding that the answer declared."""

    data: bytes
    encoding: str


def xml_rows(chunks: Iterable[bytes], operation: str) -> Iterator[list[XmlRow]]:
    """Give the rows of an answer, those of each chunk together; ends normally only after the closing tags.

    Raises ``Broken`` or ``Denied`` for an error inside the answer, ``Retry`` when the answer stops in the middle.
    """
    source = iter(chunks)
    buffer = b""
    for chunk in source:
        buffer += chunk
        head = _HEAD.match(buffer)
        if head:
            break
        if b"</Response>" in buffer:
            raise_error(buffer, operation)
            return
        if len(buffer) > _LONGEST_HEAD:
            raise Broken(f"{operation}: not the form of a Magister answer; check the address", code="magister.form")
    else:
        _ended_early(buffer, operation)
        return
    if _says_no(buffer[: head.start("plural")]):
        raise_error(buffer + b"".join(source), operation)
        return
    yield from _rows(buffer, source, head, operation)


def _rows(buffer: bytes, source: Iterator[bytes], head: re.Match[bytes], operation: str) -> Iterator[list[XmlRow]]:
    encoding = _encoding(buffer, operation)
    opening, closing = b"<%b>" % head["singular"], b"</%b>" % head["singular"]
    rest = buffer[head.start("singular") - 1 :]
    while True:
        *pieces, rest = rest.split(closing)
        if pieces:
            rows = [XmlRow(piece.lstrip() + closing, encoding) for piece in pieces]
            if not all(row.data.startswith(opening) for row in rows):
                raise Broken(f"{operation}: something else stands between the rows", code="magister.form")
            _check_row(rows[0].data, operation)
            yield rows
        if len(rest) > LONGEST_ROW:
            raise Broken(f"{operation}: a row is longer than {LONGEST_ROW} bytes", code="magister.form")
        chunk = next(source, None)
        if chunk is None:
            break
        rest += chunk
    _check_tail(rest, head["plural"], operation)


def _encoding(answer: bytes, operation: str) -> str:
    declared = _ENCODING.match(answer)
    encoding = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if encoding not in _ENCODINGS:
        raise Broken(f"{operation}: the answer declares an encoding that is not known here", code="magister.form")
    return encoding


def _check_row(row: bytes, operation: str) -> None:
    """Whether an answer says that it is a failure is not certain; that its rows hold an error number is (wire A4)."""
    fault = _FAULT.search(row)
    if fault is not None:
        fields = {"Fout_nummer": fault.group(2).decode("ascii", "replace")}
        raise judge(fields, operation) or Broken(f"{operation}: Magister answered an error", code="magister.error")


def _check_tail(tail: bytes, plural: bytes, operation: str) -> None:
    form = rb"^\s*</%b>\s*</(?:Table|Data)>\s*(?:<(Result|ResultMessage)>[^<]*</\1>\s*)*</Response>\s*$"
    if not re.match(form % re.escape(plural), tail):
        raise Retry(f"{operation}: the answer stops in the middle", code="magister.cut")
    if _says_no(tail):
        raise Broken(f"{operation}: the answer calls itself a failure after its rows", code="magister.error")


def _says_no(part: bytes) -> bool:
    found = _RESULT.search(part)
    return found is not None and found.group(1).lower() != b"true"


def _ended_early(buffer: bytes, operation: str) -> None:
    _parse(buffer, operation)
    raise Broken(f"{operation}: not the form of a Magister answer; check the address", code="magister.form")


def raise_error(answer: bytes, operation: str) -> None:
    """Raise what is wrong with a whole XML answer; returns when it is a success without rows."""
    root = _parse(answer, operation)
    error = judge(_leaves(root), operation)
    if error is not None:
        raise error
    # Rows that were not found as rows: an answer in another form must not pass for an empty one.
    if any(len(plural) for table in root for plural in table):
        raise Broken(f"{operation}: the rows do not stand where they should", code="magister.form")


def _parse(answer: bytes, operation: str) -> etree._Element:
    answer = answer.removeprefix(b"\xef\xbb\xbf").strip()
    if not answer:
        raise Retry(f"{operation}: the answer is empty", code="magister.empty")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(answer, parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None and b"</Response>" not in answer:
        raise Retry(f"{operation}: the answer stops in the middle", code="magister.cut")
    if root is None or root.tag != "Response":
        raise Broken(f"{operation}: not the form of a Magister answer; check the address", code="magister.form")
    return root


def _leaves(root: etree._Element) -> dict[str, str]:
    return {str(node.tag): node.text or "" for node in root.iter("*") if len(node) == 0}


def judge(fields: dict[str, str], operation: str) -> SourceError | None:
    """What an answer without data rows means, from its elements' names and texts.

    Only numbers and names out of it get into the message: the texts are the source's own and may hold anything.
    """
    if "Exception" in fields:
        name = fields["Exception"].strip()
        name = name if _SAFE_NAME.fullmatch(name) else "an exception"
        hint = ""
        if name == "EMGeneralFailure":
            hint = "; usually the list is not assigned to this account: Magister Desktop, Beheer, Webservices"
        return Broken(f"{operation}: Magister answered {name}{hint}", code="magister.exception")
    if "Fout_nummer" in fields:
        number = fields["Fout_nummer"].strip()
        if number == NO_RIGHT:
            return Broken(
                f"{operation}: the account has no right to it; assign it in Magister Desktop, Beheer, Webservices",
                code="magister.right",
            )
        return Broken(f"{operation}: Magister answered error {number[:6] if number.isdigit() else '?'}",
                      code="magister.error")  # fmt: skip
    if fields.get("Result", "True").strip().lower() != "true":
        return Broken(
            f"{operation}: Magister refused; check the account's rights in Magister Desktop, Beheer, Webservices",
            code="magister.refused",
        )
    return None


def login_token(answer: bytes, operation: str) -> str:
    """The token of a log-in. Raises ``Denied``: an account that is refused again and again is locked."""
    fields = _leaves(_parse(answer, operation))
    token = fields.get("SessionToken", "").strip()
    if fields.get("Result", "").strip().lower() == "true" and token:
        return token
    if "Exception" in fields:
        error = judge(fields, operation)
        if error is not None:
            raise error
    raise Denied(
        f"{operation}: user name or password refused; correct them, then run a sync by hand", code="magister.login"
    )


def csv_rows(chunks: Iterable[bytes], operation: str, framed: Callable[[], bool]) -> Iterator[bytes]:
    """Give the header and then each row of a CSV answer; a header that is repeated among the rows is dropped.

    A last row without a line end is only a row if the transport was ``framed``, which is asked at the end: else it
    may be half of one, and half a number is another number. Raises as ``xml_rows`` for an error inside the answer.
    """
    ended = False

    def watched() -> Iterator[bytes]:
        nonlocal ended
        yield from chunks
        ended = True

    found = records(watched())
    header = next(found, None)
    if header is None:
        raise Retry(f"{operation}: the answer is empty", code="magister.empty")
    _check_csv_header(header, found, operation)
    yield header
    yield from (row for row in found if row != header and (not ended or framed()))


def _check_csv_header(header: bytes, rows: Iterator[bytes], operation: str) -> None:
    if header.lstrip()[:1] == b"<":
        raise Broken(f"{operation}: XML or HTML came where CSV was asked for", code="magister.form")
    names = [name.strip(b'" ').decode("ascii", "replace") for name in header.split(b";")]
    if {"ResultMessage", "Exception"} & set(names) or any(name.startswith("Fout") for name in names):
        values = [value.strip(b'" ').decode("ascii", "replace") for value in next(rows, b"").split(b";")]
        fields = dict(zip(names, values, strict=False))
        raise judge(fields, operation) or Broken(f"{operation}: Magister answered an error", code="magister.error")
