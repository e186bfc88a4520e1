"""The tables. Those of the records are derived from ``canonical.records``, so that a field is written down once.

A record's table has the record's own fields, a reference ``student`` as ``student_id`` (canonical id), and:

    id             canonical id (uuid7), the same in whatever source the record is found
    source_id      which source this row came from
    version        1 for the first state, one more with every change
    changed_at     when this state was written
    tombstoned_at  when the source was seen to hold it no longer; empty while it lives

The other tables are the store's own book-keeping; ``canonical.store`` is the only writer of them all. The tables
that grow with the school carry no foreign keys: every row would pay for a check that the one writer already makes.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime, create_model
from sqlalchemy import BigInteger, Boolean, Date, Float, Index, Integer, LargeBinary, MetaData, Table, Text
from sqlmodel import Field, SQLModel

from canonical.columns import Guid, Instant, Number, big_serial
from canonical.records import RECORDS, references

METADATA: MetaData = SQLModel.metadata


class Source(SQLModel, table=True):
    """One school's administration, as the configuration names it."""

    __tablename__ = "source"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_type=Text, unique=True)
    system: str = Field(sa_type=Text)
    school_name: str = Field(sa_type=Text)


class Identity(SQLModel, table=True):
    """Which canonical id a source's key stands for, and the last state that was written for it.

    A row without ``content_hash`` was only referred to so far: its record has not come in (yet).
    """

    __tablename__ = "identity"
    n: int | None = Field(default=None, sa_type=big_serial(), primary_key=True)
    source_id: int = Field(sa_type=Integer)
    kind: str = Field(sa_type=Text)
    k1: str = Field(sa_type=Text)
    k2: str = Field(default="", sa_type=Text)
    k3: str = Field(default="", sa_type=Text)
    k4: str = Field(default="", sa_type=Text)
    id: str = Field(sa_type=Guid)
    entity: str | None = Field(default=None, sa_type=Text)
    """The entity that brought the record and alone may change or remove it."""
    scope: str = Field(default="", sa_type=Text)
    content_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    raw_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    """Only of entities whose rows bring one record each: the row that would change nothing."""
    version: int = Field(default=0, sa_type=Integer)
    live: bool = Field(default=False, sa_type=Boolean)

    __table_args__ = (
        Index("identity_key", "source_id", "kind", "k1", "k2", "k3", "k4", unique=True),
        # Finds the record of an unchanged row by the row's bytes alone.
        Index("identity_raw", "source_id", "raw_hash"),
    )


class Alias(SQLModel, table=True):
    """A further key of an identity: the same source's other name for the same record."""

    __tablename__ = "alias"
    source_id: int = Field(sa_type=Integer, primary_key=True)
    kind: str = Field(sa_type=Text, primary_key=True)
    k1: str = Field(sa_type=Text, primary_key=True)
    k2: str = Field(default="", sa_type=Text, primary_key=True)
    k3: str = Field(default="", sa_type=Text, primary_key=True)
    k4: str = Field(default="", sa_type=Text, primary_key=True)
    n: int = Field(sa_type=BigInteger)


class Change(SQLModel, table=True):
    """The append-only change log: every state of every record. Replaying it gives the tables."""

    __tablename__ = "change"
    seq: int | None = Field(default=None, sa_type=big_serial(), primary_key=True)
    source_id: int = Field(sa_type=Integer)
    run_id: int = Field(sa_type=BigInteger)
    kind: str = Field(sa_type=Text)
    id: str = Field(sa_type=Guid)
    version: int = Field(sa_type=Integer)
    action: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    before: str | None = Field(default=None, sa_type=Text)
    after: str | None = Field(default=None, sa_type=Text)

    # What a record was before: for results that are not published yet, for a student's file, for erasing.
    __table_args__ = (Index("change_record", "id"),)


class Run(SQLModel, table=True):
    """The run ledger: what one sync of one entity read and did, and how it ended."""

    __tablename__ = "run"
    id: int | None = Field(default=None, sa_type=big_serial(), primary_key=True)
    source_id: int = Field(foreign_key="source.id", index=True)
    entity: str = Field(sa_type=Text)
    started_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    outcome: str = Field(sa_type=Text)
    """running, complete, partial, failed, refused."""
    incremental: bool = Field(default=False, sa_type=Boolean)
    read: int = Field(default=0, sa_type=Integer)
    inserted: int = Field(default=0, sa_type=Integer)
    updated: int = Field(default=0, sa_type=Integer)
    unchanged: int = Field(default=0, sa_type=Integer)
    tombstoned: int = Field(default=0, sa_type=Integer)
    quarantined: int = Field(default=0, sa_type=Integer)
    held: int = Field(default=0, sa_type=Integer)
    ignored: int = Field(default=0, sa_type=Integer)
    """Records that another row of the read, or another entity, had already brought otherwise."""
    code: str | None = Field(default=None, sa_type=Text)
    message: str | None = Field(default=None, sa_type=Text)


