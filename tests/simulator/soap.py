"""Ways to ask the SOAP faces: a strict zeep client, and an envelope by hand."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

import requests
import zeep
from lxml import etree

from simulator.atvo_people import school_year
from simulator.atvo_soap import BRIN, ENVELOPE, PASSWORD_TEXT, WSSE
from simulator.atvo_types import UM, WIS
from simulator.magister import DEFAULT_ACCOUNT, Account
from simulator.server import Server


def um(server: Server, account: Account = DEFAULT_ACCOUNT) -> Any:
    """``um(server)("getDataLeerlingen", vestigingAfkorting="01")``: zeep's objects, read strictly."""
    client = zeep.Client(f"{server.url}{UM.path}?wsdl", settings=zeep.Settings(strict=True))

    def call(operation: str, **arguments: Any) -> Any:
        who = {"brinNr": server.school.brin, "username": account.user, "password": account.password}
        return client.service[operation](**who, **arguments)

    return call


def wis(server: Server, account: Account = DEFAULT_ACCOUNT, brin: str | None = None) -> Any:
    """The same for WISService, with its headers."""
    client = zeep.Client(f"{server.url}{WIS.path}?wsdl", settings=zeep.Settings(strict=True))

    def call(operation: str, **arguments: Any) -> Any:
        headers = wis_headers(account, brin or server.school.brin)
        return client.service[operation](_soapheaders=list(headers), **arguments)

    return call


def wis_headers(account: Account, brin: str, *, nonce: bool = True) -> tuple[etree._Element, etree._Element]:
    """``Brinnummer``, and WS-Security by hand: zeep's own token has a nonce only when it digests the password."""
    security = etree.Element(f"{{{WSSE}}}Security")
    token = etree.SubElement(security, f"{{{WSSE}}}UsernameToken")
    etree.SubElement(token, f"{{{WSSE}}}Username").text = account.user
    etree.SubElement(token, f"{{{WSSE}}}Password", Type=PASSWORD_TEXT).text = account.password
    if nonce:
        etree.SubElement(token, f"{{{WSSE}}}Nonce").text = "bm9uY2U="
    number = etree.Element(f"{{{BRIN}}}Brinnummer")
    number.text = brin
    return number, security


def envelope(operation: str, namespace: str, inside: str, header: str = "") -> str:
    return (
        f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Header>{header}</s:Header><s:Body>'
        f'<n:{operation} xmlns:n="{namespace}">{inside}</n:{operation}></s:Body></s:Envelope>'
    )


def post_um(
    server: Server, operation: str = "getDataLeerlingen", *, brin: str | None = None, user: str | None = None,
    password: str | None = None, query: str = "", **arguments: object,
) -> requests.Response:  # fmt: skip
    """A call of UMService by hand."""
    given = {
        "brinNr": brin or server.school.brin, "username": user or DEFAULT_ACCOUNT.user,
        "password": password or DEFAULT_ACCOUNT.password, "schooljaar": school_year(server.school), **arguments,
    }  # fmt: skip
    inside = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in given.items())
    return post(server, UM.path + query, envelope(operation, UM.namespace, inside))


def post_wis(
    server: Server, operation: str, inside: str = "", *, brin: str | None = None, account: Account = DEFAULT_ACCOUNT,
    nonce: bool = True,
) -> requests.Response:  # fmt: skip
    """A call of WISService by hand."""
    parts = wis_headers(account, brin or server.school.brin, nonce=nonce)
    header = "".join(etree.tostring(part, encoding="unicode") for part in parts)
    return post(server, WIS.path, envelope(operation, WIS.namespace, inside, header))


def post(server: Server, path: str, body: str) -> requests.Response:
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
    return requests.post(f"{server.url}{path}", data=body.encode(), headers=headers, timeout=10)


def returns(response: requests.Response) -> list[etree._Element]:
    assert response.status_code == 200, response.text
    return list(etree.fromstring(response.content).iterfind(".//return"))


def fault(response: requests.Response) -> tuple[str, str]:
    """The code with its namespace, and the words."""
    assert response.status_code == 500
    assert response.headers["Content-Type"].startswith("text/xml")
    found = etree.fromstring(response.content).find(f"{{{ENVELOPE}}}Body/{{{ENVELOPE}}}Fault")
    prefix, _, name = found.findtext("faultcode").partition(":")
    return f"{{{found.nsmap[prefix]}}}{name}", found.findtext("faultstring")
