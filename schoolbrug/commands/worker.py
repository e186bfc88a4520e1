"""``schoolbrug worker``: one of any number of processes that share the work."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from canonical.errors import UserError
from scheduler.work import Work
from schoolbrug.alerts import telling
from schoolbrug.config import load
from schoolbrug.known import Keeper, Known
from schoolbrug.logs import write_log
from schoolbrug.metrics import told_at
from schoolbrug.opening import chosen, opened
from schoolbrug.options import DEFAULT_FILE, ConfigFile
from schoolbrug.output import err
from schoolbrug.serving import until_told


def worker(
    config: ConfigFile = DEFAULT_FILE,
    at_once: Annotated[
        int, typer.Option("--at-once", min=1, max=64, help="How many entities this process reads at the same time.")
    ] = 4,
) -> None:
    """Keep all sources in sync together with other workers, on this and other machines, until you press Ctrl-C.

    All of them share one PostgreSQL database, which needs nothing else. Start as many as you like, with the same
    configuration; beside them schoolbrug serve answers for portals. Work that a worker leaves behind is taken up by
    another one.
    """
    # Here alone: what it brings along looks at the machine while it is imported, and every command would wait for that.
    from scheduler.queue import Worker, install

    settings = load(config)
    write_log()
    with until_told() as told, opened(settings) as store, ExitStack() as stack:
        if store.engine.dialect.name != "postgresql":
            raise UserError(
                "Workers share a PostgreSQL database: set [store] database = { env = ... } to postgresql+psycopg://...\n"
                "With SQLite one process does everything: schoolbrug run"
            )
        install(store.engine)
        tell = stack.enter_context(telling(settings))
        known = Known(settings, store.engine)
        chosen(known.config, None)
        find = Keeper(store, known, stack)
        work = Work(store, find(), stopping=told.is_set, tell=tell, find=find)
        work.plan()
        stack.enter_context(told_at(settings.serve.metrics, store.engine, known.names))
        err().print("Working. Ctrl-C ends it.", style="dim")
        Worker(store.engine, work, at_once).run(told)
