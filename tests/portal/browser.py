"""A real browser before a real server, both on this machine only."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, sync_playwright

QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    # No process beside the one that is used.
    "--disable-features=SpareRendererForSitePerProcess",
)  # fmt: skip


@contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium. Raises ``RuntimeError`` that says in one line what to install."""
    path = shutil.which("chromium")
    if path is None:
        raise RuntimeError("Chromium is not installed; install it with: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=QUIET)
        try:
            yield running
        finally:
            running.close()


@contextmanager
def served(app: FastAPI, port: int = 0) -> Iterator[str]:
    """The application on this port of the loopback, or any free one; gives its address."""
    listening = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        # The socket listens already: a request waits in its queue until the server is up.
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()
