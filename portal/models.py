"""What every answer shares: where it comes from, how fresh and how whole it is; names, references, numbers.

Times are UTC with ``Z``; dates are local to the school (Europe/Amsterdam). Numbers are strings with a decimal point,
so that none passes through a binary float. ``null`` means "not known", never "none": a list is ``null`` when its
data class is ``unknown`` or ``not_offered``, and ``[]`` only when the source was read and holds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from portal.freshness import Completeness, DataClass

Mark = Annotated[Decimal, PlainSerializer(str, return_type=str, when_used="json")]
"""A rounded number as it is shown: ``8.0``."""


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


def examples(*values: Mapping[str, Any]) -> ConfigDict:
    """A model's configuration with examples for its description."""
    return ConfigDict(frozen=True, hide_input_in_errors=True, json_schema_extra={"examples": [*map(dict, values)]})


class SourceMeta(Model):
    """One school's administration behind an answer."""

    name: str
    system: str = Field(description="`magister`, `atvo` or `vocus`.")
    school: str
    as_of: AwareDatetime | None
    completeness: dict[DataClass, Completeness]


class Meta(Model):
    """Where an answer comes from, how fresh it is and how whole."""

    sources: list[SourceMeta]
    as_of: AwareDatetime | None = Field(
        description="The oldest moment at which anything behind this answer was read from its source; null: never."
    )
    completeness: dict[DataClass, Completeness] = Field(
        description="For each data class of this answer. `complete`: all that the source holds. `partial`: rows are "
        "missing or held, or the last read was not proved complete. `unknown`: never read. `not_offered`: this source "
        "does not bring it. For the last two the list itself is null."
    )


class Name(Model):
    """A person's name in its parts."""

    first_name: str | None
    initials: str | None
    prefix: str | None
    last_name: str


class Coded(Model):
    """A group, subject, school year or period. ``code`` is null while the source has only referred to it."""

    id: str
    code: str | None
    name: str | None = None


def meta_example(*classes: DataClass) -> dict[str, Any]:
    """An example of ``Meta`` for these data classes."""
    whole = {data_class.value: "complete" for data_class in classes}
    source = {"name": "lyceum", "system": "magister", "school": "Het Voorbeeldlyceum"}
    dated = {"as_of": "2026-03-02T09:42:00Z", "completeness": whole}
    return {"sources": [source | dated], **dated}
