"""Looking into the log of who looked: whether it is whole, what one account saw, and who saw one student."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, select, text

from canonical.errors import UserError
from portal.audit import COLUMNS, COMMAND, Event, Head, append, link, put, seal, take
from portal.tables import AUDIT, AUDIT_HEAD

PAGE = 2_000
"""Rows in memory at a time."""


class Anchor(NamedTuple):
    """Where a chain ended, kept where nobody who can write to the database can change it."""

    source_id: int
    n: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.source_id} {self.n} {self.hash.hex()}"


class Fault(NamedTuple):
    """Something that is not as it was written. ``n`` is the row's number, or that of the row it ought to be.

    ``what``: ``altered`` (a row, or its place), ``missing`` (rows from ``n`` on), ``beyond`` (rows that the end of
    the chain does not know of), ``head`` (the end of the chain is not what was written), ``anchor`` (the chain is not
    the one that was anchored).
    """

    source_id: int
    n: int
    what: str


def anchors(connection: Connection) -> list[Anchor]:
    """Where every chain ends now."""
    found = connection.execute(select(AUDIT_HEAD).order_by(AUDIT_HEAD.c.source_id))
    return [Anchor(row.source_id, row.n, bytes(row.hash)) for row in found]


def anchors_in(lines: Iterable[str]) -> list[Anchor]:
    """Read anchors as ``schoolbrug audit anchor`` writes them, a chain a line. Raises ``UserError``."""
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            source, n, digest = line.split()
            found.append(Anchor(int(source), int(n), bytes.fromhex(digest)))
        except ValueError:
            raise UserError(f"line {number} is not an anchor: expected are two numbers and a hash") from None
    return found


def verify(connection: Connection, key: bytes, kept: Iterable[Anchor] = ()) -> list[Fault]:
    """All that was changed in the log without ``key``: flipped, deleted, inserted, reordered or cut off.

    Rows that were cut off together with the end of the chain, which was set back to what it once was, show only
    against an anchor that is younger. Takes memory for a page of rows, whatever the length of the log.
    """
    expected: defaultdict[int, list[Anchor]] = defaultdict(list)
    for one in kept:
        expected[one.source_id].append(one)
    heads = {row.source_id: row for row in connection.execute(_HEADS)}
    checks = {source_id: _Check(key, source_id, heads.get(source_id), expected[source_id])
              for source_id in heads.keys() | expected.keys()}  # fmt: skip
    for row in _stream(connection, _ROWS):
        check = checks.get(row.source_id)
        if check is None:
            check = checks[row.source_id] = _Check(key, row.source_id, None, ())
        check.row(row)
    return [fault for source_id in sorted(checks, key=_place) for fault in checks[source_id].done()]


def _place(source_id: Any) -> tuple[bool, Any]:
    """Numbers first; SQLite lets anything be written where one belongs."""
    return (False, source_id) if isinstance(source_id, int) else (True, str(source_id))


# Plain SQL, so that a value that fits no type any more is a fault and not an error.
_ROWS = text(f"SELECT {', '.join(COLUMNS)}, hash FROM audit ORDER BY source_id, n")  # noqa: S608
_HEADS = text("SELECT source_id, n, hash, gone, gone_hash, seal FROM audit_head")


@dataclass
class _Check:
    """The check of one chain, row by row."""

    key: bytes
    source_id: int
    told: Any
    anchors: Sequence[Anchor]
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.head = self._head() or Head()
        self.n, self.last = self.head.gone, self.head.gone_hash
        self.waiting = {one.n: one.hash for one in self.anchors if one.n > self.head.gone}
        for one in self.anchors:
            if one.n == self.head.gone and one.hash != self.head.gone_hash:
                self._fault(one.n, "anchor")

    def _head(self) -> Head | None:
        """The end of the chain; None when there is none, or it is not what was written."""
        if self.told is None:
            return None
        try:
            head = Head(self.told.n, _bytes(self.told.hash), self.told.gone, _bytes(self.told.gone_hash))
            if _bytes(self.told.seal) != seal(self.key, self.source_id, head):
                self._fault(0, "head")
            return head if isinstance(head.n, int) and isinstance(head.gone, int) else None
        except TypeError:
            self._fault(0, "head")
            return None

    def row(self, row: Row[*tuple[Any, ...]]) -> None:
        *said, found = row
        expected = self.n + 1
        if row.n != expected:
            self._fault(expected, "missing")
        self.n = row.n if isinstance(row.n, int) else expected
        try:
            right = link(self.key, self.last, said)
            self.last = _bytes(found)
        except TypeError:
            right = b""
        if self.last != right:
            self._fault(self.n, "altered")
        if self.waiting.pop(self.n, self.last) != self.last:
            self._fault(self.n, "anchor")
        if self.n > self.head.n:
            self._fault(self.n, "beyond")

    def done(self) -> list[Fault]:
        if self.n < self.head.n:
            self._fault(self.n + 1, "missing")
        elif self.n == self.head.n and self.last != self.head.hash:
            self._fault(self.n, "head")
        for n in sorted(self.waiting):
            self._fault(n, "anchor")
        return self.faults

    def _fault(self, n: int, what: str) -> None:
        # Of a chain that is wrong from one row on, the first few say enough.
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(self.source_id, n, what))


def _bytes(value: Any) -> bytes:
    """Raises ``TypeError`` for what is none: of a number ``bytes`` would make as many zeros."""
    if not isinstance(value, bytes | memoryview):
        raise TypeError
    return bytes(value)


MOST_FAULTS = 1_000
"""Faults of one chain that are told."""


def _stream(connection: Connection, statement: Any, values: Any = None) -> Iterator[Any]:
    found = connection.execute(statement.execution_options(stream_results=True), values or {})
    for page in found.partitions(PAGE):
        yield from page


def remove(connection: Connection, key: bytes, before: datetime, at: datetime) -> int:
    """Remove the rows that have had their time (R65), within the caller's transaction; gives how many.

    Of every chain what is older than ``before``, from its beginning on; that it was done is on file itself. The rest
    of the chain can be verified as before. Raises ``CannotRecord``.
    """
    removed = 0
    for (source_id,) in connection.execute(select(AUDIT_HEAD.c.source_id).order_by(AUDIT_HEAD.c.source_id)).all():
        head = take(connection, key, source_id)
        young = select(AUDIT.c.n).where(AUDIT.c.source_id == source_id, AUDIT.c.at >= before)
        first = connection.execute(young.order_by(AUDIT.c.n).limit(1)).scalar()
        last = head.n if first is None else first - 1
        if last <= head.gone:
            continue
        old = and_(AUDIT.c.source_id == source_id, AUDIT.c.n <= last)
        hashed = connection.execute(select(AUDIT.c.hash).where(old).order_by(AUDIT.c.n.desc()).limit(1)).scalar_one()
        removed += connection.execute(AUDIT.delete().where(old)).rowcount
        put(connection, key, source_id, head._replace(gone=last, gone_hash=bytes(hashed)))
        append(connection, key, [Event(source_id, COMMAND, COMMAND, "audit_expire")], at)
    return removed


@dataclass(slots=True)
class Looked:
    """What one account did with one student's data in one area."""

    source_id: int
    student_id: str
    area: str
    action: str
    relation: str
    allowed: bool
    times: int
    first: datetime
    last: datetime


