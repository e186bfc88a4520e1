"""What nobody should drop, or leave damaged, is refused or told of: nothing of it blocks the folder for good."""

from __future__ import annotations

import io
import json
import os
import signal
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import intake, manifest, zipped
from connectors.delivered import RefusedFile, archived, refusals
from connectors.errors import Broken
from connectors.files import Deliveries, Facts
from tests.connectors.test_files import SETS, SOON, Place, examine, packed


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@contextmanager
def not_for_ever() -> Iterator[None]:
    """A read of a pipe that nobody writes to would never end."""
    signal.alarm(20)
    yield
    signal.alarm(0)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [_pipe, _endless], ids=["pipe", "link"])
@pytest.mark.parametrize("name", ["x.manifest.json", "x.ok", "x.zip", "cijfers.csv"])
def test_what_is_no_file_is_never_opened(place: Place, make: Callable[[Path], None], name: str) -> None:
    place.drop(leerlingen=b"b\n")
    make(place.folder / name)
    with not_for_ever():
        place.collect()
    (refused,) = refusals(place.folder)
    assert refused.code == "files.unsafe"
    assert name in refused.sentence
    place.drop(cijfers=b"a\n", leerlingen=b"b\n")
    found = place.collect()
    assert found.newest("grades")
    assert found.newest("students")


def test_a_link_to_a_manifest_is_not_followed(place: Place, tmp_path: Path) -> None:
    place.manifest({"cijfers.csv": b"a\n"})
    (tmp_path / "link.manifest.json").symlink_to(place.folder / "levering.manifest.json")
    with pytest.raises(OSError, match="symbolic links"):
        manifest.read(tmp_path / "link.manifest.json")


@pytest.mark.parametrize("name", [b"cijfers_h\xe9.csv", b"cijfers\n.csv", b"cijfers" + b"9" * 200 + b".csv"])
def test_a_name_that_cannot_be_told_is_refused(place: Place, name: bytes) -> None:
    with open(os.path.join(os.fsencode(place.folder), name), "wb") as made:
        made.write(b"a\n")
    (place.collect(), place.collect())
    (refused,) = refusals(place.folder)
    assert refused.code == "files.unsafe"
    assert refused.data_sets == ("grades",)
    assert refused.sentence.isprintable()
    place.drop(cijfers=b"a\n")
    assert place.collect().newest("grades")


@pytest.mark.parametrize("name", ["delivery.json", "reason.json", "REASON.txt", "Delivery.JSON"])
def test_a_name_of_our_own_is_refused(place: Place, name: str) -> None:
    data = b"x"
    (place.folder / name).write_bytes(data)
    place.drop(cijfers=b"a\n")
    both = {"cijfers.csv": b"a\n", name: data}
    place.manifest({}, files=[{"name": one, "sha256": sha256(text).hexdigest()} for one, text in both.items()])
    place.collect()
    (refused,) = refusals(place.folder)
    assert refused.code == "files.unsafe"


@pytest.mark.parametrize("name", ["", ".", "a/", "./.", "x" * 300 + ".csv", "cijfers\n.csv", "delivery.json", ".x"])
def test_a_name_in_a_zip_that_cannot_be(place: Place, name: str) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("cijfers.csv", "a\n")
        info = zipfile.ZipInfo("q")
        info.filename = name
        archive.writestr(info, "" if name.endswith("/") else "x")
    (place.folder / "x.zip").write_bytes(made.getvalue())
    (place.collect(), place.collect())
    found = refusals(place.folder)
    assert [one.code for one in found] == ([] if name == "a/" else ["files.unsafe"])


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_zip(place: Place, how: int) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as archive:
        archive.writestr("cijfers.csv", "a\n")
    (place.folder / "x.zip").write_bytes(made.getvalue())
    place.collect()
    assert [one.code for one in refusals(place.folder)] == ["files.zip"]


@given(cuts=st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), min_size=1, max_size=4))
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_zip_is_refused_or_whole(tmp_path: Path, cuts: list[tuple[int, bytes]]) -> None:
    data = bytearray(packed(**{"cijfers.csv": b"a;b\n" * 20, "leer.csv": b"c\n"}))
    for at, new in cuts:
        data[at : at + len(new)] = new
    target = tmp_path / "x.zip"
    target.write_bytes(data)
    into = tmp_path / "into"
    into.mkdir(exist_ok=True)
    names, code = [], ""
    try:
        names = zipped.unpack(target, into)
    except RefusedFile as error:
        code = error.code
    assert code in ("", "files.zip", "files.unsafe")
    assert all((into / name).is_file() for name in names)


