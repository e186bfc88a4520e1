"""Keeps credentials out of text. Some sources take them in the URL, so whatever prints a URL prints them."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

MASK = "[hidden]"

_URLLIB3_LOGGERS = (
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.poolmanager",
    "urllib3.response",
    "urllib3.util.retry",
)
"""A filter on a logger does not see what its children log, so each one that logs gets its own."""

_QUERY = re.compile(r"\?[^\s\"']*")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Put ``MASK`` in the place of every secret, also as a URL, JSON, XML or ``repr`` would write it."""
    written = {form for secret in secrets if secret for form in _forms(secret)}
    if not written:
        return text
    longest_first = sorted(written, key=len, reverse=True)
    # Percent escapes come in both cases (%3B, %3b).
    return re.sub("|".join(map(re.escape, longest_first)), MASK, text, flags=re.IGNORECASE)


def _forms(secret: str) -> set[str]:
    return {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        escape(secret),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
    }


class _QueryFilter(logging.Filter):
    """Cuts the query off every URL that urllib3 logs, and persons out of its path; keeps to itself what urllib3 quotes
    from an answer."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:  # it logs a traceback only for headers that it cannot read, and quotes them
            record.msg = "an answer has headers that cannot be read"
        else:
            record.msg = _UUID.sub(MASK, _QUERY.sub(f"?{MASK}", record.getMessage()))
        record.args = ()
        record.exc_info = None
        return True


_FILTER = _QueryFilter()


def guard_urllib3_logs() -> None:
    """Let no query string reach a log handler through urllib3. Calling it again changes nothing."""
    for name in _URLLIB3_LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
