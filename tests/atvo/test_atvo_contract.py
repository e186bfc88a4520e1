"""The contract suite over the SOAP services, against the simulated school."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

import pytest

from atvo.connector import connect
from connectors.contract import Connector, Settings
from connectors.testing import ConnectorContract
from simulator.magister import DEFAULT_ACCOUNT
from simulator.school import make_school
from simulator.server import Server, serve
from tests.atvo.bridge import soap_options
from tests.faults import EARLY


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(make_school(5, 40, EARLY)) as opened:
        yield opened


class TestSoap(ConnectorContract):
    fault = "cut-silent"

    @pytest.fixture(autouse=True)
    def _source(self, server: Server) -> None:
        self.server = server

    def connection(self) -> Connector:
        return connect(Settings("school", soap_options(self.server, attempts=1)))

    def secrets(self) -> Sequence[str]:
        return [DEFAULT_ACCOUNT.password]

    def cut(self) -> AbstractContextManager[object]:
        return self.server.faults.during(self.fault)
