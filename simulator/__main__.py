"""Open a school as a process of its own: ``python -m simulator --students 300 --seed 7``.

Prints one line of JSON with its URL when it is ready, and runs until it is told to stop.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from simulator.atvo_ids import uuid_of
from simulator.delivering import Deliverer, wall_time
from simulator.exports import PRESETS
from simulator.faults import NAMES, Faults
from simulator.life import Life
from simulator.magister import DEFAULT_ACCOUNT, Account
from simulator.school import BRIN, NAME, make_school
from simulator.server import serve


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        school = make_school(options.seed, options.students, name=options.name, brin=options.brin)
    except ValueError as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    faults = Faults()
    for name in options.fault:
        faults.on(name)
    account = Account(options.user, options.password)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    life = Life(school, seed=options.seed, speed=options.live or 0.0)
    with serve(school, port=options.port, accounts=(account,), faults=faults) as server:
        if options.live:
            life.start()
        ready = {
            "url": server.url, "students": len(school.students), "seed": school.seed, "user": account.user,
            "brin": school.brin, "organisation": uuid_of("organisation", school.brin),
        }  # fmt: skip
        if options.deliver:
            deliverer = Deliverer(school, options.deliver, preset=options.deliver_preset, faults=faults)
            try:
                options.deliver.mkdir(parents=True, exist_ok=True)
                # By the machine's clock: how old a delivery is, is told by that one.
                deliverer.deliver(made=wall_time())
            except OSError as error:
                print(f"simulator: cannot write into {options.deliver} ({error.strerror})", file=sys.stderr)
                life.stop()
                return 2
            ready["folder"] = str(options.deliver)
        print(json.dumps(ready), flush=True)
        while not stop.wait(options.deliver_every if options.deliver and options.live else None):
            deliverer.deliver(made=wall_time())
        life.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "simulator", description="A make-believe school that answers as Magister and @VO do, and exports files."
    )
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--port", type=int, default=0, help="a free one unless given")
    parser.add_argument("--name", default=NAME, help="what the school is called")
    parser.add_argument("--brin", default=BRIN, help="its number among all Dutch schools")
    parser.add_argument("--live", type=float, metavar="SPEED", help="seconds at school for each real second")
    parser.add_argument("--deliver", type=Path, metavar="FOLDER", help="write the school's files into this folder")
    parser.add_argument("--deliver-preset", default="vocus-example", choices=PRESETS)
    parser.add_argument("--deliver-every", type=float, default=60, metavar="SECONDS", help="while the school lives")
    parser.add_argument("--fault", action="append", default=[], choices=sorted(NAMES), metavar="NAME")
    parser.add_argument("--user", default=DEFAULT_ACCOUNT.user)
    parser.add_argument("--password", default=DEFAULT_ACCOUNT.password)
    return parser


if __name__ == "__main__":
    sys.exit(main())
