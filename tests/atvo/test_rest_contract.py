"""The contract suite for Somtoday Connect, against the simulated school."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from atvo.connector import connect
from connectors.contract import Connector, Settings
from connectors.testing import ConnectorContract
from simulator.school import make_school
from simulator.server import Server, serve
from tests.atvo.bridge import rest_options
from tests.faults import EARLY


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(make_school(5, 40, EARLY)) as opened:
        yield opened


class TestConnect(ConnectorContract):
    @pytest.fixture(autouse=True)
    def _source(self, server: Server) -> None:
        self.server = server

    def connection(self) -> Connector:
        return connect(Settings("school", rest_options(self.server, attempts=1, brin=self.server.school.brin)))

    def cut(self) -> AbstractContextManager[object]:
        return self.server.faults.during("cut-silent")
