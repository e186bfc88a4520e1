"""Magister's web services: one query string in, one answer out. Every logical error is a 200 (wire A4)."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

from simulator.faults import Faults
from simulator.magister_functions import FUNCTIONS, PER_PERSON
from simulator.magister_lists import LISTS, table
from simulator.magister_wire import (
    BOM,
    Body,
    Envelope,
    Row,
    Table,
    csv,
    errors,
    exception,
    html,
    page,
    refused,
    xml,
)
from simulator.model import School

NO_RIGHT = 10
"""``Fout_nummer`` of an account without a right to a list."""


@dataclass(frozen=True, slots=True)
class Account:
    """A web service user; ``None`` is the right to everything."""

    user: str
    password: str
    functions: frozenset[str] | None = None
    lists: frozenset[str] | None = None


DEFAULT_ACCOUNT = Account("schoolbrug", "-".join(("voorbeeld", "wachtwoord")))


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Body


def query_of(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Parameters by lower-case name: Magister does not look at the case."""
    return {name.lower(): value for name, value in pairs}


def call_name(query: Mapping[str, str]) -> str:
    """What a request is for: the list's name, else the function's as it is really spelt."""
    function = query.get("function", "")
    if function.lower() == "getdata":
        return query.get("layout", "") or "GetData"
    known = {name.lower(): name for name in (*FUNCTIONS, "Login")}
    return known.get(function.lower(), function)


