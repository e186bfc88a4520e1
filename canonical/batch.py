"""One batch, written within one transaction that its caller has opened: identities, records, change log.

Every statement is set-wise; the decisions between them are ``canonical.plan``'s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pyroaring import BitMap64
from sqlalchemy import Connection, bindparam, select, text
from uuid_utils import uuid7

from canonical import bulk
from canonical.content import digest, encode, read_back, shape
from canonical.plan import EXPIRED, GONE, Action, Stored, decide
from canonical.records import KEY_COLUMNS, Enrolment, Key, Record, references
from canonical.tables import FIELDS, TABLES

KEY = ("kind", "k1", "k2", "k3", "k4")

Place = tuple[str, Key]
"""A kind and a source key: what one source calls one record."""


class Mapped(NamedTuple):
    """The records of one raw row. ``raw_hash`` is set where the row alone decides its record."""

    records: Sequence[Record]
    raw_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """On whose behalf is written."""

    source_id: int
    entity: str
    scope: str
    run_id: int


@dataclass(slots=True)
class Counts:
    """What a batch did, in records."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    ignored: int = 0


@dataclass(slots=True)
class _Writes:
    identities: list[tuple[Any, ...]] = field(default_factory=list)
    aliases: list[tuple[Any, ...]] = field(default_factory=list)
    confirmed: list[tuple[Any, ...]] = field(default_factory=list)
    """Identities whose book-keeping changes while the record stays as it is."""
    states: list[tuple[Any, ...]] = field(default_factory=list)
    added: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    changed: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    log: list[tuple[Any, ...]] = field(default_factory=list)


def write(
    connection: Connection,
    job: Job,
    rows: Sequence[Mapped],
    covered: Iterable[Place],
    seen: BitMap64,
    at: str,
) -> tuple[Counts, BitMap64, BitMap64]:
    """Write the records of ``rows``; give what was done, the identities they showed, and those at ``covered`` places.

    The first row that brings a record within a run decides it; a later one that says otherwise is counted as ignored:
    ``seen`` are the identities that earlier batches of the run have shown. ``at`` is the moment of the batch as ISO
    8601 text.
    """
    counts, shown = Counts(), BitMap64()
    incoming = _first_of_each(rows, counts)
    names = {place: [(place[0], key) for key in record.also] for place, (record, _) in incoming.items() if record.also}
    referred = {place for record, _ in incoming.values() for place in _referred(record)}
    covered = set(covered)
    wanted = {*incoming, *referred, *(name for others in names.values() for name in others)}
    known = find(connection, job.source_id, wanted | covered)
    unsettled = {place for place in incoming if place in known and not known[place].live} | (wanted - known.keys())
    # Another entity may be about to bring the same ones: one at a time, and see what the other has done.
    if unsettled and bulk.alone(connection, job.source_id):
        known |= find(connection, job.source_id, unsettled)
    aliases, first_named = _aliases(incoming, names, known, counts) if names else ({}, {})
    if any(stored.entity in GONE for stored in known.values()):
        incoming = _without_erased(connection, job.source_id, incoming, known, at)
        referred = {place for record, _ in incoming.values() for place in _referred(record)}
        first_named = {alias: place for alias, place in first_named.items() if place in incoming}
    fresh = sorted(({*incoming, *referred}) - known.keys() - first_named.keys())
    ids = {place: stored.id for place, stored in known.items()} | {place: str(uuid7()) for place in fresh}
    ids |= {alias: ids[place] for alias, place in first_named.items()}
    number = dict(zip(fresh, bulk.numbers(connection, "identity", "n", len(fresh)), strict=True))
    taken = BitMap64()
    contents: dict[Place, tuple[Action, Stored | None, dict[str, Any], bytes, bytes, bytes | None]] = {}
    for place, (record, raw_hash) in incoming.items():
        fields = shape(record, ids)
        content = encode(fields)
        content_hash = digest(content)
        stored = known.get(place)
        if stored is not None and stored.n in seen:
            counts.ignored += stored.content_hash != content_hash
            continue
        if place in first_named or (stored is not None and stored.n in taken):
            counts.ignored += 1  # another row of this batch has brought it under another key
            continue
        if stored is not None:
            taken.add(stored.n)
        action = decide(stored, job.entity, content_hash)
        if action is Action.IGNORE:
            counts.ignored += stored is not None and stored.content_hash != content_hash
            continue
        contents[place] = (action, stored, fields, content, content_hash, raw_hash)
    before = _current(connection, job.source_id, contents)
    writes = _Writes()
    writes.aliases += [_alias(job, alias, n) for alias, n in aliases.items()]
    writes.aliases += [_alias(job, alias, number[place]) for alias, place in first_named.items()]
    for place in fresh:
        if place not in contents:
            writes.identities.append(_identity(job, place, number[place], ids[place], None, None))
    for place, (action, stored, fields, content, content_hash, raw_hash) in contents.items():
        n = number[place] if stored is None else stored.n
        shown.add(n)
        if action is Action.SAME:
            counts.unchanged += 1
            if stored is not None and (stored.raw_hash != raw_hash or stored.scope != job.scope):
                writes.confirmed.append((job.scope, raw_hash, n))
            continue
        _record(writes, job, place, action, stored, ids[place], n, fields, content, content_hash, raw_hash, before, at)
        counts.inserted += action is not Action.UPDATE
        counts.updated += action is Action.UPDATE
    _flush(connection, writes)
    return counts, shown, BitMap64(known[place].n for place in covered & known.keys())


