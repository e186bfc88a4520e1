"""UWLR: the school as a SOAP service that tells students, groups and teachers (wire B), in versions 1.0, 2.2 and 2.3.

SOAP 1.1, document/literal. Version 1.0 has names of its own; 2.x carries the elements of EDEXML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from simulator.edexml import Version, content, school_year
from simulator.faults import Faults
from simulator.magister import Account, Reply
from simulator.magister_wire import Body, page
from simulator.model import School
from simulator.uwlr_first import first_content
from simulator.uwlr_wsdl import wsdl

CALL = "HaalLeerlinggegevens"
CUSTOMER = "schoolbrug"
PATH = re.compile(r"/uwlr/(1\.0|2\.2|2\.3)/leerlinggegevens")
VERSIONS = {
    "1.0": Version("1.0", first=True),
    "2.2": Version("2.2", eckid=True, blocks=False),
    "2.3": Version("2.3", eckid=True, keyless=True),
}
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """A fault: a dotted code of the standard, and a sentence."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """``fields`` are the texts of the request's elements by local name, ``header`` those of the authorisation."""

    fields: dict[str, str]
    header: dict[str, str]


def namespace(version: str, name: str = "leerlinggegevens") -> str:
    return f"http://www.edustandaard.nl/leerresultaten/{version[0]}/{name}"


class Uwlr:
    """Answers requests. ``url`` is the server's."""

    def __init__(self, school: School, accounts: tuple[Account, ...], faults: Faults, url: str) -> None:
        self._school = school
        self._accounts = accounts
        self._faults = faults
        self._url = url
        self._changed: tuple[datetime, int] = (datetime.min.replace(tzinfo=UTC), school.version)
        """When the school was seen to have changed, and the version that it has since."""

    def answer(self, version: str, command: str, query: str, body: bytes) -> Reply:
        """A GET of ``?wsdl``, or a call."""
        if command == "GET":
            if query.lower() != "wsdl":
                return Reply(405, page("Alleen POST"))
            address = f"{self._url}/uwlr/{version}/leerlinggegevens"
            text = wsdl(version, namespace(version), namespace(version, "autorisatie"), address)
            return Reply(200, Body("text/xml; charset=utf-8", iter([text.encode()])))
        if self._faults.fire("maintenance", CALL):
            return Reply(200, Body("text/xml; charset=utf-8", page("Onderhoud").chunks))
        try:
            question = _question(body, version)
            self._check(question, version)
            with self._school.lock:
                text = "".join(self._reply(question, version))
        except Refused as error:
            said = f"<faultcode>{error.code}</faultcode><faultstring>{escape(error.text)}</faultstring>"
            return Reply(500, _soap(f"<soap:Fault>{said}</soap:Fault>"))
        return Reply(200, _soap(text))

    def _check(self, question: Question, version: str) -> None:
        if self._faults.fire("soap-fault", CALL):
            raise Refused("Server.TijdelijkNietBeschikbaar", "Probeer het later opnieuw")
        if self._faults.fire("error-inside", CALL):
            raise Refused("Server.InterneFout", "Er is iets misgegaan")
        account = next((one for one in self._accounts if one.user == question.header.get("klantnaam")), None)
        if account is None or question.header.get("klantcode") != CUSTOMER:
            raise Refused("Client.OngeldigeKlantIdentificatie", "De klant is niet bekend")
        wrong = account.password != question.header.get("autorisatiesleutel")
        if wrong or self._faults.fire("login-refused", CALL) or self._faults.fire("right-refused", CALL):
            raise Refused("Client.AutorisatieOngeldig", "De school heeft deze klant niet gemachtigd")
        fields = question.fields
        if fields.get("xsdversie") != version:
            raise Refused("Client.XsdVersieOngeldig", f"Deze dienst spreekt versie {version}")
        if fields.get("brincode", self._school.brin) != self._school.brin or "schooljaar" not in fields:
            raise Refused("Client.OngeldigBericht", "Deze school is hier niet bekend")

    def _reply(self, question: Question, version: str) -> Iterator[str]:
        name = "leerlinggegevensantwoord" if version == "1.0" else "leerlinggegevens_antwoord"
        yield f"<{name} xmlns={quoteattr(namespace(version))}>"
        if self._faults.fire("empty-list", CALL) or question.fields["schooljaar"] != school_year(self._school):
            yield "<geengegevens/>"
        elif self._unchanged(question.fields.get("laatstontvangengegevens")):
            yield "<geenwijzigingen/>"
        else:
            yield f"<leerlinggegevens>{self._content(version)}</leerlinggegevens>"
        yield f"</{name}>"

    def _content(self, version: str) -> str:
        few = len(self._school.students) // 2 if self._faults.fire("half-list", CALL) else None
        made = datetime.now(UTC)
        said = first_content if version == "1.0" else content
        text = "".join(said(self._school, VERSIONS[version], made, students=few))
        if bad := self._faults.fire("bad-rows", CALL):
            text = _spoilt(text, bad.every)
        if self._faults.fire("new-element", CALL):
            text = text.replace("</leerling>", "<nieuwVeld>nieuw</nieuwVeld></leerling>")
        return text

    def _unchanged(self, since: str | None) -> bool:
        """Whether the school is as it was at a moment; it is looked at whenever somebody asks."""
        if self._changed[1] != self._school.version:
            self._changed = (datetime.now(UTC), self._school.version)
        if since is None:
            return False
        moment = datetime.fromisoformat(since)
        return self._changed[0] <= (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _question(body: bytes, version: str) -> Question:
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError:
        raise Refused("Client.OngeldigBericht", "Het bericht is geen XML") from None
    name = "leerlinggegevensverzoek" if version == "1.0" else "leerlinggegevens_verzoek"
    asked = root.find(f"{{{ENVELOPE}}}Body/{{{namespace(version)}}}{name}")
    header = root.find(f"{{{ENVELOPE}}}Header/{{{namespace(version, 'autorisatie')}}}autorisatie")
    if asked is None:
        raise Refused("Client.OngeldigBericht", f"Er is geen {name}")
    return Question(_texts(asked), {} if header is None else _texts(header))


def _texts(node: etree._Element) -> dict[str, str]:
    return {etree.QName(child).localname: (child.text or "").strip() for child in node}


def _spoilt(text: str, every: int) -> str:
    """A birth date that does not exist, for one student in ``every``."""
    count = iter(range(1_000_000))
    dates = re.compile("<geboortedatum>[^<]*</geboortedatum>")
    bad = "<geboortedatum>2010-02-31</geboortedatum>"
    return dates.sub(lambda found: found.group() if next(count) % every else bad, text)


def _soap(inside: str) -> Body:
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="{ENVELOPE}">'
        f"<soap:Body>{inside}</soap:Body></soap:Envelope>"
    )
    return Body("text/xml; charset=utf-8", iter([text.encode()]))
