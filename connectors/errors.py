"""The errors of a source, sorted by consequence. The tree:

    SourceError
    ├── Retry    the source is unwell for now: try again, not before ``after``
    ├── Denied   the source says no to us: stop the whole source, alert once, never retry by itself
    └── Broken   what the source says cannot be right: stop this entity
    BadRow       one row cannot be read: it goes to quarantine, the others go on

A message names the operation and the field, and what to do next; it carries no value of a record and no
credential, because it ends up in logs and on screens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from canonical.errors import SchoolbrugError
from canonical.records import Key


class SourceError(SchoolbrugError):
    """A source did not give what was asked. ``code`` is short and stable, such as ``http.timeout``."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class Retry(SourceError):
    """The source is unwell for now. ``after`` is the number of seconds it asked us to wait, when it said so."""

    def __init__(self, message: str, *, code: str, after: float | None = None) -> None:
        super().__init__(message, code=code)
        self.after = after


class Denied(SourceError):
    """The source refused us. Accounts lock: it is never retried without a person."""


class Broken(SourceError):
    """The answer cannot be right: not the agreed form, a missing column, an error inside a 200."""


class Problem(NamedTuple):
    """What is wrong in a row: the path of the field and a short code, never the value."""

    field: str
    code: str


class BadRow(SchoolbrugError):
    """One row cannot be mapped.

    ``covers`` names every record that the row would have brought, as (kind, key): they count as seen, so that
    a row which cannot be read never looks like a row which is gone. Leave it empty when the keys themselves
    cannot be read; the store then deletes nothing of this entity in this run.
    """

    def __init__(self, problems: Sequence[Problem], *, covers: Sequence[tuple[str, Key]] = ()) -> None:
        super().__init__(", ".join(f"{problem.field}: {problem.code}" for problem in problems))
        self.problems = tuple(problems)
        self.covers = tuple(covers)
