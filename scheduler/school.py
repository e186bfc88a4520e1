"""The school itself, which the configuration brings and no source: written through the kernel as any other record."""

from __future__ import annotations

import time

from canonical.batch import Mapped
from canonical.ending import Ending
from canonical.records import School
from canonical.store import Store
from scheduler.sync import OWNER, SCHOOL, Report

PROOF = "configuration"


def sync_school(
    store: Store, source: str, source_id: int, name: str, brin: str | None = None, *, rehearse: bool = False
) -> Report | None:
    """Bring the school's record up to date; None while another worker does so. ``rehearse`` changes nothing."""
    began = time.monotonic()
    if rehearse:
        run = store.rehearse(source_id, SCHOOL, (School.kind,))
    else:
        started = store.begin(source_id, SCHOOL, (School.kind,), owner=OWNER)
        if started is None:
            return None
        run = started
    run.apply([Mapped([School(key=(brin or name,), name=name, brin=brin)])])
    return Report(source, SCHOOL, run.finish(Ending(PROOF)), time.monotonic() - began)
