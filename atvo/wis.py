"""What is assumed of WISService: ``wis.toml``, with a school's own ``[source.atvo.wis]`` merged over it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from canonical.terms import AssessmentKind, AttendanceKind, ResitPolicy

OPEN = frozenset(("column_kinds", "resit_policies", "resit_attempts", "reason_kinds", "seen_kinds"))
"""Tables of the source's own words, to which a school may add."""

Pattern = Annotated[re.Pattern[str], AfterValidator(lambda found: re.compile(found.pattern, re.IGNORECASE))]
"""A regular expression for which capitals are small letters."""

NEEDED = (
    "namespaces.brin", "operations.homerooms", "operations.homeroom_students", "arguments.homeroom",
    "arguments.student", "fields.homeroom.id", "fields.student.number", "fields.subject.code",
    "fields.subject.results", "fields.result.column", "fields.notice.id", "fields.notice.begins",
    "fields.observation.id", "fields.observation.begins",
)  # fmt: skip
"""Names without which nothing can be read."""


class Wis(BaseModel):
    """As the tables of ``wis.toml``. A name is empty where the source does not have it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    namespaces: dict[str, str]
    operations: dict[str, str]
    arguments: dict[str, str]
    fields: dict[str, dict[str, str]]
    column_kinds: dict[str, AssessmentKind]
    resit_policies: dict[str, ResitPolicy]
    resit_attempts: dict[str, int]
    reason_kinds: dict[str, AttendanceKind]
    seen_kinds: dict[str, AttendanceKind]
    faults: dict[str, tuple[Pattern, ...]]

    @model_validator(mode="after")
    def _needed(self) -> Self:
        tables = {"operations": self.operations, "arguments": self.arguments, "namespaces": self.namespaces}
        tables |= {f"fields.{name}": fields for name, fields in self.fields.items()}
        empty = [path for path in NEEDED if not tables[path.rpartition(".")[0]][path.rpartition(".")[2]]]
        if empty:
            raise ValueError(f"{', '.join(empty)} cannot be empty")
        return self


@cache
def assumed() -> Mapping[str, object]:
    """The tables of ``wis.toml``."""
    return tomllib.loads(resources.files("atvo").joinpath("wis.toml").read_text("utf-8"))


def merged(own: object) -> object:
    """The assumed tables with ``own`` over them. Raises ``ValueError`` that names the keys that there are not."""
    if not isinstance(own, Mapping):
        raise ValueError("must be a table")  # pydantic takes a ValueError for a fault of the setting
    wrong = list(_wrong(assumed(), own, ""))
    if wrong:
        raise ValueError(f"there is no key {', '.join(wrong)}")
    return _over(assumed(), own)


def _wrong(known: Mapping[str, object], own: Mapping[str, object], path: str) -> Iterator[str]:
    for name, value in own.items():
        there = known.get(name)
        if isinstance(there, Mapping) and isinstance(value, Mapping):
            yield from () if name in OPEN else _wrong(there, value, f"{path}{name}.")
        elif there is None or isinstance(there, Mapping):
            yield f"{path}{name}"


def _over(known: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """``known`` with the values of ``own``; tables are merged, all else is replaced."""
    found = dict(known)
    for name, value in own.items():
        there = found.get(name)
        found[name] = _over(there, value) if isinstance(there, Mapping) and isinstance(value, Mapping) else value
    return found