def _first_of_each(rows: Sequence[Mapped], counts: Counts) -> dict[Place, tuple[Record, bytes | None]]:
    incoming: dict[Place, tuple[Record, bytes | None]] = {}
    for row in rows:
        for record in row.records:
            place = (record.kind, record.key)
            first = incoming.setdefault(place, (record, row.raw_hash))
            if first[0] is not record:
                counts.ignored += first[0] != record
    return incoming


def _referred(record: Record) -> Iterable[Place]:
    """The places that a record refers to."""
    for name, kind in references(record.kind).items():
        key = getattr(record, name)
        if key is not None:
            yield kind, key


def _without_erased(
    connection: Connection,
    source_id: int,
    incoming: Mapping[Place, tuple[Record, bytes | None]],
    known: dict[Place, Stored],
    at: str,
) -> dict[Place, tuple[Record, bytes | None]]:
    """What may come in, now that some identities are erased (``canonical.erasure``).

    Neither they, nor what refers to an erased student. Two come back, and are so in ``known`` too: a student whose time
    was over and of whom there is a new enrolment, and a guardian to whom something refers that may come in.
    """
    returned = _returned(incoming, known, at)
    for student in sorted(returned):
        let_in(connection, source_id, student)
    known |= {
        place: stored._replace(entity=None, scope="")
        for place, stored in known.items() if stored.entity == EXPIRED and stored.scope in returned
    }  # fmt: skip
    erased = {place for place, stored in known.items() if stored.entity in GONE}
    students = {place for place in erased if place[0] == "student"}
    left = {
        place: brought for place, brought in incoming.items()
        if place[0] == "guardian" or (place not in erased and students.isdisjoint(_referred(brought[0])))
    }  # fmt: skip
    back = {place for record, _ in left.values() for place in _referred(record)} & erased
    known |= {place: known[place]._replace(entity=None, scope="") for place in back}
    bulk.update(connection, "identity", ("n",), ("entity", "scope"), [(None, "", known[place].n) for place in back])
    return {place: brought for place, brought in left.items() if place not in erased - back}


def _returned(
    incoming: Mapping[Place, tuple[Record, bytes | None]], known: Mapping[Place, Stored], at: str
) -> set[str]:
    """The ids of students whose time was over and of whom there is an enrolment that is new and has not ended."""
    found = set()
    for place, (record, _) in incoming.items():
        if isinstance(record, Enrolment) and place not in known and _holds(record, at):
            student = known.get(("student", record.student))
            if student is not None and student.entity == EXPIRED:
                found.add(student.id)
    return found


