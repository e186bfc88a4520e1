"""The contract between a connector and the kernel.

A connector's author writes names and formats: which entities there are, how to read them (I/O only) and how to
map one raw row to canonical records (pure). Pages, retries, hashes, transactions and deletions are the kernel's.

    read(entity, since) -> batches of raw rows, the last one with the proof that the read is complete
    map(raw)            -> canonical records, or BadRow

The suite in ``connectors.testing`` holds a connector to every sentence of this file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from canonical.records import Key, Record
from connectors.pace import Gate

BATCH_ROWS = 5_000
"""The most rows a batch may hold; 500 is a good least for anything but the last."""


@dataclass(frozen=True, slots=True)
class Entity:
    """Something a source offers, synced as a whole and on its own schedule.

    ``kinds`` are the canonical kinds its rows may bring. ``one_to_one`` promises that each raw row brings at
    most one record and that no two rows bring the same one; only then can an unchanged row be recognised by
    its bytes alone. ``incremental`` says that ``read`` honours a cursor.

    ``may_hide`` are those of the ``kinds`` of which the source may leave out what it still has: it can switch a
    person off, or has a right for each of them. What a complete read does not show of such a kind, and whatever
    refers to it and is missing as well, here or in an entity that is read later, is never deleted without a person.

    ``asked_per`` is the kind of record about which the source is asked one at a time, such as ``student``. A read then
    proves nothing about those it was not asked about (``Proof.about``): what refers to them stays.

    ``delivered``: the source sends it by itself, now and then. It is read only when something new has come, of which
    the connector tells as ``Delivered``; ``read`` then always gets the cursor of what was read last.
    """

    name: str
    kinds: tuple[str, ...]
    one_to_one: bool = False
    incremental: bool = False
    may_hide: tuple[str, ...] = ()
    asked_per: str = ""
    delivered: bool = False


class RawRecord(NamedTuple):
    """One row as the source sent it.

    ``data`` are its bytes to the letter. ``layout`` is what is needed besides to read them (a header line, an
    encoding): the same bytes under another layout are another row.
    """

    entity: str
    data: bytes
    layout: bytes = b""


@dataclass(frozen=True, slots=True)
class Proof:
    """Why a read is known to be complete.

    ``by`` says how, for people: "closing tag of the envelope", "declared total", "manifest". ``declared`` is the
    number of rows that the source itself announced, if it did; the kernel compares it with what arrived. ``about``
    are the keys of those about whom all was told, for an entity that is ``asked_per`` each of them.

    ``as_of`` is the moment (aware) at which the source itself made what was read, when that is not now: from then on
    it counts as fresh. ``changes``: only what changed was shown, which is complete as such and deletes nothing.
    """

    by: str
    declared: int | None = None
    about: Sequence[Key] = ()
    as_of: datetime | None = None
    changes: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows. Only the last batch may carry a ``proof``; without one the read was not complete.

    ``cursor`` is where an incremental read may start next time, opaque to the kernel. A read that was given
    ``since`` shows only what changed, so its proof never leads to a deletion.

    ``form`` is a fingerprint of how the source itself describes its data, such as a hash of its WSDL: the same text
    as long as that description is the same, and no secret. It stops nothing; when it is another than before, that is
    told once. One batch of a read is enough.
    """

    rows: Sequence[RawRecord]
    cursor: str | None = None
    proof: Proof | None = None
    form: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What ``check`` found out: ``subject`` is what was looked at, ``advice`` says where to repair it."""

    subject: str
    ok: bool
    advice: str = ""


@runtime_checkable
class Connector(Protocol):
    """A connection to one school's source."""

    name: str
    """The system, as in the configuration: ``magister``."""
    mapping_version: str
    """Changes whenever ``map`` may give another answer for the same bytes, configuration included."""
    entities: tuple[Entity, ...]
    """In the order in which a full sync reads them: what others refer to comes first."""
    scope: str
    """The part of the source that a complete read covers, such as a school year's code; empty for all of it.
    Deletions stay within it: reading this year proves nothing about the last."""

    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        """Give the rows of ``entity`` in batches of at most ``BATCH_ROWS``. Raises ``SourceError``."""
        ...

    def map(self, raw: RawRecord) -> Iterable[Record]:
        """Give the records of one row, or raise ``BadRow``. No I/O, no state: the same row, the same answer."""
        ...


@runtime_checkable
class Checkable(Protocol):
    """An ability: tell whether the source can be used, entity by entity, without changing anything."""

    def check(self) -> Iterator[Finding]: ...


@runtime_checkable
class Resting(Protocol):
    """An ability: know at which hours the source may not be asked, so that it is not asked then at all."""

    def opens_at(self, entity: Entity, now: datetime) -> datetime | None:
        """None: ``entity`` may be read at ``now``; else the moment after ``now`` (UTC) from which it may be. No I/O."""
        ...


@runtime_checkable
class Delivered(Protocol):
    """An ability, needed where an entity is ``delivered``: know whether there is something to read."""

    def newest(self, entity: Entity) -> str | None:
        """The cursor with which reads of ``entity`` would end if they began now; None when nothing has come yet.

        Several reads may be needed to get there, each of which ends with a cursor of its own. May do I/O. Raises
        ``SourceError``.
        """
        ...


@runtime_checkable
class Closeable(Protocol):
    """An ability: let go of connections."""

    def close(self) -> None: ...


@runtime_checkable
class Paced(Protocol):
    """An ability: keep the pace of its calls together with workers on other machines."""

    def share(self, gate: Gate) -> None: ...


@dataclass(frozen=True, slots=True)
class Settings:
    """What a connector is made from: the source's own table of the configuration, secrets already resolved.

    ``source`` is the name a person gave it. ``options`` is the ``[source.<system>]`` table, not yet validated:
    the connector validates it and raises ``canonical.errors.UserError`` that names the field.
    """

    source: str
    options: dict[str, object]


class Factory(Protocol):
    """The entry point ``schoolbrug.connectors``: a callable that makes a connector."""

    def __call__(self, settings: Settings, /) -> Connector: ...
