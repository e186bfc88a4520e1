"""Which of the files in a drop folder are the next delivery, once all of it is there.

``next_delivery`` decides from what lies there; nothing is moved or changed here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.delivered import ARCHIVE, QUARANTINE, DataSet, RefusedFile
from connectors.manifest import Manifest, is_manifest, is_marker, read, stamp, unstamped
from connectors.zipped import is_zip

WAIT_FOR_FILES = timedelta(days=1)
"""A manifest whose files do not come is refused after so long."""


@dataclass(frozen=True, slots=True)
class Lying:
    """A file in the drop folder. ``still`` since when nothing was done to it; ``made`` as its name or its time says."""

    name: str
    still: datetime
    made: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """``settle``: so long a file stands still when nobody says that it is whole."""

    data_sets: tuple[DataSet, ...]
    settle: timedelta
    now: datetime

    def wants(self, name: str) -> bool:
        """Whether a data set is in the file, or may be."""
        if is_manifest(name) or is_marker(name):
            return False
        return is_zip(name) or any(one.has(name) for one in self.data_sets)


def complete(folder: Path, terms: Terms) -> list[str]:
    """The names of the files of the next delivery that is whole; none when there is none. Raises ``OSError``."""
    lying = {one.name: one for one in _lying(folder)}
    manifests = {name: _read(folder / name) for name in lying if is_manifest(name)}
    return next_delivery(lying, manifests, terms)


def next_delivery(lying: Mapping[str, Lying], manifests: Mapping[str, Manifest | None], terms: Terms) -> list[str]:
    """The same, from what lies there and what the manifests say; None is one that cannot be read."""
    said = {name: found for name, found in manifests.items() if found is not None}
    claims = _claims(said)
    rest = [lying[name] for name in lying if terms.wants(name) and name not in claims]
    for name in sorted(manifests.keys() - said.keys()):
        # It may still be written. After that it takes with it whatever it may be about.
        return [name, *sorted(one.name for one in rest)] if _stands(lying[name], terms) else []
    for name in sorted(said, key=lambda name: (said[name].made, name)):
        files = {entry.name for entry in said[name].files}
        own = {file for file in files if claims[file] == name}
        waited = terms.now - lying[name].still > WAIT_FOR_FILES
        if own <= lying.keys() or waited:
            there = own & lying.keys()
            # A file that came after its manifest may be the next delivery's, which is being written over this one.
            if any(_fresh(lying[file], lying[name], terms) for file in there):
                return []
            return [name, *sorted(there)]
    markers = [one for name, one in sorted(lying.items()) if is_marker(name)]
    return _unmentioned(rest, markers, terms)


def _claims(said: Mapping[str, Manifest]) -> dict[str, str]:
    """The manifest of each file: the newest that names it, because it has written over what an older one told of."""
    claims: dict[str, str] = {}
    for name in sorted(said, key=lambda name: (said[name].made, name)):
        claims.update((entry.name, name) for entry in said[name].files)
    return claims


def _unmentioned(rest: Sequence[Lying], markers: Sequence[Lying], terms: Terms) -> list[str]:
    """The oldest delivery among files of which no manifest tells."""
    packed = sorted((one for one in rest if is_zip(one.name)), key=lambda one: (one.made, one.name))
    loose = [one for one in rest if not is_zip(one.name)]
    for group in (packed[:1], first_version(loose)):
        if group and all(_stands(one, terms) or _marked(one, markers) for one in group):
            # A marker goes with the last of those that it is about, so that it still stands for the others.
            last = len(group) == len(loose) + len(packed)
            used = [mark.name for mark in markers if last and any(_marked(one, [mark]) for one in group)]
            return [*sorted(one.name for one in group), *used]
    return []


def first_version(files: Iterable[Lying]) -> list[Lying]:
    """Of exports that lie there one upon the other, known by the times in their names, the oldest.

    A name that comes again under another time begins a later one. Where between the two it begins is where the
    names' times are farthest apart: the files of one export are made shortly after each other.
    """
    line = sorted(files, key=lambda one: (one.made, one.name))
    seen: dict[str, int] = {}
    for place, one in enumerate(line):
        before = seen.setdefault(unstamped(one.name).casefold(), place)
        if before < place:
            cut = max(range(before + 1, place + 1), key=lambda at: line[at].made - line[at - 1].made)
            return line[:cut]
    return line


def _stands(one: Lying, terms: Terms) -> bool:
    return terms.now - one.still >= terms.settle


def _fresh(one: Lying, manifest: Lying, terms: Terms) -> bool:
    """Whether a file came after its manifest, and just now."""
    return one.still > manifest.still and not _stands(one, terms)


def _marked(one: Lying, markers: Iterable[Lying]) -> bool:
    """Whether a marker came after the file. One that was left behind says nothing of a file that came later."""
    return any(mark.still >= one.still for mark in markers)


def _lying(folder: Path) -> Iterable[Lying]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name in (ARCHIVE, QUARANTINE):
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # it got another name, or was taken back
            # The time of a copy may be that of the original; that of its last change is not.
            still = datetime.fromtimestamp(max(found.st_mtime, found.st_ctime), UTC)
            yield Lying(entry.name, still, stamp(entry.name) or datetime.fromtimestamp(found.st_mtime, UTC))


def _read(path: Path) -> Manifest | None:
    try:
        return read(path)
    except (RefusedFile, OSError):
        return None
