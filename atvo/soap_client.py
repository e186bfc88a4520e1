"""Calls to one SOAP service: send a request that its WSDL allows, give the rows as they come (wire 2.1, 2.8, 3)."""

from __future__ import annotations

import base64
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from lxml import etree

from atvo import returns
from atvo.returns import Faults
from atvo.shape import Keep, Value, read
from atvo.wsdl import Description, Operation
from connectors.errors import Broken, Denied, SourceError
from connectors.http import HttpSession, HttpSettings
from connectors.pace import Gate

Row = dict[str, Value]
Header = Callable[[], Sequence[etree._Element]]

XML = ("text/xml", "application/xml")

_JUDGED = (200, 202, 204, 500)
"""Statuses that are judged here, whatever the type of the answer."""

_WSDL_ENDS = re.compile(rb"(?:</(?:[\w.-]+:)?definitions\s*|definitions[^>]*/)>")

_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_PLAIN = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"
_BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"


class Service:
    """One service, such as UMService. Threads may share it.

    ``common`` are the arguments that each call has, ``header`` makes what stands in the header of each.
    """

    def __init__(
        self,
        name: str,
        http: HttpSettings,
        secrets: Iterable[str],
        faults: Faults,
        *,
        common: Mapping[str, str] | None = None,
        header: Header | None = None,
    ) -> None:
        self.name = name
        self._url = http.base_url
        self._http = HttpSession(http, secrets)
        self._faults = faults
        self._common = common or {}
        self._header = header
        self._lock = threading.Lock()
        self._description: Description | None = None
        self._denied: Denied | None = None

    def close(self) -> None:
        self._http.close()

    def share(self, gate: Gate) -> None:
        self._http.share(gate)

    def begin(self) -> Description:
        """Somebody asks for a whole new read: an account that was refused before may be tried once more."""
        with self._lock:
            self._denied = None
        return self.description()

    def description(self) -> Description:
        """The WSDL of the service, loaded at first use. Raises ``SourceError``."""
        with self._lock:
            if self._description is None:
                self._description = Description(self.name, f"{self._url}?wsdl", self._load())
            return self._description

    def rows(self, name: str, arguments: Mapping[str, object], keep: Keep) -> Iterator[list[Row]]:
        """What is kept of the rows of an operation, as they come; ends normally only when nothing was left out."""
        operation, body, headers = self._request(name, arguments)
        with self._http.post(
            "", body=body, headers=headers, accept=XML, operation=self._called(name), also=_JUDGED
        ) as answer:
            self._check(name, answer.status, answer.headers, answer.read)
            yield from self._read(operation, answer.chunks(), keep)

    def small(self, name: str, arguments: Mapping[str, object], keep: Keep) -> list[Row]:
        """As ``rows``, for a call of which there are many: read whole, and repeated when it was cut off."""
        operation, body, headers = self._request(name, arguments)
        answer = self._http.fetch(
            "", body=body, headers=headers, accept=XML, operation=self._called(name), also=_JUDGED
        )
        self._check(name, answer.status, answer.headers, lambda: answer.body)
        return [row for rows in self._read(operation, [answer.body], keep) for row in rows]

    def _called(self, name: str) -> str:
        return f"{self.name} {name}"

    def _request(self, name: str, arguments: Mapping[str, object]) -> tuple[Operation, bytes, dict[str, str]]:
        description = self.description()
        with self._lock:  # zeep says nothing of threads
            if self._denied is not None:
                raise self._denied
            operation = description.operation(name)
            envelope = operation.request({**self._common, **arguments})
        if self._header is not None:
            header = etree.Element(f"{_SOAP}Header")
            header.extend(self._header())
            envelope.insert(0, header)
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{operation.action}"'}
        return operation, etree.tostring(envelope, xml_declaration=True, encoding="utf-8"), headers

    def _load(self) -> bytes:
        called = self._called("?wsdl")
        answer = self._http.fetch("?wsdl", accept=XML, operation=called, also=_JUDGED)
        self._check("?wsdl", answer.status, answer.headers, lambda: answer.body)
        if not answer.body.strip():
            raise returns.empty(called)
        if returns.holds_page(answer.body):
            raise returns.page(called)
        if b"definitions" in answer.body and not _WSDL_ENDS.search(answer.body):
            raise returns.cut(called)
        return answer.body

    def _check(self, name: str, status: int, headers: Mapping[str, str], body: Callable[[], bytes]) -> None:
        """Judge an answer before its rows are read."""
        operation = self._called(name)
        kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if returns.is_page(kind):
            raise returns.page(operation)
        if status == 500:
            raise self._remembered(returns.fault_in(body(), operation, self._faults))
        if status != 200:
            raise returns.empty(operation)
        if kind not in XML:
            raise Broken(f"{operation}: the source declares something else than XML", code="http.content_type")

    def _read(self, operation: Operation, chunks: Iterable[bytes], keep: Keep) -> Iterator[list[Row]]:
        called = self._called(operation.name)
        try:
            for elements in returns.items(chunks, operation.tags, called, self._faults):
                yield [read(element, operation.item, keep, called) for element in elements]
        except SourceError as error:
            if error.code == "atvo.element":
                # The service may have been renewed since its WSDL was loaded: the next read loads it again.
                with self._lock:
                    self._description = None
            raise self._remembered(error) from None

    def _remembered(self, error: SourceError) -> SourceError:
        """Keep a refusal, so that no other thread offers the same password again: accounts lock."""
        if isinstance(error, Denied):
            with self._lock:
                self._denied = error
        return error


def security_header(namespace: str, brin: str, user: str, password: str) -> Header:
    """Makes the header of WISService: the school's BRIN, and user and password in plain text with a nonce (wire 3)."""

    def header() -> Sequence[etree._Element]:
        school = etree.Element(f"{{{namespace}}}Brinnummer", nsmap={None: namespace})
        school.text = brin
        security = etree.Element(
            f"{{{_WSSE}}}Security", {f"{_SOAP}mustUnderstand": "1"}, nsmap={"wsse": _WSSE}
        )
        token = etree.SubElement(security, f"{{{_WSSE}}}UsernameToken")
        etree.SubElement(token, f"{{{_WSSE}}}Username").text = user
        etree.SubElement(token, f"{{{_WSSE}}}Password", Type=_PLAIN).text = password
        nonce = base64.b64encode(os.urandom(16)).decode()
        etree.SubElement(token, f"{{{_WSSE}}}Nonce", EncodingType=_BASE64).text = nonce
        return school, security

    return header
