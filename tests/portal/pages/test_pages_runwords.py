"""Whatever a run can fail with has a text."""

from __future__ import annotations

import re
from pathlib import Path

from portal.pages.runwords import CODES

ROOT = Path(__file__).parents[3]
ROOMS = ("connectors", "magister", "atvo", "vocus", "scheduler", "canonical")
CODE = re.compile(r'"((?:atvo|contract|csv|files|http|magister|rows|sftp|vocus)\.[a-z0-9_]+)"')
NO_CODES = {"sftp.json", "sftp.lock", "magister.connector", "atvo.connector", "vocus.connector"}
"""Names of files and of modules."""
PLAIN = {"interrupted", "unknown"}


def codes() -> set[str]:
    """The codes of errors, as the documents of each system list them."""
    files = [file for room in ROOMS for file in (ROOT / room).glob("*.py") if file.name != "testing.py"]
    return {code for file in files for code in CODE.findall(file.read_text("utf-8"))} - NO_CODES | PLAIN


def test_every_error_of_a_run_has_a_text() -> None:
    found = codes()
    assert {"http.timeout", "magister.login", "atvo.night", "vocus.cut", "sftp.size", "rows.bad"} <= found
    assert sorted(found - set(CODES)) == []
    assert sorted(set(CODES) - found) == []