class Rehearsal(SQLModel, table=True):
    """What the last dry run of an entity would have done. It is no run: nothing was written, and nothing is fresher."""

    __tablename__ = "rehearsal"
    source_id: int = Field(foreign_key="source.id", primary_key=True)
    entity: str = Field(sa_type=Text, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    """When it had ended."""
    outcome: str = Field(sa_type=Text)
    """As of a run."""
    read: int = Field(default=0, sa_type=Integer)
    inserted: int = Field(default=0, sa_type=Integer)
    updated: int = Field(default=0, sa_type=Integer)
    unchanged: int = Field(default=0, sa_type=Integer)
    tombstoned: int = Field(default=0, sa_type=Integer)
    quarantined: int = Field(default=0, sa_type=Integer)
    held: int = Field(default=0, sa_type=Integer)
    ignored: int = Field(default=0, sa_type=Integer)
    code: str | None = Field(default=None, sa_type=Text)
    message: str | None = Field(default=None, sa_type=Text)


class EntityState(SQLModel, table=True):
    """One entity of one source: who may write it now, where it is, how fresh it is."""

    __tablename__ = "entity_state"
    source_id: int = Field(foreign_key="source.id", primary_key=True)
    entity: str = Field(sa_type=Text, primary_key=True)
    kinds: str = Field(default="[]", sa_type=Text)
    """JSON: the kinds of record that this entity brings."""
    may_hide: str = Field(default="[]", sa_type=Text)
    """JSON: those of the kinds of which the source may leave out what it still has."""
    form: str | None = Field(default=None, sa_type=Text)
    """A fingerprint of how the source described its data when it was last read well."""
    owner: str | None = Field(default=None, sa_type=Text)
    lease_until: float = Field(default=0, sa_type=Float)
    """Seconds since 1970 by the database's own clock."""
    fence: int = Field(default=0, sa_type=BigInteger)
    cursor: str | None = Field(default=None, sa_type=Text)
    fresh_at: datetime | None = Field(default=None, sa_type=Instant)
    """The start of the last run that read everything it asked for, or when the source made what it told, if that is
    longer ago."""
    complete_at: datetime | None = Field(default=None, sa_type=Instant)
    """Likewise, of the last run that was proved complete and whole: nothing held, nothing in quarantine unseen."""
    failures: int = Field(default=0, sa_type=Integer)
    """Runs in a row that did not end well."""


class Gate(SQLModel, table=True):
    """How a source may be asked at all, whoever asks: by one process or by many machines."""

    __tablename__ = "gate"
    source_id: int = Field(foreign_key="source.id", primary_key=True)
    at_once: int = Field(default=1, sa_type=Integer)
    """So many of its entities are read at the same time, all workers together."""
    paused: str | None = Field(default=None, sa_type=Text)
    """Why nothing is read until somebody has looked: ``denied``, ``person``; None while it is read."""
    paused_run: int | None = Field(default=None, sa_type=BigInteger)
    """The newest run when it was paused: a later one that went well shows that it works again."""
    blocked_until: float = Field(default=0, sa_type=Float)
    """The source has said that it is not to be asked before. Seconds since 1970 by the database's own clock."""
    next_at: float = Field(default=0, sa_type=Float)
    """When its next call has its turn, of all that workers make; likewise."""


class Due(SQLModel, table=True):
    """When an entity of a source is to be read next, and who is at it. Without an entity: when all of them are, at
    night. Moments are seconds since 1970 by the database's own clock."""

    __tablename__ = "due"
    source_id: int = Field(foreign_key="source.id", primary_key=True)
    entity: str = Field(sa_type=Text, primary_key=True)
    due_at: float = Field(sa_type=Float)
    offered_until: float = Field(default=0, sa_type=Float)
    """It is in the queue of the workers until then; when nobody has taken it, it is put there again."""
    taken_until: float = Field(default=0, sa_type=Float)
    """Whoever took it is at work until then, and says so again and again; when the time is over it is free."""
    owner: str | None = Field(default=None, sa_type=Text)
    take: int = Field(default=0, sa_type=BigInteger)
    """How often it was taken: what an earlier holder still has to say of it is not heard."""
    whole: bool = Field(default=False, sa_type=Boolean)
    """The next read is a complete one: that of the night could not be made."""
    stale: bool = Field(default=False, sa_type=Boolean)
    """It has been told that it is stale."""

    __table_args__ = (Index("due_at", "due_at"),)


class Tenant(SQLModel, table=True):
    """A source whose settings are here and not in a file on each machine. No secret is among them: they say where a
    machine finds it."""

    __tablename__ = "tenant"
    name: str = Field(sa_type=Text, primary_key=True)
    """The source's own."""
    settings: str = Field(sa_type=Text)
    """Its table of the configuration, as JSON."""
    added_at: datetime = Field(sa_type=Instant)


class Quarantine(SQLModel, table=True):
    """A row that could not be read: where, which fields, never the value in clear."""

    __tablename__ = "quarantine"
    id: int | None = Field(default=None, sa_type=big_serial(), primary_key=True)
    source_id: int = Field(foreign_key="source.id")
    entity: str = Field(sa_type=Text)
    row: str = Field(sa_type=Text)
    """Which row, as JSON: its record's kind and key, or ``row`` and a digest where the key cannot be read."""
    stage: str = Field(sa_type=Text)
    problems: str = Field(sa_type=Text)
    """JSON: a list of [field, code]."""
    payload: bytes | None = Field(default=None, sa_type=LargeBinary)
    payload_until: datetime | None = Field(default=None, sa_type=Instant)
    first_run: int = Field(sa_type=BigInteger)
    last_run: int = Field(sa_type=BigInteger)
    attempts: int = Field(default=1, sa_type=Integer)
    since: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)

    __table_args__ = (Index("quarantine_row", "source_id", "entity", "row", unique=True),)


