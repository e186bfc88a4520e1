"""Everything that is held about one student, as one document to take along (R64): AVG art. 15 and 20.

Nothing of other people is in it: of guardians only the reader's own tie, and for the school's office who they are; no
member of staff; contact data of nobody else, and where an address is secret not even the own (R61). Nor are results
that are not published yet. While the school has closed a part of it for this reader, all of it is (``portal.rules``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from pydantic import AwareDatetime, Field
from sqlalchemy import Connection, and_, select

from canonical.columns import iso
from canonical.content import read_back
from canonical.erasure import OF_STUDENT
from canonical.records import references
from canonical.tables import CHANGE, TABLES
from portal import readers
from portal.access import Role, Viewer
from portal.freshness import DataClass
from portal.looking import Seen
from portal.models import Meta, Model, examples, meta_example
from portal.readers import Reader
from portal.reading import AnyRow, become, living, open_file
from portal.results import results
from portal.sources import meta, states
from portal.tables import ACCOUNT, ACCOUNT_ROLE, CONSENT, DECISION, LOGIN, RESTRICTION, SESSION

Plain = dict[str, Any]
"""Fields of one row as JSON has them."""

ABOUT = (
    DataClass.STUDENTS, DataClass.ENROLMENTS, DataClass.GROUPS, DataClass.SUBJECTS, DataClass.GRADES,
    DataClass.OBSERVATIONS, DataClass.NOTICES, DataClass.REMARKS,
)  # fmt: skip

_PERSONS = ("student", "guardian", "staff")
_CONTACT = ("email", "phone")
_REASON = ("reason_id", "reason_code")
_PAGE = 5_000


class File(Model):
    """All that is held about one student and may be taken along by this reader."""

    model_config = examples({
        "meta": meta_example(*ABOUT), "id": "01997b5e-6c00-7000-8000-000000000001", "made_at": "2026-03-02T10:00:00Z",
        "records": {"student": [{
            "id": "01997b5e-6c00-7000-8000-000000000001", "version": 1, "changed_at": "2026-03-02T09:42:00Z",
            "tombstoned_at": None, "local_id": "120045", "last_name": "Voorbeeld",
        }]},
        "referred": {}, "changes": [], "guardians": [], "consents": [], "decisions": [], "restrictions": [],
        "accounts": [], "readers": [],
    })  # fmt: skip
    meta: Meta
    id: str
    made_at: AwareDatetime
    records: dict[str, list[Plain]] = Field(description="By kind; with what was deleted (`tombstoned_at`).")
    referred: dict[str, list[Plain]] = Field(description="What the records refer to by id: subjects, groups, lessons.")
    changes: list[Plain] = Field(description="The change log of the records, oldest first.")
    guardians: list[Plain] = Field(description="The reader's own tie; for the school's office everybody's, no contact"
                                   " data.")  # fmt: skip
    consents: list[Plain]
    decisions: list[Plain]
    restrictions: list[Plain]
    accounts: list[Plain] = Field(description="The student's own account with the portal and its sign-ins.")
    readers: list[Reader]


@dataclass(frozen=True, slots=True)
class _Terms:
    """What of the file this reader may have. ``versions``: of each result the last one that is published; None: all."""

    contact: bool
    unseen_reasons: frozenset[str]
    versions: Mapping[str, int] | None
    horizon: datetime | None


def file(connection: Connection, seen: Seen, at: datetime) -> File:
    """The file of a student who was looked at for ``Area.FILE``."""
    terms = _terms(connection, seen)
    open_file(connection, seen.row.id)
    rows = {kind: _rows(connection, kind, seen) for kind in OF_STUDENT if kind != "guardianship"}
    log = _log(connection, seen, [seen.row.id, *(row.id for every in rows.values() for row in every)], terms)
    records = {"student": [_record("student", seen.row, terms)]}
    records |= {kind: _shown(kind, rows[kind], log, terms) for kind in rows}
    source = [source for source in states(connection, seen.viewer) if source.id == seen.row.source_id]
    return File(
        meta=meta(source, *ABOUT), id=seen.row.id, made_at=at, records=records,
        referred=_referred(connection, seen.row.source_id, records), changes=log,
        guardians=_guardians(connection, seen),
        consents=_plain(connection, select(CONSENT.c.open, CONSENT.c.at).where(CONSENT.c.student_id == seen.row.id)
                        .order_by(CONSENT.c.id)),
        decisions=_decisions(connection, seen),
        restrictions=_plain(connection, select(RESTRICTION.c.since, RESTRICTION.c.ended_at)
                            .where(RESTRICTION.c.student_id == seen.row.id).order_by(RESTRICTION.c.id)),
        accounts=_accounts(connection, seen), readers=readers.every(connection, seen),
    )  # fmt: skip


def _terms(connection: Connection, seen: Seen) -> _Terms:
    reason = TABLES["absence_reason"]
    unseen: Iterable[str] = ()
    if seen.viewer.role is Role.GUARDIAN:
        unseen = connection.execute(
            select(reason.c.id).where(
                reason.c.source_id == seen.row.source_id, reason.c.visible_to_guardians.is_(False)
            )
        ).scalars()
    versions = None
    if seen.horizon is not None:
        published = results(connection, [seen])[seen.row.id]
        versions = {result.id: result.version for result in published if result.id is not None}
    return _Terms(not _is_secret(connection, seen), frozenset(unseen), versions, seen.horizon)


_GUARDIAN, _TIE = TABLES["guardian"], TABLES["guardianship"]
_TIED = _TIE.join(_GUARDIAN, and_(_GUARDIAN.c.id == _TIE.c.guardian_id, _GUARDIAN.c.source_id == _TIE.c.source_id))


def _is_secret(connection: Connection, seen: Seen) -> bool:
    """Whether the address of anybody at home is secret: the school's office knows, hardly any reader does."""
    become(connection, Viewer(Role.ADMINISTRATOR, "file", frozenset({seen.row.source_id})))
    found = connection.execute(
        select(_TIE.c.id).select_from(_TIED).where(
            _TIE.c.student_id == seen.row.id, _TIE.c.source_id == seen.row.source_id, _GUARDIAN.c.secret.is_(True)
        )
    ).first()  # fmt: skip
    become(connection, seen.viewer)
    return found is not None


