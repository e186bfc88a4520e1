"""``schoolbrug run`` and ``schoolbrug serve``: the processes that stay."""

from __future__ import annotations

from contextlib import nullcontext

from scheduler.telling import to_log
from schoolbrug.alerts import telling
from schoolbrug.config import Config, load
from schoolbrug.logs import write_log
from schoolbrug.metrics import told_at
from schoolbrug.opening import chosen, names, opened
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
    sources = chosen(settings, None) if syncing else ()
    with (
        until_told() as told,
        listen(settings.serve.host, settings.serve.port) as listening,
        opened(settings) as store,
        told_at(settings.serve.metrics, store.engine, names(settings)),
        telling(settings) if syncing else nullcontext(to_log) as tell,
        scheduled(store, sources, tell=tell) as schedule,
        answering(application(store, settings, schedule.entities), listening, settings.serve.proxies) as server,
    ):
        err().print(f"Serving on {address(listening)}. Ctrl-C ends it.", style="dim")
        wait(told, server, schedule)
