"""Calls to Somtoday Connect: a token, one question at a time, a listing page after page (wire 5.1, 5.2, 5.5).

What comes of a status that is Connect's own affair:

    token 400, 401, 403   Denied   atvo.login: not repeated until a whole new read is asked for
    token that is no JSON Retry    atvo.maintenance
    data 401              once more with a new token, then Broken atvo.location
    data 403              Broken   atvo.right
    data 404              no answer, for a student; else as ``connectors.http``
    another form          Broken   atvo.form; Retry atvo.maintenance for a web page, atvo.cut for half an answer
"""

from __future__ import annotations

import codecs
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson

from atvo.rest_listings import VESTIGING, Field, Listing, denied, kept
from atvo.rest_rows import uuid_or_none
from atvo.rest_settings import Loaded
from connectors.answer import Fetched
from connectors.errors import Broken, Denied, Retry
from connectors.http import HttpSession
from connectors.pace import Gate

JSON = ("application/json",)
PAGE = 200
"""Objects asked for at a time: the most that Connect allows."""
PAGES = 10_000
"""Pages of a listing, after which it must be going round."""

_LASTS = 0.9
"""The part of its life for which a token is used."""

GRANT = "the school grants it for each location in Somtoday, on the screen of Somtoday Connect"


class Page(NamedTuple):
    """``items`` as the allow-list leaves them; ``withheld`` are the rights to fields that the school did not give."""

    items: list[Any]
    withheld: list[str]


