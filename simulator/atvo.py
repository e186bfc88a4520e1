"""@VO's SOAP faces: who asks what of which service, whether they may, and what is wrong with the answer today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from simulator import atvo_um, atvo_wis
from simulator.atvo_soap import KIND, Record, Refused, Request, answer, fault, read, text
from simulator.atvo_types import NEWEST, UM, WIS, Service
from simulator.atvo_wsdl import um_wsdl, wis_wsdl
from simulator.faults import Faults
from simulator.magister import Account, Reply
from simulator.magister_wire import BOM, Body, page
from simulator.model import School

READ_ONLY = "Fout tijdens het opslaan: deze koppeling is alleen-lezen"
NO_DATA = "Fout tijdens het ophalen van de gegevens"
SERVICES = {service.path: service for service in (UM, WIS)}
BROKEN = atvo_um.BROKEN | atvo_wis.BROKEN


class Asked(NamedTuple):
    """One request: the service, what it is called, and its envelope (none for a WSDL, or for what is no envelope)."""

    service: Service
    call: str
    request: Request | None
    wsdl: bool


def asked(method: str, path: str, query: str, body: bytes) -> Asked:
    """Read a request for one of ``SERVICES``. A POST is a call, also with ``?wsdl`` behind the address."""
    service, name = SERVICES[path], path.rpartition("/")[2]
    if method == "GET":
        wsdl = query.lower() == "wsdl"
        return Asked(service, f"{name}?wsdl" if wsdl else name, None, wsdl)
    request = read(body)
    known = request is not None and request.namespace == service.namespace and request.operation in service.operations
    return Asked(service, request.operation if request and known else name, request if known else None, False)


class Atvo:
    """Both services. ``url`` is where the school is open.

    ``version`` is the version of UMService that the answers follow; ``wsdl`` is served as its WSDL where it is given,
    whatever the answers follow; ``hidden`` are the students who are switched off for user management.
    """

    def __init__(self, school: School, accounts: tuple[Account, ...], faults: Faults, url: str) -> None:
        self.version = NEWEST
        self.wsdl: bytes | None = None
        self.hidden: set[int] = set()
        self._school = school
        self._accounts = {account.user: account for account in accounts}
        self._faults = faults
        self._url = url

    def answer(self, asked: Asked) -> Reply:
        if self._faults.fire("maintenance", asked.call):
            return Reply(200, Body(KIND, page("Onderhoud").chunks))
        if asked.wsdl:
            return Reply(200, Body(KIND, iter([self._description(asked.service)])))
        if asked.request is None:
            return fault("soap:Client", "Het bericht is geen aanroep van deze service")
        try:
            self._admit(asked.service, asked.request)
            chunks = self._chunks(asked.service, asked.request)
        except Refused as refused:
            return fault(refused.code, refused.text)
        except ValueError:
            return fault("soap:Client", "Unmarshalling Error")
        if self._faults.fire("bom", asked.call):
            chunks = _with_bom(chunks)
        return Reply(200, Body(KIND, chunks))

    def _description(self, service: Service) -> bytes:
        address = f"{self._url}{service.path}"
        if service is WIS:
            return wis_wsdl(address)
        return um_wsdl(self.version, address) if self.wsdl is None else self.wsdl

    def _admit(self, service: Service, request: Request) -> None:
        """Raises ``Refused`` for who may not ask this, in the order in which a person would be told."""
        call = request.operation
        if self._faults.fire("soap-fault", call):
            raise Refused("soap:Server", "Er is een onverwachte fout opgetreden")
        if service is UM:
            brin, user, password = (text(request.arguments, name) for name in ("brinNr", "username", "password"))
        else:
            brin, user, password = request.brin, request.user, request.password
        if brin != self._school.brin:
            raise Refused("soap:Server", "Onbekend BRIN-nummer")
        account = self._accounts.get(user)
        if account is None or account.password != password or self._faults.fire("login-refused", call):
            code = "soap:Server" if service is UM else "wsse:FailedAuthentication"
            raise Refused(code, "Ongeldige gebruikersnaam of wachtwoord")
        stopped = self._faults.fire("right-refused", call)
        if stopped or (account.functions is not None and call not in account.functions):
            raise Refused("soap:Server", "Geen rechten voor deze operatie")
        if service is UM and self._faults.fire("night", call):
            raise Refused("soap:Server", "Synchroniseren is alleen 's nachts toegestaan")

    def _chunks(self, service: Service, request: Request) -> Iterator[bytes]:
        call = request.operation
        version = self.version if service is UM else NEWEST
        if not service.operations[call].many:
            return answer(service, version, call, [READ_ONLY])
        if self._faults.fire("error-inside", call):
            return answer(service, version, call, [NO_DATA])
        rows = self._bend(self._rows(service, request), call)
        new = self._faults.fire("new-element", call)
        unknown = "" if new is None else "leerlingNieuwVeld" if call.startswith("getData") else "nieuwVeld"
        return answer(service, version, call, rows, unknown=unknown)

    def _rows(self, service: Service, request: Request) -> Iterable[Record]:
        if service is UM:
            view = atvo_um.View(atvo_um.still(self._school), frozenset(self.hidden))
            return atvo_um.rows(view, request.operation, request.arguments)
        with self._school.lock:
            return atvo_wis.rows(self._school, request.operation, request.arguments)

    def _bend(self, rows: Iterable[Record], call: str) -> Iterable[Record]:
        """Apply the faults that lie in the rows."""
        if self._faults.fire("empty-list", call):
            return ()
        if self._faults.fire("half-list", call):
            all_rows = list(rows)
            rows = all_rows[: len(all_rows) // 2]
        if bad := self._faults.fire("bad-rows", call):
            return _break(rows, BROKEN.get(call, (("id", "een"),)), bad.every)
        return rows


def _with_bom(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield BOM
    yield from chunks


def _break(rows: Iterable[Record], ways: tuple[tuple[str, str], ...], every: int) -> Iterator[Record]:
    """Spoil one row in ``every``, in turn in each of the ways."""
    for index, row in enumerate(rows):
        turn, rest = divmod(index, every)
        yield row if rest else _spoilt(row, *ways[turn % len(ways)])


def _spoilt(row: Record, where: str, value: str) -> Record:
    """The row with a value set; ``resultaten.cijfer`` is in the first of its ``resultaten``."""
    name, dot, inner = where.partition(".")
    if not dot:
        return {**row, name: value}
    found = row[name]
    if isinstance(found, list):
        return {**row, name: [_spoilt(found[0], inner, value), *found[1:]]}
    return {**row, name: _spoilt(found, inner, value)} if isinstance(found, dict) else row
