"""The hours at which a source may be asked: Somtoday lets student data be synced only at night (wire 2.2)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from pydantic import BaseModel, ConfigDict, Field

from connectors.columns import AMSTERDAM


class Night(BaseModel):
    """From when until when, in Dutch time; twice the same is always. Assumed: the hours are not published."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    begins: time = Field(alias="from")
    ends: time = Field(alias="to")


ALWAYS = Night.model_validate({"from": time(0), "to": time(0)})


def opens_at(night: Night, now: datetime) -> datetime | None:
    """When the source may be asked next, in UTC and after ``now``; None if that is now."""
    local = now.astimezone(AMSTERDAM)
    clock, begins, ends = local.time(), night.begins, night.ends
    if begins == ends:
        return None
    is_open = begins <= clock < ends if begins < ends else clock >= begins or clock < ends
    if is_open:
        return None
    day = local.date() if clock < begins else local.date() + timedelta(days=1)
    opens = datetime.combine(day, begins, AMSTERDAM)
    # The hour that comes twice in the last night of summer time: when the first is over, the second is meant.
    if opens.astimezone(UTC) <= now:
        opens = opens.replace(fold=1)
    return opens.astimezone(UTC)
