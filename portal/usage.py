"""Who signs in, how often: interactive sign-ins alone, by calendar month at school (R69).

The administrator sees the accounts of the own sources; everybody sees the own sign-ins; team leaders see numbers, and
those only where ten or more accounts are behind them. A sign-in is the account's, whatever role is chosen after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal

from pydantic import AwareDatetime, Field
from sqlalchemy import ColumnElement, Connection, Text, and_, exists, func, or_, select, type_coerce

from canonical.columns import iso
from canonical.tables import SOURCE, TABLES
from portal.access import Role, Viewer
from portal.clock import SCHOOL_TIME, local_day
from portal.models import Model, Name, examples
from portal.reading import AnyRow, living
from portal.tables import ACCOUNT, ACCOUNT_ROLE, INVITATION, LOGIN

FEWEST = 10
"""Numbers that rest on fewer accounts are not given (R69)."""
MOST_MONTHS = 24

_PERSONS = {Role.STUDENT: "student", Role.GUARDIAN: "guardian"}
"""The table of an account's person; everybody else is a member of staff."""

Month = str
"""``2026-03``."""

_ACCOUNT = "01997b5e-6c00-7000-8000-00000000000a"
_PERSON = "01997b5e-6c00-7000-8000-00000000000b"
_NAME = {"first_name": None, "initials": "M.", "prefix": None, "last_name": "Voorbeeld"}
_WHO = {"role": "guardian", "source": "lyceum", "person_id": _PERSON, "name": _NAME}


class Holder(Model):
    """Whom an account or invitation is of. ``name`` is null where the source no longer holds the person."""

    role: Role
    source: str
    person_id: str | None
    name: Name | None


class AccountUse(Model):
    """One account's sign-ins. ``holders`` are whom it is of in the caller's sources."""

    account_id: str
    holders: list[Holder]
    months: dict[Month, int] = Field(description="Every month that was asked for; 0 is none.")
    total: int


class Use(Model):
    """A page of accounts, in the order of their ids."""

    model_config = examples({
        "months": ["2026-02", "2026-03"], "next_cursor": None,
        "accounts": [{
            "account_id": _ACCOUNT, "holders": [_WHO], "months": {"2026-02": 0, "2026-03": 184}, "total": 184,
        }],
    })  # fmt: skip
    months: list[Month]
    accounts: list[AccountUse]
    next_cursor: str | None


class Never(Model):
    """An account that nobody ever signed in with, or an invitation of which no account came."""

    what: Literal["account", "invitation"]
    since: AwareDatetime
    holder: Holder


class NeverUsed(Model):
    """Accounts and invitations that were never used, the oldest first."""

    model_config = examples({
        "never": [{"what": "invitation", "since": "2026-01-12T09:00:00Z", "holder": _WHO}], "next_cursor": None,
    })  # fmt: skip
    never: list[Never]
    next_cursor: str | None


class RoleMonth(Model):
    """A role's sign-ins of a month; null where fewer than ten accounts are behind it."""

    month: Month
    source: str
    role: Role
    accounts: int | None = Field(description="Accounts that signed in; null: fewer than ten.")
    logins: int | None


class UseSummary(Model):
    """Numbers alone."""

    model_config = examples({
        "months": [
            {"month": "2026-03", "source": "lyceum", "role": "guardian", "accounts": 412, "logins": 3127},
            {"month": "2026-03", "source": "lyceum", "role": "staff", "accounts": None, "logins": None},
        ],
    })  # fmt: skip
    months: list[RoleMonth]


