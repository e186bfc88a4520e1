"""Each named fault on Connect: the error, what was applied, what was held; and that nothing was lost.

As ``test_atvo_faults``, which is about the SOAP services.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import pytest

from connectors.errors import Broken, Denied, Retry
from scheduler.sync import Report
from simulator.faults import NAMES
from simulator.server import Server
from tests.atvo.bridge import bridge
from tests.atvo.conftest import Stored
from tests.atvo.expected_rest import expected_rest
from tests.bridge import Rows, assert_same, only, own_kinds
from tests.faults import (
    ALL,
    EMPTY,
    FILES_ALONE,
    MAGISTER_ALONE,
    MAYBE_HIDDEN,
    NOT_IDENTIFIED,
    ONCE,
    TOO_MUCH,
    Case,
    assert_nothing_is_lost,
    fails,
    holds,
    passes,
    sync_and_approve,
    with_every_commit,
)

OTHERS = {*MAGISTER_ALONE, *FILES_ALONE, "soap-fault", "night"}
"""Faults that Connect does not know."""
CALLS = {
    "locations": "vestiging", "staff": "medewerker", "subjects": "vak", "groups": "lesgroep", "students": "leerling",
    "guardians": "ouderVerzorger", "grades": "voortgangsdossier",
}  # fmt: skip
TOKEN, FILE = "token", CALLS["grades"]


def recovers(fault: str, entity: str, **more: Any) -> Case:
    """The fault does no harm; who is gone from the feed is held all the same: the school may have withdrawn a right."""
    return holds(fault, entity, MAYBE_HIDDEN, **more)


CASES = (
    fails("cut", "students", Retry, "http.cut", calls={"leerling": 2}),
    recovers("cut", "students", more=ONCE),
    passes("cut", "grades", more=ONCE),
    fails("cut", "grades", Retry, "http.cut"),
    fails("cut", "grades", Retry, "http.cut", only=TOKEN),
    fails("cut-silent", "students", Retry, "atvo.cut"),
    fails("cut-silent", "groups", Retry, "atvo.cut"),
    fails("cut-silent", "grades", Retry, "atvo.cut", more=ONCE),
    fails("cut-silent", "locations", Retry, "atvo.cut"),
    fails("error-inside", "students", Broken, "atvo.form"),
    fails("error-inside", "grades", Broken, "atvo.form", more=ONCE),
    fails("login-refused", "students", Denied, "atvo.login", only=ALL, calls={TOKEN: 1, "vestiging": 0}),
    fails("right-refused", "students", Broken, "atvo.right", calls={TOKEN: 1, "leerling": 1}),
    fails("right-refused", "grades", Broken, "atvo.right"),
    fails("right-refused", "grades", Broken, "atvo.right", only="examendossier"),
    recovers("throttle", "students", more=ONCE),
    fails("throttle", "students", Retry, "http.busy", calls={"leerling": 2}),
    passes("throttle", "grades", more=ONCE),
    recovers("unavailable", "students", more=ONCE),
    fails("unavailable", "students", Retry, "http.busy"),
    fails("unavailable", "students", Retry, "http.busy", only=TOKEN),
    fails("drip", "students", Retry, "http.deadline", options={"deadline": 1}),
    fails("drip", "grades", Retry, "http.deadline", options={"deadline": 1, "parallel": 40}),
    fails("drip", "students", Retry, "http.deadline", only=TOKEN, options={"deadline": 1}),
    recovers("slow", "students", more={"seconds": 0.3}),
    fails("slow", "students", Retry, "http.timeout", more={"seconds": 1}, options={"read_timeout": 0.2}),
    recovers("reset", "students", more=ONCE),
    fails("reset", "grades", Retry, "http.connection"),
    fails("content-type", "students", Broken, "http.content_type"),
    fails("content-type", "students", Retry, "atvo.maintenance", only=TOKEN),
    fails("maintenance", "students", Retry, "atvo.maintenance"),
    fails("maintenance", "grades", Retry, "atvo.maintenance", more=ONCE),
    fails("maintenance", "students", Retry, "atvo.maintenance", only=TOKEN),
    recovers("new-element", "students"),
    passes("new-element", "grades"),
    recovers("bom", "students"),
    passes("bom", "grades", only=ALL),
    holds("empty-list", "students", EMPTY),
    holds("empty-list", "guardians", EMPTY),
    holds("empty-list", "staff", EMPTY),
    holds("empty-list", "groups", TOO_MUCH),
    holds("empty-list", "grades", EMPTY, only="leerling"),
    fails("empty-list", "students", Broken, "atvo.right", only="vestiging"),
    # Asked on from where it stopped, all comes but the last one.
    recovers("half-list", "students"),
    Case("bad-rows", "students", outcome="partial", message=MAYBE_HIDDEN, held=True, quarantined=True),
    Case("bad-rows", "guardians", outcome="partial", message=NOT_IDENTIFIED, quarantined=True),
    Case("bad-rows", "staff", outcome="partial", message=NOT_IDENTIFIED, quarantined=True),
    Case("bad-rows", "groups", outcome="partial", message=NOT_IDENTIFIED, quarantined=True),
    passes("bad-rows", "grades"),
    recovers("short-page", "students"),
    recovers("short-page", "guardians"),
    fails("page-again", "students", Broken, "atvo.paging"),
    fails("page-again", "groups", Broken, "atvo.paging"),
    fails("page-again", "grades", Broken, "atvo.paging", only="leerling"),
)  # fmt: skip


@pytest.mark.parametrize("case", with_every_commit(CASES), ids=str)
def test_a_fault_loses_nothing(case: Case, server: Server, stored: Stored) -> None:
    with bridge(server, stored("connect"), "connect") as made:
        if case.entity == "grades":
            # Nothing is asked about who is gone: the grades go when the student has.
            sync_and_approve(made, "students")

        def sync() -> Report:
            with bridge(server, made.engine, "connect", **case.options) as faulty:
                return faulty.sync(case.entity)[case.entity]

        call = None if case.only == ALL else case.only or CALLS[case.entity]
        assert_nothing_is_lost(case, made, call=call, sync=sync, now=expected_rest, kept_unread=is_kept_unread)
        sync_and_approve(made, case.entity)
        kinds = own_kinds(made, case.entity)
        assert_same(only(made.live(), kinds), only(expected_rest(server.school), kinds))
        assert made.quarantined() == []


def is_kept_unread(place: tuple[str, Any], row: dict[str, Any]) -> bool:
    """What has no meaning is kept as such and never guessed (R1)."""
    return place[0] == "grade" and (row["raw_text"], row["score"], row["label"]) == ("11,7x", None, None)


@pytest.mark.parametrize(("only_", "message"), [(FILE, TOO_MUCH), ("examendossier", None)])
@pytest.mark.parametrize("fault", ["empty-list", "half-list"])
def test_a_file_with_a_part_of_the_results_loses_none(
    fault: str, only_: str, message: str | None, server: Server, stored: Stored
) -> None:
    """The two files tell of one test in two ways. What only one of them still tells is changed, and is put right."""
    with bridge(server, stored("connect"), "connect") as made:
        sync_and_approve(made, "students")
        before, now = texts(made.live()), texts(expected_rest(server.school))
        server.faults.on(fault, only=only_)
        summary = made.sync("grades")["grades"].summary
        server.faults.off()
        assert (summary.message, summary.held > 0) == (message, message is not None)
        after = texts(made.live())
        assert not [student for student in now if (before[student] & now[student]) - after[student]]
        sync_and_approve(made, "grades")
        kinds = own_kinds(made, "grades")
        assert_same(only(made.live(), kinds), only(expected_rest(server.school), kinds))


def texts(rows: Mapping[str, Rows]) -> defaultdict[tuple[str, ...], Counter[str]]:
    """What results each student has, whatever they are results of."""
    found: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for row in rows["grade"]:
        found[row["student"]][row["raw_text"]] += 1
    return found


def test_every_fault_has_its_cases() -> None:
    assert {case.fault for case in CASES} == NAMES - OTHERS
