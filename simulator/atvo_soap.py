"""SOAP 1.1 as @VO speaks it: a request read, an answer written one ``return`` after the other, a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import NamedTuple
from xml.sax.saxutils import escape

from lxml import etree

from simulator.atvo_types import Service, of_version
from simulator.magister import Reply
from simulator.magister_wire import Body

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
PASSWORD_TEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"  # noqa: S105
BRIN = "http://wis.koppelingen.iridium.topicus.nl/"
"""The namespace of the header ``Brinnummer``."""
KIND = "text/xml; charset=UTF-8"
_BATCH = 50
_START = f'<soap:Envelope xmlns:soap="{ENVELOPE}"><soap:Body>'
_END = "</soap:Body></soap:Envelope>"

Record = Mapping[str, object]
"""A ``return``: element names to text, a number, a date, a flag, a record, or a list of these. ``None`` is left out."""
Arguments = Mapping[str, list[str]]


class Request(NamedTuple):
    operation: str
    namespace: str
    arguments: Arguments
    brin: str
    """What the header says; UMService has it among its arguments."""
    user: str
    """The user of WS-Security, with the password; both empty when the token is not one of a text and a nonce."""
    password: str


class Refused(Exception):
    """The call ends in a fault: its code, and what it says to people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def read(body: bytes) -> Request | None:
    """The request in an envelope; nothing for what is none."""
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None
    wrapper = root.find(f"{{{ENVELOPE}}}Body/*")
    if root.tag != f"{{{ENVELOPE}}}Envelope" or wrapper is None:
        return None
    arguments: dict[str, list[str]] = {}
    for child in wrapper.iterchildren("*"):
        arguments.setdefault(child.tag, []).append((child.text or "").strip())
    name = etree.QName(wrapper)
    token = root.find(f"{{{ENVELOPE}}}Header/{{{WSSE}}}Security/{{{WSSE}}}UsernameToken")
    brin = root.findtext(f"{{{ENVELOPE}}}Header/{{{BRIN}}}Brinnummer", "").strip()
    return Request(name.localname, name.namespace or "", arguments, brin, *_token(token))


def _token(token: etree._Element | None) -> tuple[str, str]:
    if token is None:
        return "", ""
    password = token.find(f"{{{WSSE}}}Password")
    if password is None or password.get("Type") != PASSWORD_TEXT or not token.findtext(f"{{{WSSE}}}Nonce"):
        return "", ""
    return token.findtext(f"{{{WSSE}}}Username", ""), password.text or ""


def text(arguments: Arguments, name: str) -> str:
    """An argument; empty when it was not given."""
    return arguments.get(name, [""])[0]


def whole(arguments: Arguments, name: str) -> int:
    """A number, 0 when it was not given. Raises ``ValueError`` for what is none."""
    return int(text(arguments, name) or 0)


def fault(code: str, words: str) -> Reply:
    """A fault as the service writes it: HTTP 500."""
    inside = f"<faultcode>{code}</faultcode><faultstring>{escape(words)}</faultstring>"
    declared = f' xmlns:wsse="{WSSE}"' if code.startswith("wsse:") else ""
    whole_text = f"{_START}<soap:Fault{declared}>{inside}</soap:Fault>{_END}"
    return Reply(500, Body(KIND, iter([whole_text.encode()])))


def answer(
    service: Service, version: str, operation: str, rows: Iterable[Record | str], *, unknown: str = ""
) -> Iterator[bytes]:
    """The envelope with one ``return`` for each row, in pieces. ``unknown`` is an element to put in each of them."""
    write, kind = writer(service, version), service.operations[operation].answer
    yield f'{_START}<ns2:{operation}Response xmlns:ns2="{service.namespace}">'.encode()
    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        returns: list[str] = []
        for row in batch:
            parts = [escape(row)] if isinstance(row, str) else write(kind, row)
            if unknown:
                parts.insert(len(parts) // 2, f"<{unknown}>nieuw</{unknown}>")
            returns.append(f"<return>{''.join(parts)}</return>")
        yield "".join(returns).encode()
    yield f"</ns2:{operation}Response>{_END}".encode()


def writer(service: Service, version: str) -> Callable[[str, Record], list[str]]:
    """A function that writes a record of a type as elements, in the order of the table.

    It raises ``KeyError`` for a record without a required element, or with one that no version of the type has.
    """
    tables = {kind: of_version(elements, version) for kind, elements in service.types.items()}
    names = {kind: {element.name for element in elements} for kind, elements in service.types.items()}

    def write(kind: str, record: Record) -> list[str]:
        if strange := record.keys() - names[kind]:
            raise KeyError(f"{kind} has no {', '.join(sorted(strange))}")
        parts: list[str] = []
        for name, type_, required, many, _ in tables[kind]:
            value = record.get(name)
            if value is None:
                if required:
                    raise KeyError(f"{kind} needs {name}")
                continue
            for item in value if many and isinstance(value, list) else (value,):
                inside = "".join(write(type_, item)) if isinstance(item, Mapping) else _text(item)
                parts.append(f"<{name}>{inside}</{name}>")
        return parts

    return write


def _text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return escape(value)
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)
