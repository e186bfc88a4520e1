"""One full sync in a process of its own: prints rows, seconds and this process's peak memory as a line of JSON.

    python -m benchmarks.worker DATABASE SYSTEM < the source's table as JSON
"""

from __future__ import annotations

import json
import resource
import sys
import time

from canonical.database import connect, migrate
from canonical.store import Store
from connectors.contract import Settings
from connectors.registry import connect as connect_source
from scheduler.collector import look_less_often
from scheduler.sync import Target, sync_source


def main() -> None:
    look_less_often()
    database, system = sys.argv[1:]
    engine = connect(database)
    migrate(engine)
    store = Store(engine, key=b"k" * 32)
    connector = connect_source(system, Settings("bench", json.load(sys.stdin)))
    target = Target("bench", store.source("bench", system, "Bench"), connector)
    began = time.monotonic()
    reports = list(sync_source(store, target, connector.entities))
    failed = [f"{report.entity}: {report.summary}" for report in reports if report.summary.outcome != "complete"]
    if failed:
        raise SystemExit("\n".join(failed))
    print(
        json.dumps(
            {
                "entities": {
                    report.entity: {
                        "read": report.summary.read,
                        "inserted": report.summary.inserted,
                        "updated": report.summary.updated,
                        "seconds": report.seconds,
                    }
                    for report in reports
                },
                # With all that comes before an entity's own run, such as the intake of a delivery.
                "seconds": time.monotonic() - began,
                # The highest resident size of this process, in KiB on Linux.
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
