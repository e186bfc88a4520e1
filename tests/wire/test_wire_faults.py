"""Whatever the wire does: no wrong, doubled or missing record, every run ends, and nothing goes that is at school."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine

import atvo.rest_client
import connectors.http
from atvo.connector import connect as connect_atvo
from connectors.contract import Connector, Settings
from magister.connector import connect as connect_magister
from simulator.model import School
from simulator.school import make_school
from simulator.server import serve
from tests.atvo.bridge import rest_options, soap_options
from tests.atvo.expected_rest import expected_rest
from tests.atvo.expected_soap import expected_soap
from tests.bridge import NAME, Rows, bridge_over
from tests.connectors.certificates import certificate, server_context
from tests.faults import EARLY, GATE, everything
from tests.magister.bridge import options as magister_options
from tests.magister.expected import expected
from tests.vocus.test_uwlr_service import options as uwlr_options
from tests.wire.checks import Seen, assert_nothing_is_wrong_after_a_run, differs, places, stir_a_little
from tests.wire.faulty import faulty
from vocus.connector import connect as connect_vocus

FAULTS = 12_500 if GATE else 130
"""For each system and database."""
DEADLINE = 1.0
IMPATIENT = {"attempts": 8, "deadline": DEADLINE, "read_timeout": 0.4}
PATIENT = {"attempts": 5, "deadline": 60, "read_timeout": 30}
DENSITIES = (0.05, 0.5, 0.75, 0.9)
"""Which part of a run's calls is struck: one now and then, so that a read may still be complete, or nearly all."""


class System(NamedTuple):
    """How a school is reached, what it has, and what is seen of that in the store."""

    connect: Callable[..., Connector]
    options: Callable[..., dict[str, Any]]
    now: Callable[[School], Mapping[Any, Any]]
    seen: Seen
    densities: tuple[float, ...] = DENSITIES
    paged: bool = False


def _uwlr_now(school: School) -> dict[str, Any]:
    members = {(code, str(number)) for code, section in school.sections.items() for number in section.members}
    for student in school.students.values():
        if here := school.enrolment(student.number):
            members.add((here.homeroom, str(student.number)))
    named = {
        str(one.number): (one.first_name, one.prefix or None, one.last_name, one.birth_date)
        for one in school.students.values()
    }
    return {**named, **dict.fromkeys(members, True)}


def _uwlr_seen(live: Mapping[str, Rows]) -> dict[str, Any]:
    numbers = {row["key"]: row["local_id"] for row in live.get("student", ())}
    named = Counter(numbers.values())
    assert set(named.values()) <= {1}, "a student is there twice"
    students = {
        row["local_id"]: (row["first_name"], row["prefix"], row["last_name"], row["birth_date"])
        for row in live.get("student", ())
    }
    members = {(row["group"][0], numbers.get(row["student"])): True for row in live.get("group_member", ())}
    return {**students, **members}


SYSTEMS = {
    "magister": System(connect_magister, magister_options, lambda school: everything(expected(school)), places),
    "atvo-soap": System(connect_atvo, soap_options, lambda school: everything(expected_soap(school)), places),
    "atvo-connect": System(connect_atvo, rest_options, lambda school: everything(expected_rest(school)), places,
                           paged=True),
    "vocus-uwlr": System(
        connect_vocus, lambda server, **more: uwlr_options(server, "2.2", **more), _uwlr_now, _uwlr_seen,
        (0.9,),  # a run is one call
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many pages, and short waits between two attempts."""
    monkeypatch.setattr(atvo.rest_client, "PAGE", 7)
    monkeypatch.setattr(connectors.http, "_HOLD", 0.01)
    wait = connectors.http._Wait.__call__
    monkeypatch.setattr(connectors.http._Wait, "__call__", lambda self, state: min(wait(self, state), 0.02))


EACH = list(product(SYSTEMS, ("sqlite", "postgresql")))


# Over the gate's eight 100,000 faults, and with every commit 520 over four.
@pytest.mark.parametrize(("name", "database"), EACH if GATE else [EACH[n] for n in (0, 3, 4, 7)])
def test_whatever_the_wire_does(name: str, engine: Engine, pem: Path) -> None:
    system, random = SYSTEMS[name], Random(f"{name} {engine.dialect.name}")
    with serve(make_school(5, 40, EARLY)) as school, faulty(
        school.url, server_context(pem), random, paged=system.paged
    ) as wire:
        everywhere = SimpleNamespace(url=wire.url, school=school.school)

        def connected(**more: object) -> Connector:
            return system.connect(Settings(NAME, system.options(everywhere, ca_bundle=str(pem), **more)))

        def quietly() -> Mapping[Any, Any]:
            wire.begin(0)
            with bridge_over(school, engine, connected(**PATIENT)) as made:
                outcomes = {entity: (one.summary.outcome, one.summary.message) for entity, one in made.sync().items()}
                assert {outcome for outcome, _ in outcomes.values()} == {"complete"}, outcomes
                found = system.seen(made.live())
                differs(found, system.now(school.school))
                return found

        seen, rounds = quietly(), 0
        while wire.struck.total() < FAULTS:
            rounds += 1
            stir_a_little(school.school, random)
            with bridge_over(school, engine, connected(**IMPATIENT)) as made:
                seen = assert_nothing_is_wrong_after_a_run(
                    made, wire, random.choice(system.densities), seen=system.seen, before=seen,
                    now=system.now(school.school), deadline=DEADLINE,
                )  # fmt: skip
            if rounds % 10 == 0:  # of much that is gone at once a person would have to approve
                seen = quietly()
        quietly()
        assert wire.followed == 0, "a redirect was followed"
    assert set(wire.struck) == set(wire.kinds)
