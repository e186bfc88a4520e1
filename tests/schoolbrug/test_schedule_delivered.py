"""The schedule of what a source delivers by itself: looked for often, expected seldom, and as old as it was made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from canonical.dues import EVERYTHING
from canonical.store import Store
from connectors.errors import Broken
from scheduler.sync import Target
from tests.fake_source import student
from tests.scheduler.test_delivered import Post
from tests.schoolbrug.schedules import Desk

DAY = timedelta(days=1)


@pytest.fixture
def post() -> Post:
    made = Post()
    made.made = datetime.now(UTC) - timedelta(hours=5)
    return made


def planned(store: Store, post: Post, interval: timedelta = DAY) -> Desk:
    return Desk(store, Target("oak", store.source("oak", "fake", "The Oak"), post), interval)


def deliver(post: Post, *numbers: int) -> None:
    post.deliveries.append([student(str(number)) for number in numbers])
    post.rows["students"] = post.deliveries[-1]
    post.stamp()


@pytest.mark.parametrize(("interval", "seconds"), [(DAY, 60), (timedelta(seconds=5), 5)])
def test_it_is_looked_for_every_minute(store: Store, post: Post, interval: timedelta, seconds: int) -> None:
    made = planned(store, post, interval)
    made.read("students")
    assert timedelta() < made.due("students") - datetime.now(UTC) <= timedelta(seconds=seconds)


def test_no_night_was_missed(store: Store, post: Post) -> None:
    """A process that starts does not read everything again."""
    assert planned(store, post).due(EVERYTHING) > datetime.now(UTC)


def test_waiting_is_neither_a_success_nor_a_failure(store: Store, post: Post) -> None:
    deliver(post, 1)
    made = planned(store, post)
    with capture_logs() as log:
        made.read("students")
        assert made.standing("students").fresh_at == post.made, "it is as old as it was made"
        for _ in range(3):
            made.read("students")
    found = made.standing("students")
    assert (found.fresh_at, found.failures, log) == (post.made, 0, [])


def test_a_delivery_that_stays_away_is_told_once(store: Store, post: Post) -> None:
    deliver(post, 1)
    made = planned(store, post, timedelta(hours=1))
    with capture_logs() as log:
        for _ in range(3):
            made.read("students")
        deliver(post, 1, 2)
        post.made = datetime.now(UTC)
        made.read("students")
    assert [entry["event"] for entry in log] == ["stale", "fresh"]


def test_a_failure_is_over_when_it_waits_again(store: Store, post: Post) -> None:
    deliver(post, 1)
    made = planned(store, post)
    made.read("students")
    post.error = Broken("the folder is not there", code="files.folder")
    with capture_logs() as log:
        made.read("students")
        made.read("students")
        post.error = None
        made.read("students")
    assert [entry["event"] for entry in log] == ["failing", "ok"]
    assert made.standing("students").failures == 0


def test_what_is_old_when_it_comes_is_not_fresh(store: Store, post: Post) -> None:
    """Nor is it when it is read once more at night."""
    deliver(post, 1)
    made = planned(store, post, timedelta(hours=1))
    with capture_logs() as log:
        for _ in range(2):
            made.read("students")
        deliver(post, 1, 2)
        made.read("students")
        made.night()
        made.read("students")
    assert [entry["event"] for entry in log] == ["stale"]


def test_a_moment_that_is_still_to_come_does_not_keep_it_fresh(store: Store, post: Post) -> None:
    post.made = datetime.now(UTC) + timedelta(days=365)
    deliver(post, 1)
    made = planned(store, post)
    made.read("students")
    assert made.standing("students").fresh_at <= datetime.now(UTC)
