"""From a school's SFTP server to the store: the server is left as it is, and half a delivery is never taken in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from connectors.contract import Settings
from connectors.errors import Denied, Retry, SourceError
from scheduler.sync import Report
from simulator.school import make_school
from simulator.sftp import SftpServer, serve_sftp
from tests.bridge import NAME, Bridge, assert_all_complete, assert_same, bridge_over
from tests.faults import EARLY, stir
from tests.magister.expected import expected
from tests.vocus.bridge import Office, options
from vocus import drop
from vocus.connector import connect

PASSWORD = "een-wachtwoord-van-de-school"


@pytest.fixture(autouse=True)
def _look_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drop, "FETCH_EVERY", 0.0)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """It delivers into the folder of its own server."""
    return Office(make_school(5, 40, EARLY), tmp_path / "uitvoer")


@pytest.fixture
def server(office: Office) -> Iterator[SftpServer]:
    with serve_sftp(office.folder, user="schoolbrug", password=PASSWORD) as opened:
        yield opened


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def over(
    office: Office, server: SftpServer, here: Path, engine: Engine, **more: Any
) -> AbstractContextManager[Bridge]:
    account = {
        "host": "127.0.0.1", "port": server.port, "user": "schoolbrug", "password": PASSWORD,
        "host_key": server.host_key, "deadline": 20, **more,
    }  # fmt: skip
    return bridge_over(office, engine, connect(Settings(NAME, {**options(here), "sftp": account})))


def lying(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_two_nights(office: Office, server: SftpServer, here: Path, sqlite: Engine) -> None:
    office.deliver()
    with over(office, server, here, sqlite) as made:
        assert_all_complete(made)
        assert_same(made.live(), expected(office.school))
        assert {report.summary.outcome for report in made.sync(full=False).values()} == {"waiting"}
        stir(office.school)
        office.deliver_on(1)
        there = lying(office.folder)
        assert {report.summary.outcome for report in made.sync(full=False).values()} == {"complete"}
        assert_same(made.live(), expected(office.school))
    assert lying(office.folder) == there
    assert len(list((here / "archive").iterdir())) == 2
    assert not list((here / "quarantine").iterdir())


def test_a_connection_that_breaks_is_taken_up_again(
    office: Office, server: SftpServer, here: Path, sqlite: Engine
) -> None:
    office.deliver()
    asked: list[str] = []

    def breaks(name: str) -> None:
        asked.append(name)
        if name == "cijfers.csv":
            raise ConnectionAbortedError

    with over(office, server, here, sqlite) as made:
        server.before = breaks
        assert isinstance(made.sync("students", full=False)["students"].error, SourceError)
        assert made.live() == {}
        server.before = lambda name: None
        assert {report.summary.outcome for report in made.sync(full=False).values()} == {"complete"}
        assert_same(made.live(), expected(office.school))
    assert "cijfers.csv" in asked


def test_another_host_key_is_never_spoken_to(office: Office, server: SftpServer, here: Path, sqlite: Engine) -> None:
    office.deliver()
    with serve_sftp(office.folder, user="schoolbrug", password=PASSWORD) as other:
        report = failed(over(office, server, here, sqlite, host_key=other.host_key))
    assert isinstance(report.error, Denied)
    assert report.error.code == "sftp.host_key"
    assert server.calls == []


def test_a_wrong_password_is_told_once_and_not_shown(
    office: Office, server: SftpServer, here: Path, sqlite: Engine
) -> None:
    with over(office, server, here, sqlite, password="een-ander-wachtwoord") as made:
        reports = made.sync(full=False)
    (report,) = reports.values()
    assert isinstance(report.error, Denied)
    assert report.error.code == "sftp.login"
    assert "een-ander-wachtwoord" not in f"{report!r} {vars(report.error)}"


def test_a_server_that_is_gone_is_asked_later(office: Office, server: SftpServer, here: Path, sqlite: Engine) -> None:
    server.stop()
    report = failed(over(office, server, here, sqlite))
    assert isinstance(report.error, Retry)
    assert report.error.code == "sftp.network"


def failed(opened: AbstractContextManager[Bridge]) -> Report:
    with opened as made:
        report = made.sync("students", full=False)["students"]
        assert made.live() == {}
        return report
