"""The contract suite, against the simulated school."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager

import pytest

from connectors.contract import Connector, Settings
from connectors.testing import ConnectorContract
from magister.connector import connect
from simulator.school import make_school
from simulator.server import Server, serve
from tests.faults import EARLY
from tests.magister.bridge import options


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(make_school(5, 40, EARLY)) as opened:
        yield opened


class TestMagister(ConnectorContract):
    form: Mapping[str, object] = {"format": "xml"}
    fault = "cut-silent"

    @pytest.fixture(autouse=True)
    def _source(self, server: Server) -> None:
        self.server = server

    def connection(self) -> Connector:
        return connect(Settings("school", options(self.server, login="stateless", attempts=1, **self.form)))

    def cut(self) -> AbstractContextManager[object]:
        return self.server.faults.during(self.fault)


class TestMagisterInCsv(TestMagister):
    form: Mapping[str, object] = {"format": "csv", "encoding": "cp1252", "lists": {"pupils": ""}}
    fault = "cut"
