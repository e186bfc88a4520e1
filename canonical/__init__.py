"""The canonical records and the store. Knows nothing of sources, schedules or the web."""
