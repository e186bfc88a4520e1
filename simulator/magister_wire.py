"""How Magister's web service writes an answer: XML in its root shapes, CSV in two encodings, HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape as html_escape
from itertools import chain, islice
from typing import NamedTuple

Row = tuple[str, ...]
BOM = b"\xef\xbb\xbf"
_BATCH = 1_000
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


class Shape(NamedTuple):
    """The names of a table's elements: ``root/plural/singular``."""

    root: str
    plural: str
    singular: str


@dataclass(slots=True)
class Table:
    """Rows under column names; every value is text. ``ok`` is what ``Result`` says."""

    shape: Shape
    columns: tuple[str, ...]
    rows: Iterable[Row]
    ok: bool = True
    bare: bool = False
    """Leave out the table's element altogether."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """An answer without rows: elements straight under ``Response``."""

    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Body:
    content_type: str
    chunks: Iterator[bytes]


def refused(message: str) -> Envelope:
    return Envelope((("Result", "False"), ("ResultMessage", message)))


def exception(name: str, message: str) -> Envelope:
    return Envelope((("Exception", name), ("ExceptionMsg", message)))


def errors(number: int, message: str) -> Table:
    columns = ("Fout_nummer", "Fout_omschrijving")
    return Table(Shape("Table", "Fouten", "Fout"), columns, [(str(number), message)], ok=False)


def xml(answer: Table | Envelope) -> Body:
    return Body("text/xml; charset=utf-8", _xml(answer))


def csv(answer: Table | Envelope, *, ansi: bool, line_end: str = "\r\n") -> Body:
    """CSV: UTF-8 with a byte order mark, or Windows-1252 without. Errors are always Windows-1252 without one."""
    if isinstance(answer, Envelope):
        fields = dict(answer.fields)
        if "Exception" in fields:
            answer = errors(0, f"{fields['Exception']}: {fields['ExceptionMsg']}")
        else:
            shape = Shape("Table", "Rows", "Row")
            answer = Table(shape, tuple(fields), [tuple(fields.values())], fields.get("Result") == "True")
    encoding = "cp1252" if ansi or not answer.ok else "utf-8"
    lines = _csv(answer, line_end)
    encoded = (text.encode(encoding, "replace") for text in lines)
    start = [BOM] if encoding == "utf-8" else []
    return Body(f"text/csv; charset={'windows-1252' if encoding == 'cp1252' else encoding}", chain(start, encoded))


def html(answer: Table | Envelope) -> Body:
    """The human page: a table of rows, or one row a field (as after a log-in)."""
    if isinstance(answer, Envelope):
        cells = "".join(
            f'<tr><td>{html_escape(name)}</td><td id="{html_escape(name)}">{html_escape(value)}</td></tr>\n'
            for name, value in answer.fields
        )
        return page(f"<table>\n{cells}</table>")
    return Body("text/html; charset=utf-8", _html(answer))


def page(inside: str) -> Body:
    text = f"<!DOCTYPE html><html><head><title>Webservices</title></head><body>{inside}</body></html>\n"
    return Body("text/html; charset=utf-8", iter([text.encode()]))


def _xml(answer: Table | Envelope) -> Iterator[bytes]:
    if isinstance(answer, Envelope):
        inside = "".join(f"<{name}>{_xml_text(value)}</{name}>" for name, value in answer.fields)
        yield f"{_DECLARATION}<Response>{inside}</Response>\n".encode()
        return
    root, plural, singular = answer.shape
    if answer.bare:
        yield f"{_DECLARATION}<Response><Result>{answer.ok}</Result></Response>\n".encode()
        return
    yield f"{_DECLARATION}<Response><Result>{answer.ok}</Result><{root}><{plural}>\n".encode()
    cells = "".join(f"<{name}>%s</{name}>" for name in answer.columns)
    template = f"<{singular}>{cells}</{singular}>\n"
    for batch in _batches(answer.rows):
        yield _fill(template, batch, "&<>", _xml_text).encode()
    yield f"</{plural}></{root}></Response>\n".encode()


def _csv(answer: Table, line_end: str) -> Iterator[str]:
    yield ";".join(_csv_text(name) for name in answer.columns) + line_end
    template = ";".join(["%s"] * len(answer.columns)) + line_end
    for batch in _batches(answer.rows):
        yield _fill(template, batch, ';"\r\n', _csv_text)


def _html(answer: Table) -> Iterator[bytes]:
    head = "".join(f"<th>{html_escape(name)}</th>" for name in answer.columns)
    yield f"<!DOCTYPE html><html><body><table><tr>{head}</tr>\n".encode()
    template = "<tr>" + "<td>%s</td>" * len(answer.columns) + "</tr>\n"
    for batch in _batches(answer.rows):
        yield _fill(template, batch, "&<>", _xml_text).encode()
    yield b"</table></body></html>\n"


def _fill(template: str, batch: list[Row], special: str, escape: Callable[[str], str]) -> str:
    """Set rows in a template. Escaping is dear and seldom needed: a batch is searched as one text first."""
    text = "".join(chain.from_iterable(batch))
    if any(mark in text for mark in special):
        batch = [tuple(map(escape, row)) for row in batch]
    return "".join(map(template.__mod__, batch))


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        yield batch


def _xml_text(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _csv_text(value: str) -> str:
    if any(mark in value for mark in ';"\r\n'):
        return '"' + value.replace('"', '""') + '"'
    return value
