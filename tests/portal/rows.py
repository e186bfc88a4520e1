"""What each address of the read layer is about: the rows of the access matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from portal.access import Area
from tests.portal.world import NOBODY, World

OK = {200}


class Made(NamedTuple):
    path: str
    query: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Row:
    """``area`` is what an address shows of the one student in its path; ``roles`` are the viewers it is for, where it
    is not for all; ``statuses`` are what those are answered with. ``stream``: it is not asked."""

    area: Area | None = None
    roles: frozenset[str] | None = None
    statuses: set[int] = field(default_factory=lambda: OK)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    signed_in: bool = True
    stream: bool = False

    def made(self, world: World, path: str, student: str) -> Made:
        """The request for one student."""
        id_ = NOBODY if student == "nobody" else world.ids[student]
        named = {
            "{id}": id_ if self.area is not None else world.home, "{subject}": world.subjects[student],
            "{source}": "north", "{name}": "north", "{number}": "999",
        }  # fmt: skip
        for name, value in named.items():
            path = path.replace(name, value)
        return Made(path, self.query, self.body)


MANAGERS = frozenset({"manager", "client", "wrong_scope"})
SIGNED_IN = frozenset({
    "student", "guardian", "former_guardian", "no_authority", "court_block", "blocked_by_school", "adults_parent",
    "teacher", "mentor", "team_leader", "attendance_officer", "administrator", "manager", "other_school",
})  # fmt: skip
"""Who has an account: everybody but programs."""
ADMINISTRATOR = frozenset({"administrator"})
CLASSES = frozenset({"teacher", "mentor", "team_leader", "attendance_officer"})
SPRING = {"from": "2026-01", "to": "2026-03"}
EVERYBODY = SIGNED_IN | {"client", "wrong_scope"}
REFUSED = {400, 401, 403, 404, 415}
"""Addresses for who has yet to sign in refuse what is not right, whoever sends it."""

ROWS: Mapping[tuple[str, str], Row] = {
    ("GET", "/health"): Row(signed_in=False),
    ("GET", "/v1/me"): Row(),
    ("GET", "/v1/students"): Row(),
    ("GET", "/v1/students/{id}"): Row(Area.CARD),
    ("GET", "/v1/students/{id}/absences"): Row(Area.ABSENCES),
    ("GET", "/v1/students/{id}/grades"): Row(Area.GRADES),
    ("GET", "/v1/students/{id}/grades/latest"): Row(Area.GRADES),
    ("GET", "/v1/students/{id}/subjects/{subject}"): Row(Area.GRADES),
    ("GET", "/v1/students/{id}/subjects/{subject}/calculator"): Row(Area.GRADES, query={"target": "5.5"}),
    ("GET", "/v1/students/{id}/file"): Row(Area.FILE),
    ("GET", "/v1/students/{id}/readers"): Row(Area.READERS),
    ("PUT", "/v1/students/{id}/restriction"): Row(
        Area.CARD, roles=ADMINISTRATOR, body={"restricted": False}
    ),
    ("GET", "/v1/groups"): Row(roles=CLASSES),
    ("GET", "/v1/groups/{id}/glance"): Row(roles=CLASSES, statuses={200, 404}),
    ("GET", "/v1/promptness"): Row(roles=ADMINISTRATOR | {"team_leader"}),
    ("GET", "/v1/usage"): Row(roles=ADMINISTRATOR, query=SPRING),
    ("GET", "/v1/usage/never"): Row(roles=ADMINISTRATOR),
    ("GET", "/v1/usage/summary"): Row(roles=ADMINISTRATOR | {"team_leader"}, query=SPRING),
    ("GET", "/v1/sources"): Row(roles=MANAGERS | ADMINISTRATOR),
    ("GET", "/v1/sources/{name}/runs"): Row(roles=MANAGERS),
    ("GET", "/v1/sources/{name}/dry-run"): Row(roles=MANAGERS),
    ("GET", "/v1/quarantine"): Row(roles=MANAGERS),
    ("GET", "/v1/held"): Row(roles=MANAGERS),
    ("POST", "/v1/held/{number}/decision"): Row(
        roles=frozenset({"manager"}), statuses={404}, body={"decision": "rejected"}
    ),
    ("GET", "/v1/sources/{name}/rules"): Row(roles=ADMINISTRATOR),
    # Of a version that never was: nothing is changed by asking.
    ("PUT", "/v1/sources/{name}/rules"): Row(roles=ADMINISTRATOR, statuses={409}, body={"version": 99, "rules": {}}),
    ("GET", "/v1/sources/{name}/rules/preview"): Row(
        roles=ADMINISTRATOR, query={"entered": "2026-03-02T10:00:00Z"}
    ),
    ("GET", "/v1/sources/{name}/decisions"): Row(roles=ADMINISTRATOR, statuses={404}, query={"student": NOBODY}),
    ("POST", "/v1/sources/{name}/decisions"): Row(
        roles=ADMINISTRATOR, statuses={404}, body={"student": NOBODY, "guardian": NOBODY, "decision": "none"}
    ),
    ("GET", "/v1/news"): Row(roles=EVERYBODY - {"wrong_scope"}),
    # A stream that never ends is not for a matrix: what it may show is in tests/portal/test_portal_stream.py.
    ("GET", "/v1/news/stream"): Row(stream=True),
    ("GET", "/v1/me/logins"): Row(roles=SIGNED_IN),
    ("GET", "/v1/me/consent"): Row(roles=frozenset({"student"})),
    # 15 years old: it is not the student's to decide yet.
    ("PUT", "/v1/me/consent"): Row(roles=frozenset({"student"}), statuses={403}, body={"open": True}),
    ("GET", "/v1/sessions"): Row(roles=SIGNED_IN),
    ("DELETE", "/v1/sessions/{id}"): Row(roles=SIGNED_IN, statuses={404}),
    ("PUT", "/v1/session/role"): Row(roles=SIGNED_IN, statuses={403}, body={"role": "client"}),
    ("PUT", "/v1/me/password"): Row(
        roles=SIGNED_IN, statuses={403}, body={"current": "not the password", "password": "a new one, long enough"}
    ),
    ("GET", "/v1/me/factors"): Row(roles=SIGNED_IN),
    ("DELETE", "/v1/me/factors/{id}"): Row(roles=SIGNED_IN, statuses={404}),
    ("POST", "/v1/me/factors/app"): Row(roles=SIGNED_IN, statuses={400}, body={}),
    ("POST", "/v1/me/factors/app/{id}"): Row(roles=SIGNED_IN, statuses={400, 404}, body={}),
    ("POST", "/v1/me/factors/recovery"): Row(roles=SIGNED_IN, statuses={403}, body={}),
    ("POST", "/v1/me/factors/passkey/options"): Row(roles=SIGNED_IN, body={}),
    ("POST", "/v1/me/factors/passkey"): Row(roles=SIGNED_IN, statuses={400}, body={}),
    **{
        ("POST", path): Row(signed_in=False, statuses=REFUSED, body={})
        for path in (
            "/v1/session", "/v1/session/factor", "/v1/session/passkey", "/v1/activation", "/v1/activation/code",
            "/v1/password/forgotten", "/v1/password", "/v1/token",
        )
    },
    ("POST", "/v1/session/passkey/options"): Row(signed_in=False, statuses=OK | REFUSED, body={}),
    ("DELETE", "/v1/session"): Row(signed_in=False, statuses=OK | {204, 401, 403, 404}, stream=True),
    ("GET", "/v1/oidc/{source}/start"): Row(signed_in=False, statuses={404}),
    ("GET", "/v1/oidc/{source}/callback"): Row(signed_in=False, statuses=REFUSED),
}  # fmt: skip
