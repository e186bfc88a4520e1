"""Deliveries: sets of files that belong together, taken in as a whole or not at all.

    drop folder -> complete? -> examined as a whole -> archive/<id>/  or  quarantine/<id>/ with REASON.txt

What is read is read from the archive. A file is never read where it was dropped: there it may still be written.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.delivered import (
    LATE,
    OWN,
    DataSet,
    DeliveredFile,
    Delivery,
    Examine,
    Facts,
    Refused,
    RefusedFile,
    archived,
    newest,
    refusals,
)
from connectors.errors import Broken, Retry
from connectors.intake import Rules, take_in

__all__ = [
    "DataSet", "DeliveredFile", "Deliveries", "Delivery", "Examine", "Facts", "Refused", "RefusedFile"
]  # fmt: skip

PATIENCE = 30.0
"""Seconds to wait for another process that takes something in."""

MISSED = (
    "its changes are in no later delivery: let the administration deliver everything once, then throw the folder away"
)
"""What is to be done about changes that were refused."""


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _folder_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
    else:
        return
    raise Broken(
        f"the folder of deliveries cannot be used ({reason}): it must be there, and this account must be allowed to"
        " write in it",
        code="files.folder",
    )


class Deliveries:
    """The deliveries of one folder. Processes may share it: only one at a time takes something in."""

    def __init__(
        self, folder: Path, data_sets: Sequence[DataSet], examine: Examine, *, settle: float, keep_days: int,
        clock: Callable[[], datetime] = now,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._rules = Rules(
            folder, tuple(data_sets), examine, timedelta(seconds=settle), timedelta(days=keep_days), clock
        )

    def collect(self) -> None:
        """Take in whatever is complete. What cannot be right goes to quarantine.

        Raises ``Broken`` files.folder, and ``Retry`` files.busy while another process takes its time.
        """
        with _folder_told(), self._alone():
            take_in(self._rules)

    def newest(self, data_set: str) -> Delivery | None:
        """The newest delivery that has the data set. Raises ``Broken``: files.folder, files.archive."""
        with _folder_told():
            return newest(self._folder, data_set)

    def next_after(self, data_set: str, id: str | None) -> Delivery | None:
        """The oldest delivery that has the data set, and whose id comes after ``id``."""
        with _folder_told():
            having = [delivery for delivery in archived(self._folder) if delivery.has(data_set)]
        return next((delivery for delivery in having if id is None or delivery.id > id), None)

    def refused(self, data_set: str) -> Refused | None:
        """The latest refusal that leaves something to be done about the data set.

        A good delivery that came since makes up for a refused snapshot, and one that was only late asks for nothing.
        Changes that were refused are in no later delivery: these count until somebody throws the folder away.
        """
        delta = not any(one.snapshot for one in self._rules.data_sets if one.name == data_set)
        with _folder_told():
            all_of_them = refusals(self._folder)
        about = [one for one in all_of_them if data_set in one.data_sets and (delta or one.code != LATE)]
        latest = max(about, key=lambda one: one.received_at, default=None)
        if latest is None:
            return None
        if delta:
            return replace(latest, sentence=f"{latest.sentence}; {MISSED}")
        good = self.newest(data_set)
        return None if good is not None and good.received_at >= latest.received_at else latest

    @contextmanager
    def _alone(self) -> Iterator[None]:
        own = self._folder / OWN
        if not self._folder.is_dir():
            raise NotADirectoryError(20, "there is no such folder")
        own.mkdir(exist_ok=True)
        deadline = time.monotonic() + PATIENCE
        with (own / "lock").open("w") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise Retry("another process is taking in a delivery", code="files.busy") from None
                    time.sleep(0.05)
            yield
