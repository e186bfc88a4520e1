"""How often Python looks for cyclic garbage: a setting of the whole process, made by the program that starts it."""

from __future__ import annotations

import gc

_ALLOCATIONS = 100_000


def look_less_often() -> None:
    """A batch makes thousands of rows and no cycles; looking through them all the time costs a third of a first sync.

    What is not cyclic is freed at once as ever, so memory stays flat (measured in ``benchmarks``).
    """
    gc.set_threshold(_ALLOCATIONS, 20, 20)