def _holds(enrolment: Enrolment, at: str) -> bool:
    """Whether an enrolment has not ended; ``at`` is a moment as ISO 8601 text."""
    last = enrolment.left_on or enrolment.ends
    return last is None or last.isoformat() >= at[:10]


def let_in(connection: Connection, source_id: int, student_id: str) -> int:
    """Let the identities that were erased with a student come in again; gives how many."""
    statement = text(
        "UPDATE identity SET entity = NULL, scope = '' WHERE source_id = :s AND scope = :student AND entity IN :gone"
    ).bindparams(bindparam("gone", expanding=True))
    values = {"s": source_id, "student": student_id, "gone": sorted(GONE)}
    return connection.execute(statement, values).rowcount


def _aliases(
    incoming: Iterable[Place], names: Mapping[Place, Sequence[Place]], known: dict[Place, Stored], counts: Counts
) -> tuple[dict[Place, int], dict[Place, Place]]:
    """What further keys come to: (alias -> the identity that it is a key of, alias -> the new record it belongs to).

    A record that is known under any of its keys is known under all of them, in ``known`` too. Of new ones that share a
    key, however indirectly, the first is the record and the keys of the others are its own. Keys of two identities are
    left as they are, and counted as ignored: whether these are one and the same is for a person to say.
    """
    of_known: dict[Place, int] = {}
    of_fresh: dict[Place, Place] = {}
    for place in incoming:
        every = (place, *names.get(place, ()))
        found = {known[name].n: known[name] for name in every if name in known}
        first = {of_fresh[name] for name in every if name in of_fresh}
        if len(found) + len(first) > 1:
            counts.ignored += 1
            if place not in known:
                of_fresh.setdefault(place, place)
        elif found:
            (stored,) = found.values()
            of_known.update({name: stored.n for name in every if name not in known})
            known.update(dict.fromkeys(every, stored))
        else:
            of_fresh.update(dict.fromkeys(every, next(iter(first), place)))
    return of_known, {alias: place for alias, place in of_fresh.items() if alias != place}


def find(connection: Connection, source_id: int, places: Iterable[Place]) -> dict[Place, Stored]:
    """What the identity map knows of ``places``, by whichever key; unknown ones are left out."""
    places = set(places)
    same = " AND ".join(f"i.{name} = w.{name}" for name in KEY)
    found = _found(connection, source_id, places, f"i.source_id = :s AND {same}", "i")
    if len(found) < len(places) and _has_aliases(connection, source_id):
        condition = "i.n = (SELECT a.n FROM alias a WHERE a.source_id = :s AND "
        condition += " AND ".join(f"a.{name} = w.{name}" for name in KEY) + ")"
        found |= _found(connection, source_id, places - found.keys(), condition, "w")
    return found


def _has_aliases(connection: Connection, source_id: int) -> bool:
    statement = text("SELECT EXISTS (SELECT 1 FROM alias WHERE source_id = :s)")
    return bool(connection.execute(statement, {"s": source_id}).scalar())


def _found(
    connection: Connection, source_id: int, places: Iterable[Place], matching: str, named_by: str
) -> dict[Place, Stored]:
    """The identities that match; ``named_by`` tells which side names them: ``w`` what was asked for, ``i`` the map."""
    wanted = [(kind, *key, *("",) * (KEY_COLUMNS - len(key))) for kind, key in places]
    if not wanted:
        return {}
    bulk.stage(connection, "wanted", KEY, wanted)
    joined = bulk.look_up(connection, "wanted", "identity", matching)
    columns = ", ".join([*(f"{named_by}.{name}" for name in KEY), *(f"i.{name}" for name in Stored._fields)])
    rows = connection.execute(text(f"SELECT {columns} FROM {joined}"), {"s": source_id})
    return {
        (row[0], tuple(part for part in row[1:5] if part)): Stored(
            row.n, str(row.id), row.entity, row.scope, row.content_hash, row.raw_hash, row.version, bool(row.live)
        )
        for row in rows
    }