def _rows(connection: Connection, kind: str, seen: Seen) -> list[AnyRow]:
    table = TABLES[kind]
    mine = and_(table.c.student_id == seen.row.id, table.c.source_id == seen.row.source_id)
    return list(connection.execute(select(table).where(mine).order_by(table.c.id)))


def _shown(kind: str, rows: Iterable[AnyRow], log: Iterable[Plain], terms: _Terms) -> list[Plain]:
    """The rows as this reader may have them: a result that was changed since is as it is published."""
    if kind != "grade" or terms.versions is None:
        return [_record(kind, row, terms) for row in rows]
    states = {(state["id"], state["version"]): state for state in log}
    found = []
    for row in rows:
        version = _last(row, terms)
        if version == row.version:
            found.append(_record(kind, row, terms))
        elif (state := states.get((row.id, version))) is not None and state["after"] is not None:
            found.append({"id": row.id, "version": version, "changed_at": state["at"], "tombstoned_at": None,
                          **state["after"]})  # fmt: skip
    return found


def _last(row: AnyRow, terms: _Terms) -> int | None:
    """The last version of a result that is published for this reader; None: there is none."""
    assert terms.versions is not None
    assert terms.horizon is not None
    if row.tombstoned_at is None:
        return terms.versions.get(row.id)
    moments = [row.tombstoned_at, row.changed_at, *([row.entered_at] if row.entered_at else [])]
    return row.version if max(moments) <= terms.horizon else None


def _record(kind: str, row: AnyRow, terms: _Terms) -> Plain:
    fields = _fields(kind, read_back(kind, dict(row._mapping)), terms)
    gone = None if row.tombstoned_at is None else iso(row.tombstoned_at)
    return {"id": row.id, "version": row.version, "changed_at": iso(row.changed_at), "tombstoned_at": gone, **fields}


def _fields(kind: str, fields: Plain, terms: _Terms) -> Plain:
    """Without what this reader may not have."""
    hidden: set[str] = set()
    if kind == "student" and not terms.contact:
        hidden.update(_CONTACT)
    if fields.get("reason_id") in terms.unseen_reasons:
        hidden.update(_REASON)
    return {name: value for name, value in fields.items() if name not in hidden}


def _log(connection: Connection, seen: Seen, ids: Collection[str], terms: _Terms) -> list[Plain]:
    """The change log of these records, as far as they are shown."""
    every = sorted(ids)
    found: list[AnyRow] = []
    for start in range(0, len(every), _PAGE):
        found += connection.execute(
            select(CHANGE).where(
                CHANGE.c.id.in_(every[start : start + _PAGE]), CHANGE.c.source_id == seen.row.source_id,
                CHANGE.c.kind.in_([kind for kind in ("student", *OF_STUDENT) if kind != "guardianship"]),
            )
        )  # fmt: skip
    return [
        {"kind": row.kind, "id": row.id, "version": row.version, "action": row.action, "at": iso(row.at),
         "before": _state(row.kind, row.before, terms), "after": _state(row.kind, row.after, terms)}
        for row in sorted(found, key=lambda row: row.seq) if _is_out(row, terms)
    ]  # fmt: skip


def _is_out(row: AnyRow, terms: _Terms) -> bool:
    """Whether a state is no later than what is published."""
    if row.kind != "grade" or terms.versions is None:
        return True
    if row.id in terms.versions:
        return bool(row.version <= terms.versions[row.id])
    return False


def _state(kind: str, content: str | None, terms: _Terms) -> Plain | None:
    return None if content is None else _fields(kind, orjson.loads(content), terms)


