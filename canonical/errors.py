"""What can go wrong, sorted by what happens next. The tree:

    SchoolbrugError
    ├── UserError    a person's mistake: one sentence, no traceback
    ├── Refused      a guard said no; a person decides
    ├── LeaseLost    another worker took over; this run writes nothing more
    └── SourceError  (connectors.errors) the source is unwell

Messages name the source, the field and the next step, never a value of a record.
"""

from __future__ import annotations


class SchoolbrugError(Exception):
    """The root of everything this project raises on purpose."""


class UserError(SchoolbrugError):
    """Something a person can put right. The message says what and where; it is shown without a traceback."""


class Refused(SchoolbrugError):
    """A guard stopped the run; nothing was lost and a person decides."""


class LeaseLost(SchoolbrugError):
    """Another worker holds the lease now; whatever this one still had is dropped, not written."""
