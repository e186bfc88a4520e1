"""Each named fault on the SOAP services: the error, what was applied, what was held; and that nothing was lost.

Between the first sync and the faulty one the school was edited, so that there is something to apply and to delete.
"""

from __future__ import annotations

from typing import Any

import pytest

from canonical.errors import Refused
from connectors.errors import Broken, Denied, Retry
from scheduler.sync import Report
from simulator.faults import NAMES
from simulator.server import Server
from tests.atvo.bridge import bridge
from tests.atvo.conftest import Stored
from tests.atvo.expected_soap import expected_soap
from tests.bridge import assert_same, only, own_kinds
from tests.faults import (
    ALL,
    EMPTY,
    FILES_ALONE,
    MAGISTER_ALONE,
    MAYBE_HIDDEN,
    NOT_ASKED,
    NOT_IDENTIFIED,
    ONCE,
    TOO_MUCH,
    Case,
    assert_nothing_is_lost,
    fails,
    holds,
    leaves,
    passes,
    sync_and_approve,
    with_every_commit,
)

OTHERS = {*MAGISTER_ALONE, *FILES_ALONE, "short-page", "page-again"}
"""Faults that the SOAP services do not know."""
CALLS = {
    "locations": "getInrichtingVestigingen", "staff": "getDataMedewerkers", "subjects": "getInrichtingVakken",
    "students": "getDataLeerlingen", "groups": "getInrichtingLesgroepen", "guardians": "getDataVerzorgers",
    "grades": "getCijferOverzicht", "absences": "getLeerlingAbsentieConstateringen",
}  # fmt: skip
UM_WSDL, WIS_WSDL = "umService?wsdl", "WISService?wsdl"
PLACES, ROOMS = CALLS["locations"], "getStamgroepenlijst"


def recovers(fault: str, entity: str, **more: Any) -> Case:
    """The fault does no harm; who is gone from the feed is held all the same where the source may hide people."""
    hiding = entity in ("students", "guardians", "staff")
    return holds(fault, entity, MAYBE_HIDDEN, **more) if hiding else passes(fault, entity, **more)


