"""Several deliveries that lie there at once, as after an outage, are still several; and what comes twice."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from connectors.complete import Lying, Terms, first_version, next_delivery
from connectors.delivered import Delivery, archived
from connectors.files import DataSet, Deliveries
from connectors.manifest import Entry, Manifest, stamp
from tests.connectors.test_files import SETS, SOON, Place, examine, packed

OLD = datetime(2026, 11, 18, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def lying(*names: str, still: datetime = OLD) -> dict[str, Lying]:
    return {name: Lying(name, still, stamp(name) or still) for name in names}


def terms(now: datetime = SOON) -> Terms:
    return Terms(SETS, timedelta(seconds=60), now)


def in_turn(files: dict[str, Lying]) -> list[list[str]]:
    """The deliveries in the order in which they are taken in."""
    left, taken = dict(files), []
    while names := next_delivery(left, {}, terms()):
        taken.append(sorted(names))
        for name in names:
            del left[name]
    assert left == {}
    return taken


def content(found: list[Delivery]) -> list[list[bytes]]:
    return [[file.path.read_bytes() for file in one.files] for one in found]


# More than one night


@pytest.mark.parametrize(
    "nights",
    [
        [["cijfers_20261118.csv", "leer_20261118.csv"], ["cijfers_20261119.csv", "leer_20261119.csv"]],
        [["cijfers_20261118T021500.csv", "leer_20261118T021730.csv"],
         ["cijfers_20261119T021500.csv", "leer_20261119T021730.csv"]],
        [["cijfers_202611180900.csv"], ["cijfers_202611181000.csv"], ["cijfers_202611181100.csv"]],
        # One export of a night failed: what there is of it does not get into the next.
        [["cijfers_20261118T021700.csv"], ["cijfers_20261119T021700.csv", "leer_20261119T021500.csv"]],
        [["leer_20261118T021500.csv"], ["cijfers_20261119T021700.csv", "leer_20261119T021500.csv"]],
        # Parts of one data set are one delivery.
        [["cijfers_A_20261118T021500.csv", "cijfers_B_20261118T021510.csv"],
         ["cijfers_A_20261119T021500.csv", "cijfers_B_20261119T021510.csv"]],
        [["cijfers_1.csv", "cijfers_2.csv", "leer.csv"]],
        [["a_20261118.zip"], ["a_20261119.zip"]],
    ],
)  # fmt: skip
def test_each_night_is_a_delivery(nights: list[list[str]]) -> None:
    assert in_turn(lying(*(name for night in reversed(nights) for name in night))) == nights


def test_the_older_night_does_not_wait_for_the_one_that_is_being_written() -> None:
    files = lying("cijfers_20261118.csv") | lying("cijfers_20261119.csv", still=SOON)
    assert next_delivery(files, {}, terms()) == ["cijfers_20261118.csv"]
    del files["cijfers_20261118.csv"]
    assert next_delivery(files, {}, terms()) == []


def test_zips_come_in_the_order_in_which_they_were_made(place: Place) -> None:
    for name, day in (("maandag.zip", 18), ("dinsdag.zip", 19)):
        (place.folder / name).write_bytes(packed(**{"cijfers.csv": name.encode() + b"\n"}))
        when = datetime(2026, 11, day, tzinfo=UTC).timestamp()
        os.utime(place.folder / name, (when, when))
    place.collect()
    assert content(archived(place.folder)) == [[b"maandag.zip\n"], [b"dinsdag.zip\n"]]


def test_a_marker_stands_for_each_of_the_nights_before_it() -> None:
    now = OLD + timedelta(seconds=1)
    files = lying("cijfers_20261116.csv", "cijfers_20261117.csv", "klaar.ok")
    assert next_delivery(files, {}, terms(now)) == ["cijfers_20261116.csv"]
    del files["cijfers_20261116.csv"]
    assert next_delivery(files, {}, terms(now)) == ["cijfers_20261117.csv", "klaar.ok"]


def test_a_marker_that_was_left_behind_says_nothing_of_what_comes_later() -> None:
    late = OLD + timedelta(days=1)
    files = lying("klaar.ok") | lying("cijfers.csv", still=late)
    assert next_delivery(files, {}, terms(late + timedelta(seconds=1))) == []
    assert next_delivery(files, {}, terms(late + timedelta(seconds=60))) == ["cijfers.csv"]


def said(made: datetime, *names: str) -> Manifest:
    return Manifest(made=made, files=tuple(Entry(name=name, sha256="0" * 64) for name in names))


def test_manifests_come_in_the_order_in_which_they_were_made() -> None:
    files = lying("ma.manifest.json", "di.manifest.json", "cijfers_1.csv", "cijfers_2.csv")
    told = {
        "ma.manifest.json": said(OLD, "cijfers_1.csv"), "di.manifest.json": said(OLD + timedelta(1), "cijfers_2.csv")
    }  # fmt: skip
    assert next_delivery(files, told, terms()) == ["ma.manifest.json", "cijfers_1.csv"]


def test_a_file_that_was_written_over_belongs_to_the_later_manifest(place: Place) -> None:
    """The older manifest is refused alone, and takes nothing of the newer delivery with it."""
    for day, data in ((18, b"old\n"), (19, b"new\n")):
        place.drop(cijfers=data)
        place.manifest({"cijfers.csv": data}, f"2026-11-{day}T00:00:00Z")
        os.rename(place.folder / "levering.manifest.json", place.folder / f"{30 - day}.manifest.json")
    deliveries = place.collect()
    assert content(archived(place.folder)) == [[b"new\n"]]
    (quarantined,) = (place.folder / "quarantine").iterdir()
    assert {p.name for p in quarantined.iterdir()} == {"12.manifest.json", "REASON.txt", "reason.json"}
    assert deliveries.refused("grades") is None
    assert place.lying == set()


def test_a_delivery_that_is_being_written_over_waits_for_what_the_sender_says_next() -> None:
    one, two = said(OLD, "cijfers.csv", "leer.csv"), said(OLD + timedelta(days=1), "cijfers.csv", "leer.csv")
    night = lying("cijfers.csv", "leer.csv", "1.manifest.json")
    assert next_delivery(night, {"1.manifest.json": one}, terms()) == ["1.manifest.json", "cijfers.csv", "leer.csv"]
    over = night | lying("cijfers.csv", still=SOON)
    assert next_delivery(over, {"1.manifest.json": one}, terms()) == []
    whole = over | lying("leer.csv", "2.manifest.json", still=SOON)
    assert next_delivery(whole, {"1.manifest.json": one, "2.manifest.json": two}, terms())[0] == "1.manifest.json"
    del whole["1.manifest.json"]
    assert next_delivery(whole, {"2.manifest.json": two}, terms()) == ["2.manifest.json", "cijfers.csv", "leer.csv"]
    # A sender may say first what comes after.
    later = terms(SOON + timedelta(seconds=60))
    assert next_delivery(over, {"1.manifest.json": one}, later) == ["1.manifest.json", "cijfers.csv", "leer.csv"]


def test_parts_are_told_from_versions_by_their_names() -> None:
    files = lying("cijfers_A_20261118.csv", "cijfers_B_20261119.csv")
    assert [one.name for one in first_version(files.values())] == list(files)


# What comes twice


def test_a_snapshot_that_is_again_what_it_was_before_is_the_newest(place: Place) -> None:
    """Put right and put back: without this the store would keep what stood there in between."""
    for day, data in ((18, b"a\n"), (19, b"b\n"), (20, b"a\n")):
        place.drop(datetime(2026, 11, day, tzinfo=UTC), cijfers=data)
        place.collect()
    assert content(archived(place.folder)) == [[b"a\n"], [b"b\n"], [b"a\n"]]
    place.drop(datetime(2026, 11, 18, tzinfo=UTC), cijfers=b"a\n")
    place.collect()
    assert len(archived(place.folder)) == 3, "the first one again, as old as it was"


def test_changes_that_come_again_would_undo_what_came_in_between(place: Place) -> None:
    sets = (DataSet("grades", "cijfers*.csv", False),)
    days = count(18)
    for data in (b"a\n", b"b\n", b"a\n"):
        place.drop(datetime(2026, 11, next(days), tzinfo=UTC), cijfers=data)
        Deliveries(place.folder, sets, examine, settle=0, keep_days=30, clock=lambda: SOON).collect()
    assert content(archived(place.folder)) == [[b"a\n"], [b"b\n"]]


@pytest.mark.parametrize("how", ["manifest", "name"])
def test_a_clock_that_is_ahead_does_not_make_what_follows_late(place: Place, how: str) -> None:
    for hour, data, made in ((0, b"a\n", SOON + timedelta(days=400)), (1, b"b\n", SOON + timedelta(hours=2))):
        place.now = lambda hour=hour: SOON + timedelta(hours=hour)
        if how == "manifest":
            place.drop(cijfers=data)
            place.manifest({"cijfers.csv": data}, made.isoformat())
        else:
            (place.folder / f"cijfers_{made:%Y%m%dT%H%M%S}.csv").write_bytes(data)
        place.collect()
    first, second = archived(place.folder)
    assert content([first, second]) == [[b"a\n"], [b"b\n"]]
    assert first.made_at == SOON, "when it came"