class Client:
    """One school's Connect. Threads may share it."""

    def __init__(self, loaded: Loaded, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = loaded.settings
        secret = self._settings.client_secret.get_secret_value()
        self._api = HttpSession(loaded.api, [secret])
        self._login = HttpSession(loaded.login, [secret])
        self._clock = clock
        self._token = ""
        self._until = 0.0
        self._denied: Denied | None = None
        self._is_our_school = not self._settings.brin
        self._lock = threading.Lock()

    def close(self) -> None:
        self._api.close()
        self._login.close()

    def share(self, gate: Gate) -> None:
        # The pace is that of the data; a token is asked for now and then.
        self._api.share(gate)

    def may_log_in_again(self) -> None:
        """Somebody asks for a whole new read: a log-in that was refused before may be tried once more."""
        with self._lock:
            self._denied = None

    def vestigingen(self) -> Page:
        """The locations that the school granted, and of them those of the configuration."""
        self._check_school()
        page = self._page("connect/vestiging", VESTIGING, {})
        if not page.items:
            raise Broken(f"vestiging: Somtoday shows no location; {GRANT}", code="atvo.right")
        wanted = {name.lower() for name in self._settings.locations}
        unknown = wanted.difference(*map(_names, page.items))
        if unknown:
            raise Broken(
                f"vestiging: Somtoday shows no location {', '.join(sorted(unknown))}; correct locations, or ask the"
                f" school: {GRANT}",
                code="atvo.location",
            )
        return Page([item for item in page.items if not wanted or wanted.intersection(_names(item))], page.withheld)

    def locations(self) -> list[str]:
        """The UUIDs of the same locations, for the address of a call."""
        found = [uuid_or_none(item.get("uuid")) for item in self.vestigingen().items]
        if None in found:
            raise Broken("vestiging: a location has no UUID that can be read; tell Somtoday", code="atvo.form")
        return [location for location in found if location]

    def page(self, location: str, listing: Listing, offset: int = 0) -> Page:
        """The page of a listing that begins at ``offset``; the first one alone tells the rights to its fields."""
        params = {"offset": str(offset), "amount": str(PAGE)}
        return self._page(f"connect/vestiging/{location}/{listing.path}", listing, params, rights=not offset)

    def pages(self, location: str, listing: Listing) -> Iterator[Page]:
        """A listing until its first empty page, which alone says that no more follows: a page may well be short.

        A page is asked for from the last row of the one before it. If it begins with another one, a row came or went
        before it meanwhile, and one that is there may have been passed over.
        """
        seen: set[str] = set()
        offset, withheld, last = 0, list[str](), None
        for _ in range(PAGES):
            page = self.page(location, listing, offset - (last is not None))
            withheld = page.withheld or withheld
            if last is None and not page.items:
                return
            items = page.items if last is None else page.items[1:]
            found = [own for item in items if (own := uuid_or_none(item.get("uuid")))]
            if (last is not None and not _begins_with(page, last)) or len({*found} | seen) < len(found) + len(seen):
                break
            seen.update(found)
            if items:
                yield Page(items, withheld)
            # By what came, not by what was asked for: after a short page nothing is passed over.
            offset += len(items)
            last = items[-1] if items else None
        raise Broken(
            f"{listing.name}: the pages are not one listing: rows came again, or came or went while they were read; it"
            " is read again at the next run, and if it stays so, tell Somtoday",
            code="atvo.paging",
        )

    def file(self, location: str, student: str, listing: Listing) -> Page | None:
        """A student's progress file or exam file; None when Connect does not know the student, or may not show it."""
        path = f"connect/vestiging/{location}/leerling/{student}/{listing.path}"
        document = self._ask(path, {**listing.params, "veldpermissies": "true"}, listing.name, may_be_missing=True)
        return None if document is None else _opened(document, listing)

    def _page(self, path: str, listing: Listing, params: Mapping[str, str], *, rights: bool = True) -> Page:
        """One answer with a list in it; asked with the rights to its fields, of which the needed ones must be there."""
        asked = {**params, **({"veldpermissies": "true"} if rights else {})}
        return _opened(self._ask(path, asked, listing.name) or {}, listing)

    def _check_school(self) -> None:
        """Raises ``Denied`` when the institution is not the school of the configuration's BRIN."""
        if self._is_our_school:
            return
        document = self._ask("connect/instelling", {"brin": self._settings.brin}, "instelling") or {}
        ours = [item for item in _listed(document, "instellingen", "instelling") if isinstance(item, dict)]
        if str(self._settings.organisation) not in [str(item.get("uuid")).lower() for item in ours]:
            raise Denied(
                "instelling: organisation is not the institution of brin; correct the one that is wrong, so that no"
                " other school is read",
                code="atvo.brin",
            )
        self._is_our_school = True

    def _ask(
        self, path: str, params: Mapping[str, str], operation: str, *, may_be_missing: bool = False
    ) -> dict[str, Any] | None:
        token = self._newer_token("")
        answer = self._fetch(path, params, operation, token, may_be_missing)
        if answer.status == 401:
            answer = self._fetch(path, params, operation, self._newer_token(token), may_be_missing)
        if answer.status == 401:
            raise Broken(
                f"{operation}: Somtoday gives no access to this location, or not any more; {GRANT}",
                code="atvo.location",
            )
        if answer.status == 403:
            raise Broken(f"{operation}: no right to this kind of data; {GRANT}", code="atvo.right")
        return None if answer.status == 404 else _document(answer, operation)

    def _fetch(
        self, path: str, params: Mapping[str, str], operation: str, token: str, may_be_missing: bool
    ) -> Fetched:
        return self._api.fetch(
            path, params=params, headers={"Authorization": f"Bearer {token}"}, accept=JSON, operation=operation,
            also=(401, 403, 404) if may_be_missing else (401, 403),
        )  # fmt: skip

    def _newer_token(self, used: str) -> str:
        """The token, as long as it lasts and is another than ``used``; threads that find the same one out ask for one
        new one. A refused log-in is not repeated."""
        with self._lock:
            if self._denied is not None:
                raise self._denied
            if self._token == used or self._clock() >= self._until:
                try:
                    self._log_in()
                except Denied as denied:
                    self._denied = denied
                    raise
            return self._token

    def _log_in(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret.get_secret_value(),
        }
        asked = self._clock()
        answer = self._login.fetch(
            "", params={"organisation": str(self._settings.organisation)}, body=urlencode(form).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"}, accept=(*JSON, "text/html"),
            operation="token", also=(400, 401, 403),
        )  # fmt: skip
        if answer.status != 200:
            raise Denied(
                "token: Somtoday refused us; check client_id, client_secret and organisation", code="atvo.login"
            )
        document = _json(answer.body)
        token = document.get("access_token") if isinstance(document, dict) else None
        if not isinstance(token, str) or not token:
            raise Retry("token: no token came, as during maintenance", code="atvo.maintenance")
        lasts = document.get("expires_in")
        self._api.hide(token)
        self._login.hide(token)
        self._token = token
        self._until = asked + _LASTS * lasts if isinstance(lasts, int | float) else float("inf")


def _opened(document: dict[str, Any], listing: Listing) -> Page:
    items = [kept(item, Field(listing.fields)) for item in _listed(document, listing.envelope, listing.name)]
    withheld = denied(document.get("veldpermissies"), listing)
    if missing := sorted(listing.needed.intersection(withheld)):
        raise Broken(f"{listing.name}: {', '.join(missing)}: not permitted; {GRANT}", code="atvo.right")
    return Page(items, withheld)


def _listed(document: dict[str, Any], envelope: str, operation: str) -> list[Any]:
    found = document.get(envelope)
    if not isinstance(found, list):
        raise Broken(
            f"{operation}: the answer has no {envelope}; check api_url, and whether Somtoday changed this interface",
            code="atvo.form",
        )
    return found


def _document(answer: Fetched, operation: str) -> dict[str, Any]:
    found = _json(answer.body)
    if isinstance(found, dict):
        return found
    if answer.body.lstrip(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise Retry(f"{operation}: a web page came instead of data, as during maintenance", code="atvo.maintenance")
    if not answer.framed:
        raise Retry(f"{operation}: the answer was cut off", code="atvo.cut")
    raise Broken(f"{operation}: the answer is no JSON object; check api_url", code="atvo.form")


def _json(body: bytes) -> Any:
    """The value of a JSON text, with or without a byte order mark; None for what is none."""
    try:
        return orjson.loads(body.removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError:
        return None


def _begins_with(page: Page, row: dict[str, Any]) -> bool:
    """Whether the first row is this one, whatever else has become of it; one without a UUID may be any."""
    if not page.items:
        return False
    ours, its = (uuid_or_none(one.get("uuid")) for one in (row, page.items[0]))
    return None in (ours, its) or ours == its


def _names(item: Any) -> list[str]:
    return [name.lower() for name in (item.get("uuid"), item.get("afkorting")) if isinstance(name, str)]
