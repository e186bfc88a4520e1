"""Comparisons with the reference schemas of others, which are no part of this project: where they are not at hand,
their tests are left out, and the run says so in its first and its last lines."""

from __future__ import annotations

import pytest

from tests.reference.schemas import CONNECT, EDEXML, UM_2018, UM_2019, UWLR, folder

MISSING = [path.name for path in (UM_2018, UM_2019, CONNECT, *EDEXML.values(), *UWLR.values()) if not path.exists()]
LEFT_OUT = f"tests/reference is LEFT OUT: {', '.join(MISSING)} missing in {folder()} (SCHOOLBRUG_REFERENCE)"

collect_ignore_glob = ["test_*.py"] if MISSING else []


def pytest_report_header() -> list[str]:
    return [LEFT_OUT] if MISSING else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if MISSING:
        terminalreporter.write_line(LEFT_OUT, yellow=True)
