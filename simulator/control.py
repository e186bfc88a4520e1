"""What another process may ask of a running school: switch faults, make edits, let time pass.

POST /_faults   {"on": [{"name": "cut", "only": "schoolbrug-cijfers", "times": 1}], "off": ["drip"]}
                ``"off": true`` switches all of them off; the answer holds the active ones and the calls so far.
POST /_life     {"edit": "enter_grade", "with": {"student": 20001, "assessment": 1100, "result": "7.5"}}
                {"steps": 3, "minutes": 10, "seed": 1}
                The edits are the functions of ``simulator.edits``; marks and times are text (ISO 8601).
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from simulator import edits
from simulator.dice import Dice
from simulator.faults import Faults
from simulator.life import next_moment, step
from simulator.model import School

_EDITS: dict[str, Callable[..., object]] = {
    edit.__name__: edit
    for edit in (
        edits.enter_grade, edits.change_grade, edits.remove_grade, edits.retire_assessment, edits.mark,
        edits.give_notice, edits.explain, edits.unmark, edits.change_student, edits.enrol_student,
        edits.withdraw_student, edits.remove_student, edits.set_clock,
    )
}  # fmt: skip


def control(path: str, body: bytes, school: School, faults: Faults, calls: list[str]) -> tuple[int, dict[str, Any]]:
    """Do what ``body`` (JSON) asks; gives the HTTP status and the answer. A wrong request is a 400 that says why."""
    try:
        asked = json.loads(body or b"{}")
        if path == "/_faults":
            _switch(faults, asked)
            return 200, {"active": [asdict(fault) for fault in faults.active()], "calls": list(calls)}
        return 200, _live(school, asked)
    except (ValueError, LookupError, TypeError) as error:
        return 400, {"error": f"{type(error).__name__}: {error}"}


def _switch(faults: Faults, asked: dict[str, Any]) -> None:
    off = asked.get("off", [])
    for name in [None] if off is True else off:
        faults.off(name)
    for fault in asked.get("on", []):
        faults.on(**fault)


def _live(school: School, asked: dict[str, Any]) -> dict[str, Any]:
    if "edit" in asked:
        edit = _EDITS[asked["edit"]]
        given = {name: _read(name, value) for name, value in asked.get("with", {}).items()}
        inspect.signature(edit).bind(school, **given)
        edit(school, **given)
    events = []
    if "steps" in asked:
        dice, passed = Dice(int(asked.get("seed", 0))), timedelta(minutes=float(asked.get("minutes", 10)))
        for _ in range(int(asked["steps"])):
            with school.lock:
                events += step(school, dice, next_moment(school.now, passed))
    told = [{"what": e.what, "student": e.student, "at": e.at.isoformat(), "about": e.about} for e in events]
    return {"events": told, "now": school.now.isoformat(), "version": school.version}


def _read(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in ("at", "begins", "ends", "now"):
        return datetime.fromisoformat(value)
    if name == "on":
        return date.fromisoformat(value)
    if name in ("result", "weight"):
        try:
            return Decimal(value)
        except InvalidOperation:
            return value
    return value
