"""The schedule of what a source delivers by itself: looked for often, expected seldom, and as old as it was made."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from structlog.testing import capture_logs

from canonical.store import Store
from connectors.errors import Broken
from scheduler.schedule import Rhythm, Schedule
from scheduler.sync import Target
from tests.fake_source import student
from tests.scheduler.test_delivered import Post

DAY = timedelta(days=1)


@pytest.fixture
def post() -> Post:
    made = Post()
    made.made = datetime.now(UTC) - timedelta(hours=5)
    return made


def planned(store: Store, post: Post, interval: timedelta = DAY) -> Schedule:
    target = Target("oak", store.source("oak", "fake", "The Oak"), post)
    made = Schedule(store, [(target, Rhythm(interval, time(2, 30)))])
    made._scheduler.start(paused=True)
    made._plan(made._sources[0])
    return made


def deliver(post: Post, *numbers: int) -> None:
    post.deliveries.append([student(str(number)) for number in numbers])
    post.rows["students"] = post.deliveries[-1]
    post.stamp()


@pytest.mark.parametrize(("interval", "seconds"), [(DAY, 60), (timedelta(seconds=5), 5)])
def test_it_is_looked_for_every_minute(store: Store, post: Post, interval: timedelta, seconds: int) -> None:
    made = planned(store, post, interval)
    job = made._scheduler.get_job("oak students")
    assert job.trigger.interval == timedelta(seconds=seconds)
    made._recent(made._sources[0].watches[0])
    wait = made._scheduler.get_job("oak students").next_run_time - datetime.now(UTC)
    made.stop()
    assert timedelta(seconds=seconds - 2) < wait <= timedelta(seconds=seconds)


def test_no_night_was_missed(store: Store, post: Post) -> None:
    """A process that starts does not read everything again."""
    made = planned(store, post)
    nightly = made._scheduler.get_job("oak").next_run_time
    made.stop()
    assert nightly > datetime.now(UTC)


def test_waiting_is_neither_a_success_nor_a_failure(store: Store, post: Post) -> None:
    deliver(post, 1)
    made = planned(store, post)
    watch = made._sources[0].watches[0]
    with capture_logs() as log:
        made._recent(watch)
        assert watch.success == post.made, "it is as old as it was made"
        for _ in range(3):
            made._recent(watch)
    made.stop()
    assert (watch.success, watch.failures, log) == (post.made, 0, [])


def test_a_delivery_that_stays_away_is_told_once(store: Store, post: Post) -> None:
    deliver(post, 1)
    made = planned(store, post, timedelta(hours=1))
    watch = made._sources[0].watches[0]
    with capture_logs() as log:
        for _ in range(3):
            made._recent(watch)
        deliver(post, 1, 2)
        post.made = datetime.now(UTC)
        made._recent(watch)
    made.stop()
    assert [entry["event"] for entry in log] == ["stale", "fresh"]


def test_a_failure_is_over_when_it_waits_again(store: Store, post: Post) -> None:
    deliver(post, 1)
    made = planned(store, post)
    watch = made._sources[0].watches[0]
    made._recent(watch)
    post.error = Broken("the folder is not there", code="files.folder")
    with capture_logs() as log:
        made._recent(watch)
        made._recent(watch)
        post.error = None
        made._recent(watch)
    made.stop()
    assert [entry["event"] for entry in log] == ["failing", "ok"]
    assert watch.failures == 0


def test_what_is_old_when_it_comes_is_not_fresh(store: Store, post: Post) -> None:
    """Nor is it when it is read once more at night."""
    deliver(post, 1)
    made = planned(store, post, timedelta(hours=1))
    watch = made._sources[0].watches[0]
    with capture_logs() as log:
        for _ in range(2):
            made._recent(watch)
        deliver(post, 1, 2)
        made._recent(watch)
        made._full(made._sources[0])
        made._recent(watch)
    made.stop()
    assert [entry["event"] for entry in log] == ["stale"]


def test_a_moment_that_is_still_to_come_does_not_keep_it_fresh(store: Store, post: Post) -> None:
    post.made = datetime.now(UTC) + timedelta(days=365)
    deliver(post, 1)
    made = planned(store, post)
    watch = made._sources[0].watches[0]
    made._recent(watch)
    made.stop()
    assert watch.success is not None
    assert watch.success <= datetime.now(UTC)
