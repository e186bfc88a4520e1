"""Pictures of every page, as the demo's people see it: by day and by night, on a phone and on a desk.

    python -m tests.portal.pages.screens [FOLDER]

puts them into ``docs/screens``. It is always the same moment, and the same people.
"""

from __future__ import annotations

import io
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page
from sqlalchemy import Connection, insert, select
from uuid_utils import uuid7

from canonical.tables import TABLES
from portal.access import Role
from portal.pages.page import SIGN_IN
from portal.signin import sessions
from portal.tables import ACCOUNT, ACCOUNT_ROLE, LOGIN
from schoolbrug.signins import PASSWORD, SignIn
from simulator.dice import Dice
from simulator.edits import give_notice
from tests.portal.browser import browser, served
from tests.portal.pages.playing import Part, World, account_of, number_of_child
from tests.portal.pages.stage import LAST, Stage, at_school, note, stage
from tests.portal.pages.walking import DRAWN, filled, is_page, paths

FOLDER = Path(__file__).parents[3] / "docs" / "screens"
SIZES = {"phone": (390, 844), "desk": (1280, 900)}
THEMES = ("light", "dark")
STUDENTS = 60
COLOURS = 128
"""A page has few: with no more of them a picture is a third as large."""
NAMES = {"/": "front", "/classes/{id}": "class"}
"""What pictures are called that are not called as their page is."""
OWN = {"/account": "leerling"}
"""Whose page it is that is shown, where it is not the first one's who has it."""


def name_of(path: str) -> str:
    last = [part for part in path.split("/") if part and not part.startswith("{")][-1:]
    return NAMES.get(path) or (last[0].removesuffix("s") if path.endswith("}") else last[0])


def prepare(made: Stage) -> None:
    """A child has just been sent out; the mother was here yesterday evening, and what came since then is new to her."""
    child, friday = number_of_child(made.engine), LAST - timedelta(days=4)
    give_notice(made.schools[0], child, "ZK", friday.replace(hour=8), friday.replace(hour=17))
    note(made.schools[0], child)
    made.sync("absences")
    with made.engine.execution_options(writes=True).begin() as connection:
        evening = at_school(LAST.replace(hour=21)) - timedelta(days=1)
        sessions.begin(connection, account_of(connection, "moeder"), Role.GUARDIAN, "password", None, evening)
        for role, kind in ((Role.GUARDIAN, "guardian"), (Role.STUDENT, "student")):
            _come(connection, role, kind)


def _come(connection: Connection, role: Role, kind: str) -> None:
    """Half of them have accounts, and come here since September, more of them every month."""
    table, dice = TABLES[kind], Dice(len(kind))
    people = connection.execute(select(table.c.source_id, table.c.id).order_by(table.c.id)).all()
    for number, person in enumerate(people[::2]):
        account, since = str(uuid7()), datetime(2026, 9, 1, 7, tzinfo=UTC) + timedelta(days=dice.below(80))
        values = {"account_id": account, "role": role.value}
        connection.execute(insert(ACCOUNT).values(
            id=account, login=f"{kind} {number}", state="active", created_at=since, language="nl"
        ))  # fmt: skip
        connection.execute(insert(ACCOUNT_ROLE).values(
            id=str(uuid7()), source_id=person.source_id, person_id=person.id, granted_by="letter", granted_at=since,
            **values,
        ))  # fmt: skip
        days = [since + timedelta(days=day) for day in range(85) if dice.chance(0.15)]
        logins = [{**values, "way": "password", "at": day} for day in days if day < at_school(LAST)]
        if logins:
            connection.execute(insert(LOGIN), logins)


def sign_in(page: Page, world: World, who: SignIn) -> None:
    page.goto(world.address + SIGN_IN)
    page.fill("#login", who.login)
    page.fill("#password", PASSWORD)
    page.click("form[action='/signin'] button")
    if who.second is not None:
        page.check("input[value=recovery]")
        page.fill("#code", who.second.codes[0])
        page.click("form button.main")
    page.wait_for_url(lambda url: SIGN_IN not in url)


def take(page: Page, folder: Path, name: str) -> None:
    """The page that is open, in every size and theme."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.evaluate(DRAWN)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            picture = picture.quantize(COLOURS, dither=Image.Dither.NONE)
            picture.save(folder / f"{name}-{size}-{theme}.png", optimize=True)


def take_all(chromium: Browser, world: World, folder: Path) -> None:
    left = paths()
    for part in (Part(""), *(Part(login) for login in world.people)):
        context = chromium.new_context(locale="nl-NL", reduced_motion="reduce")
        page = context.new_page()
        if part.login:
            sign_in(page, world, world.people[part.login])
        places = world.places(part)
        for path in sorted(left):
            address = world.address + filled(path, places)
            if OWN.get(path, part.login) == part.login and is_page(context, address):
                left.remove(path)
                page.goto(address)
                take(page, folder, name_of(path))
        context.close()


def main(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with TemporaryDirectory() as home, stage(Path(home), port, students=STUDENTS) as made:
        prepare(made)
        with served(made.app(), port) as address, browser() as chromium:
            take_all(chromium, World(made.engine, address, {one.login: one for one in made.people}), folder)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
