"""The text of the two WSDLs: SOAP 1.1, document/literal wrapped, child elements without a namespace (wire 2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import quoteattr

from simulator.atvo_types import NEWEST, SIMPLE, UM, WIS, Element, Operation, Service, of_version


def um_wsdl(version: str, address: str) -> bytes:
    """UMService as it was in ``version``; ``address`` is the URL of its port."""
    return _wsdl(UM, version, address)


def wis_wsdl(address: str) -> bytes:
    """WISService as it is assumed to be; ``address`` is the URL of its port."""
    return _wsdl(WIS, NEWEST, address)


def _wsdl(service: Service, version: str, address: str) -> bytes:
    return "\n".join(_lines(service, version, address)).encode()


def _lines(service: Service, version: str, address: str) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        f'<wsdl:definitions name="{service.name}" targetNamespace="{service.namespace}" '
        f'xmlns:tns="{service.namespace}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" '
        'xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema">'
    )
    yield "<wsdl:types>"
    yield f'<xs:schema elementFormDefault="unqualified" targetNamespace="{service.namespace}" version="1.0">'
    for name, operation in service.operations.items():
        yield f'<xs:element name="{name}" type="tns:{name}"/>'
        yield f'<xs:element name="{name}Response" type="tns:{name}Response"/>'
        yield from _type(name, map(_argument, operation.arguments))
        yield from _type(f"{name}Response", [_return(operation)])
    for name, elements in service.types.items():
        # A type of which every element came later came later itself.
        if present := of_version(elements, version):
            yield from _type(name, map(_field, present))
    yield "</xs:schema>"
    yield "</wsdl:types>"
    for name in service.operations:
        for message in (name, f"{name}Response"):
            part = f'<wsdl:part name="parameters" element="tns:{message}"/>'
            yield f'<wsdl:message name="{message}">{part}</wsdl:message>'
    yield f'<wsdl:portType name="{service.port_type}">'
    yield from (_operation(name) for name in service.operations)
    yield "</wsdl:portType>"
    yield f'<wsdl:binding name="{service.binding}" type="tns:{service.port_type}">'
    yield '<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>'
    yield from (_bound(name) for name in service.operations)
    yield "</wsdl:binding>"
    yield f'<wsdl:service name="{service.name}"><wsdl:port name="{service.port}" binding="tns:{service.binding}">'
    yield f"<soap:address location={quoteattr(address)}/>"
    yield "</wsdl:port></wsdl:service>"
    yield "</wsdl:definitions>\n"


def _type(name: str, elements: Iterable[str]) -> Iterator[str]:
    yield f'<xs:complexType name="{name}"><xs:sequence>'
    yield from elements
    yield "</xs:sequence></xs:complexType>"


def _argument(element: Element) -> str:
    return _element(element, nillable=False)


def _field(element: Element) -> str:
    return _element(element, nillable=element.many)


def _return(operation: Operation) -> str:
    return _element(Element("return", operation.answer, required=False, many=operation.many, since=""), nillable=False)


def _element(element: Element, *, nillable: bool) -> str:
    kind = f"xs:{element.type}" if element.type in SIMPLE else f"tns:{element.type}"
    least = "" if element.required else ' minOccurs="0"'
    most = ' maxOccurs="unbounded"' if element.many else ""
    nil = ' nillable="true"' if nillable else ""
    return f'<xs:element{least}{most} name="{element.name}"{nil} type="{kind}"/>'


def _operation(name: str) -> str:
    return (
        f'<wsdl:operation name="{name}"><wsdl:input name="{name}" message="tns:{name}"/>'
        f'<wsdl:output name="{name}Response" message="tns:{name}Response"/></wsdl:operation>'
    )


def _bound(name: str) -> str:
    return (
        f'<wsdl:operation name="{name}"><soap:operation soapAction="" style="document"/>'
        f'<wsdl:input name="{name}"><soap:body use="literal"/></wsdl:input>'
        f'<wsdl:output name="{name}Response"><soap:body use="literal"/></wsdl:output></wsdl:operation>'
    )