def _referred(
    connection: Connection, source_id: int, records: Mapping[str, Iterable[Plain]]
) -> dict[str, list[Plain]]:
    """What records refer to, and what that refers to; no person."""
    found: dict[str, dict[str, Plain]] = defaultdict(dict)
    level = records
    while wanted := _wanted(level, found):
        level = {}
        for kind, ids in wanted.items():
            table = TABLES[kind]
            rows = connection.execute(
                select(table).where(table.c.id.in_(sorted(ids)), table.c.source_id == source_id, living(table))
            )
            here = {row["id"]: _without_persons(kind, dict(row)) for row in rows.mappings()}
            found[kind].update({id_: {} for id_ in ids} | here)
            level[kind] = list(here.values())
    return {kind: [fields for _, fields in sorted(every.items()) if fields] for kind, every in sorted(found.items())}


def _wanted(
    level: Mapping[str, Iterable[Plain]], found: Mapping[str, Mapping[str, Plain]]
) -> dict[str, set[str]]:
    wanted: dict[str, set[str]] = defaultdict(set)
    for kind, rows in level.items():
        for name, target in references(kind).items():
            if target not in _PERSONS:
                ids = {row[f"{name}_id"] for row in rows if row.get(f"{name}_id")}
                wanted[target] |= ids - found.get(target, {}).keys()
    return {kind: ids for kind, ids in wanted.items() if ids}


def _without_persons(kind: str, row: Plain) -> Plain:
    persons = {f"{name}_id" for name, target in references(kind).items() if target in _PERSONS}
    fields = {name: value for name, value in read_back(kind, row).items() if name not in persons}
    return {"id": row["id"], **fields}


_WHO = ("title", "first_name", "initials", "prefix", "last_name", "email", "phone", "secret")


def _guardians(connection: Connection, seen: Seen) -> list[Plain]:
    """The reader's own tie, with the own contact data unless that is secret; for the office who they are."""
    office = seen.viewer.role is Role.ADMINISTRATOR
    own = seen.viewer.persons.get(seen.row.source_id, frozenset()) if seen.viewer.role is Role.GUARDIAN else frozenset()
    if not office and not own:
        return []
    rows = connection.execute(
        select(
            _TIE.c.relation, _TIE.c.relation_text, _TIE.c.legal_authority, _TIE.c.order, _TIE.c.receives_mail,
            _TIE.c.tombstoned_at, *(_GUARDIAN.c[name] for name in _WHO),
        )
        .select_from(_TIED)
        .where(
            _TIE.c.student_id == seen.row.id, _TIE.c.source_id == seen.row.source_id,
            *([] if office else [_TIE.c.guardian_id.in_(sorted(own))]),
        )
        .order_by(_TIE.c.order, _TIE.c.id)
    )  # fmt: skip
    return [
        _json({name: value for name, value in row.items()
               if name != "secret" and not (name in _CONTACT and (office or row["secret"]))})
        for row in rows.mappings()
    ]  # fmt: skip


def _decisions(connection: Connection, seen: Seen) -> list[Plain]:
    """What the school decided about the reader; for the office about every guardian, without the grounds."""
    columns = [DECISION.c.decision, DECISION.c.granted, DECISION.c.at]
    statement = select(*columns).where(DECISION.c.student_id == seen.row.id)
    if seen.viewer.role is Role.GUARDIAN:
        own = seen.viewer.persons.get(seen.row.source_id, frozenset())
        mine = DECISION.c.guardian_id.in_(sorted(own))
        statement = select(*columns, DECISION.c.ground).where(DECISION.c.student_id == seen.row.id, mine)
    elif seen.viewer.role is not Role.ADMINISTRATOR:
        return []
    return _plain(connection, statement.order_by(DECISION.c.id))


def _accounts(connection: Connection, seen: Seen) -> list[Plain]:
    """The student's accounts: for the student and the office. No digest and no key is ever in it."""
    if seen.viewer.role not in (Role.STUDENT, Role.ADMINISTRATOR):
        return []
    mine = select(ACCOUNT_ROLE.c.account_id).where(
        ACCOUNT_ROLE.c.person_id == seen.row.id, ACCOUNT_ROLE.c.source_id == seen.row.source_id
    )
    accounts = connection.execute(
        select(ACCOUNT.c.id, ACCOUNT.c.login, ACCOUNT.c.issuer, ACCOUNT.c.subject, ACCOUNT.c.state,
               ACCOUNT.c.created_at, ACCOUNT.c.language).where(ACCOUNT.c.id.in_(mine)).order_by(ACCOUNT.c.id)
    ).mappings().all()  # fmt: skip
    return [
        _json(account) | {
            "logins": _plain(connection, select(LOGIN.c.role, LOGIN.c.way, LOGIN.c.at)
                             .where(LOGIN.c.account_id == account["id"]).order_by(LOGIN.c.id)),
            "sessions": _plain(connection, select(SESSION.c.way, SESSION.c.agent, SESSION.c.created_at,
                                                  SESSION.c.seen_at, SESSION.c.ends_at, SESSION.c.revoked_at)
                               .where(SESSION.c.account_id == account["id"]).order_by(SESSION.c.created_at)),
        }
        for account in accounts
    ]  # fmt: skip


def _plain(connection: Connection, statement: Any) -> list[Plain]:
    return [_json(row) for row in connection.execute(statement).mappings()]


def _json(row: Any) -> Plain:
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in row.items()}
