"""The decisions of a sync, each of them pure: what to do with an incoming record, and with one that is missing.

Nothing here reads a clock, a database or a source. ``canonical.store`` carries out what is decided here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

MAY_HIDE = "the source may be hiding them"
"""Why deletions wait that are not too many."""


class Action(StrEnum):
    """What becomes of an incoming record."""

    INSERT = "insert"
    UPDATE = "update"
    REVIVE = "revive"
    """It was deleted, and is back under the same canonical id."""
    SAME = "same"
    IGNORE = "ignore"
    """Another entity brought it first, and only that one may change it; or it was erased."""


class Stored(NamedTuple):
    """What the identity map knows of a key."""

    n: int
    id: str
    entity: str | None
    """None: it was only ever referred to."""
    scope: str
    content_hash: bytes | None
    raw_hash: bytes | None
    version: int
    live: bool


ERASED, EXPIRED = "(erased)", "(expired)"
"""In an entity's place: the record was erased, or had had its time, and is passed over if it comes again; see
``canonical.erasure``."""
GONE = frozenset({ERASED, EXPIRED})


def decide(stored: Stored | None, entity: str, content_hash: bytes) -> Action:
    """What to do with a record that ``entity`` brings with ``content_hash``."""
    if stored is None or stored.entity is None:
        return Action.INSERT
    if stored.entity in GONE:
        return Action.IGNORE
    if not stored.live:
        return Action.REVIVE
    if stored.entity != entity:
        return Action.IGNORE
    return Action.SAME if stored.content_hash == content_hash else Action.UPDATE


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may go wrong before a person has to look.

    ``deletion_share`` and ``deletion_floor``: deletions above this share of an entity's live records, and more than
    this many of them, wait for a person. ``bad_share`` and ``bad_floor``: likewise for rows that cannot be read,
    above which the entity fails.
    """

    deletion_share: float = 0.10
    deletion_floor: int = 20
    bad_share: float = 0.05
    bad_floor: int = 20


@dataclass(frozen=True, slots=True)
class ReadOutcome:
    """What is known of a read when it has ended without an error.

    ``proved`` is how it is known to be complete, None when it is not. ``declared`` is the number of rows that the
    source announced. ``unidentified`` counts the bad rows of which not even the keys could be read.
    """

    rows: int
    bad: int
    unidentified: int
    incremental: bool
    proved: str | None
    declared: int | None


class Sweep(StrEnum):
    """What becomes of the records that a read did not show."""

    NOTHING = "nothing"
    APPLY = "apply"
    SPARE = "spare"
    """Apply, but hold those that the source may only be hiding."""
    HOLD = "hold"


class Verdict(NamedTuple):
    """``complete``: every row asked for was read. ``whole``: and all that the source holds is in the store now.

    ``reason`` says why not, or why deletions are held.
    """

    sweep: Sweep
    complete: bool
    whole: bool
    reason: str = ""


def too_many_bad(outcome: ReadOutcome, limits: Limits) -> bool:
    """Whether so many rows are bad that something else than those rows must be wrong."""
    return outcome.bad > limits.bad_floor and outcome.bad > limits.bad_share * outcome.rows


def judge(outcome: ReadOutcome, *, alive: int, missing: int, limits: Limits, unasked: int = 0) -> Verdict:
    """What a read proves about ``missing`` of the entity's ``alive`` records.

    ``missing`` leaves out what a person has approved or rejected already, and the ``unasked``: about these the source
    was not asked, and when they are many it may well have named too few of those to ask about. Nothing is ever deleted
    on the strength of a read that is not proved complete, and an empty answer never deletes by itself.
    """
    if outcome.proved is None:
        return Verdict(Sweep.NOTHING, complete=False, whole=False, reason="the read was not proved complete")
    if outcome.declared is not None and outcome.declared != outcome.rows:
        reason = "the source announced another number of rows"
        return Verdict(Sweep.NOTHING, complete=False, whole=False, reason=reason)
    if outcome.incremental:
        return Verdict(Sweep.NOTHING, complete=True, whole=outcome.bad == 0)
    if outcome.unidentified:
        reason = "rows in quarantine could not be identified"
        return Verdict(Sweep.NOTHING, complete=True, whole=False, reason=reason)
    if missing and outcome.rows == 0:
        return Verdict(Sweep.HOLD, complete=True, whole=False, reason="the answer was empty")
    if too_many(missing, alive, limits):
        return Verdict(Sweep.HOLD, complete=True, whole=False, reason="more is missing than may go at once")
    sweep = Sweep.APPLY if missing else Sweep.NOTHING
    if too_many(unasked, alive, limits):
        return Verdict(sweep, complete=True, whole=False, reason="of many records the source was not asked at all")
    return Verdict(sweep, complete=True, whole=outcome.bad == 0)


def too_many(records: int, alive: int, limits: Limits) -> bool:
    """Whether so many of an entity's live records are concerned that a person has to look."""
    return records > limits.deletion_floor and records > limits.deletion_share * alive


def spare(verdict: Verdict, hidden: int) -> Verdict:
    """``verdict``, now that the source may only be hiding ``hidden`` of what would go: those are held for a person."""
    if verdict.sweep is not Sweep.APPLY or not hidden:
        return verdict
    return Verdict(Sweep.SPARE, complete=True, whole=False, reason=MAY_HIDE)


def kept_with(suspects: Iterable[int], refers: Mapping[int, Iterable[int]]) -> set[int]:
    """``suspects``, what refers to one of them in however many steps, and what any of all these refers to.

    ``refers`` leads from each missing record to what it refers to. A membership without its student means nothing, nor
    does one without its group: what may still be there stays with all that makes it what it is.
    """
    referrers: defaultdict[int, list[int]] = defaultdict(list)
    for one, others in refers.items():
        for other in others:
            referrers[other].append(one)
    return reached(reached(suspects, referrers), refers)


def reached(start: Iterable[int], steps: Mapping[int, Iterable[int]]) -> set[int]:
    """``start``, and wherever one gets from there in however many ``steps``."""
    found = set(start)
    waiting = list(found)
    while waiting:
        further = set(steps.get(waiting.pop(), ())) - found
        found |= further
        waiting += further
    return found
