"""Takes deliveries in: what is complete goes from the drop folder, by renames alone, to the archive or to quarantine.

    1  .schoolbrug/part/files is made, names.json says which files belong to the delivery
    2  each of them is moved to part/files
    3  they are unpacked, hashed and examined; what was found out is written beside them
    4  part/files is renamed to its place, and part is removed

A process may end between any two steps: the next one goes on where names.json says. Only step 4 decides.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from connectors import manifest, zipped
from connectors.complete import Terms, complete
from connectors.delivered import (
    ARCHIVE,
    DELIVERY,
    DUPLICATES,
    LATE,
    NOTE,
    OWN,
    QUARANTINE,
    REASON,
    TEXT,
    DataSet,
    Examine,
    RefusedFile,
    archived,
    is_plain,
    newest,
    refusals,
    shown,
)
from connectors.manifest import Manifest, is_manifest, is_marker
from connectors.zipped import is_zip

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Rules:
    """What is taken in from where. ``settle``: so long a file must stand still; ``keep``: so long it is kept."""

    folder: Path
    data_sets: tuple[DataSet, ...]
    examine: Examine
    settle: timedelta
    keep: timedelta
    clock: Callable[[], datetime]


def take_in(rules: Rules) -> None:
    """Take in one complete delivery after the other. The caller holds the lock."""
    for name in (ARCHIVE, QUARANTINE):
        (rules.folder / name).mkdir(exist_ok=True)
    part = rules.folder / OWN / "part"
    _resume(rules, part)
    while names := complete(rules.folder, Terms(rules.data_sets, rules.settle, rules.clock())):
        shutil.rmtree(part, ignore_errors=True)
        (part / "files").mkdir(parents=True)
        _write(part / "names.json", names)
        _resume(rules, part)
    for packed in (rules.folder / ARCHIVE).glob("*/*"):
        if is_zip(packed.name) and (packed.parent / DELIVERY).exists():
            os.unlink(packed)  # what it held lies beside it
    _let_go(rules)


def _resume(rules: Rules, part: Path) -> None:
    """Bring what is in ``part`` to its end."""
    if not (part / "names.json").exists() or not (part / "files").is_dir():
        shutil.rmtree(part, ignore_errors=True)
        return
    names = json.loads((part / "names.json").read_bytes())
    for name in names:
        # One that was moved already may have a namesake by now, which belongs to the next delivery.
        if not os.path.lexists(part / "files" / name):
            with suppress(FileNotFoundError):
                os.rename(rules.folder / name, part / "files" / name)
    if not os.listdir(part / "files"):
        shutil.rmtree(part)  # the sender took everything back
        return
    place = _decide(rules, part, names)
    place.parent.mkdir(exist_ok=True)
    os.rename(part / "files", place)
    shutil.rmtree(part)


# What becomes of it


@dataclass(slots=True)
class _Found:
    """What is known of the delivery in hand, as far as the looking came."""

    received: datetime
    made: datetime
    stated: bool = False
    """Whether the sender said when it was made."""
    proof: str = "stood still"
    content: str = ""
    data_sets: set[str] = field(default_factory=set)
    file: str = ""
    """The one that is being looked at."""


def _decide(rules: Rules, part: Path, names: Sequence[str]) -> Path:
    """Look at what lies in ``part``, write down what was found out, and give the place where it belongs."""
    folder = part / "files"
    for name in set(os.listdir(folder)) - set(names):
        os.unlink(folder / name)  # of an earlier try
    unpacked = part / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir()
    now = rules.clock()
    found = _Found(received=now, made=now)
    try:
        delivered = _look(rules, folder, unpacked, found)
    except RefusedFile as error:
        return _refuse(rules, folder, found, str(error), error.code)
    earlier = [one for one in archived(rules.folder) if any(one.has(name) for name in found.data_sets)]
    same = next((one for one in reversed(archived(rules.folder)) if one.content == found.content), None)
    if same is not None and not (earlier and same is not earlier[-1] and _returned(rules, found, earlier[-1].made_at)):
        text = f"These are the same files as those of the delivery {same.id}, which is in the archive. Nothing to do.\n"
        (folder / NOTE).write_text(text, "utf-8")
        os.utime(folder / NOTE, (found.received.timestamp(),) * 2)  # how long it is kept counts from here
        return _free(rules.folder / ARCHIVE / DUPLICATES, _id(rules, found))
    if earlier and found.made < earlier[-1].made_at:
        sentence = (
            f"it was made at {_told(found.made)}, and a delivery made at {_told(earlier[-1].made_at)} is in the store"
            " already; if this one is right all the same, let the administration export again"
        )
        found.file = ""
        return _refuse(rules, folder, found, sentence, LATE)
    for file in unpacked.iterdir():
        os.rename(file, folder / file.name)
    _write(folder / DELIVERY, {
        "made_at": found.made.isoformat(), "received_at": found.received.isoformat(), "proof": found.proof,
        "content": found.content, "files": delivered,
    })  # fmt: skip
    return _free(rules.folder / ARCHIVE, _id(rules, found))


def _returned(rules: Rules, found: _Found, latest: datetime) -> bool:
    """Whether what was so before may be so again: a later snapshot, after one that was different.

    Of changes nobody can say; the same ones a second time would undo what came in between.
    """
    whole = all(one.snapshot for one in rules.data_sets if one.name in found.data_sets)
    return whole and not found.stated and found.made > latest


def _look(rules: Rules, folder: Path, unpacked: Path, found: _Found) -> list[dict[str, Any]]:
    """Look each file through. Gives what ``delivery.json`` says of them; raises ``RefusedFile``."""
    names = sorted(os.listdir(folder))
    found.data_sets = {one.name for one in rules.data_sets if any(map(one.has, names))}
    for name in names:
        found.file = name
        if not stat.S_ISREG(os.lstat(folder / name).st_mode):
            raise RefusedFile("it is no plain file but a link, a folder or a device", "files.unsafe")
        if not is_plain(name):
            raise RefusedFile("its name is not one for a file here; let it get a plain name, in UTF-8", "files.unsafe")
    versions = [_version(folder / name) for name in names]
    times = [datetime.fromtimestamp(os.lstat(folder / name).st_mtime, UTC) for name in names]
    stamps = [told for name in names if (told := manifest.stamp(name))]
    found.made, found.stated = max(stamps or times), bool(stamps)
    if any(map(is_marker, names)):
        found.proof = "marker"
    said: Manifest | None = None
    hashes: dict[str, str] = {}
    for name in names:
        found.file = name
        hashes[name] = _hash(folder / name)
    for name in filter(is_manifest, names):
        found.file = name
        said = _believed(rules, manifest.read(folder / name), found)
        _check(said, hashes)
    packed = [name for name in names if is_zip(name)]
    vouched = {name for name in hashes if said and said.entry(name)}
    for name in packed:
        found.file = name
        inside = zipped.unpack(folder / name, unpacked)
        if clash := set(inside) & hashes.keys():
            raise RefusedFile(f"{len(clash)} of its files have the name of another file beside it", "files.unsafe")
        found.data_sets |= {one.name for one in rules.data_sets if any(map(one.has, inside))}
        new = {member: _hash(unpacked / member) for member in inside}
        hashes |= new
        for member in inside:
            if is_manifest(member):
                found.file = member
                said = _believed(rules, manifest.read(unpacked / member), found)
                _check(said, new)
                vouched |= {entry.name for entry in said.files}
        if name in vouched:
            vouched |= set(inside)
    for name in packed:
        del hashes[name]
    paths = {name: (unpacked if (unpacked / name).exists() else folder) / name for name in sorted(hashes)}
    content = {name: value for name, value in hashes.items() if not is_manifest(name) and not is_marker(name)}
    stated = found.made.isoformat() if found.stated else ""
    found.content = sha256(orjson.dumps([stated, sorted(content.items())])).hexdigest()
    delivered = [
        entry
        for name in content
        for entry in _examined(rules, paths[name], hashes[name], name in vouched, said, found)
    ]
    found.file = ""
    if versions != [_version(folder / name) for name in names]:
        raise RefusedFile(
            "it was written to while it was looked through; let the sender write a manifest or a marker, and last",
            "files.changed",
        )
    # What was made after it came was made by another clock; believed, it would make all that follows late.
    found.made = min(found.made, found.received)
    if not delivered:
        raise RefusedFile("none of its files is one that the configuration names", "files.nothing")
    return delivered


def _version(path: Path) -> tuple[int, int]:
    found = os.lstat(path)
    return found.st_size, found.st_mtime_ns


def _believed(rules: Rules, said: Manifest, found: _Found) -> Manifest:
    found.data_sets |= {one.name for one in rules.data_sets if any(one.has(entry.name) for entry in said.files)}
    found.made, found.stated, found.proof = said.made.astimezone(UTC), True, "manifest"
    return said


def _check(said: Manifest, hashes: dict[str, str]) -> None:
    for entry in said.files:
        if entry.name not in hashes:
            raise RefusedFile(
                f"the manifest names {shown(entry.name)}, which is not there, or belongs to a later manifest; let"
                " all of it be sent",
                "files.manifest",
            )
        if hashes[entry.name] != entry.sha256.lower():
            raise RefusedFile(
                f"{shown(entry.name)} is not the file of which the manifest tells the sha256; let all of it be sent"
                " again",
                "files.manifest",
            )


def _examined(
    rules: Rules, path: Path, hashed: str, vouched: bool, said: Manifest | None, found: _Found
) -> Iterator[dict[str, Any]]:
    found.file, size = path.name, path.stat().st_size
    for wanted in rules.data_sets:
        if not wanted.has(path.name):
            continue
        if size == 0:
            raise RefusedFile("it is empty: the export has failed; let it be exported again", "files.empty")
        before = newest(rules.folder, wanted.name)
        known = next((file.facts for file in before.files if file.data_set == wanted.name), None) if before else None
        facts = rules.examine(wanted.name, path, known, proved=vouched)
        entry = said.entry(path.name) if said else None
        if entry is not None and entry.rows is not None and entry.rows != facts["rows"]:
            raise RefusedFile(
                f"the manifest tells {entry.rows} rows, and it has {facts['rows']}; let all of it be sent again",
                "files.manifest",
            )
        yield {"data_set": wanted.name, "name": path.name, "size": size, "sha256": hashed, "facts": facts}


def _refuse(rules: Rules, folder: Path, found: _Found, sentence: str, code: str) -> Path:
    about = f"{shown(found.file)}: {sentence}" if found.file else f"the delivery: {sentence}"
    data_sets = sorted(found.data_sets) or [one.name for one in rules.data_sets]
    text = (
        f"This delivery was not taken in. Nothing of it is in the store.\n\n  {about}.\n\n"
        f"Error code {code}; what it means: docs/files.md and docs/vocus.md.\n"
        "Once it is put right, drop all files of the delivery again. This folder may be thrown away.\n"
    )
    (folder / TEXT).write_text(text, "utf-8")
    _write(folder / REASON, {
        "code": code, "sentence": about, "received_at": found.received.isoformat(), "data_sets": data_sets,
    })  # fmt: skip
    return _free(rules.folder / QUARANTINE, f"{found.received:%Y%m%dT%H%M%S.%fZ}")


def _id(rules: Rules, found: _Found) -> str:
    """By the time at which it was made, and of those that tell the same time by the order in which they came."""
    before = [one.id for one in archived(rules.folder) if one.made_at == found.made]
    number = int(before[-1].split("-")[1]) + 1 if before else 1
    return f"{found.made:%Y%m%dT%H%M%S.%fZ}-{number:04}-{found.content[:12]}"


def _free(folder: Path, name: str) -> Path:
    """A place that nothing is at yet."""
    number, place = 1, folder / name
    while place.exists():
        number += 1
        place = folder / f"{name}-{number}"
    return place


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _write(path: Path, value: Any) -> None:
    """All of it, or nothing."""
    partial = path.with_name(f".{path.name}.part")
    with partial.open("wb") as made:
        # Not orjson: a name that is not UTF-8 must be written down as well.
        made.write(json.dumps(value, indent=2).encode())
        made.flush()
        os.fsync(made.fileno())
    os.replace(partial, path)


def _hash(path: Path) -> str:
    total = sha256()
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except PermissionError:
        raise RefusedFile(
            "this account may not read it; let the sender write files that it may read", "files.unsafe"
        ) from None
    with os.fdopen(opened, "rb") as file:
        while piece := file.read(_PIECE):
            total.update(piece)
    return total.hexdigest()


# Letting go


def _let_go(rules: Rules) -> None:
    """Remove what is kept long enough, but never the newest delivery of a data set."""
    before = rules.clock() - rules.keep
    needed = {one.id for wanted in rules.data_sets if (one := newest(rules.folder, wanted.name))}
    old = [one for one in archived(rules.folder) if one.received_at < before and one.id not in needed]
    gone = [rules.folder / ARCHIVE / one.id for one in old]
    refused = [one.folder for one in refusals(rules.folder) if one.received_at < before]
    duplicates = rules.folder / ARCHIVE / DUPLICATES
    twice = duplicates.iterdir() if duplicates.is_dir() else ()
    again = [place for place in twice if datetime.fromtimestamp((place / NOTE).stat().st_mtime, UTC) < before]
    out = rules.folder / OWN / "gone"
    # First out of sight as a whole: half of one would be taken for a delivery, or be kept for ever.
    shutil.rmtree(out, ignore_errors=True)
    for place in (*gone, *refused, *again):
        os.rename(place, out)
        shutil.rmtree(out)
