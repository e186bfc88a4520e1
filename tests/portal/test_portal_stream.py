"""News as it comes, over a real server: without loss, without doubles, and no longer than the session."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select, update

from portal import newsroutes
from portal.audit import CannotRecord, Recorder
from portal.keys import ApiKey, digest
from portal.tables import AUDIT, SESSION
from tests.portal.browser import served
from tests.portal.layer import create_app
from tests.portal.school import School
from tests.portal.telling import KEY, Case, just_now
from tests.portal.world import World


@pytest.fixture
def case(school: School) -> Case:
    return Case(school)


class Listener:
    """Who listens to a stream: its events, one at a time."""

    def __init__(self, answer: httpx.Response) -> None:
        self.lines = answer.iter_lines()
        self.comments = 0

    def next(self) -> tuple[str, Any]:
        """The id and the data of the next event."""
        id, data = "", None
        for line in self.lines:
            if line.startswith(":"):
                self.comments += 1
            elif line.startswith("id: "):
                id = line.removeprefix("id: ")
            elif line.startswith("data: "):
                data = json.loads(line.removeprefix("data: "))
            elif not line and data is not None:
                return id, data
        raise EOFError


@dataclass
class Stream:
    address: str

    def listen(self, last: str | None = None, after: str | None = None, **headers: str) -> Any:
        told = {"Authorization": f"Bearer {KEY}"} | headers | ({"Last-Event-ID": last} if last else {})
        asked = {"after": after} if after else None
        return httpx.stream("GET", f"{self.address}/v1/news/stream", params=asked, headers=told, timeout=20)


@pytest.fixture
def stream(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stream]:
    monkeypatch.setattr(newsroutes, "LOOK_EVERY", 0.05)
    app = create_app(engine, [ApiKey("all", digest(KEY))])
    with served(app) as address:
        yield Stream(address)


def written(case: Case) -> None:
    """What a sync does to the row of its entity with every batch."""
    with case.school._writing() as connection:
        table = newsroutes.STATE
        connection.execute(update(table).values(lease_until=table.c.lease_until + 1))


def test_a_stream_tells_what_comes_and_goes_on_where_it_was(case: Case, stream: Stream) -> None:
    case.grade(just_now(30))
    with stream.listen() as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        listener = Listener(answer)
        start, first = listener.next()
        # Silent at first, and not a word of what was there.
        assert first["items"] == []
        late = case.seen(just_now(), "late", day=just_now().date())
        written(case)
        last, told = listener.next()
        assert [item["id"] for item in told["items"]] == [late]
        assert "6,4" not in json.dumps(told)
    # Committed while nobody listened; one bears a moment from before what was told last.
    missed = [case.seen(just_now(20), "removed", day=just_now().date()), case.seen(just_now(), "absent",
              day=just_now().date())]  # fmt: skip
    written(case)
    with stream.listen(last) as answer:
        _, told = Listener(answer).next()
        assert [item["id"] for item in told["items"]] == missed
    with stream.listen(start) as answer:
        _, told = Listener(answer).next()
        assert {item["id"] for item in told["items"]} == {late, *missed}
    # A browser that comes back asks at the same address, with the last event in a header.
    for places in ({"after": last}, {"after": start, "last": last}):
        with stream.listen(**places) as answer:
            assert [item["id"] for item in Listener(answer).next()[1]["items"]] == missed
    with case.engine.connect() as connection:
        on_file = connection.execute(select(AUDIT.c.student_id).where(AUDIT.c.area == "absences")).all()
    assert len(on_file) == 1 + 2 + 3 + 2 + 2


def test_a_stream_ends_with_the_session(case: Case, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newsroutes, "JUDGE_EVERY", 0.2)
    world = World(case.engine)
    headers = dict(world.headers("student"))
    with stream.listen(**headers, Authorization="") as answer:
        listener = Listener(answer)
        listener.next()
        with case.school._writing() as connection:
            connection.execute(update(SESSION).values(revoked_at=just_now()))
        with pytest.raises(EOFError):
            listener.next()


def test_streams_look_together(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """One look for all of them while nothing is written."""
    looks = []
    watch = newsroutes.Watch(case.engine)
    monkeypatch.setattr(watch, "_look", lambda: looks.append(1) or {case.source: {(1,)}, 999: {(2,)}, None: {(3,)}})

    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*(watch.stamps({case.source}) for _ in range(50)))

    found = asyncio.run(all_of_them())
    assert len(looks) == 1
    assert found == [{case.source: {(1,)}, None: {(3,)}}] * 50


def test_what_cannot_be_put_on_file_is_not_told(
    case: Case, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stream.listen() as answer:
        listener = Listener(answer)
        last, _ = listener.next()

        async def refused(_self: Any, events: list[Any]) -> None:
            if events:
                raise CannotRecord

        monkeypatch.setattr(Recorder, "recorded", refused)
        case.seen(just_now(), "late", day=just_now().date())
        written(case)
        with pytest.raises(EOFError):
            listener.next()
    monkeypatch.undo()
    with stream.listen(last) as answer:
        assert len(Listener(answer).next()[1]["items"]) == 1
