"""Many small calls at once, for what a source tells only one at a time; answers come in the order of the questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from canonical.bulk import in_chunks

Question = TypeVar("Question")
Answer = TypeVar("Answer")

_AT_ONCE = 200
"""Questions whose answers are held in memory at a time."""


def in_parallel(
    ask: Callable[[Question], Answer], questions: Sequence[Question], parallel: int
) -> Iterator[list[Answer]]:
    """Ask ``parallel`` questions at a time; give answers, some at a time. The first failure is raised and ends it."""
    with ThreadPoolExecutor(parallel, thread_name_prefix="source") as pool:
        for some in in_chunks(questions, _AT_ONCE):
            futures = [pool.submit(ask, question) for question in some]
            try:
                yield [future.result() for future in futures]
            finally:
                # After a failure the calls that have not begun are not made.
                for future in futures:
                    future.cancel()
