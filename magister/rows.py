"""From a row's bytes to its columns by our names.

A row's layout says all that is needed besides its bytes: which list or function it came from, its form and
encoding, the CSV header, and what its call was about. It is part of what decides whether a row has changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple, cast

import orjson
from lxml import etree

from connectors.columns import ColumnError, Encoding
from connectors.csvrows import fields
from connectors.errors import BadRow, Broken, Problem

DELIMITER = ";"


class Layout(NamedTuple):
    """``source`` is a list's or a function's name, ``context`` what its call was about (a staff code)."""

    source: str
    form: Literal["xml", "csv"]
    encoding: str
    context: str = ""
    header: str = ""


def layout_of(source: str, form: str, encoding: str, *, context: str = "", header: bytes = b"") -> bytes:
    """The layout's bytes."""
    return orjson.dumps([source, form, encoding, context, header.decode("latin-1")])


@lru_cache(maxsize=4096)
def layout(data: bytes) -> Layout:
    """The layout of its bytes. Raises ``BadRow`` for what ``layout_of`` did not make."""
    try:
        return Layout(*orjson.loads(data))
    except (orjson.JSONDecodeError, TypeError):
        pass
    raise BadRow([Problem("layout", "form")])


Reader = Callable[[bytes], dict[str, str]]


@lru_cache(maxsize=64)
def reader(form: str, encoding: str, header: str) -> Reader:
    """A function that reads a row's columns by the names of the wire. It raises ``BadRow`` for what is no row."""
    return _csv_reader(encoding, header) if form == "csv" else _xml_reader(encoding)


def _xml_reader(encoding: str) -> Reader:
    parser = etree.XMLParser(
        encoding=encoding, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )

    # Names and pattern in one: threads that read different lists share this reader.
    known: tuple[list[str], re.Pattern[bytes]] | None = None

    def parse(data: bytes) -> dict[str, str]:
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError:
            root = None
        if root is None:
            raise BadRow([Problem("row", "xml")])
        values = {node.tag: node.text or "" for node in root}
        if root.find("*/*") is not None:
            raise BadRow([Problem("row", "nested")])
        return values

    def read(data: bytes) -> dict[str, str]:
        nonlocal known
        plain = _PLAIN.fullmatch(data) if encoding == "utf-8" else None
        if plain is None:
            return parse(data)
        now = known
        found = now[1].fullmatch(data) if now else None
        if now is None or found is None:
            # The rows of a list are alike: one that the parser has read gives the pattern for the next ones.
            values = parse(data)
            shape = _shape(data, values)
            known = (list(values), shape) if shape else None
            return values
        return dict(zip(now[0], [text.decode() for text in found.groups()], strict=True))

    return read


_PLAIN = re.compile(rb"[^&!\x00-\x08\x0b-\x1f\x80-\xff]*")
"""A row that a pattern may read: ASCII without entities, CDATA, comments or control characters."""


def _shape(data: bytes, values: Mapping[str, str]) -> re.Pattern[bytes] | None:
    """A pattern for rows with the same elements as ``data``; None where its elements are not that simple."""
    row = re.escape(data[1 : data.index(b">")])
    escaped = [re.escape(name.encode()) for name in values]
    parts = [rb"<%b>([^<>]*)</%b>" % (name, name) for name in escaped]
    shape = re.compile(rb"<%b>\s*%b\s*</%b>" % (row, rb"\s*".join(parts), row))
    return shape if shape.fullmatch(data) else None


def _csv_reader(encoding: str, header: str) -> Reader:
    names = csv_names(header, encoding)

    def read(data: bytes) -> dict[str, str]:
        try:
            values = fields(data, delimiter=DELIMITER, encoding=cast(Encoding, encoding), columns=len(names))
        except ColumnError as error:
            code = error.code
        else:
            if b"\0" not in data:
                return dict(zip(names, values, strict=True))
            code = "nul"  # no database keeps one in a text, and XML cannot hold one
        raise BadRow([Problem("row", code)])

    return read


def csv_names(header: str, encoding: str) -> list[str]:
    """The column names of a header line."""
    data = header.encode("latin-1")
    try:
        return fields(data, delimiter=DELIMITER, encoding=cast(Encoding, encoding), columns=data.count(b";") + 1)
    except ColumnError as error:
        code = error.code
    raise Broken(f"the header line cannot be read ({code}); check the encoding", code="magister.header")


def renamed(values: Mapping[str, str], names: Mapping[str, str]) -> Mapping[str, str]:
    """Columns by our names: ``names`` is ours -> the wire's, empty for one that the source does not send."""
    if not names:
        return values
    theirs = {wire: ours for ours, wire in names.items() if wire}
    return {theirs.get(name, name): value for name, value in values.items() if name not in names or name in theirs}


def missing_columns(wanted: tuple[str, ...], names: Mapping[str, str], found: set[str]) -> list[str]:
    """The wire names of the columns that a list must give and does not."""
    return [names.get(name, name) for name in wanted if names.get(name, name) and names.get(name, name) not in found]
