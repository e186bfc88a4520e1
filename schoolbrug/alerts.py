"""Alerts to the application manager, by e-mail and webhook: that a source needs looking at, and that it is over.

What is told comes from ``scheduler.telling``, once. Sending has a thread of its own: no sync waits for it, and none
fails with it. What comes within a while goes as one message.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from queue import Empty, Full, Queue
from typing import Any

import structlog

from canonical.errors import SchoolbrugError
from scheduler.cadence import AMSTERDAM
from scheduler.telling import Tell, Transition, to_log
from schoolbrug.config import Config
from schoolbrug.portalconfig import MailTable, PostTable
from schoolbrug.sending import by_mail, by_post

log = structlog.get_logger("alerts")

GATHER = 15.0
"""Seconds in which more may come that goes along: what is wrong with one source is so with several entities."""
AGAIN = (60.0, 600.0)
"""Seconds until a message that could not be delivered is tried again."""
MOST = 1_000
"""So many alerts wait to be sent; more are dropped, and told in the log."""
_LINES = 50
"""The most lines of a message."""
_ENDING = 10.0
"""Seconds that the last message gets when the process ends."""

Send = Callable[[Sequence[Transition]], None]
"""Delivers a message about these. Raises ``SchoolbrugError``."""

_SENTENCES: Mapping[str, str] = {
    "stale": "{source} is stale: {entity} was last read on {since}. See: schoolbrug status",
    "fresh": "{source} is no longer stale.",
    "paused": "{source} has refused us ({code}) and is left alone. Put it right, then run: schoolbrug sync {source}",
    "resumed": "{source} works again.",
    "held": "{source} {entity}: {records} of {of} records may be gone, or hidden by the source, and stay until you"
            " decide. See: schoolbrug held show {number}",
    "shrunk": "{source} {entity} has shrunk: {records} of {of} records are missing ({reason}), and stay until you"
              " decide. See: schoolbrug held show {number}",
    "released": "{source} {entity}: no deletion waits any more.",
    "unreadable": "{source} {entity}: {message}: schoolbrug quarantine list",
    "readable": "{source} {entity} can be read again.",
}  # fmt: skip
"""What is said of each kind of transition that is an alert."""


def is_alert(told: Transition) -> bool:
    """Whether the application manager hears of it. A source is stale with its first entity, and fresh with the last."""
    if told.kind in ("stale", "fresh"):
        return bool(told.details["stale_entities"] == (1 if told.kind == "stale" else 0))
    return told.kind in _SENTENCES


def sentence(told: Transition) -> str:
    """What is said of one."""
    details = dict(told.details)
    if "since" in details:
        since = datetime.fromisoformat(details["since"]).astimezone(AMSTERDAM)
        details["since"] = f"{since:%d %b %Y %H:%M} (Dutch time)"
    return _SENTENCES[told.kind].format(source=told.source, entity=told.entity, **details)


def worded(all_told: Sequence[Transition]) -> tuple[str, str]:
    """The subject and the text of a message."""
    sentences = [sentence(told) for told in all_told]
    sources = sorted({told.source for told in all_told})
    others = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    more = [f"And {len(sentences) - _LINES} more; see: schoolbrug status"] if len(sentences) > _LINES else []
    return f"Schoolbrug: {sources[0]}{others}", "\n\n".join([*sentences[:_LINES], *more]) + "\n"


class Alerts:
    """A listener that gives what is an alert to ``channels``, between ``start`` and ``stop``."""

    def __init__(self, channels: Mapping[str, Send], *, gather: float = GATHER, again: Sequence[float] = AGAIN) -> None:
        self._channels, self._gather, self._again = channels, gather, again
        self._queue: Queue[Transition | None] = Queue(MOST)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="alerts", daemon=True)
        self._dropped = False

    def __call__(self, told: Transition) -> None:
        if not is_alert(told):
            return
        try:
            self._queue.put_nowait(told)
            self._dropped = False
        except Full:
            if not self._dropped:
                log.error("alerts_dropped", waiting=MOST)
            self._dropped = True

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Send what waits, once, and end."""
        self._stopping.set()
        with suppress(Full):  # then there is something to wake it
            self._queue.put_nowait(None)
        self._thread.join(_ENDING)

    def _work(self) -> None:
        while not self._stopping.is_set() or not self._queue.empty():
            if gathered := self._next():
                self._deliver(gathered)

    def _next(self) -> list[Transition]:
        gathered = [self._queue.get()]
        until = time.monotonic() + self._gather
        with suppress(Empty):
            while len(gathered) < MOST:
                left = 0.0 if self._stopping.is_set() else max(0.0, until - time.monotonic())
                gathered.append(self._queue.get(timeout=left) if left else self._queue.get_nowait())
        return [told for told in gathered if told is not None]

    def _deliver(self, gathered: Sequence[Transition]) -> None:
        left = self._failing(self._channels, gathered)
        for wait in self._again:
            if not left or self._stopping.wait(wait):
                break
            left = self._failing({name: self._channels[name] for name in left}, gathered)
        for name, why in left.items():
            log.error("alert_not_delivered", by=name, alerts=len(gathered), error=why)

    def _failing(self, channels: Mapping[str, Send], gathered: Sequence[Transition]) -> dict[str, str]:
        """The channels that did not take the message, and why."""
        failed = {}
        for name, send in channels.items():
            try:
                send(gathered)
            except SchoolbrugError as error:
                failed[name] = str(error)
            except Exception as error:  # noqa: BLE001  # a mistake in this program loses a message, not all that follow
                failed[name] = type(error).__name__
        return failed


def _mail(server: MailTable, to: str, gathered: Sequence[Transition]) -> None:
    by_mail(server, to, *worded(gathered))


def _hook(hook: PostTable, gathered: Sequence[Transition]) -> None:
    _, text = worded(gathered)
    by_post(hook.url, hook.token, {"text": text, "alerts": [_as_json(told) for told in gathered]}, "alerts.webhook: it")


def _as_json(told: Transition) -> dict[str, Any]:
    return {
        "kind": told.kind, "source": told.source, "entity": told.entity, "at": told.at.isoformat(),
        "details": dict(told.details), "text": sentence(told),
    }  # fmt: skip


def channels(settings: Config) -> dict[str, Send]:
    """The ways in which the configuration sends alerts. Raises ``UserError`` for a secret that cannot be had."""
    table, server = settings.alerts, settings.portal.mail
    found: dict[str, Send] = {}
    if server is not None:
        if table.email and server.password is not None:
            server.password.reveal()
        found = {f"email {n}": partial(_mail, server, to) for n, to in enumerate(table.email, 1)}
    if table.webhook is not None:
        table.webhook.token.reveal()
        found["webhook"] = partial(_hook, table.webhook)
    return found


@contextmanager
def telling(settings: Config) -> Iterator[Tell]:
    """What hears of all that changes within this block: the log, and who is to be alerted."""
    found = channels(settings)
    if not found:
        yield to_log
        return
    alerts = Alerts(found)

    def tell(told: Transition) -> None:
        to_log(told)
        alerts(told)

    alerts.start()
    try:
        yield tell
    finally:
        alerts.stop()
