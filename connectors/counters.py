"""What this process has had to do again or wait for. Counted in its own memory, from when it started."""

from __future__ import annotations

from prometheus_client import Counter

RETRIES = Counter(
    "schoolbrug_process_retries", "Calls of this process that were made again after a failure.", registry=None
)
THROTTLED = Counter(
    "schoolbrug_process_throttled_seconds",
    "Seconds that threads of this process have waited before a call: for the pace, or before another attempt.",
    registry=None,
)