def _current(connection: Connection, source_id: int, contents: Mapping[Place, Any]) -> dict[str, bytes]:
    """The content, by id, of the records that are about to change."""
    concerned: dict[str, list[str]] = defaultdict(list)
    for (kind, _), (action, stored, *_rest) in contents.items():
        if action is Action.UPDATE:
            concerned[kind].append(stored.id)
    pages = (contents_of(connection, source_id, kind, ids) for kind, ids in concerned.items())
    return {id_: content for page in pages for id_, content in page}


def contents_of(connection: Connection, source_id: int, kind: str, ids: Sequence[str]) -> Iterable[tuple[str, bytes]]:
    """(id, content) of stored records of a kind."""
    table = TABLES[kind]
    statement = select(table).where(table.c.source_id == source_id, table.c.id.in_(bindparam("ids", expanding=True)))
    for page in bulk.in_chunks(ids, bulk.PARAMETERS):
        for row in connection.execute(statement, {"ids": page}).mappings():
            yield row["id"], encode(read_back(kind, dict(row)))


def _identity(
    job: Job, place: Place, n: int, id_: str, content_hash: bytes | None, raw_hash: bytes | None
) -> tuple[Any, ...]:
    kind, key = place
    columns = (*key, *("",) * (KEY_COLUMNS - len(key)))
    brought = content_hash is not None
    owner = job.entity if brought else None
    scope = job.scope if brought else ""
    return (n, job.source_id, kind, *columns, id_, owner, scope, content_hash, raw_hash, int(brought), brought)


def _alias(job: Job, place: Place, n: int) -> tuple[Any, ...]:
    kind, key = place
    return (job.source_id, kind, *key, *("",) * (KEY_COLUMNS - len(key)), n)


def _record(
    writes: _Writes,
    job: Job,
    place: Place,
    action: Action,
    stored: Stored | None,
    id_: str,
    n: int,
    fields: Mapping[str, Any],
    content: bytes,
    content_hash: bytes,
    raw_hash: bytes | None,
    before: Mapping[str, bytes],
    at: str,
) -> None:
    kind = place[0]
    version = 1 if stored is None else stored.version + 1
    if stored is None:
        writes.identities.append(_identity(job, place, n, id_, content_hash, raw_hash))
    else:
        writes.states.append((job.entity, job.scope, content_hash, raw_hash, version, True, n))
    values = tuple(map(fields.get, FIELDS[kind]))
    if action is Action.INSERT:
        writes.added[kind].append((id_, job.source_id, version, at, *values))
    else:
        writes.changed[kind].append((version, at, None, *values, id_, job.source_id))
    was = before[id_].decode() if action is Action.UPDATE else None
    writes.log.append(
        (job.source_id, job.run_id, kind, id_, version, action.value, at, was, content.decode())
    )


IDENTITY_COLUMNS = (
    "n", "source_id", "kind", "k1", "k2", "k3", "k4", "id", "entity", "scope", "content_hash", "raw_hash", "version",
    "live",
)  # fmt: skip
LOG_COLUMNS = ("source_id", "run_id", "kind", "id", "version", "action", "at", "before", "after")


def _flush(connection: Connection, writes: _Writes) -> None:
    bulk.insert(connection, "identity", IDENTITY_COLUMNS, writes.identities)
    bulk.insert(connection, "alias", ("source_id", *KEY, "n"), writes.aliases)
    bulk.update(connection, "identity", ("n",), ("scope", "raw_hash"), writes.confirmed)
    bulk.update(
        connection, "identity", ("n",),
        ("entity", "scope", "content_hash", "raw_hash", "version", "live"), writes.states,
    )  # fmt: skip
    for kind, rows in writes.added.items():
        bulk.insert(connection, kind, ("id", "source_id", "version", "changed_at", *FIELDS[kind]), rows)
    for kind, rows in writes.changed.items():
        columns = ("version", "changed_at", "tombstoned_at", *FIELDS[kind])
        bulk.update(connection, kind, ("id", "source_id"), columns, rows)
    bulk.insert(connection, "change", LOG_COLUMNS, writes.log)