class OwnUse(Model):
    """The caller's own sign-ins, whatever the role."""

    model_config = examples({"months": {"2026-02": 0, "2026-03": 12}})
    months: dict[Month, int]


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters that were made for a source in a month (None: ever), and how they stand now. No person is told."""

    month: Month | None
    source: str
    made: int
    used: int
    replaced: int
    """By a newer letter to the same guardian, before they were used."""
    expired: int

    @property
    def waiting(self) -> int:
        """Those that can still be used."""
        return self.made - self.used - self.replaced - self.expired


def months(first: Month, last: Month) -> list[Month]:
    """The months from ``first`` to ``last``, both inclusive; none when they are the wrong way round."""
    begin, end = _number(first), _number(last)
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(begin, end + 1)]


def month_of(day: date) -> Month:
    return f"{day.year:04}-{day.month:02}"


def _number(month: Month) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _begins(month: int) -> datetime:
    """When a month begins: at midnight at school, in UTC."""
    return datetime.combine(date(month // 12, month % 12 + 1, 1), time(), SCHOOL_TIME).astimezone(UTC)


def use(
    connection: Connection, viewer: Viewer, asked: Sequence[Month], *, after: str | None, limit: int
) -> Use:
    """The next ``limit`` accounts after the id ``after``, of the viewer's sources. A query a month and six at most."""
    statement = (
        select(ACCOUNT_ROLE.c.account_id).where(_touched(viewer)).distinct().order_by(ACCOUNT_ROLE.c.account_id)
    )
    if after is not None:
        statement = statement.where(ACCOUNT_ROLE.c.account_id > after)
    ids = list(connection.execute(statement.limit(limit + 1)).scalars())
    page = ids[:limit]
    held: dict[str, list[AnyRow]] = defaultdict(list)
    rows = connection.execute(
        select(ACCOUNT_ROLE).where(_touched(viewer), ACCOUNT_ROLE.c.account_id.in_(page)).order_by(ACCOUNT_ROLE.c.id)
    ).all()
    for row in rows:
        held[row.account_id].append(row)
    holders = _holders(connection, rows)
    counted = {month: _counted(connection, month, page) for month in asked}
    return Use(
        months=list(asked),
        accounts=[
            AccountUse(
                account_id=account, holders=[holders[row.id] for row in held[account]],
                months={month: counted[month].get(account, 0) for month in asked},
                total=sum(counted[month].get(account, 0) for month in asked),
            )
            for account in page
        ],
        next_cursor=page[-1] if len(ids) > limit else None,
    )  # fmt: skip


def _counted(connection: Connection, month: Month, accounts: Collection[str] | None) -> Mapping[str, int]:
    """Sign-ins in a month by account, of ``accounts`` or all that may be seen; those without any are left out."""
    n = _number(month)
    statement = (
        select(LOGIN.c.account_id, func.count().label("times"))
        .where(_since(connection, _begins(n)), ~_since(connection, _begins(n + 1)))
        .group_by(LOGIN.c.account_id)
    )
    if accounts is not None:
        statement = statement.where(LOGIN.c.account_id.in_(accounts))
    return {row.account_id: row.times for row in connection.execute(statement)}


def _since(connection: Connection, moment: datetime) -> ColumnElement[bool]:
    """The condition that a sign-in was at ``moment``, which is a whole second, or later."""
    if connection.dialect.name != "sqlite":
        return LOGIN.c.at >= moment
    # Moments are text there, in which a fraction comes before the Z of a whole second.
    return type_coerce(LOGIN.c.at, Text) >= iso(moment).removesuffix("Z")


def never(
    connection: Connection, viewer: Viewer, today: date, *, after: tuple[str, str] | None, limit: int
) -> tuple[list[Never], tuple[str, str] | None]:
    """Accounts of the viewer's sources that were never signed in with, and invitations that came to nothing.

    The next ``limit`` after a place, and the place of the next page. A role that is over is left out, and so is a
    closed account: nobody is waited for.
    """
    accounts = connection.execute(
        select(ACCOUNT_ROLE, ACCOUNT.c.created_at.label("since"))
        .join(ACCOUNT, ACCOUNT.c.id == ACCOUNT_ROLE.c.account_id)
        .where(
            _touched(viewer), ACCOUNT.c.state == "active",
            or_(ACCOUNT_ROLE.c.ends.is_(None), ACCOUNT_ROLE.c.ends >= today),
            ~exists().where(LOGIN.c.account_id == ACCOUNT_ROLE.c.account_id),
        )
        .order_by(ACCOUNT_ROLE.c.id)
    )  # fmt: skip
    once = {(row.account_id, row.source_id, row.role): row for row in accounts}
    rows: list[tuple[str, str, AnyRow]] = [(iso(row.since), row.id, row) for row in once.values()]
    rows += [(iso(row.since), row.id, row) for row in _open_invitations(connection, viewer)]
    rest = sorted((since, id_) for since, id_, _ in rows if after is None or (since, id_) > after)
    page = set(rest[:limit])
    shown = sorted((row for row in rows if row[:2] in page), key=lambda row: row[:2])
    holders = _holders(connection, [row for _, _, row in shown])
    found = [
        Never(what="account" if "account_id" in row._mapping else "invitation", since=row.since, holder=holders[id_])
        for _, id_, row in shown
    ]
    return found, rest[limit - 1] if len(rest) > limit else None


