"""SOAP answers by hand, and what zeep makes of one."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import zeep
from zeep.helpers import serialize_object

from atvo.returns import items
from atvo.shape import Keep, Shape, Value, read
from atvo.wis import Wis, assumed
from atvo.wsdl import Description, OwnAddress

URL = "http://127.0.0.1:1/services/umService?wsdl"
NAMESPACE = "http://services.mijnsom.nl"
FAULTS = Wis.model_validate(assumed()).faults


def envelope(operation: str, inside: str, namespace: str = NAMESPACE) -> bytes:
    return (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>'
        f'<ns2:{operation}Response xmlns:ns2="{namespace}">{inside}</ns2:{operation}Response></soap:Body>'
        "</soap:Envelope>"
    ).encode()


def fault(text: str, code: str = "soap:Server") -> bytes:
    return (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>'
        f"<faultcode>{code}</faultcode><faultstring>{text}</faultstring></soap:Fault></soap:Body></soap:Envelope>"
    ).encode()


def everything(shape: Shape) -> Keep:
    """Keep all of a type; of one that holds itself three deep."""

    def of(part: Shape, deep: int) -> dict[str, Any]:
        return {
            inner.name: None if inner.shape is None else of(inner.shape, deep - 1) if deep else {}
            for inner in part.parts.values()
        }

    return of(shape, 3)


def reader(wsdl: bytes) -> Callable[[str, bytes], list[dict[str, Value]]]:
    """Our reading: operation and answer to rows of which everything is kept."""
    description = Description("UMService", URL, wsdl)

    def rows(name: str, answer: bytes) -> list[dict[str, Value]]:
        operation = description.operation(name)
        keep = everything(operation.item)
        chunks = (answer[start : start + 1000] for start in range(0, len(answer), 1000))
        return [
            written(read(element, operation.item, keep, name)) or {}
            for elements in items(chunks, operation.tags, name, FAULTS)
            for element in elements
        ]

    return rows


def zeep_reader(wsdl: bytes) -> Callable[[str, bytes], list[dict[str, Value]]]:
    """zeep's reading of the same, strictly."""
    client = zeep.Client(URL, transport=OwnAddress(URL, lambda: wsdl), settings=zeep.Settings(strict=True))
    binding: Any = next(iter(client.wsdl.bindings.values()))

    def rows(name: str, answer: bytes) -> list[dict[str, Value]]:
        response = SimpleNamespace(status_code=200, headers={}, content=answer, encoding="utf-8")
        found = serialize_object(binding.process_reply(client, binding.get(name), response), dict)
        return [written(row) or {} for row in found]

    return rows


def written(value: Any) -> Any:
    """A value as XML writes it, and nothing of what is empty: zeep makes an empty element of one that is nil."""
    match value:
        case Mapping():
            return {name: text for name, inner in value.items() if (text := written(inner)) is not None} or None
        case list():
            return [text for inner in value if (text := written(inner)) is not None] or None
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case None:
            return None
        case _:
            return str(value)


