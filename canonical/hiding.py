"""What a complete read did not show though the source may still have it: a person switched off, or without a right.

Such is a missing record of a kind that the entity may hide, and one that refers to a record which another entity of
the source holds for that reason. What belongs to them is kept with them (``canonical.plan.kept_with``). And where a
source is asked about one person at a time, such is all that belongs to those it was not asked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain

from pyroaring import BitMap64
from sqlalchemy import Connection, and_, select

from canonical import bulk
from canonical.batch import Job, find
from canonical.plan import kept_with, reached
from canonical.records import Key, references
from canonical.tables import HELD, IDENTITY, STATE, TABLES


def hidden(
    connection: Connection, job: Job, missing: BitMap64, may_hide: Collection[str], elsewhere: BitMap64
) -> BitMap64:
    """Those of the ``missing`` identities that the source may only be hiding. ``elsewhere`` see ``waiting``.

    Takes memory for each of them: ask only when few enough are missing.
    """
    if not may_hide and not elsewhere:
        return BitMap64()
    place = {id_: n for n, _, id_ in _identities(connection, elsewhere)}
    by_kind: defaultdict[str, list[str]] = defaultdict(list)
    suspects = set(elsewhere)
    for n, kind, id_ in _identities(connection, missing):
        place[id_] = n
        by_kind[kind].append(id_)
        if kind in may_hide:
            suspects.add(n)
    if not suspects:
        return BitMap64()
    refers = {
        place[id_]: [place[other] for other in others if other in place]
        for kind, ids in by_kind.items()
        for id_, others in _referred(connection, job.source_id, kind, ids)
    }
    return BitMap64(kept_with(suspects, refers)) & missing


def not_asked(
    connection: Connection, job: Job, missing: BitMap64, kind: str, asked: Collection[Key]
) -> tuple[BitMap64, BitMap64]:
    """Those of the ``missing`` identities that the read proves nothing about, and those that are nobody's own.

    The first refer to a living record of ``kind`` that is not among ``asked``, or are what such a one refers to; the
    others do not refer to that kind at all.
    """
    about = {stored.id for stored in find(connection, job.source_id, [(kind, key) for key in asked]).values()}
    place: dict[str, int] = {}
    refers: dict[int, Sequence[str]] = {}
    suspects: set[int] = set()
    for page in bulk.in_chunks(missing, bulk.PARAMETERS):
        by_kind: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for n, of_kind, id_ in _identities(connection, page):
            by_kind[of_kind][id_] = n
        for of_kind, ids in by_kind.items():
            found = dict(_referred(connection, job.source_id, of_kind, list(ids)))
            if kind in references(of_kind).values():
                unknown = _living(connection, kind, set(chain.from_iterable(found.values())) - about)
                found = {id_: others for id_, others in found.items() if not unknown.isdisjoint(others)}
                suspects.update(ids[id_] for id_ in found)
            else:
                place |= ids
            refers |= {ids[id_]: others for id_, others in found.items()}
    within = {n: [place[other] for other in others if other in place] for n, others in refers.items()}
    return BitMap64(reached(suspects, within)), BitMap64(place.values())


def waiting(connection: Connection, job: Job) -> BitMap64:
    """What other entities of the source hold, or a person had them keep, where they may hide what is still there."""
    statement = (
        select(HELD.c.members)
        .join(STATE, and_(STATE.c.source_id == HELD.c.source_id, STATE.c.entity == HELD.c.entity))
        .where(
            HELD.c.source_id == job.source_id,
            HELD.c.scope == job.scope,
            HELD.c.entity != job.entity,
            HELD.c.state.in_(("open", "rejected")),
            STATE.c.may_hide != "[]",
        )
    )
    found = BitMap64()
    for members in connection.execute(statement).scalars():
        found |= BitMap64.deserialize(members)
    return found


def _living(connection: Connection, kind: str, ids: Iterable[str]) -> set[str]:
    """Those of some ids that are records of a kind, and alive."""
    found: set[str] = set()
    for page in bulk.in_chunks(ids, bulk.PARAMETERS):
        wanted = and_(IDENTITY.c.id.in_(page), IDENTITY.c.kind == kind, IDENTITY.c.live)
        found.update(connection.execute(select(IDENTITY.c.id).where(wanted)).scalars())
    return found


def _identities(connection: Connection, numbers: Iterable[int]) -> Iterator[tuple[int, str, str]]:
    """(number, kind, id)."""
    for page in bulk.in_chunks(numbers, bulk.PARAMETERS):
        statement = select(IDENTITY.c.n, IDENTITY.c.kind, IDENTITY.c.id).where(IDENTITY.c.n.in_(page))
        for row in connection.execute(statement):
            yield row.n, row.kind, row.id


def _referred(
    connection: Connection, source_id: int, kind: str, ids: Sequence[str]
) -> Iterator[tuple[str, Sequence[str]]]:
    """The ids that each of some records of a kind refers to."""
    table = TABLES[kind]
    columns = [table.c[f"{name}_id"] for name in references(kind)]
    if not columns:
        return
    for page in bulk.in_chunks(ids, bulk.PARAMETERS):
        statement = select(table.c.id, *columns).where(table.c.source_id == source_id, table.c.id.in_(page))
        for id_, *others in connection.execute(statement):
            yield id_, [other for other in others if other is not None]
