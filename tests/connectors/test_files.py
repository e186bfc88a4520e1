"""Deliveries: when one is complete, what becomes of it, and that nothing of it is lost or taken in twice."""

from __future__ import annotations

import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from connectors import zipped
from connectors.delivered import refusals
from connectors.errors import Broken
from connectors.files import DataSet, Deliveries, Facts, RefusedFile

SETS = (DataSet("grades", "cijfers*.csv", True), DataSet("students", "leer*.csv", True))
# Later than every time in a name or a manifest below, whatever day it is.
SOON = max(datetime.now(UTC) + timedelta(hours=1), datetime(2027, 1, 1, tzinfo=UTC))


def examine(_data_set: str, path: Path, before: Facts | None, *, proved: bool) -> Facts:
    data = path.read_bytes()
    if b"bad" in data:
        raise RefusedFile("it is bad; let it be exported again", "test.bad")
    return {"rows": data.count(b"\n"), "proved": proved, "before": before and before["rows"]}


class Place:
    """A drop folder and ways to fill it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now: Callable[[], datetime] = lambda: SOON

    def deliveries(self, *, settle: float = 60, keep_days: int = 30) -> Deliveries:
        return Deliveries(self.folder, SETS, examine, settle=settle, keep_days=keep_days, clock=lambda: self.now())

    def collect(self, **how: Any) -> Deliveries:
        made = self.deliveries(**how)
        made.collect()
        return made

    def drop(self, made: datetime | None = None, **files: bytes) -> None:
        for name, data in files.items():
            path = self.folder / f"{name}.csv"
            path.write_bytes(data)
            if made is not None:
                os.utime(path, (made.timestamp(), made.timestamp()))

    def manifest(self, of: dict[str, bytes], made: str = "2026-11-24T02:15:00+01:00", **more: Any) -> None:
        entries = [{"name": n, "sha256": sha256(d).hexdigest(), "rows": d.count(b"\n")} for n, d in of.items()]
        told = {"made": made, "files": entries, **more}
        (self.folder / "levering.manifest.json").write_text(json.dumps(told), "utf-8")

    @property
    def lying(self) -> set[str]:
        return {p.name for p in self.folder.iterdir()} - {"archive", "quarantine", ".schoolbrug"}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def packed(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return made.getvalue()


# When it is complete


def test_without_a_word_a_file_must_stand_still(place: Place) -> None:
    place.drop(cijfers=b"a\n")
    place.now = lambda: datetime.now(UTC) + timedelta(seconds=30)
    assert place.collect(settle=60).newest("grades") is None
    place.now = lambda: datetime.now(UTC) + timedelta(seconds=90)
    found = place.collect(settle=60).newest("grades")
    assert found is not None
    assert (found.proof, place.lying) == ("stood still", set())


def test_a_copy_that_keeps_its_time_is_still_being_written(place: Place) -> None:
    place.drop(datetime(2020, 1, 1, tzinfo=UTC), cijfers=b"a\n")
    place.now = lambda: datetime.now(UTC)
    assert place.collect(settle=60).newest("grades") is None


def test_one_file_that_is_being_written_keeps_the_others_waiting(place: Place) -> None:
    place.drop(cijfers=b"a\n", leerlingen=b"b\n")
    real = os.lstat(place.folder / "leerlingen.csv").st_ctime
    place.now = lambda: datetime.fromtimestamp(real, UTC) + timedelta(seconds=30)
    assert place.collect(settle=60).newest("grades") is None


def test_a_manifest_is_waited_for_until_its_files_are_there(place: Place) -> None:
    place.drop(cijfers=b"a\n")
    place.manifest({"cijfers.csv": b"a\n", "leerlingen.csv": b"b\n"})
    place.now = lambda: datetime.now(UTC) + timedelta(hours=2)
    assert place.collect(settle=0).newest("grades") is None
    place.drop(leerlingen=b"b\n")
    found = place.collect().newest("students")
    assert found is not None
    assert (found.proof, [file.facts["proved"] for file in found.files]) == ("manifest", [True, True])
    assert found.made_at == datetime(2026, 11, 24, 1, 15, tzinfo=UTC)


def test_a_manifest_whose_files_never_come_is_refused_after_a_day(place: Place) -> None:
    place.drop(cijfers=b"a\n")
    place.manifest({"cijfers.csv": b"a\n", "leerlingen.csv": b"b\n"})
    place.now = lambda: datetime.now(UTC) + timedelta(hours=25)
    refused = place.collect().refused("grades")
    assert refused is not None
    assert refused.code == "files.manifest"
    assert "leerlingen.csv" in refused.sentence


def test_a_marker_says_that_all_is_there(place: Place) -> None:
    place.now = lambda: datetime.now(UTC)
    place.drop(cijfers=b"a\n", leerlingen=b"b\n")
    (place.folder / "klaar.ok").touch()
    found = place.collect(settle=3600).newest("students")
    assert found is not None
    assert (found.proof, len(found.files), place.lying) == ("marker", 2, set())


def test_what_is_no_data_set_stays_where_it_is(place: Place) -> None:
    place.drop(cijfers=b"a\n", notitie=b"x\n")
    place.collect()
    assert place.lying == {"notitie.csv"}


@pytest.mark.parametrize("name", ["cijfers_20261120.csv", "cijfers-2026-11-20.csv", "cijfers_20261120T000000.csv"])
def test_a_name_tells_when_it_was_made(place: Place, name: str) -> None:
    (place.folder / name).write_bytes(b"a\n")
    found = place.collect().newest("grades")
    assert found is not None
    assert found.made_at == datetime(2026, 11, 19, 23, tzinfo=UTC)


# What becomes of it


def test_the_same_twice_is_taken_in_once(place: Place) -> None:
    made = datetime(2026, 11, 20, tzinfo=UTC)
    for _ in range(2):
        place.drop(made, cijfers=b"a\n")
        place.collect()
    assert len(list((place.folder / "archive").glob("2*"))) == 1
    (again,) = (place.folder / "archive" / "duplicates").iterdir()
    assert "Nothing to do" in (again / "NOTE.txt").read_text("utf-8")
    assert (again / "cijfers.csv").read_bytes() == b"a\n"
    assert place.deliveries().refused("grades") is None


def test_the_same_again_under_a_later_manifest_is_a_later_state(place: Place) -> None:
    for day in (20, 21):
        place.drop(cijfers=b"a\n")
        place.manifest({"cijfers.csv": b"a\n"}, f"2026-11-{day}T00:00:00Z")
        place.collect()
    assert len(list((place.folder / "archive").glob("2*"))) == 2


def test_an_old_one_that_comes_late_changes_nothing(place: Place) -> None:
    place.drop(datetime(2026, 11, 20, tzinfo=UTC), cijfers=b"new\n")
    place.collect()
    place.drop(datetime(2026, 11, 19, tzinfo=UTC), cijfers=b"old\n")
    deliveries = place.collect()
    newest = deliveries.newest("grades")
    assert newest is not None
    assert newest.files[0].path.read_bytes() == b"new\n"
    (late,) = (place.folder / "quarantine").iterdir()
    assert "files.late" in (late / "REASON.txt").read_text("utf-8")
    assert deliveries.refused("grades") is None, "it says nothing against what is in the store"


def test_one_that_was_late_is_no_failure_however_long_after_the_good_one_it_came(place: Place) -> None:
    for hours, day in enumerate((20, 19)):
        place.now = lambda hours=hours: SOON + timedelta(hours=hours)
        place.drop(datetime(2026, 11, day, tzinfo=UTC), cijfers=b"%d\n" % day)
        deliveries = place.collect()
    (late,) = refusals(place.folder)
    newest = deliveries.newest("grades")
    assert newest is not None
    assert (late.code, late.received_at > newest.received_at) == ("files.late", True)
    assert deliveries.refused("grades") is None


def test_exports_that_tell_the_same_time_come_in_their_order(place: Place) -> None:
    """A name with a day in it: what is corrected and exported again that day comes after what was wrong."""
    for number in range(8):
        (place.folder / "cijfers_20261120.csv").write_bytes(b"%d\n" % number)
        newest = place.collect().newest("grades")
        assert newest is not None
        assert newest.files[0].path.read_bytes() == b"%d\n" % number


def test_an_old_one_of_another_data_set_is_not_late(place: Place) -> None:
    place.drop(datetime(2026, 11, 20, tzinfo=UTC), cijfers=b"new\n")
    place.collect()
    place.drop(datetime(2026, 11, 19, tzinfo=UTC), leerlingen=b"old\n")
    assert place.collect().newest("students") is not None


def test_deliveries_come_one_after_the_other(place: Place) -> None:
    ids = []
    for day in (18, 19, 20):
        place.drop(datetime(2026, 11, day, tzinfo=UTC), cijfers=b"%d\n" % day)
        newest = place.collect().newest("grades")
        assert newest is not None
        ids.append(newest.id)
        assert newest.files[0].facts["before"] == (None if day == 18 else 1)
    made = place.deliveries()
    first = made.next_after("grades", None)
    second = made.next_after("grades", ids[0])
    assert first is not None
    assert second is not None
    assert [first.id, second.id] == ids[:2] == sorted(ids)[:2]
    assert made.next_after("grades", ids[2]) is None


def test_one_bad_file_refuses_all_of_it(place: Place) -> None:
    place.drop(cijfers=b"bad\n", leerlingen=b"b\n")
    deliveries = place.collect()
    assert deliveries.newest("students") is None
    refused = deliveries.refused("students")
    assert refused is not None
    assert (refused.code, refused.sentence) == ("test.bad", "cijfers.csv: it is bad; let it be exported again")
    text = (refused.folder / "REASON.txt").read_text("utf-8")
    assert "cijfers.csv: it is bad; let it be exported again." in text
    assert {p.name for p in refused.folder.iterdir()} == {"cijfers.csv", "leerlingen.csv", "REASON.txt", "reason.json"}
    place.drop(cijfers=b"good\n", leerlingen=b"b\n")
    assert place.collect().refused("students") is None


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ({"sha256": "0" * 64}, "files.manifest"), ({"rows": 9}, "files.manifest"), ({"rows": -1}, "files.manifest"),
        ({"name": "elders.csv"}, None),
    ],
)  # fmt: skip
def test_a_manifest_that_does_not_fit(place: Place, spoil: dict[str, Any], code: str | None) -> None:
    place.drop(cijfers=b"a\n")
    entry = {"name": "cijfers.csv", "sha256": sha256(b"a\n").hexdigest(), "rows": 1, **spoil}
    place.manifest({}, files=[entry])
    refused = place.collect().refused("grades")
    assert (refused.code if refused else None) == code


@pytest.mark.parametrize("text", ["", "{", '{"made": "2026-11-24T02:15:00", "files": []}', "[1]"])
def test_a_manifest_that_cannot_be_read_takes_the_files_with_it(place: Place, text: str) -> None:
    place.drop(cijfers=b"a\n")
    (place.folder / "x.manifest.json").write_text(text, "utf-8")
    deliveries = place.collect()
    refused = deliveries.refused("grades")
    assert refused is not None
    assert refused.code == "files.manifest"
    assert place.lying == set()


def test_an_empty_file_is_an_export_that_failed(place: Place) -> None:
    place.drop(cijfers=b"")
    refused = place.collect().refused("grades")
    assert refused is not None
    assert refused.code == "files.empty"


def _link(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def _folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("make", [_link, os.mkfifo, _folder], ids=["link", "fifo", "folder"])
def test_only_plain_files(place: Place, make: Callable[[Path], None]) -> None:
    make(place.folder / "cijfers.csv")
    place.drop(leerlingen=b"b\n")
    deliveries = place.collect(settle=0)
    refused = deliveries.refused("students")
    assert refused is not None
    assert (refused.code, deliveries.newest("students")) == ("files.unsafe", None)


def test_changes_that_were_refused_are_not_made_up_for(place: Place) -> None:
    """Of a snapshot the next one tells all; of changes nobody would hear again."""
    sets = (DataSet("grades", "cijfers*.csv", False), DataSet("students", "leer*.csv", True))

    def made() -> Deliveries:
        return Deliveries(place.folder, sets, examine, settle=0, keep_days=30, clock=lambda: SOON)

    place.drop(datetime(2026, 11, 18, tzinfo=UTC), cijfers=b"bad\n", leer=b"1\n")
    made().collect()
    place.drop(datetime(2026, 11, 19, tzinfo=UTC), cijfers=b"2\n", leer=b"2\n")
    made().collect()
    assert made().refused("students") is None
    refused = made().refused("grades")
    assert refused is not None
    assert "in no later delivery" in refused.sentence
    shutil.rmtree(refused.folder)
    assert made().refused("grades") is None


def test_late_changes_are_missed_changes(place: Place) -> None:
    sets = (DataSet("grades", "cijfers*.csv", False),)
    for day in (19, 18):
        place.drop(datetime(2026, 11, day, tzinfo=UTC), cijfers=b"%d\n" % day)
        made = Deliveries(place.folder, sets, examine, settle=0, keep_days=30, clock=lambda: SOON)
        made.collect()
    refused = made.refused("grades")
    assert refused is not None
    assert refused.code == "files.late"


# ZIP


def test_a_zip_is_a_delivery(place: Place) -> None:
    (place.folder / "levering.zip").write_bytes(packed(map__cijfers=b"", **{"map__cijfers.csv": b"a\n"}))
    found = place.collect().newest("grades")
    assert found is not None
    assert [(file.data_set, file.path.read_bytes()) for file in found.files] == [("grades", b"a\n")]
    assert {p.name for p in found.files[0].path.parent.iterdir()} == {"cijfers", "cijfers.csv", "delivery.json"}


def test_a_manifest_may_vouch_for_a_zip_or_be_in_it(place: Place) -> None:
    data = packed(**{"cijfers.csv": b"a\n"})
    (place.folder / "een.zip").write_bytes(data)
    place.manifest({}, files=[{"name": "een.zip", "sha256": sha256(data).hexdigest()}])
    found = place.collect().newest("grades")
    assert found is not None
    assert (found.proof, found.files[0].facts["proved"]) == ("manifest", True)
    entry = {"name": "cijfers.csv", "sha256": sha256(b"b\n").hexdigest(), "rows": 1}
    told = json.dumps({"made": "2026-11-25T00:00:00Z", "files": [entry]}).encode()
    (place.folder / "twee.zip").write_bytes(packed(**{"cijfers.csv": b"b\n", "x.manifest.json": told}))
    found = place.collect().newest("grades")
    assert found is not None
    assert (found.proof, found.files[0].facts["proved"]) == ("manifest", True)
    assert found.made_at == datetime(2026, 11, 25, tzinfo=UTC)


UNSAFE = {
    "up": {"..__cijfers.csv": b"a"}, "absolute": {"__cijfers.csv": b"a"}, "deep": {"a__b__cijfers.csv": b"a"},
    "two-folders": {"a__cijfers.csv": b"a", "b__leer.csv": b"a"}, "twice": {"cijfers.csv": b"a", "CIJFERS.csv": b"a"},
    "bomb": {"cijfers.csv": b"0" * (4 << 20)},
}  # fmt: skip


@pytest.mark.parametrize("name", UNSAFE)
def test_a_zip_that_is_not_safe(place: Place, name: str) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, data in UNSAFE[name].items():
            archive.writestr(inside.replace("__", "/"), data)
    (place.folder / "levering.zip").write_bytes(made.getvalue())
    refused = place.collect().refused("grades")
    assert refused is not None
    assert refused.code == "files.unsafe"
    assert not list(place.folder.parent.glob("cijfers.csv"))
    assert {p.name for p in refused.folder.iterdir()} == {"levering.zip", "REASON.txt", "reason.json"}


def test_a_link_in_a_zip(place: Place) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        info = zipfile.ZipInfo("cijfers.csv")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    (place.folder / "levering.zip").write_bytes(made.getvalue())
    refused = place.collect().refused("grades")
    assert refused is not None
    assert refused.code == "files.unsafe"


def test_too_many_files_in_a_zip(place: Place) -> None:
    many = {f"{number}.txt": b"" for number in range(zipped.MOST_FILES + 1)}
    (place.folder / "levering.zip").write_bytes(packed(**many))
    refused = place.collect().refused("grades")
    assert refused is not None
    assert refused.code == "files.unsafe"


@pytest.mark.parametrize("cut", [1, 30, 60])
def test_a_zip_that_is_cut_off(place: Place, cut: int) -> None:
    (place.folder / "levering.zip").write_bytes(packed(**{"cijfers.csv": b"a\n" * 40})[:-cut])
    refused = place.collect().refused("grades")
    assert refused is not None
    assert refused.code == "files.zip"


def test_a_zip_without_anything_of_ours(place: Place) -> None:
    (place.folder / "foto.zip").write_bytes(packed(**{"foto.jpg": b"x"}))
    refused = place.collect().refused("grades")
    assert refused is not None
    assert refused.code == "files.nothing"


# The folder


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="must be there") as caught:
        Place(tmp_path / "nowhere").collect()
    assert caught.value.code == "files.folder"


def test_what_is_old_goes_but_never_the_newest(place: Place) -> None:
    place.drop(datetime(2026, 11, 18, tzinfo=UTC), cijfers=b"1\n", leerlingen=b"1\n")
    place.collect()
    place.drop(datetime(2026, 11, 19, tzinfo=UTC), cijfers=b"2\n")
    place.collect()
    place.drop(datetime(2026, 11, 19, tzinfo=UTC), cijfers=b"2\n")
    place.collect()
    place.drop(datetime(2026, 11, 20, tzinfo=UTC), cijfers=b"3\n")
    place.drop(datetime(2026, 11, 20, tzinfo=UTC), leer=b"bad\n")
    place.collect()
    place.drop(datetime(2026, 11, 21, tzinfo=UTC), cijfers=b"4\n")
    place.collect()
    place.now = lambda: SOON + timedelta(days=40)
    place.collect(keep_days=30)
    kept = sorted(p.name[:8] for p in (place.folder / "archive").iterdir())
    assert kept == ["20261118", "20261121", "duplicat"], "the first still holds the newest students"
    assert list((place.folder / "archive" / "duplicates").iterdir()) == []
    assert list((place.folder / "quarantine").iterdir()) == []