def _open_invitations(connection: Connection, viewer: Viewer) -> Sequence[AnyRow]:
    """The newest invitation of each person who has no account in that role."""
    has_account = exists().where(
        ACCOUNT_ROLE.c.person_id == INVITATION.c.person_id, ACCOUNT_ROLE.c.source_id == INVITATION.c.source_id,
        ACCOUNT_ROLE.c.role == INVITATION.c.role,
    )  # fmt: skip
    rows = connection.execute(
        select(INVITATION.c.id, INVITATION.c.source_id, INVITATION.c.person_id, INVITATION.c.role,
               INVITATION.c.made_at.label("since"))
        .where(
            INVITATION.c.withdrawn_at.is_(None), INVITATION.c.account_id.is_(None), ~has_account,
            INVITATION.c.source_id.in_(sorted(viewer.sources or ())),
        )
        .order_by(INVITATION.c.made_at, INVITATION.c.id)
    )  # fmt: skip
    return list({(row.source_id, row.person_id, row.role): row for row in rows}.values())


def letters(connection: Connection, viewer: Viewer, asked: Sequence[Month], at: datetime) -> list[Letters]:
    """By source of the viewer: of each month, and last of all time. Two queries."""
    columns = (INVITATION.c.source_id, INVITATION.c.made_at, INVITATION.c.used_at, INVITATION.c.withdrawn_at,
               INVITATION.c.expires_at)  # fmt: skip
    found: dict[tuple[int, Month | None], list[AnyRow]] = defaultdict(list)
    for row in connection.execute(select(*columns).where(INVITATION.c.source_id.in_(sorted(viewer.sources or ())))):
        for month in (month_of(local_day(row.made_at)), None):
            found[row.source_id, month].append(row)
    named = _source_names(connection)
    return [
        _letters(month, named[source], found[source, month], at)
        for source in sorted(viewer.sources or ()) for month in (*asked, None)
    ]  # fmt: skip


def _letters(month: Month | None, source: str, rows: Sequence[AnyRow], at: datetime) -> Letters:
    unused = [row for row in rows if row.used_at is None]
    left = [row for row in unused if row.withdrawn_at is None]
    return Letters(
        month, source, len(rows), len(rows) - len(unused), len(unused) - len(left),
        sum(row.expires_at <= at for row in left),
    )  # fmt: skip


def summary(connection: Connection, viewer: Viewer, asked: Sequence[Month]) -> UseSummary:
    """How many accounts signed in and how often, by month, source and role. Nothing of fewer than ten accounts."""
    held: dict[tuple[int, str], set[str]] = defaultdict(set)
    for row in connection.execute(select(ACCOUNT_ROLE).where(_touched(viewer))):
        held[row.source_id, row.role].add(row.account_id)
    named = _source_names(connection)
    found = []
    for month in asked:
        counted = _counted(connection, month, None)
        for (source, role), accounts in sorted(held.items()):
            times = [counted[account] for account in accounts & counted.keys()]
            enough = len(times) >= FEWEST
            found.append(RoleMonth(
                month=month, source=named[source], role=role, accounts=len(times) if enough else None,
                logins=sum(times) if enough else None,
            ))  # fmt: skip
    return UseSummary(months=found)


def own(connection: Connection, viewer: Viewer, asked: Sequence[Month]) -> OwnUse:
    """The viewer's own sign-ins."""
    mine = [] if viewer.account is None else [viewer.account]
    return OwnUse(months={month: sum(_counted(connection, month, mine).values()) for month in asked})


def _touched(viewer: Viewer) -> Any:
    return ACCOUNT_ROLE.c.source_id.in_(sorted(viewer.sources or ()))


def _source_names(connection: Connection) -> dict[int, str]:
    return {row.id: row.name for row in connection.execute(select(SOURCE.c.id, SOURCE.c.name))}


def _holders(connection: Connection, rows: Iterable[AnyRow]) -> dict[str, Holder]:
    """Whom each of these rows, which have a role and a person, is of. Four queries at most."""
    rows, named = list(rows), _source_names(connection)
    wanted: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.person_id is not None:
            wanted[_PERSONS.get(Role(row.role), "staff")].add(row.person_id)
    names: dict[tuple[str, str, int], Name] = {}
    for kind, ids in wanted.items():
        table = TABLES[kind]
        columns = table.c.id, table.c.source_id, table.c.first_name, table.c.initials, table.c.prefix, table.c.last_name
        for person in connection.execute(select(*columns).where(and_(table.c.id.in_(ids), living(table)))):
            names[kind, person.id, person.source_id] = Name(
                first_name=person.first_name, initials=person.initials, prefix=person.prefix,
                last_name=person.last_name,
            )  # fmt: skip
    return {
        row.id: Holder(
            role=row.role, source=named[row.source_id], person_id=row.person_id,
            name=names.get((_PERSONS.get(Role(row.role), "staff"), row.person_id or "", row.source_id)),
        )
        for row in rows
    }  # fmt: skip
