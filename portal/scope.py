"""Which students a caller may see: the one place that knows. Every query asks it.

Today a caller is a key that may see whole sources. A rule about persons goes into ``student`` and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, true

from canonical.tables import SOURCE


@dataclass(frozen=True, slots=True)
class Scope:
    """What one request may see, made from its key. ``sources`` are names of sources; empty means all of them."""

    sources: tuple[str, ...] = ()

    def source(self, source_id: ColumnElement[int]) -> ColumnElement[bool]:
        """The condition that rows of this source may be seen: lessons, groups, subjects, how fresh they are."""
        if not self.sources:
            return true()
        return source_id.in_(select(SOURCE.c.id).where(SOURCE.c.name.in_(self.sources)))

    def student(self, student_id: ColumnElement[str], source_id: ColumnElement[int]) -> ColumnElement[bool]:
        """The condition that this source's rows about this student may be seen."""
        del student_id  # a key sees all students of its sources
        return self.source(source_id)
