"""A service whose description is of another version than its answers, and a description that changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from canonical.store import FORM_CHANGED
from scheduler.sync import Report
from simulator.atvo_wsdl import um_wsdl
from simulator.school import make_school
from simulator.server import Server, serve
from tests.atvo.bridge import bridge
from tests.atvo.expected_soap import expected_soap
from tests.atvo.test_atvo_refusals import UM, WIS
from tests.atvo.versions import NEWEST, OLDEST, assert_never_lossy
from tests.bridge import assert_same
from tests.faults import EARLY, ONE_DATABASE, some

ADDRESS = "https://oop.example/services/umService"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_school(5, 40, EARLY)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("describes", "answers"),
    some([(OLDEST, NEWEST), (OLDEST, OLDEST), (NEWEST, NEWEST), (NEWEST, OLDEST)]),
)
def test_nothing_is_lost_between_versions(describes: str, answers: str, server: Server, sqlite: Engine) -> None:
    assert_never_lossy(
        server, sqlite, described=um_wsdl(describes, ADDRESS), answers=answers, is_older=describes < answers
    )


def test_a_store_keeps_what_it_has_when_the_answers_run_ahead_of_the_description(
    server: Server, sqlite: Engine
) -> None:
    with bridge(server, sqlite) as made:
        made.sync()
        before = made.live()
    server.atvo.wsdl = um_wsdl(OLDEST, ADDRESS)
    with bridge(server, sqlite) as made:
        made.sync()
        assert_same(made.live(), before)
        # The description follows: the same connector lets go of the old one at its first complaint, and goes on.
        server.atvo.wsdl = um_wsdl(NEWEST, ADDRESS)
        made.sync()
        assert not [report for report in made.sync().values() if report.error]
        assert_same(made.live(), before)


@pytest.mark.parametrize("database", ONE_DATABASE)
def test_a_new_description_is_told_once(server: Server, engine: Engine) -> None:
    """And not for a service of which it did not change, nor for another address in it."""
    server.atvo.version = OLDEST
    with bridge(server, engine) as made:
        assert codes(made.sync()) == {}
    server.atvo.version = NEWEST
    with bridge(server, engine) as made:
        assert codes(made.sync()) == dict.fromkeys(UM, FORM_CHANGED)
        assert_same(made.live(), expected_soap(server.school))
        assert codes(made.sync()) == {}
    server.atvo.wsdl = um_wsdl(NEWEST, ADDRESS)
    with bridge(server, engine) as made:
        assert codes(made.sync()) == {}
        told = [(run["entity"], run["code"]) for run in made.runs() if run["code"]]
    assert sorted(told) == sorted((name, FORM_CHANGED) for name in UM)


def codes(reports: dict[str, Report]) -> dict[str, str]:
    """The codes of the runs that have one; all of them complete."""
    assert set(reports) == {*UM, *WIS}
    assert {report.summary.outcome for report in reports.values()} == {"complete"}
    return {name: report.summary.code for name, report in reports.items() if report.summary.code}
