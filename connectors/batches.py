"""From rows as they come to the kernel's batches."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.contract import BATCH_ROWS, Batch, Proof, RawRecord

Rows = Iterator[tuple[list[RawRecord], Proof | None]]
"""Some rows at a time; the last pair carries the proof that the read is complete, if there is one."""


def batches(rows: Rows, *, cursor: str | None = None, form: str | None = None) -> Iterator[Batch]:
    """The rows in batches of at most ``BATCH_ROWS``. The last one has the proof, and ``form`` (``contract.Batch``);
    ``cursor`` only with the proof."""
    waiting: list[RawRecord] = []
    proof: Proof | None = None
    for some, latest in rows:
        proof = latest
        waiting += some
        while len(waiting) > BATCH_ROWS:
            yield Batch(waiting[:BATCH_ROWS])
            waiting = waiting[BATCH_ROWS:]
    yield Batch(waiting, cursor if proof else None, proof, form)
