"""How a service describes itself: its WSDL, loaded from its own address and from nowhere else.

zeep reads it and writes the requests; sending them and reading answers is done here, with bounds (``connectors.http``).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import zeep
import zeep.exceptions
from lxml import etree
from zeep.transports import Transport
from zeep.wsdl.bindings import Soap11Binding

from atvo.returns import Tags
from atvo.shape import Known, Shape, shape
from connectors.errors import Broken

_ZEEP_FAILS = (
    zeep.exceptions.Error, etree.LxmlError, LookupError, ValueError, TypeError, AttributeError, NotImplementedError,
)  # fmt: skip
"""What zeep raises for a WSDL that it cannot read, and for values that do not fit it."""

_ADDRESS = re.compile(rb"<(?:\w+:)?address\s[^>]*>")

logging.getLogger("zeep").setLevel(logging.WARNING)  # below that it logs what it sends, passwords and all


class OwnAddress(Transport):
    """Loads one address, through ``load``, and nothing else: no file, no other host, no other path."""

    def __init__(self, url: str, load: Callable[[], bytes]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._url = url
        self._own = load

    def load(self, url: str) -> bytes:
        """Give the WSDL. Raises ``Broken`` for any other address."""
        if url != self._url:
            raise Broken("the WSDL refers to another document, which is not loaded", code="atvo.wsdl")
        return self._own()

    def get(self, address: str, params: object, headers: object) -> object:
        raise Broken("nothing is asked through zeep", code="atvo.wsdl")

    def post(self, address: str, message: object, headers: object) -> object:
        raise Broken("nothing is sent through zeep", code="atvo.wsdl")


class Operation:
    """An operation: the names of its ``arguments``, where its answer stands (``tags``), and the type of a row."""

    def __init__(self, name: str, operation: Any, known: Known) -> None:
        self.name = name
        self.action = operation.soapaction or ""
        self._operation = operation
        wrapper = operation.output.body
        elements = [element for _, element in wrapper.type.elements]
        item = shape(elements[0].type, known) if len(elements) == 1 else None
        if item is None:
            raise Broken(f"{name}: its answer is not one kind of row with elements", code="atvo.wsdl")
        self.item: Shape = item
        self.tags = Tags(wrapper.qname.text, elements[0].qname.text)
        self.arguments = frozenset(element.qname.localname for _, element in operation.input.body.type.elements)

    def request(self, arguments: Mapping[str, object]) -> etree._Element:
        """The envelope of a call. Raises ``Broken`` when the arguments do not fit the WSDL."""
        try:
            return self._operation.create(**arguments).content
        except _ZEEP_FAILS:
            pass
        # Not within the ``except``: the library's exception may hold values.
        raise Broken(f"{self.name}: the request does not fit the WSDL of the service", code="atvo.wsdl")


class Description:
    """A WSDL. ``form`` is its fingerprint, whatever address it says that the service has: we use our own."""

    def __init__(self, service: str, url: str, wsdl: bytes) -> None:
        self.form = sha256(_ADDRESS.sub(b"", wsdl)).hexdigest()
        self._service = service
        self._client = _client(service, url, wsdl)
        bindings = self._client.wsdl.bindings.values()
        self._binding: Any = next((found for found in bindings if isinstance(found, Soap11Binding)), None)
        if self._binding is None:
            raise Broken(f"{service}: its WSDL has no binding for SOAP 1.1", code="atvo.wsdl")
        self._shapes: Known = {}
        self._operations: dict[str, Operation] = {}

    def has(self, name: str) -> bool:
        """Whether there is such an operation."""
        return any(operation == name for operation in self._binding.all())

    def operation(self, name: str) -> Operation:
        """Raises ``Broken`` atvo.operation for one that the service does not have."""
        found = self._operations.get(name)
        if found is None:
            found = self._operations[name] = self._find(name)
        return found

    def _find(self, name: str) -> Operation:
        try:
            operation = self._binding.get(name)
            return Operation(name, operation, self._shapes)
        except _ZEEP_FAILS:
            pass
        raise Broken(f"{self._service}: its WSDL has no operation {name} that can be read", code="atvo.operation")


def _client(service: str, url: str, wsdl: bytes) -> zeep.Client:
    settings = zeep.Settings(
        strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True, xml_huge_tree=False
    )
    try:
        return zeep.Client(url, transport=OwnAddress(url, lambda: wsdl), settings=settings)  # type: ignore[no-untyped-call]
    except _ZEEP_FAILS:
        pass
    # Not within the ``except``: the library's exception may hold what the source sent.
    raise Broken(f"{service}: what stands at its address is not a WSDL that can be read", code="atvo.wsdl")
