"""Somtoday Connect: one request in, one answer of JSON out (wire 5)."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol
from urllib.parse import parse_qsl

from simulator.atvo_ids import uuid_of
from simulator.connect_files import exam_file, progress_file
from simulator.connect_groups import location_item
from simulator.connect_kinds import (
    EXAM_PERMISSIONS,
    KINDS,
    LOCATION_PERMISSIONS,
    PROGRESS_PERMISSIONS,
    Permissions,
    allowed,
)
from simulator.connect_view import Item, View, without
from simulator.faults import Faults
from simulator.magister import Account
from simulator.magister_wire import BOM, page
from simulator.model import Location, School

TOKEN = "/oauth2/token"  # noqa: S105
BASE = "/rest/v1/connect"
MOST = 200
"""The most objects on a page."""
Query = Sequence[tuple[str, str]]

_FILES: dict[str, tuple[str, Permissions]] = {
    "voortgangsdossier": ("voortgangsdossiers", PROGRESS_PERMISSIONS),
    "examendossier": ("examendossiers", EXAM_PERMISSIONS),
}
_NAMES = {"token", "instelling", "vestiging", *KINDS, *_FILES}


class Headers(Protocol):
    """What is needed of a request's headers; names in any case."""

    def get(self, name: str, failobj: str, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """``kind`` is the content type."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"
    chunks: Iterable[bytes] = ()


class Refusal(Exception):
    """A request that ends with a status and without a body, as most of Connect's do."""

    def __init__(self, status: int) -> None:
        self.status = status


def call_name(method: str, path: str) -> str:
    """What a request is for: the last fixed name in its path, whatever the method."""
    return next((part for part in reversed(path.split("/")) if part in _NAMES), "connect")


class Connect:
    """The face. ``token_seconds`` is how long a token lasts; an account's user is its ``client_id``."""

    def __init__(self, school: School, accounts: tuple[Account, ...], faults: Faults, token_seconds: float) -> None:
        self._school = school
        self._accounts = {account.user: account for account in accounts}
        self._faults = faults
        self._token_seconds = token_seconds
        self._tokens: dict[str, tuple[Account, float]] = {}
        self._numbers: dict[str, int] = {}
        self.organisation = uuid_of("organisation", school.brin)
        self.withheld: set[str] = set()
        """The fields that the school does not permit, by name: left out of every object."""

    def expire_tokens(self) -> None:
        """Let every token so far be over."""
        self._tokens.clear()

    def answer(self, method: str, path: str, query: Query, headers: Headers, body: bytes) -> Reply:
        """Answer a request for a path that begins with ``/oauth2/token`` or ``/rest/v1/connect``."""
        call = call_name(method, path)
        if self._faults.fire("maintenance", call):
            return Reply(200, chunks=page("Onderhoud").chunks)
        try:
            if path == TOKEN:
                return self._token(method, query, body)
            if method != "GET":
                raise Refusal(405)
            open_to_all = path == f"{BASE}/instelling"
            found = self._institutions(query) if open_to_all else self._data(path, query, headers, call)
        except Refusal as refusal:
            return Reply(refusal.status, {"WWW-Authenticate": "Bearer"} if refusal.status == 401 else {})
        return _json(200, found, bom=self._faults.fire("bom", call) is not None)

    def _token(self, method: str, query: Query, body: bytes) -> Reply:
        if method != "POST":
            raise Refusal(405)
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        if form.get("grant_type") != "client_credentials":
            return _json(400, {"error": "unsupported_grant_type"})
        if _values(query, "organisation") != [self.organisation]:
            return _json(400, {"error": "invalid_request", "error_description": "Onbekende organisatie"})
        account = self._accounts.get(form.get("client_id", ""))
        right = account is not None and account.password == form.get("client_secret")
        if account is None or not right or self._faults.fire("login-refused", "token"):
            return _json(401, {"error": "invalid_client"})
        token = uuid.uuid4().hex
        self._tokens[token] = (account, time.monotonic() + self._token_seconds)
        lifetime = max(0, int(self._token_seconds))
        return _json(200, {"access_token": token, "token_type": "Bearer", "expires_in": lifetime})

    def _institutions(self, query: Query) -> Item:
        """Open to everyone (wire 5.1). A filter is a BRIN of four or six, or a part of a name."""
        school, brins, names = self._school, _values(query, "brin"), _values(query, "naam")
        known = {school.brin, *(f"{school.brin}{code}" for code in school.locations)}
        titles = [school.name, *(location.name for location in school.locations.values())]
        fits = all(brin in known for brin in brins) and all(
            any(name.lower() in title.lower() for title in titles) for name in names
        )
        this = {"uuid": self.organisation, "naam": school.name, "brins": [school.brin]}
        return {"instellingen": [this] if fits else []}

    def _data(self, path: str, query: Query, headers: Headers, call: str) -> Item:
        account = self._session(headers.get("Authorization", ""))
        parts = path.removeprefix(f"{BASE}/").split("/")
        if parts == ["vestiging"]:
            self._permit(account, call)
            return self._error_inside(call) or self._locations(query)
        if parts[0] != "vestiging" or len(parts) < 3 or parts[2] not in KINDS:
            raise Refusal(404)
        location = self._location(parts[1])
        self._permit(account, call)
        if error := self._error_inside(call):
            return error
        if len(parts) == 5 and parts[2] == "leerling" and parts[4] in _FILES:
            return self._file(location, parts[3], call, query)
        return self._objects(location, parts[2], f"/{'/'.join(parts[3:])}" if parts[3:] else "", query)

    def _session(self, authorization: str) -> Account:
        scheme, _, token = authorization.partition(" ")
        account, until = self._tokens.get(token.strip(), (None, 0.0))
        if scheme.lower() != "bearer" or account is None or time.monotonic() >= until:
            raise Refusal(401)
        return account

    def _location(self, ident: str) -> Location:
        for location in self._school.locations.values():
            if uuid_of("location", location.code) == ident:
                return location
        raise Refusal(401)

    def _permit(self, account: Account, call: str) -> None:
        refused = self._faults.fire("right-refused", call) is not None
        if refused or (account.functions is not None and call not in account.functions):
            raise Refusal(403)

    def _error_inside(self, call: str) -> Item | None:
        return {"error": "Er is een onverwachte fout opgetreden"} if self._faults.fire("error-inside", call) else None

    def _locations(self, query: Query) -> Item:
        with self._school.lock:
            made = [location_item(self._school, location) for location in self._school.locations.values()]
        wanted = _values(query, "uuid")
        items = [item for item in made if not wanted or item["uuid"] in wanted]
        items = self._bend(items, "vestiging", (("uuid", "geen-uuid"), ("afkorting", ["x"])))
        return self._envelope("vestigingen", items, LOCATION_PERMISSIONS, query)

    def _objects(self, location: Location, call: str, rest: str, query: Query) -> Item:
        """A page of a list, or the one object whose UUID is in the path."""
        kind = KINDS[call]
        moment = _choice(query, "peilschooljaar", ("HUIDIG", "VOLGEND"))
        view = View(self._school, location, moment == "HUIDIG", _flag(query, "stamgroep"))
        listing = rest == kind.slash
        wanted = _values(query, "uuid") + _values(query, "subject") if listing else [rest[1:]]
        start, amount = self._window(call, query) if listing else (0, 1)
        with self._school.lock:
            # Nobody has been placed in the next year yet.
            entries = () if moment == "VOLGEND" else kind.entries(view)
            chosen = ((ident, make) for ident, make in entries if not wanted or ident in wanted)
            items = [make() for _, make in islice(chosen, start, start + amount)]
        if not listing and not items:
            raise Refusal(404)
        return self._envelope(kind.envelope, self._bend(items, call, kind.broken), kind.permissions, query)

    def _window(self, call: str, query: Query) -> tuple[int, int]:
        """Offset and amount, as asked and as the faults will have it."""
        start = _number(query, "offset", 0)
        amount = _number(query, "amount", MOST if _values(query, "subject") else None)
        if not 0 < amount <= MOST:
            raise Refusal(400)
        if self._faults.fire("page-again", call):
            start = 0
        if self._faults.fire("short-page", call):
            amount = max(1, amount // 2)
        return start, amount

    def _file(self, location: Location, ident: str, call: str, query: Query) -> Item:
        """A student's progress file or exam file: whole, never in pages."""
        school, subjects = self._school, _values(query, "vak_uuid")
        envelope, permissions = _FILES[call]
        make = progress_file if call == "voortgangsdossier" else exam_file
        with school.lock:
            known = {uuid_of("subject", code) for code in school.subjects}
            number = self._student(View(school, location, whole_year=True), ident)
            if not known.issuperset(subjects):
                raise Refusal(404)
            items = make(school, number, future=_flag(query, "toekomstige_toetsen") or False)
            bad = self._faults.fire("bad-rows", call)
            # One student in so many, since every answer is of one student.
            spoilt = bad is not None and list(school.students).index(number) % bad.every == 0
        items = [item for item in items if not subjects or (item.get("vakuuid") or item.get("vakUUID")) in subjects]
        items = self._bend(items, call, ())
        if spoilt:
            _spoil_first_result(items)
        return self._envelope(envelope, items, permissions, query)

    def _student(self, view: View, ident: str) -> int:
        """The number of a student who is visible here. Refuses with 404."""
        school = self._school
        if ident not in self._numbers:
            self._numbers = {uuid_of("student", number): number for number in school.students}
        number = self._numbers.get(ident, 0)
        if not any(map(view.shows, school.enrolments.get(number, ()))):
            raise Refusal(404)
        return number

    def _bend(self, items: list[Item], call: str, broken: tuple[tuple[str, object], ...]) -> list[Item]:
        """Apply the faults that lie in the objects."""
        if self._faults.fire("empty-list", call):
            return []
        if self._faults.fire("half-list", call):
            items = items[: len(items) // 2]
        if self._faults.fire("new-element", call):
            items = [{**item, "nieuwVeld": "nieuw"} for item in items]
        if broken and (bad := self._faults.fire("bad-rows", call)):
            for turn, index in enumerate(range(0, len(items), bad.every)):
                name, value = broken[turn % len(broken)]
                items[index] = {**items[index], name: value}
        return items

    def _envelope(self, name: str, items: list[Item], permissions: Permissions, query: Query) -> Item:
        found: Item = {name: without(items, self.withheld)}
        if _flag(query, "veldpermissies"):
            found["veldpermissies"] = allowed(permissions, self.withheld)
        return found


def _spoil_first_result(value: object) -> bool:
    """Put a mark that is none where the first result with a mark is; whether there was one."""
    if isinstance(value, list):
        return any(map(_spoil_first_result, value))
    if not isinstance(value, dict):
        return False
    if "geldend_resultaat" in value:
        standing = next(row for row in value["pogingen"] if row["resultaat"] == value["geldend_resultaat"])
        standing["resultaat"] = value["geldend_resultaat"] = "11,7x"
        return True
    return any(map(_spoil_first_result, value.values()))


def _values(query: Query, name: str) -> list[str]:
    return [value for key, value in query if key == name]


def _choice(query: Query, name: str, values: tuple[str, ...]) -> str | None:
    """The value of a parameter that may be left out. Refuses with 400 what is not one of ``values``."""
    given = _values(query, name)
    if not given:
        return None
    if given[0] not in values:
        raise Refusal(400)
    return given[0]


def _flag(query: Query, name: str) -> bool | None:
    given = _choice(query, name, ("true", "false"))
    return None if given is None else given == "true"


def _number(query: Query, name: str, default: int | None) -> int:
    """A whole number from 0. Refuses with 400 what is none, and what is missing without a default."""
    text = next(iter(_values(query, name)), "" if default is None else str(default))
    if not (text.isascii() and text.isdigit()):
        raise Refusal(400)
    return int(text)


def _json(status: int, value: Item, *, bom: bool = False) -> Reply:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, chunks=[BOM, text] if bom else [text])
