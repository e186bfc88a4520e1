"""What is new: in what order, from where on, and that nothing is told twice or never. Pure.

News is ordered by the moment at which it became visible, then by id and version (R76). A record may be committed
some time after the moment that it bears, so a token says up to where everything has been told, and of the last
minutes beyond that which ones. Whoever goes on from it gets the rest, however late it came, and nothing again.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol, TypeVar

from pydantic import AwareDatetime, Field

from canonical.columns import iso
from portal.freshness import DataClass
from portal.models import Coded, Meta, Model, examples, meta_example

NEWS = (DataClass.GRADES, DataClass.OBSERVATIONS, DataClass.NOTICES, DataClass.REMARKS)

WINDOW = timedelta(days=14)
"""What became visible longer ago is no news; nor is a record that was that old when it came (R76)."""
OVERLAP = timedelta(minutes=5)
"""How much later than its moment a record may still come in: a writer's lease is two minutes."""
MOST_BEYOND = 200
"""How many told items a token can name. Where more are so young, the others wait until the overlap has passed."""
_MARK = 6


class NewsKind(StrEnum):
    """What there is news of."""

    GRADE = "grade"
    ABSENCE = "absence"
    LATE = "late"
    REMOVED = "removed"
    NOTICE = "notice"
    REMARK = "remark"


class NewsItem(Model):
    """That there is something new, not what: no mark, no reason (R76)."""

    id: str = Field(description="The record's id. With `version` it names this item, whoever is told.")
    version: int
    student_id: str
    kind: NewsKind
    changed: bool = Field(description="It was there before, and is different now.")
    visible_at: AwareDatetime
    subject: Coded | None
    day: date | None = Field(description="Of an absence, lateness, removal or remark.")
    hour: int | None = Field(description="The lesson hour.")


class News(Model):
    """News in the order in which it became visible, and where to go on."""

    model_config = examples({
        "meta": meta_example(*NEWS),
        "items": [{
            "id": "01997b5e-6c00-7000-8000-000000000010", "version": 1,
            "student_id": "01997b5e-6c00-7000-8000-000000000001", "kind": "grade", "changed": False,
            "visible_at": "2025-10-08T14:30:00Z", "day": None, "hour": None,
            "subject": {"id": "01997b5e-6c00-7000-8000-000000000006", "code": "fa", "name": "Frans"},
        }],
        "next": "Zm9yd2FyZA", "more": False,
    })  # fmt: skip
    meta: Meta
    items: list[NewsItem]
    next: str = Field(description="The `after` of the next request, also when there was nothing new.")
    more: bool = Field(description="There is more already: ask again at once.")


class Place(NamedTuple):
    """Where an item stands in the order."""

    at: datetime
    id: str
    version: int


class Placed(Protocol):
    """Whatever has a place."""

    @property
    def place(self) -> Place: ...


E = TypeVar("E", bound=Placed)


@dataclass(frozen=True, slots=True)
class Token:
    """What has been told: all up to ``upto``, and beyond it what bears one of these marks."""

    upto: Place
    beyond: frozenset[bytes] = frozenset()


def since(moment: datetime) -> Token:
    """All that became visible after ``moment`` is still to be told."""
    return Token(Place(moment, "", 0))


def from_now(entries: Collection[Placed], now: datetime) -> Token:
    """What is there at ``now`` is not told; what comes in late, with a moment shortly before, will be (R76)."""
    start = since(now - OVERLAP)
    young = frozenset(_mark(entry.place) for entry in entries if entry.place > start.upto)
    return Token(start.upto, young) if len(young) <= MOST_BEYOND else since(now)


def within_window(token: Token, now: datetime) -> Token:
    """The token, but for what is no news any more."""
    earliest = Place(now - WINDOW, "", 0)
    return token if token.upto >= earliest else replace(token, upto=earliest)


def tell(entries: Collection[E], token: Token, now: datetime, limit: int) -> tuple[list[E], Token, bool]:
    """The next ``limit`` items that were not told yet, the token after them, and whether there are more by now."""
    settled = Place(now - OVERLAP, "", 0)
    ahead = sorted((entry for entry in entries if entry.place > token.upto), key=lambda entry: entry.place)
    untold = [entry for entry in ahead if _mark(entry.place) not in token.beyond]
    count = min(limit, _room(ahead, untold, settled))
    told, rest = untold[:count], untold[count:]
    # Beyond what is settled something may still come in between: only a page that is full ends before.
    full = bool(rest) and rest[0].place <= settled
    upto = told[-1].place if full and told else max(settled if not full else token.upto, token.upto)
    marks = token.beyond | {_mark(entry.place) for entry in told}
    beyond = frozenset(mark for entry in ahead if entry.place > upto and (mark := _mark(entry.place)) in marks)
    return told, Token(upto, beyond), bool(rest) and count == limit


def _room(ahead: Sequence[Placed], untold: Sequence[Placed], settled: Place) -> int:
    """How many of ``untold`` may be told, so that the token can name all told ones that are not settled."""
    settled_ones = bisect_right([entry.place for entry in untold], settled)
    named = sum(entry.place > settled for entry in ahead) - (len(untold) - settled_ones)
    return settled_ones + max(0, MOST_BEYOND - named)


def _mark(place: Place) -> bytes:
    return blake2b(f"{place.id} {place.version} {iso(place.at)}".encode(), digest_size=_MARK).digest()


def as_place(token: Token) -> list[Any]:
    """The token as the place of a cursor."""
    marks = urlsafe_b64encode(b"".join(sorted(token.beyond))).decode()
    return [iso(token.upto.at), token.upto.id, token.upto.version, marks]


def of_place(place: Sequence[Any]) -> Token:
    """The token of such a place."""
    at, id_, version, told = place
    marks = urlsafe_b64decode(told)
    return Token(
        Place(datetime.fromisoformat(at), id_, version),
        frozenset(marks[start : start + _MARK] for start in range(0, len(marks), _MARK)),
    )
