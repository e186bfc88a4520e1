"""The demo as tests and pictures need it: in this process, with a clock of its own, one school day after the other."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import time_machine
from fastapi import FastAPI
from sqlalchemy import Engine, event

from canonical.store import Store
from portal.app import create_app
from portal.settings import derived
from schoolbrug import syncing
from schoolbrug.commands.demo import SCHOOLS, _configure
from schoolbrug.config import Config, load
from schoolbrug.opening import layer, opened, portal_secret
from schoolbrug.signins import SignIn, ready_made
from simulator.delivering import Deliverer
from simulator.dice import Dice
from simulator.edits import mark
from simulator.faults import Faults
from simulator.life import next_moment, step
from simulator.model import School
from simulator.school import make_school
from simulator.server import serve
from tests.portal.layer import UNHURRIED

FIRST = datetime(2026, 11, 19, 8)
"""When the schools are read for the first time: a Thursday, by the clock at school."""
LAST, READ_LAST = datetime(2026, 11, 24, 15, 5), datetime(2026, 11, 24, 15, 2)
"""A mother opens it at five past three; it has just been read."""
EVERY, READ = timedelta(hours=3), ("grades", "absences")
"""How often the schools are read in between, and what of them."""
STEP = timedelta(minutes=20)


@dataclass
class Stage:
    """``schools`` are what the sources are read from, in the order of the configuration."""

    schools: list[School]
    faults: list[Faults]
    deliverer: Deliverer
    settings: Config
    store: Store
    people: list[SignIn]

    @property
    def engine(self) -> Engine:
        return self.store.engine

    def sync(self, *entities: str) -> None:
        """Read these entities of every source, or everything, to the end."""
        self.deliverer.deliver()
        for source in self.settings.enabled:
            done = syncing.sync(self.store, source, entities or (None,))
            assert done.ok, [report.error for report in done.reports]

    def trouble(self) -> None:
        """What the application manager has to look at: guardians of whom half are gone, a lesson that cannot be."""
        self.faults[0].on("half-list", only="schoolbrug-ouders", times=1)
        self.faults[0].on("bad-rows", only="schoolbrug-lessen", times=1, every=100)
        syncing.sync(self.store, self.settings.enabled[0], ("guardians", "lessons"))

    def app(self) -> FastAPI:
        return create_app(self.engine, layer(self.settings, {}), UNHURRIED)


def note(school: School, student: int, reason: str = "UG") -> None:
    """The student is sent out of the last lesson that has begun today, or whatever ``reason`` says."""
    with school.lock:
        lessons = [
            lesson for lesson in school.lessons.values()
            if lesson.begins.date() == school.today and lesson.begins <= school.now and lesson.status != "cancelled"
            and student in school.members(lesson.group)
        ]  # fmt: skip
        mark(school, student, reason, max(lessons, key=lambda lesson: lesson.begins).id)


def at_school(moment: datetime) -> datetime:
    """A moment by the clock at school."""
    return moment.replace(tzinfo=ZoneInfo("Europe/Amsterdam")).astimezone(UTC)


@contextmanager
def stage(
    home: Path, port: int, sources: Collection[str] = (), *, first: datetime = FIRST, students: int = 40, seed: int = 7
) -> Iterator[Stage]:
    """The schools of the demo, or some of them, since ``first``; within this block it is ``LAST``, and time passes."""
    schools = [
        make_school(seed + number, students, first.date(), name=told.name, brin=told.brin)
        for number, told in enumerate(SCHOOLS)
    ]
    with ExitStack() as stack:
        servers = [stack.enter_context(serve(school)) for school in schools]
        settings = load(_configure(home, [one.url for one in servers], f"sqlite:///{home / 'demo.sqlite'}", port))
        chosen = [source for source in settings.source if not sources or source.name in sources]
        settings = settings.model_copy(update={"source": chosen})
        SCHOOLS[-1].folder(home).mkdir()
        store = stack.enter_context(opened(settings))
        event.listen(store.engine, "connect", _tell_the_time)
        store.engine.dispose()
        deliverer = Deliverer(schools[-1], SCHOOLS[-1].folder(home))
        made = Stage(schools, [one.faults for one in servers], deliverer, settings, store, [])
        _live(made, first)
        stack.enter_context(time_machine.travel(at_school(LAST), tick=True))
        key = derived(portal_secret(settings), "factor")
        made.trouble()
        made.people = ready_made(store.engine, [source.name for source in settings.enabled], at_school(LAST), key)
        yield made


def _tell_the_time(connection: Any, _record: object) -> None:
    """The database has a clock of its own; it is to be this process's."""
    connection.create_function("julianday", 1, lambda _now: time.time() / 86_400 + 2_440_587.5)


def _live(made: Stage, moment: datetime) -> None:
    """Everything that happens until ``READ_LAST``, each of it at its own moment."""
    dice = [Dice(school.seed) for school in made.schools]
    read = moment
    with time_machine.travel(at_school(moment), tick=True):
        made.sync()
    while moment < READ_LAST:
        moment = min(next_moment(moment, STEP), READ_LAST)
        for school, thrown in zip(made.schools, dice, strict=True):
            step(school, thrown, moment)
        if moment == READ_LAST or moment - read >= EVERY:
            with time_machine.travel(at_school(moment), tick=True):
                made.sync(*() if moment == READ_LAST else READ)
            read = moment