def seen_by(connection: Connection, actor: str, since: datetime, until: datetime) -> list[Looked]:
    """Which students' data ``actor`` saw from ``since`` until before ``until``, and what was refused (R66)."""
    statement = _between(since, until).where(AUDIT.c.actor == actor, AUDIT.c.student_id.is_not(None))
    found: dict[tuple[Any, ...], Looked] = {}
    for row in _stream(connection, statement.order_by(AUDIT.c.at)):
        if not since <= row.at < until:
            continue
        what = (row.source_id, row.student_id, row.area or "", row.action, row.relation or "", row.allowed)
        looked = found.setdefault(what, Looked(*what, times=0, first=row.at, last=row.at))
        looked.times += 1
        looked.first, looked.last = min(looked.first, row.at), max(looked.last, row.at)
    return list(found.values())


def _between(since: datetime, until: datetime) -> Any:
    """On SQLite moments are text, in which a fraction of a second comes before none: the ends are looked at again."""
    second = timedelta(seconds=1)
    return select(AUDIT).where(AUDIT.c.at >= since - second, AUDIT.c.at <= until + second)


def readers_of(connection: Connection, student_id: str) -> Iterator[Row[*tuple[Any, ...]]]:
    """Every event about one student, oldest first."""
    return _stream(connection, select(AUDIT).where(AUDIT.c.student_id == student_id).order_by(AUDIT.c.at, AUDIT.c.n))
