"""Each way in which a delivery goes wrong: what is told, that nothing is lost, and that a good delivery repairs it.

Between the first delivery and the faulty one the school was edited, so that there is something to apply and to delete.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from canonical.errors import Refused
from connectors.errors import Broken
from simulator.exports_csv import Variant
from simulator.faults import NAMES
from tests.bridge import assert_same
from tests.faults import EMPTY, FILES_ALONE, NOT_IDENTIFIED, TOO_MUCH, everything, some, stir
from tests.magister.expected import expected
from tests.vocus.bridge import FILES, WIDTH, Office, bridge, expected_wide

Outcome = tuple[str, str | None]

OF_FILES = FILES_ALONE | {"half-list", "empty-list", "bad-rows"}
COMPLETE: Outcome = ("complete", None)
WAITING: Outcome = ("waiting", "source.waiting")


@dataclass(frozen=True)
class Case:
    """``fault`` is on for the file of ``entity`` while a delivery is made and all is synced.

    ``others`` is the outcome of the entities that ``outcomes`` does not name.
    """

    fault: str
    entity: str = "grades"
    more: dict[str, Any] = field(default_factory=dict)
    proof: str = "manifest"
    options: dict[str, Any] = field(default_factory=dict)
    others: Outcome = COMPLETE
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    message: str | None = None
    """Of the run of ``entity``, when it did not fail."""
    refused: str = ""
    """The code in quarantine."""
    says: tuple[str, ...] = ()
    """What a person finds in REASON.txt."""

    def __str__(self) -> str:
        return "-".join(filter(None, (self.fault, self.entity, self.proof, *map(str, self.options.values()))))


def refused(fault: str, code: str, *says: str, entity: str = "grades", **more: Any) -> Case:
    return Case(fault, entity, others=("failed", code), refused=code, says=says, **more)


def partial(fault: str, entity: str, message: str, **more: Any) -> Case:
    return Case(fault, entity, outcomes={entity: ("partial", None)}, message=message, **more)


CASES = (
    # What came before it is refused with it; what should have come after it never did.
    refused(
        "half-file", "vocus.cut", "cijfers.csv: its last line has no end", proof="none",
        outcomes=dict.fromkeys(("absence_reasons", "lessons", "absences"), WAITING),
    ),
    # The sender says at the end that all is there, and never came so far.
    Case("half-file", options={"settle": 3600}, others=WAITING),
    refused("wrong-encoding", "vocus.encoding", "cijfers.csv"),
    refused("wrong-encoding", "vocus.encoding", "leerlingen.csv", entity="students", proof="marker"),
    refused(
        "dropped-column", "vocus.column", "cijfers.csv", "column Resultaat is missing", more={"column": "Resultaat"}
    ),
    refused(
        "dropped-column", "vocus.column", "leerlingen.csv", "column Geb.datum is missing", more={"column": "Geb.datum"},
        entity="students",
    ),
    refused("lost-zeros", "vocus.zeros", "cijfers.csv", "pad.student = 6"),
    refused("lost-zeros", "vocus.zeros", "leerlingen.csv", entity="students", options={"wide": "digits"}),
    Case("lost-zeros", entity="students", options={"wide": "pad"}),
    Case("again", others=WAITING),
    refused("empty-file", "files.empty", "cijfers.csv: it is empty"),
    partial("half-list", "grades", TOO_MUCH),
    partial("half-list", "students", TOO_MUCH),
    partial("half-list", "students", TOO_MUCH, proof="none"),
    partial("empty-list", "grades", EMPTY),
    partial("empty-list", "students", EMPTY),
    partial("bad-rows", "students", NOT_IDENTIFIED),
    Case("bad-rows", outcomes={"grades": ("refused", "rows.bad")}),
    Case("bad-rows", more={"every": 40}),
)  # fmt: skip


@pytest.mark.parametrize("case", some(CASES), ids=str)
def test_a_fault_loses_nothing(case: Case, office: Office, sqlite: Engine) -> None:
    office.variant, office.proof = Variant(width=WIDTH), case.proof  # type: ignore[assignment]
    office.deliver()
    with bridge(office, sqlite, wide=case.options.get("wide", "")) as made:
        assert {report.summary.outcome for report in made.sync(full=False).values()} == {"complete"}
        first = everything(made.live())
    stir(office.school)
    with bridge(office, sqlite, **case.options) as made:
        tombstones, changes = made.tombstones(), made.changes()
        office.faults.on(case.fault, only=None if case.fault in ("again", "late") else FILES[case.entity], **case.more)
        office.deliver_on(1)
        office.faults.off()
        reports = made.sync(full=False)
        found = {name: (report.summary.outcome, report.summary.code) for name, report in reports.items()}
        assert found == {name: case.outcomes.get(name, case.others) for name in FILES}
        errors = {"failed": Broken, "refused": Refused}
        assert [type(report.error) for report in reports.values()] == [
            errors.get(found[name][0], type(None)) for name in reports
        ]
        assert made.changes() == changes or case.others == COMPLETE, "something of it was taken over"
        if case.message:
            assert reports[case.entity].summary.message == case.message
            assert {plan["entity"] for plan in made.held()} == ({case.entity} if case.fault != "bad-rows" else set())
        assert bool(made.quarantined()) == (case.fault == "bad-rows")
        now, after = everything(expected_wide(office.school)), everything(made.live())
        assert not [place for place in first.keys() & now.keys() if place not in after]
        assert [place for place, row in after.items() if row not in (first.get(place), now.get(place))] == []
        if case.others != COMPLETE:
            assert made.tombstones() == tombstones
        _check_quarantine(case, office)
    _a_good_delivery_repairs_it(office, sqlite, case)


def _check_quarantine(case: Case, office: Office) -> None:
    places = office.quarantined()
    assert len(places) == bool(case.refused)
    for place in places:
        assert json.loads((place / "reason.json").read_text())["code"] == case.refused
        text = (place / "REASON.txt").read_text()
        assert [words for words in (*case.says, case.refused) if words not in text] == []


def _a_good_delivery_repairs_it(office: Office, engine: Engine, case: Case) -> None:
    office.deliver_on(2)
    with bridge(office, engine, wide=case.options.get("wide", "")) as made:
        assert {report.summary.outcome for report in made.sync(full=False).values()} == {"complete"}
        assert_same(made.live(), expected_wide(office.school))
        assert made.quarantined() == made.held() == []
        assert made.sync(full=False)["grades"].summary.outcome == "waiting"


def test_every_fault_of_a_delivery_has_its_cases() -> None:
    assert {case.fault for case in CASES} | {"late"} == OF_FILES
    assert OF_FILES < NAMES


@pytest.fixture
def missed(office: Office, tmp_path: Path) -> list[Path]:
    """A delivery that did not arrive, and lies elsewhere; the school has gone on since."""
    office.zipped = True
    drop, office.folder = office.folder, tmp_path
    written = office.deliver()
    office.folder = drop
    stir(office.school)
    return written


def test_a_late_delivery_leaves_what_is_newer(office: Office, missed: list[Path], sqlite: Engine) -> None:
    """Yesterday's delivery, which comes after today's was read, has what is gone today."""
    office.deliver_on(1)
    with bridge(office, sqlite) as made:
        assert {report.summary.outcome for report in made.sync(full=False).values()} == {"complete"}
        for path in missed:
            path.rename(office.folder / path.name)
        # Nothing is the matter with what is in the store.
        assert {report.summary.outcome for report in made.sync(full=False).values()} == {"waiting"}
        assert {report.summary.outcome for report in made.sync(full=True).values()} == {"complete"}
        assert_same(made.live(), expected(office.school))
    (place,) = office.quarantined()
    assert json.loads((place / "reason.json").read_text())["code"] == "files.late"
    text = (place / "REASON.txt").read_text()
    assert all(f"made at {day}" in text for day in ("2025-10-20", "2025-10-21")), text


def test_what_lies_there_together_is_taken_in_the_order_of_its_time(
    office: Office, missed: list[Path], sqlite: Engine
) -> None:
    office.faults.on("late")
    written = office.deliver_on(1)
    assert len(written) == 4
    with bridge(office, sqlite) as made:
        assert {report.summary.outcome for report in made.sync(full=False).values()} == {"complete"}
        assert_same(made.live(), expected(office.school))
    assert (len(office.archived()), office.quarantined(), office.left()) == (2, [], [])


def test_the_same_delivery_twice_is_told_and_kept_apart(office: Office, sqlite: Engine) -> None:
    office.deliver()
    with bridge(office, sqlite) as made:
        made.sync(full=False)
        office.faults.on("again")
        office.deliver_on(1)
        runs = made.runs()
        made.sync(full=False)
        assert made.runs() == runs
        assert (len(office.archived()), len(office.duplicates()), office.quarantined()) == (1, 1, [])
        assert "the same files" in (office.duplicates()[0] / "NOTE.txt").read_text()


def test_a_refusal_is_told_until_a_good_delivery_comes(office: Office, sqlite: Engine) -> None:
    office.deliver()
    with bridge(office, sqlite) as made:
        made.sync(full=False)
        office.faults.on("empty-file", only=FILES["grades"])
        office.deliver_on(1)
        office.faults.off()
        for _ in range(2):
            report = made.sync("grades", full=False)["grades"]
            assert isinstance(report.error, Broken)
            assert "cijfers.csv" in str(report.error)
            assert str(office.quarantined()[0] / "REASON.txt") in str(report.error)
        office.deliver_on(2)
        assert made.sync("grades", full=False)["grades"].error is None