CASES = (
    fails("cut", "students", Retry, "http.cut"),
    fails("cut", "grades", Retry, "http.cut"),
    # One small answer is asked for again: only what a whole location answers is too long to be read twice.
    passes("cut", "grades", more=ONCE),
    fails("cut", "students", Retry, "http.cut", only=UM_WSDL),
    recovers("cut", "students", only=UM_WSDL, more=ONCE),
    fails("cut-silent", "students", Retry, "atvo.cut"),
    fails("cut-silent", "groups", Retry, "atvo.cut"),
    fails("cut-silent", "guardians", Retry, "atvo.cut"),
    fails("cut-silent", "grades", Retry, "atvo.cut"),
    fails("cut-silent", "grades", Retry, "atvo.cut", more=ONCE),
    fails("cut-silent", "absences", Retry, "atvo.cut"),
    fails("cut-silent", "grades", Retry, "atvo.cut", only=ROOMS),
    fails("cut-silent", "students", Retry, "atvo.cut", only=UM_WSDL),
    fails("error-inside", "students", Broken, "atvo.error"),
    fails("error-inside", "grades", Broken, "atvo.error"),
    fails("error-inside", "grades", Broken, "atvo.error", more=ONCE),
    fails("login-refused", "students", Denied, "atvo.login", only=ALL, calls={PLACES: 1, CALLS["students"]: 0}),
    fails("login-refused", "grades", Denied, "atvo.login", only=ALL, calls={ROOMS: 1, CALLS["grades"]: 0}),
    fails("login-refused", "grades", Denied, "atvo.login", options={"parallel": 1}, calls={CALLS["grades"]: 1}),
    fails("right-refused", "students", Broken, "atvo.right", calls={CALLS["students"]: 1}),
    fails("right-refused", "grades", Broken, "atvo.right"),
    recovers("throttle", "students", more=ONCE),
    fails("throttle", "students", Retry, "http.busy", calls={CALLS["students"]: 2}),
    passes("throttle", "grades", more=ONCE),
    recovers("unavailable", "students", more=ONCE),
    fails("unavailable", "students", Retry, "http.busy"),
    fails("unavailable", "grades", Retry, "http.busy"),
    fails("unavailable", "grades", Retry, "http.busy", only=WIS_WSDL),
    fails("drip", "students", Retry, "http.deadline", options={"deadline": 1}),
    fails("drip", "grades", Retry, "http.deadline", options={"deadline": 1, "parallel": 40}),
    fails("drip", "grades", Retry, "http.deadline", only=WIS_WSDL, options={"deadline": 1}),
    recovers("slow", "students", more={"seconds": 0.3}),
    fails("slow", "students", Retry, "http.timeout", more={"seconds": 1}, options={"read_timeout": 0.2}),
    recovers("reset", "students", more=ONCE),
    fails("reset", "students", Retry, "http.connection"),
    fails("reset", "absences", Retry, "http.connection"),
    fails("content-type", "students", Retry, "atvo.maintenance"),
    fails("content-type", "grades", Retry, "atvo.maintenance"),
    fails("content-type", "students", Retry, "atvo.maintenance", only=UM_WSDL),
    fails("maintenance", "students", Retry, "atvo.maintenance"),
    fails("maintenance", "grades", Retry, "atvo.maintenance"),
    fails("maintenance", "grades", Retry, "atvo.maintenance", only=WIS_WSDL),
    fails("soap-fault", "students", Broken, "atvo.fault"),
    fails("soap-fault", "absences", Broken, "atvo.fault"),
    fails("night", "students", Retry, "atvo.night"),
    fails("new-element", "students", Broken, "atvo.element"),
    fails("new-element", "groups", Broken, "atvo.element"),
    fails("new-element", "grades", Broken, "atvo.element"),
    fails("new-element", "absences", Broken, "atvo.element"),
    recovers("bom", "students"),
    passes("bom", "grades"),
    holds("empty-list", "students", EMPTY),
    holds("empty-list", "guardians", EMPTY),
    holds("empty-list", "staff", EMPTY),
    holds("empty-list", "groups", EMPTY, only=ALL),
    holds("empty-list", "students", EMPTY, only=PLACES),
    leaves("empty-list", "grades", NOT_ASKED, only=ROOMS),
    leaves("empty-list", "grades", NOT_ASKED, only="getKlasLeerlingenBijStamgroep"),
    # The exam file still tells of some.
    holds("empty-list", "grades", TOO_MUCH),
    holds("half-list", "students", TOO_MUCH),
    holds("half-list", "grades", TOO_MUCH),
    leaves("half-list", "grades", NOT_ASKED, only=ROOMS),
    holds("half-list", "absences", TOO_MUCH),
    Case("bad-rows", "students", outcome="partial", message=NOT_IDENTIFIED, quarantined=True),
    Case("bad-rows", "guardians", outcome="partial", message=NOT_IDENTIFIED, quarantined=True),
    Case("bad-rows", "staff", outcome="partial", message=NOT_IDENTIFIED, quarantined=True),
    Case("bad-rows", "groups", outcome="partial", message=NOT_IDENTIFIED, quarantined=True),
    passes("bad-rows", "grades", more={"every": 3}, quarantined=True),
    Case("bad-rows", "absences", error=Refused, code="rows.bad", outcome="refused", quarantined=True),
)  # fmt: skip


@pytest.mark.parametrize("case", with_every_commit(CASES), ids=str)
def test_a_fault_loses_nothing(case: Case, server: Server, stored: Stored) -> None:
    with bridge(server, stored("soap")) as made:

        def sync() -> Report:
            with bridge(server, made.engine, **case.options) as faulty:
                return faulty.sync(case.entity)[case.entity]

        call = None if case.only == ALL else case.only or CALLS[case.entity]
        assert_nothing_is_lost(case, made, call=call, sync=sync, now=expected_soap, kept_unread=is_kept_unread)
        sync_and_approve(made, case.entity)
        kinds = own_kinds(made, case.entity)
        assert_same(only(made.live(), kinds), only(expected_soap(server.school), kinds))
        assert made.quarantined() == []


def is_kept_unread(place: tuple[str, Any], row: dict[str, Any]) -> bool:
    """What has no meaning is kept as such and never guessed (R1, R31)."""
    if place[0] == "grade":
        return (row["raw_text"], row["score"], row["label"]) == ("11,7x", None, None)
    unread = {"attendance_observation": "attendance_kind", "absence_notice": "attendance_kind"}
    return place[0] in unread and row[unread[place[0]]] == "unknown"


def test_every_fault_has_its_cases() -> None:
    assert {case.fault for case in CASES} == NAMES - OTHERS
