"""After a delivery the store equals the simulated school, field by field; a second reading of it changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from simulator.exports_csv import Variant
from simulator.model import School
from simulator.school import make_school
from tests.bridge import assert_all_complete, assert_same, assert_unchanged_by_another_sync
from tests.faults import EARLY, some
from tests.magister.expected import expected
from tests.vocus.bridge import Office, bridge


@pytest.fixture(scope="module")
def school() -> School:
    return make_school(11, 120, EARLY)


def test_everything_once_and_once_more(school: School, engine: Engine, tmp_path: Path) -> None:
    office = Office(school, tmp_path / "drop")
    office.deliver()
    with bridge(office, engine) as made:
        assert_all_complete(made)
        assert_same(made.live(), expected(school))
        assert_unchanged_by_another_sync(made)
        assert_same(made.live(), expected(school))
        assert made.tombstones() == 0
        assert made.quarantined() == made.held() == []
        assert (len(office.archived()), office.quarantined(), office.left()) == (1, [], [])


NAMES = ("first_name", "last_name")
VARIANTS: dict[str, tuple[Variant, dict[str, Any]]] = {
    "utf-8": (Variant(encoding="utf-8"), {}),
    "utf-16": (Variant(encoding="utf-16"), {}),
    "tab": (Variant(delimiter="\t"), {}),
    "comma": (Variant(delimiter=","), {}),
    "marker": (Variant(), {"proof": "marker"}),
    "still": (Variant(), {"proof": "none"}),
    "zip": (Variant(), {"zipped": True}),
    "zip alone": (Variant(), {"zipped": True, "proof": "none"}),
}


@pytest.mark.parametrize("name", some(tuple(VARIANTS)))
def test_however_it_is_written(name: str, school: School, sqlite: Engine, tmp_path: Path) -> None:
    variant, how = VARIANTS[name]
    office = Office(school, tmp_path / "drop", variant=variant, **how)
    office.deliver()
    with bridge(office, sqlite) as made:
        assert_all_complete(made)
        assert_same(made.live(), expected(school))
        assert office.left() == []


def test_in_windows_1252_letters_that_it_lacks_come_as_they_were_written(
    school: School, sqlite: Engine, tmp_path: Path
) -> None:
    office = Office(school, tmp_path / "drop", variant=Variant(encoding="cp1252"))
    office.deliver()
    wanted = expected(school)
    with bridge(office, sqlite) as made:
        assert_all_complete(made)
        found = made.live()
    assert {kind: len(rows) for kind, rows in found.items()} == {kind: len(rows) for kind, rows in wanted.items()}
    texts = {(row["key"], name): row[name] for row in found["student"] for name in NAMES}
    wanted_texts = {(row["key"], name): row[name] or "" for row in wanted["student"] for name in NAMES}
    fits = {place for place, text in wanted_texts.items() if text.encode("cp1252", "ignore").decode("cp1252") == text}
    assert {place for place, text in texts.items() if (text or "") == wanted_texts[place]} == fits
    assert fits < set(texts)
    assert not all((texts[place] or "").isascii() for place in fits)


def test_only_what_is_configured_is_read(school: School, sqlite: Engine, tmp_path: Path) -> None:
    office = Office(school, tmp_path / "drop")
    office.deliver()
    with bridge(office, sqlite, only=("students",)) as made:
        assert_all_complete(made)
        assert_same({"student": made.live()["student"]}, {"student": expected(school)["student"]})
        assert "grade" not in made.live()


def test_nothing_is_waited_for_and_nothing_new_is_no_run(school: School, sqlite: Engine, tmp_path: Path) -> None:
    office = Office(school, tmp_path / "drop")
    with bridge(office, sqlite, only=("students",)) as made:
        before = made.sync(full=False)["students"]
        assert (before.summary.outcome, before.error, made.runs()) == ("waiting", None, [])
        office.deliver()
        assert made.sync(full=False)["students"].summary.outcome == "complete"
        runs = made.runs()
        assert made.sync(full=False)["students"].summary.outcome == "waiting"
        assert made.runs() == runs