class Held(SQLModel, table=True):
    """Deletions that wait for a person, under a number."""

    __tablename__ = "held"
    id: int | None = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="source.id")
    entity: str = Field(sa_type=Text)
    scope: str = Field(default="", sa_type=Text)
    run_id: int = Field(foreign_key="run.id")
    created_at: datetime = Field(sa_type=Instant)
    reason: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    """open, approved, rejected, applied, closed."""
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    records: int = Field(sa_type=Integer)
    of: int = Field(sa_type=Integer)
    """How many records of the entity were alive."""
    members: bytes = Field(sa_type=LargeBinary)
    """The identities concerned: a serialised 64-bit roaring bitmap of ``identity.n``."""


INDEXED = {"student", "group"}
"""References that views search by; every further index is paid for by each written row."""


def _inner(annotation: Any) -> Any:
    """The plain type of a field: ``Annotated[X, ...] | None`` is X."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _inner(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return _inner(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation


_SQL_TYPES: dict[Any, Any] = {
    int: Integer, bool: Boolean, date: Date, AwareDatetime: Instant, Decimal: Number, str: Text
}  # fmt: skip


def _column(kind: str, name: str, annotation: Any) -> tuple[str, tuple[Any, Any]]:
    plain = _inner(annotation)
    nullable = type(None) in get_args(annotation)
    if name in references(kind):
        field: Any = Field(default=None, sa_type=Guid, nullable=nullable, index=name in INDEXED)
        return f"{name}_id", (str, field)
    sa_type = _SQL_TYPES.get(plain, Text)
    return name, (str if sa_type is Text else plain, Field(default=None, sa_type=sa_type, nullable=nullable))


class _Row(SQLModel):
    id: str = Field(sa_type=Guid, primary_key=True)
    source_id: int = Field(sa_type=Integer, primary_key=True)
    version: int = Field(sa_type=Integer)
    changed_at: datetime = Field(sa_type=Instant)
    tombstoned_at: datetime | None = Field(default=None, sa_type=Instant)


def _table(kind: str) -> Table:
    fields = RECORDS[kind].model_fields.items()
    columns = dict(_column(kind, name, field.annotation) for name, field in fields if name not in ("key", "also"))
    make: Any = create_model  # its signature does not know SQLModel's table argument
    table: Table = make(kind, __base__=_Row, __cls_kwargs__={"table": True}, **columns).__table__
    return table


TABLES: Mapping[str, Table] = {kind: _table(kind) for kind in RECORDS}
"""The table of each kind of record."""

# The lines of the exam programme, which every overview of grades asks for, are few among a school's columns.
Index(
    "assessment_exam", TABLES["assessment"].c.subject_id,
    postgresql_where=TABLES["assessment"].c.exam_column, sqlite_where=TABLES["assessment"].c.exam_column,
)  # fmt: skip

META = ("id", "source_id", "version", "changed_at", "tombstoned_at")
"""The columns that every record's table has besides the record's own fields."""

FIELDS: Mapping[str, tuple[str, ...]] = {
    kind: tuple(column.name for column in table.columns if column.name not in META) for kind, table in TABLES.items()
}
"""The columns of a kind that hold its content, in the table's order."""

SOURCE, IDENTITY, ALIAS, CHANGE, RUN, REHEARSAL, STATE, QUARANTINE, HELD, GATE, DUE, TENANT = (
    METADATA.tables[name]
    for name in (
        "source", "identity", "alias", "change", "run", "rehearsal", "entity_state", "quarantine", "held", "gate",
        "due", "tenant",
    )
)  # fmt: skip
