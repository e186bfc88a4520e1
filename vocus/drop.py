"""Where a school's deliveries are: its folder, filled by SFTP where that is set."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

from connectors.files import DataSet, Deliveries, Delivery, Examine, Refused
from connectors.sftp import SftpSettings, fetch
from vocus.settings import VocusSettings

FETCH_EVERY = 5.0
"""Seconds: every entity of a sync asks what is new, and one look at the other side will do."""

_ENDINGS = (".zip", ".manifest.json", ".ok")
"""What is fetched besides the data sets' own files."""


class Drop:
    """The deliveries of one school. Threads may share it."""

    def __init__(
        self, settings: VocusSettings, folder: Path, examine: Examine, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        sets = [DataSet(name, data.files, data.mode == "snapshot") for name, data in settings.data.items()]
        self._folder = folder
        self._sftp = settings.sftp
        self._patterns = [data.files.casefold() for data in settings.data.values()]
        self._deliveries = Deliveries(folder, sets, examine, settle=settings.settle, keep_days=settings.archive_days)
        self._clock = clock
        self._lock = threading.Lock()
        self._fetched: float | None = None
        self._collected = False

    def collect(self) -> None:
        """Fetch what is new, unless that was just done, and take in what is complete. Raises ``SourceError``."""
        with self._lock:
            self._fetch()
            self._deliveries.collect()
            self._collected = True

    def collect_once(self) -> None:
        """The same, unless it was done before."""
        if not self._collected:
            self.collect()

    def _fetch(self) -> None:
        sftp, now = self._sftp, self._clock()
        if sftp is None or (self._fetched is not None and now - self._fetched < FETCH_EVERY):
            return
        secret, key = sftp.password, sftp.private_key
        account = SftpSettings(
            host=sftp.host, port=sftp.port, user=sftp.user, password=secret.get_secret_value() if secret else None,
            private_key=key.get_secret_value() if key else None, host_key=sftp.host_key, path=sftp.path,
        )  # fmt: skip
        fetch(account, self._folder, self._wanted, deadline=sftp.deadline)
        self._fetched = self._clock()

    def _wanted(self, name: str) -> bool:
        plain = name.casefold()
        return plain.endswith(_ENDINGS) or any(fnmatchcase(plain, pattern) for pattern in self._patterns)

    def newest(self, data_set: str) -> Delivery | None:
        return self._deliveries.newest(data_set)

    def next_after(self, data_set: str, id: str | None) -> Delivery | None:
        return self._deliveries.next_after(data_set, id)

    def again(self, data_set: str, id: str) -> Delivery | None:
        """The delivery ``id`` itself; None when it is no longer kept."""
        # An id without its last digit stands just before it.
        found = self._deliveries.next_after(data_set, id[:-1])
        return found if found is not None and found.id == id else None

    def refused(self, data_set: str) -> Refused | None:
        return self._deliveries.refused(data_set)