@pytest.mark.parametrize("ending", ["CSV", "ZIP"])
def test_capitals_are_letters_too(place: Place, ending: str) -> None:
    data = b"a\n" if ending == "CSV" else packed(**{"CIJFERS.CSV": b"a\n"})
    (place.folder / f"CIJFERS.{ending}").write_bytes(data)
    (place.folder / "KLAAR.OK").touch()
    found = place.collect(settle=10**9).newest("grades")
    assert found is not None
    assert (found.proof, [file.path.name for file in found.files]) == ("marker", ["CIJFERS.CSV"])
    assert not list(found.files[0].path.parent.glob("*.ZIP"))


def test_a_file_that_is_written_to_while_it_is_looked_through(place: Place) -> None:
    """Whoever has it open writes on, whatever name it has by then."""
    place.drop(cijfers=b"a\n")
    writer = (place.folder / "cijfers.csv").open("ab")

    def meanwhile(data_set: str, path: Path, before: Facts | None, *, proved: bool) -> Facts:
        writer.write(b"b\n")
        writer.flush()
        return examine(data_set, path, before, proved=proved)

    Deliveries(place.folder, SETS, meanwhile, settle=0, keep_days=30, clock=lambda: SOON).collect()
    writer.close()
    assert [one.code for one in refusals(place.folder)] == ["files.changed"]


def test_a_file_that_is_taken_back_at_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    real = intake.complete

    def then_gone(*args: object) -> list[str]:
        names = real(*args)  # type: ignore[arg-type]
        for name in names:
            os.unlink(place.folder / name)
        return names

    place.drop(cijfers=b"a\n")
    monkeypatch.setattr(intake, "complete", then_gone)
    place.collect()
    assert (archived(place.folder), refusals(place.folder)) == ([], [])


def test_a_file_that_we_may_not_read_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refusing(path: str | Path, *how: Any, **more: Any) -> int:
        if str(path).endswith("cijfers.csv"):
            raise PermissionError(13, "Permission denied")
        return real(path, *how, **more)

    place.drop(cijfers=b"a\n")
    monkeypatch.setattr(os, "open", refusing)
    place.collect()
    (refused,) = refusals(place.folder)
    assert "may not read it" in refused.sentence


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"files": []}'])
def test_an_archive_that_is_damaged_is_told_of(place: Place, damage: bytes) -> None:
    """To go on without it would make the one before the newest, and put the store back."""
    for day in (18, 19):
        place.drop(datetime(2026, 11, day, tzinfo=UTC), cijfers=b"%d\n" % day)
        place.collect()
    newest = place.deliveries().newest("grades")
    assert newest is not None
    moved = newest.files[0].path.parent.rename(place.folder / "archive" / f"{newest.id[:-1]}x")
    (moved / "delivery.json").write_bytes(damage)
    for ask in (place.deliveries().newest, lambda name: place.deliveries().next_after(name, None)):
        with pytest.raises(Broken) as caught:
            ask("grades")
        assert caught.value.code == "files.archive"


def test_an_archive_that_cannot_be_read_for_now_is_not_forgotten(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.drop(cijfers=b"a\n")
    place.collect()
    real = Path.read_bytes

    def failing(_path: Path) -> bytes:
        raise OSError(5, "Input/output error")

    for path in (place.folder / "archive").glob("2*"):
        path.rename(path.with_name(f"{path.name}x"))  # under this name it was not read before
    monkeypatch.setattr(Path, "read_bytes", failing)
    with pytest.raises(Broken) as caught:
        place.deliveries().newest("grades")
    assert caught.value.code == "files.folder"
    monkeypatch.setattr(Path, "read_bytes", real)
    assert place.deliveries().newest("grades")


def test_half_of_what_was_let_go_is_gone_as_well(place: Place) -> None:
    """Killed while it removes a delivery that was kept long enough."""
    gone = place.folder / ".schoolbrug" / "gone"
    gone.mkdir(parents=True)
    (gone / "cijfers.csv").write_bytes(b"a\n")
    place.collect()
    assert not gone.exists()


def test_the_refusal_of_a_manifest_is_about_the_files_that_it_names(place: Place) -> None:
    told = {"made": "2026-11-24T02:15:00+01:00", "files": [{"name": "cijfers.csv", "sha256": "0" * 64}]}
    (place.folder / "x.manifest.json").write_text(json.dumps(told), "utf-8")
    place.now = lambda: SOON.replace(year=SOON.year + 1)
    refused = place.collect().refused("grades")
    assert refused is not None
    assert refused.data_sets == ("grades",)
