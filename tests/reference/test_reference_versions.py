"""The connector against the WSDLs that were saved of the real service, each with the answers of either version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from canonical.database import connect, migrate
from simulator.school import make_school
from simulator.server import Server, serve
from tests.atvo.versions import NEWEST, OLDEST, assert_never_lossy
from tests.faults import EARLY
from tests.reference.schemas import UM_2018, UM_2019


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_school(5, 40, EARLY)) as opened:
        yield opened


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    made = connect(f"sqlite:///{tmp_path / 'store.sqlite'}")
    migrate(made)
    yield made
    made.dispose()


@pytest.mark.parametrize("answers", [OLDEST, NEWEST])
@pytest.mark.parametrize("described", [UM_2018, UM_2019], ids=["2018", "2019"])
def test_the_real_description_loses_nothing(described: Path, answers: str, server: Server, sqlite: Engine) -> None:
    is_older = described == UM_2018 and answers == NEWEST
    assert_never_lossy(server, sqlite, described=described.read_bytes(), answers=answers, is_older=is_older)
