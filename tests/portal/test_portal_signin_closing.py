"""What the school does with an account, by the rights that the database gives for it."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, insert, select
from uuid_utils import uuid7

from canonical.errors import UserError
from portal.access import Role, Viewer
from portal.clock import now
from portal.reading import reading, writing
from portal.signin import granting, passwords, sessions
from portal.tables import ACCOUNT, FACTOR
from tests.portal.guardians import QUICK, Portal, sign_in
from tests.portal.school import School


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", QUICK)


def test_close_reopen_and_reset(engine: Engine) -> None:
    school = School(engine)
    north = school.source("north")
    portal = Portal(engine)
    staff = school.put("staff", north, gone=True, code="jan", last_name="Jansen")
    account = portal.account(roles=[(Role.STAFF, north, staff)])
    with reading(engine, Viewer(Role.ADMINISTRATOR, "command", frozenset({north}))) as connection:
        assert granting.staff_id(connection, north, "jan", gone=True) == staff
        with pytest.raises(UserError, match="no member of staff"):
            granting.staff_id(connection, north, "jan")
    with writing(engine) as connection:
        assert granting.account_numbered(connection, north, account) == account
        connection.execute(insert(FACTOR).values(
            id=str(uuid7()), account_id=account, kind="totp", secret=b"sealed", confirmed_at=now(), created_at=now(),
        ))  # fmt: skip
        token = sessions.begin(connection, account, Role.STAFF, "password", None, now())
    with writing(engine) as connection:
        granting.reset(connection, account, now())
        assert sessions.session_of(connection, token, now()) is None
        assert connection.execute(select(FACTOR)).all() == []
    assert sign_in(portal).status_code == 200
    with writing(engine) as connection:
        granting.close(connection, account, now())
    assert sign_in(portal).status_code == 401
    with writing(engine) as connection:
        granting.reopen(connection, account, now())
        assert connection.execute(select(ACCOUNT.c.state)).scalars().all() == ["active"]
    assert sign_in(portal).status_code == 200
