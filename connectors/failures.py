"""How a failed call is worded and which error it becomes: from a status, from a library's exception.

Messages hold the operation, the host and what to do. A library's exception holds the URL, so it is looked at here
and then dropped: it is never the cause or the context of an error of ours.
"""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import requests
import urllib3

from connectors.deadline import Call
from connectors.errors import Broken, Denied, Retry, SourceError

LONGEST_AFTER = 3600.0
"""Seconds. A source that asks for more is asked again after this."""

TRANSPORT_ERRORS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)
"""What the HTTP libraries raise; ValueError is what http.client makes of a chunk size such as -5."""

_MEDIA_TYPE = re.compile(r"[\w.+-]{1,50}/[\w.+-]{1,50}", re.ASCII)

_SENTENCES = {
    "http.busy": "the source asks us to come back later",
    "http.certificate": "its certificate is not trusted; let the source renew it, or name its authority in ca_bundle",
    "http.connection": "no connection; check the address, and that the source lets this machine through its firewall",
    "http.cut": "the answer was cut off",
    "http.deadline": "the answer took longer than the deadline",
    "http.denied": "the source refused the account; check its name, password and rights there",
    "http.encoding": "the answer is compressed in a way that cannot be read",
    "http.not_found": "the source does not know this address; check base_url",
    "http.redirect": "the source sends us to another address, which is not followed; check base_url",
    "http.request": "the request cannot be written as a URL; check the characters in the configuration of this source",
    "http.server_error": "the source failed on its side",
    "http.timeout": "the source was silent for too long; check that it lets this machine through its firewall",
    "http.too_large": "the answer is larger than max_bytes",
}


class Failed(NamedTuple):
    """Makes the errors of one call."""

    operation: str
    host: str
    redact: Callable[[str], str]

    def retry(self, code: str, *, after: float | None = None) -> Retry:
        return Retry(self._message(_SENTENCES[code]), code=code, after=after)

    def broken(self, code: str, sentence: str = "") -> Broken:
        return Broken(self._message(sentence or _SENTENCES[code]), code=code)

    def denied(self) -> Denied:
        return Denied(self._message(_SENTENCES["http.denied"]), code="http.denied")

    def _message(self, sentence: str) -> str:
        return self.redact(f"{self.operation} at {self.host}: {sentence}")


def judge(
    status: int, headers: Mapping[str, str], accept: tuple[str, ...], now: datetime, failed: Failed
) -> SourceError | None:
    """Say what is wrong with an answer, from its status and headers; None if it can be read."""
    if status in (429, 503):
        return failed.retry("http.busy", after=retry_after(headers.get("Retry-After", ""), now))
    if status >= 500:
        return failed.retry("http.server_error")
    if status in (401, 403):
        return failed.denied()
    if status == 404:
        return failed.broken("http.not_found")
    if 300 <= status < 400:
        return failed.broken("http.redirect")
    if status != 200:
        return failed.broken("http.status", f"status {status} is not an answer to this call")
    received = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if received in accept:
        return None
    shown = received if _MEDIA_TYPE.fullmatch(received) else "something unreadable" if received else "nothing"
    return failed.broken("http.content_type", f"expected {' or '.join(accept)} and the source declares {shown}")


def judge_exception(error: Exception, call: Call, failed: Failed) -> SourceError:
    """Say what a library's exception before the body means."""
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
        return failed.broken("http.certificate")
    if not call.left():
        return failed.retry("http.deadline")
    return failed.retry("http.timeout" if isinstance(error, requests.Timeout) else "http.connection")


def retry_after(value: str, now: datetime) -> float | None:
    """Read Retry-After, in seconds or as a date: 0 to ``LONGEST_AFTER`` seconds; None if it says nothing readable."""
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), LONGEST_AFTER)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(max((aware - now).total_seconds(), 0.0), LONGEST_AFTER)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk to the bottom of what libraries wrapped, wherever each of them put the wrapped one."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = (current.__cause__, current.__context__, getattr(current, "reason", None), *current.args)
        waiting += [cause for cause in inner if isinstance(cause, BaseException)]
