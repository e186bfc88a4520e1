"""How quick a location's students are read from a SOAP answer, beside plain zeep on the same bytes in the same run.

    python -m benchmarks.soap [--students 2000]

Both read with the same WSDL, strictly; no network is timed. "schoolbrug" ends with the rows as the kernel gets them and
their columns read again, which is where a mapping begins; "zeep" with its own objects. Exits with 1 below ten times.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import zeep
from rich.console import Console
from rich.table import Table

from atvo.returns import items
from atvo.shape import read
from atvo.soap_rows import Layout, raw, values
from atvo.um_mapping import KEPT
from atvo.wsdl import Description, OwnAddress
from connectors.answer import CHUNK
from simulator.atvo_soap import answer
from simulator.atvo_types import NEWEST, UM
from simulator.atvo_um import View, rows, still
from simulator.atvo_wsdl import um_wsdl
from simulator.school import make_school

OPERATION = "getDataLeerlingen"
URL = "http://127.0.0.1/services/umService?wsdl"
LEAST = 10
"""How many times zeep the reading must be."""
ROUNDS = 5


def ours(wsdl: bytes, told: bytes) -> Callable[[], int]:
    operation = Description("UMService", URL, wsdl).operation(OPERATION)
    layout = Layout(OPERATION, "2026/2027", "01")

    def chunks() -> Iterator[bytes]:
        yield from (told[start : start + CHUNK] for start in range(0, len(told), CHUNK))

    def run() -> int:
        count = 0
        for elements in items(chunks(), operation.tags, OPERATION, {}):
            for element in elements:
                row = raw("students", read(element, operation.item, KEPT[OPERATION], OPERATION), layout)
                count += bool(values(row.data))
        return count

    return run


def theirs(wsdl: bytes, told: bytes) -> Callable[[], int]:
    client = zeep.Client(URL, transport=OwnAddress(URL, lambda: wsdl))  # type: ignore[no-untyped-call]
    binding: Any = next(iter(client.wsdl.bindings.values()))
    response = SimpleNamespace(status_code=200, headers={"Content-Type": "text/xml"}, content=told, encoding="utf-8")
    return lambda: len(binding.process_reply(client, binding.get(OPERATION), response))


def best(runs: Sequence[Callable[[], int]]) -> list[tuple[int, float]]:
    """(objects, seconds) of each, the quickest of its runs; in turn, so that a busy machine is busy for all."""
    found = [(0, float("inf"))] * len(runs)
    for _ in range(ROUNDS):
        for place, run in enumerate(runs):
            began = time.perf_counter()
            count = run()
            found[place] = count, min(found[place][1], time.perf_counter() - began)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=2_000)
    students = parser.parse_args().students
    view = View(still(make_school(5, students)), frozenset())
    told = b"".join(answer(UM, NEWEST, OPERATION, rows(view, OPERATION, {})))
    wsdl = um_wsdl(NEWEST, URL)
    table = Table("reader", "objects", "seconds", "objects/s", title=f"{OPERATION}, {len(told) / 1e6:.1f} MB")
    found = best([theirs(wsdl, told), ours(wsdl, told)])
    for name, (count, seconds) in zip(("zeep", "schoolbrug"), found, strict=True):
        table.add_row(name, f"{count:,}", f"{seconds:.3f}", f"{count / seconds:,.0f}")
    times = found[0][1] / found[1][1]
    Console().print(table)
    print(f"{times:.1f} times zeep (Python {platform.python_version()}, zeep {zeep.__version__})")
    return 0 if times >= LEAST and found[0][0] == found[1][0] else 1


if __name__ == "__main__":
    sys.exit(main())