class Magister:
    """The face. ``token_seconds`` is how long a log-in lasts."""

    def __init__(self, school: School, accounts: tuple[Account, ...], faults: Faults, token_seconds: float) -> None:
        self._school = school
        self._accounts = {account.user: account for account in accounts}
        self._faults = faults
        self._token_seconds = token_seconds
        self._tokens: dict[str, tuple[Account, float]] = {}

    def expire_tokens(self) -> None:
        """Let every log-in so far be over."""
        self._tokens.clear()

    def answer(self, query: Mapping[str, str]) -> Reply:
        """Answer a request whose parameter names are in lower case."""
        if "function" not in query:
            return Reply(200, _documentation())
        call = call_name(query)
        known = (query.get("library", "").lower(), query["function"].lower()) in _ADDRESSES
        if not known:
            return Reply(404, page("Onbekende functie"))
        answer = self._login(query) if call == "Login" else self._call(query, call)
        return Reply(200, self._write(self._bend(answer, call), query, call))

    def _login(self, query: Mapping[str, str]) -> Envelope:
        account = self._known(query.get("username", ""), query.get("password", ""))
        if account is None or self._faults.fire("login-refused", "Login"):
            return refused("Ongeldige gebruikersnaam of wachtwoord")
        token = str(uuid.uuid4()).upper()
        self._tokens[token] = (account, time.monotonic() + self._token_seconds)
        return Envelope((("Result", "True"), ("SessionToken", token)))

    def _call(self, query: Mapping[str, str], call: str) -> Table | Envelope:
        account = self._session(query.get("sessiontoken", ""), call)
        if account is None:
            return refused("Ongeldig of verlopen SessionToken")
        if self._faults.fire("error-inside", call):
            return exception("EMGeneralFailure", "Er is een fout opgetreden bij het uitvoeren van de opdracht")
        stopped = self._faults.fire("right-refused", call) is not None
        if query["function"].lower() == "getdata":
            return self._list(query, account, stopped)
        if stopped or (account.functions is not None and call not in account.functions):
            return refused(f"Gebruikersaccount heeft geen recht op de functie {call}")
        number = query.get("stamnr", "")
        if call in PER_PERSON and not number.isdecimal():
            return exception("EConvertError", "StamNr is geen geldig geheel getal")
        with self._school.lock:
            return FUNCTIONS[call](self._school, query.get("lesperiode", ""), number)

    def _list(self, query: Mapping[str, str], account: Account, stopped: bool) -> Table | Envelope:
        layout = query.get("layout", "")
        if account.functions is not None and "GetData" not in account.functions:
            return refused("Gebruikersaccount heeft geen recht op de functie GetData")
        if layout not in LISTS:
            return exception("EMGeneralFailure", "Layout niet gevonden of niet toegekend aan dit account")
        if stopped or (account.lists is not None and layout not in account.lists):
            return errors(NO_RIGHT, "Gebruikersaccount heeft geen recht op deze layout")
        try:
            parameters = _parameters(query.get("parameters", ""))
            with self._school.lock:
                found = table(self._school, layout, parameters)
        except ValueError:
            return exception("EMGeneralFailure", "Ongeldige parameter")
        return found or exception("EMGeneralFailure", "Layout niet gevonden")

    def _known(self, user: str, password: str) -> Account | None:
        account = self._accounts.get(user)
        return account if account is not None and account.password == password else None

    def _session(self, token: str, call: str) -> Account | None:
        if ";" in token:
            user, _, password = token.partition(";")
            account = self._known(user, password)
            return None if account is None or self._faults.fire("login-refused", call) else account
        account, until = self._tokens.get(token.upper(), (None, 0.0))
        return account if time.monotonic() < until else None

    def _bend(self, answer: Table | Envelope, call: str) -> Table | Envelope:
        """Apply the faults that lie in the rows."""
        if isinstance(answer, Envelope) or not answer.ok:
            return answer
        if self._faults.fire("wrong-period", call):
            answer.rows = ()
        if self._faults.fire("empty-list", call):
            answer.rows, answer.bare = (), True
        if self._faults.fire("half-list", call):
            rows = list(answer.rows)
            answer.rows = rows[: len(rows) // 2]
        if bad := self._faults.fire("bad-rows", call):
            answer.rows = _break(answer.columns, answer.rows, call, bad.every)
        if renamed := self._faults.fire("renamed-column", call):
            old = renamed.column or answer.columns[0]
            answer.columns = tuple(f"{name}_1" if name == old else name for name in answer.columns)
        return answer

    def _write(self, answer: Table | Envelope, query: Mapping[str, str], call: str) -> Body:
        match query.get("type", "").upper():
            case "XML":
                body = xml(answer)
            case "CSV":
                line_end = "\r\r\n" if self._faults.fire("crcrlf", call) else "\r\n"
                body = csv(answer, ansi=query.get("encoding", "").upper() == "ANSI", line_end=line_end)
            case _:
                body = html(answer)
        if self._faults.fire("bom", call):
            return replace(body, chunks=chain([BOM], body.chunks))
        return body


_ADDRESSES = {("algemeen", "login"), ("data", "getdata"), *(("adfuncties", name.lower()) for name in FUNCTIONS)}


def login_page() -> Body:
    """What a portal in between shows to who is not logged in."""
    return page('<form method="post"><input name="username"><input name="password" type="password"></form>')


def _documentation() -> Body:
    functions = "".join(f"<li>{name}</li>" for name in FUNCTIONS)
    return page(
        '<h2 id="Service_Algemeen">Algemeen</h2><ul><li>Login</li></ul>'
        f'<h2 id="Service_ADFuncties">ADFuncties</h2><ul>{functions}</ul>'
        '<h2 id="Service_Data">Data</h2><ul><li>GetData</li></ul>'
    )


def _parameters(text: str) -> dict[str, str]:
    """``a=1;b=2``; values cannot hold ``;`` or ``=``."""
    found: dict[str, str] = {}
    for part in filter(None, text.split(";")):
        name, equals, value = part.partition("=")
        if not equals or "=" in value:
            raise ValueError("a parameter is a name, an equals sign and a value")
        found[name.strip().lower()] = value
    return found


def _break(columns: tuple[str, ...], rows: Iterable[Row], call: str, every: int) -> Iterator[Row]:
    """Spoil one row in ``every``, in turn in each of the ways that the list knows."""
    ways = LISTS[call].broken if call in LISTS else ((_FRAGILE.get(call, columns[0]), "31-02-2010x"),)
    for index, row in enumerate(rows):
        turn, rest = divmod(index, every)
        if rest:
            yield row
        else:
            column, value = ways[turn % len(ways)]
            at = columns.index(column)
            yield (*row[:at], value, *row[at + 1 :])


_FRAGILE = {"GetActiveStudents": "geb_datum_str", "GetActiveEmpoyees": "stamnr_str"}
