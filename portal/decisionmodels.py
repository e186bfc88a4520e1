"""Questions and answers about rules, consent, decisions and restriction."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from portal.access import Area, Decision, Role
from portal.models import Model, examples
from portal.rules import Rules

_ID = "01997b5e-6c00-7000-8000-000000000001"
_OTHER = "01997b5e-6c00-7000-8000-000000000002"
_AT = "2026-03-02T10:00:00Z"

GRANTABLE = frozenset({Area.CARD, Area.GRADES, Area.ABSENCES, Area.REASONS})
"""What a school can grant a parent without authority: to be told, not the file itself (R51)."""

Text = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")]


class Asked(Model):
    """A body; what it does not know it refuses."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, extra="forbid")


class NewConsent(Asked):
    """The word of an adult student."""

    open: StrictBool = Field(description="Whether the guardians may see the student's data.")


class Consent(Model):
    """How things stand between a student and the guardians."""

    model_config = examples({"decides": True, "open": False})
    decides: bool = Field(description="Whether this is up to the student, who is eighteen or older.")
    open: bool | None = Field(description="Null while it is not up to the student.")


class SchoolRules(Model):
    """The rules of a source."""

    model_config = examples({"source": "lyceum", "version": 3, "since": _AT, "rules": {}})
    source: str
    version: int = Field(description="0: nothing was ever decided, the defaults hold.")
    since: AwareDatetime | None
    rules: Rules


class NewRules(Asked):
    """Rules in place of those of ``version``. What is left out goes back to its default."""

    version: int = Field(ge=0, description="What these were made from; 409 when somebody else was first.")
    rules: Rules


class Moment(Model):
    """When a role first sees a result. A switch that is closed on that day keeps it away for longer."""

    role: Role
    at: AwareDatetime
    open: bool


class SectionMoments(Model):
    """The moments of one section; all three null is the rest of the school."""

    location: str | None
    study: str | None
    grade_level: int | None
    moments: list[Moment]


class Preview(Model):
    """Who sees when what is entered at ``entered``, by the rules that hold."""

    model_config = examples({
        "source": "lyceum", "version": 3, "entered": _AT, "sections": [{
            "location": None, "study": None, "grade_level": None, "moments": [
                {"role": "student", "at": "2026-03-02T16:00:00Z", "open": True},
                {"role": "guardian", "at": "2026-03-03T16:00:00Z", "open": True},
                {"role": "staff", "at": _AT, "open": True},
            ],
        }],
    })  # fmt: skip
    source: str
    version: int
    entered: AwareDatetime
    sections: list[SectionMoments]


class NewDecision(Asked):
    """A decision about a guardian who has no authority, or a court order that the source does not know of.

    ``none`` takes back what was decided. A refusal needs its ground (R51).
    """

    student: UUID
    guardian: UUID
    decision: Decision
    granted: list[Area] = Field(default=[], max_length=len(Area), description="Of `granted`: what may be seen.")
    ground: Text | None = Field(
        default=None, description="For the school's office; in the student's file for the guardian that it is about."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.decision is Decision.REFUSED and (self.ground is None or not self.ground.strip()):
            raise PydanticCustomError("ground_missing", "see the code")
        if (self.decision is Decision.GRANTED) != bool(self.granted):
            raise PydanticCustomError("granted_areas", "see the code")
        if not GRANTABLE.issuperset(self.granted):
            raise PydanticCustomError("not_grantable", "see the code")
        return self


class DecisionItem(Model):
    """A decision as it was taken."""

    model_config = examples({
        "student": _ID, "guardian": _OTHER, "decision": "granted", "granted": ["grades"], "ground": None, "at": _AT,
    })  # fmt: skip
    student: str
    guardian: str
    decision: Decision
    granted: list[Area]
    ground: str | None
    at: AwareDatetime


class Decisions(Model):
    """What was decided about a student's guardians, the newest first: of each guardian the first holds."""

    model_config = examples({"source": "lyceum", "decisions": [{
        "student": _ID, "guardian": _OTHER, "decision": "refused", "granted": [], "ground": "...", "at": _AT,
    }]})  # fmt: skip
    source: str
    decisions: list[DecisionItem]


class NewRestriction(Asked):
    """Whether the processing of a student's data is to be restricted."""

    restricted: StrictBool


class Restriction(Model):
    """Whether all views of a student are frozen, and since when."""

    model_config = examples({"restricted": True, "since": _AT})
    restricted: bool
    since: AwareDatetime | None
