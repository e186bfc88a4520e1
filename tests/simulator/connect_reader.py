"""Plain requests to the make-believe Connect, with a token."""

from __future__ import annotations

from typing import Any

import requests

from simulator.atvo_ids import uuid_of
from simulator.magister import DEFAULT_ACCOUNT, Account
from simulator.server import Server

COLLECTIONS = ("leerling", "plaatsing", "ouderVerzorger/", "lesgroep/", "stamgroep/", "medewerker", "vak", "opleiding")
FILES = ("voortgangsdossier", "examendossier")
LOCATIONS = ("01", "02")


def ask_token(server: Server, account: Account = DEFAULT_ACCOUNT, **form: str) -> requests.Response:
    form = {
        "grant_type": "client_credentials", "client_id": account.user, "client_secret": account.password, **form,
    }  # fmt: skip
    address = f"{server.url}/oauth2/token?organisation={server.connect.organisation}"
    return requests.post(address, data=form, timeout=10)


class Reader:
    """Whoever holds a token of ``account``; one is asked for unless it is given."""

    def __init__(self, server: Server, account: Account = DEFAULT_ACCOUNT, token: str = "") -> None:
        self.base = f"{server.url}/rest/v1/connect"
        self.token = token or ask_token(server, account).json()["access_token"]

    def get(self, path: str, **query: object) -> requests.Response:
        """``path`` below ``/connect``."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.get(f"{self.base}/{path}", params=query, headers=headers, timeout=10)

    def here(self, rest: str, location: str = "01", **query: object) -> requests.Response:
        """``rest`` below a location, with ``amount`` where a list needs it."""
        if rest in COLLECTIONS:
            query = {"amount": 200, **query}
        return self.get(f"vestiging/{uuid_of('location', location)}/{rest}", **query)

    def file(self, number: int, name: str = "voortgangsdossier", location: str = "01", **query: object) -> Any:
        """A student's file as an answer."""
        return self.here(f"leerling/{uuid_of('student', number)}/{name}", location, **query)

    def items(self, rest: str, location: str = "01", **query: object) -> list[dict[str, Any]]:
        """The objects of one answer."""
        return objects(self.here(rest, location, **query))

    def everywhere(self, rest: str, **query: object) -> dict[str, dict[str, Any]]:
        """By UUID, over all locations."""
        return {item["uuid"]: item for code in LOCATIONS for item in self.items(rest, code, **query)}


def objects(response: requests.Response) -> list[dict[str, Any]]:
    """The list in an envelope."""
    assert response.status_code == 200, response.status_code
    found = next(iter(response.json().values()))
    assert isinstance(found, list)
    return found
