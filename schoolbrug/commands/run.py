"""``schoolbrug run`` and ``schoolbrug serve``: the processes that stay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from canonical.store import Store
from scheduler.schedule import Schedule
from schoolbrug.alerts import telling
from schoolbrug.config import Config, load
from schoolbrug.known import Known
from schoolbrug.logs import write_log
from schoolbrug.metrics import told_at
from schoolbrug.opening import chosen, opened
from schoolbrug.options import DEFAULT_FILE, ConfigFile
from schoolbrug.output import err
from schoolbrug.serving import address, answering, application, listen, scheduled, until_told, wait


def run(config: ConfigFile = DEFAULT_FILE) -> None:
    """Keep all sources in sync on their schedule and serve the read layer, until you press Ctrl-C.

    This is what a service manager starts. The log on standard error tells when something begins to fail and when it
    works again. A source that refuses us is left alone until your own schoolbrug sync has worked: accounts lock.
    """
    _stay(load(config), syncing=True)


def serve(config: ConfigFile = DEFAULT_FILE) -> None:
    """Serve the read layer from the store, without syncing, until you press Ctrl-C."""
    _stay(load(config), syncing=False)


def _stay(settings: Config, *, syncing: bool) -> None:
    write_log()
    with (
        until_told() as told,
        listen(settings.serve.host, settings.serve.port) as listening,
        opened(settings) as store,
        ExitStack() as stack,
    ):
        known = Known(settings, store.engine)
        stack.enter_context(told_at(settings.serve.metrics, store.engine, known.names))
        schedule = stack.enter_context(_schedule(store, known)) if syncing else None
        app = application(store, known)
        server = stack.enter_context(answering(app, listening, settings.serve.proxies))
        err().print(f"Serving on {address(listening)}. Ctrl-C ends it.", style="dim")
        wait(told, known, server, schedule)


@contextmanager
def _schedule(store: Store, known: Known) -> Iterator[Schedule]:
    chosen(known.config, None)
    with telling(known.own) as tell, scheduled(store, known, tell=tell) as schedule:
        yield schedule
