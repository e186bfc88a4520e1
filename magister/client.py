"""Calls to Magister's web service: log in, ask a function or a list, give the rows as they came (wire A1-A5)."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from connectors.answer import Answer
from connectors.batches import Rows
from connectors.contract import Proof, RawRecord
from connectors.errors import Broken, Denied
from connectors.http import HttpSession, HttpSettings
from connectors.pace import Gate
from magister import answers
from magister.rows import layout_of
from magister.settings import MagisterSettings

XML = ("text/xml", "application/xml")
CSV = ("text/csv", "application/csv", "text/plain")

CLOSING_TAGS = "the answer's closing tags"
FRAMED = "the transport's own end of the body"


CSV_ROWS = 500


class Place(NamedTuple):
    """Where rows belong: their entity, the list or function they come from, and what its call was about."""

    entity: str
    source: str
    context: str = ""


class Client:
    """One school's web service. Threads may share it."""

    def __init__(self, settings: MagisterSettings, http: HttpSettings) -> None:
        self._settings = settings
        password = settings.password.get_secret_value()
        self._stateless = f"{settings.user};{password}"
        self._http = HttpSession(http, [password, self._stateless])
        self._token: str | None = None
        self._denied: Denied | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        self._http.close()

    def share(self, gate: Gate) -> None:
        self._http.share(gate)

    def named_list(self, entity: str, name: str, parameters: Mapping[str, str]) -> Rows:
        """The rows of a list, some at a time; the last pair carries the proof that the list is whole, if there is one.

        ``name`` as in ``magister.lists``; ``parameters`` replace the placeholders in the list's definition.
        """
        layout = getattr(self._settings.lists, name)
        asked = {
            "Library": "Data",
            "Function": "GetData",
            "Layout": layout,
            "Parameters": ";".join(f"{key}={value}" for key, value in parameters.items()),
        }
        yield from self._rows(asked, Place(entity, name), f"list {layout}", self._settings.format)

    def function(self, entity: str, name: str, parameters: Mapping[str, str]) -> Rows:
        """The rows of one of the functions of ADFuncties, likewise."""
        asked = {"Library": "ADFuncties", "Function": name, **parameters}
        yield from self._rows(asked, Place(entity, name), name, "xml")

    def small(self, entity: str, name: str, parameters: Mapping[str, str], context: str = "") -> list[RawRecord]:
        """As ``function``, for a call of which there are many: read whole, and repeated when it was cut off.

        ``context`` is handed on to the mapping of the rows. Magister says 404 where it has no data (wire A4); that
        comes out as ``Broken`` http.not_found.
        """
        asked = {"Library": "ADFuncties", "Function": name, **parameters}

        def once(token: str) -> list[RawRecord]:
            whole = self._http.fetch("", params=self._query(asked, token, "xml"), accept=XML, operation=name)
            return [row for rows in _xml([whole.body], Place(entity, name, context), name) for row in rows]

        token = self._session_token()
        try:
            return once(token)
        except Broken as error:
            token = self._another_token(token, error)
        return once(token)

    def _rows(self, asked: Mapping[str, str], place: Place, operation: str, form: str) -> Rows:
        token = self._session_token()
        try:
            yield from self._stream(asked, token, place, operation, form)
            return
        except Broken as error:
            # A token that has run out says so before the first row.
            token = self._another_token(token, error)
        yield from self._stream(asked, token, place, operation, form)

    def _stream(self, asked: Mapping[str, str], token: str, place: Place, operation: str, form: str) -> Rows:
        accept = XML if form == "xml" else CSV
        with self._http.get("", params=self._query(asked, token, form), accept=accept, operation=operation) as answer:
            if form == "xml":
                for rows in _xml(answer.chunks(), place, operation):
                    yield rows, None
                yield [], Proof(CLOSING_TAGS)
            else:
                yield from self._csv(answer, place, operation)

    def _csv(self, answer: Answer, place: Place, operation: str) -> Rows:
        found = answers.csv_rows(answer.chunks(), operation, lambda: answer.framed)
        header = next(found)
        layout = layout_of(place.source, "csv", self._settings.encoding, header=header)
        while rows := [RawRecord(place.entity, row, layout) for row in islice(found, CSV_ROWS)]:
            yield rows, None
        # CSV has no end of its own: only the transport can say that nothing was cut off.
        yield [], Proof(FRAMED) if answer.framed else None

    def _query(self, asked: Mapping[str, str], token: str, form: str) -> dict[str, str]:
        query = {**asked, "SessionToken": token, "Type": form.upper()}
        if form == "csv" and self._settings.encoding == "cp1252":
            query["Encoding"] = "ANSI"
        return query

    def _session_token(self) -> str:
        if self._settings.login == "stateless":
            return self._stateless
        return self._newer_token(None)

    def may_log_in_again(self) -> None:
        """Somebody asks for a whole new read: a log-in that was refused before may be tried once more."""
        with self._lock:
            self._denied = None

    def _another_token(self, used: str, error: Broken) -> str:
        """A new token when ``error`` may come from one that has run out; else raises ``error`` again.

        A refused password looks the same as a refused function. Where no token was used, logging in tells which it
        is: with ``Denied``, before the account is locked.
        """
        if error.code != "magister.refused":
            raise error
        stateless = used == self._stateless
        token = self._newer_token(None if stateless else used)
        if stateless:
            raise error
        return token

    def _newer_token(self, used: str | None) -> str:
        """The token, once it is another than ``used``; threads that find the same one out ask for one new one.

        A refused log-in is not repeated.
        """
        with self._lock:
            if self._denied is not None:
                raise self._denied
            if self._token == used:
                try:
                    self._token = self._log_in()
                except Denied as denied:
                    self._denied = denied
                    raise
            return self._token or ""

    def _log_in(self) -> str:
        query = {
            "Library": "Algemeen",
            "Function": "Login",
            "UserName": self._settings.user,
            "Password": self._settings.password.get_secret_value(),
            "Type": "XML",
        }
        answer = self._http.fetch("", params=query, accept=XML, operation="Login")
        token = answers.login_token(answer.body, "Login")
        self._http.hide(token)
        return token


def _xml(chunks: Iterable[bytes], place: Place, operation: str) -> Iterator[list[RawRecord]]:
    for rows in answers.xml_rows(chunks, operation):
        layout = layout_of(place.source, "xml", rows[0].encoding, context=place.context)
        yield [RawRecord(place.entity, row.data, layout) for row in rows]
