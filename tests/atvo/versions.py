"""UMService as one version describes it and as another one answers: correct records or an error, never a lost field."""

from __future__ import annotations

from sqlalchemy import Engine

from connectors.errors import Broken
from simulator.server import Server
from tests.atvo.bridge import bridge
from tests.atvo.expected_soap import expected_soap
from tests.bridge import assert_all_complete, assert_same, live

OLDEST, NEWEST = "2018-08", "2019-06"
ADDED = {"students": "leerlingEckID", "staff": "medewerkerEckID"}
"""The first element of each kind of answer that came after the oldest version, where one did."""


def assert_never_lossy(server: Server, engine: Engine, *, described: bytes, answers: str, is_older: bool) -> None:
    """Sync a school that answers as ``answers``. ``is_older``: its ``described`` WSDL does not know all of that."""
    server.atvo.version, server.atvo.wsdl = answers, described
    with bridge(server, engine) as made:
        if is_older:
            reports = made.sync()
            assert {name for name, report in reports.items() if report.error} == set(ADDED)
            for name, element in ADDED.items():
                error = reports[name].error
                assert isinstance(error, Broken)
                assert (error.code, element in str(error)) == ("atvo.element", True)
                assert reports[name].summary.read == 0
            assert not {"student", "staff"} & live(engine).keys()
        else:
            assert_all_complete(made)
            assert_same(made.live(), expected_soap(server.school))
