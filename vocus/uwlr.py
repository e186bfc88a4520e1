"""Reads a school's students, groups and teachers from its UWLR service (wire B).

An answer holds everything, or says that nothing has changed. It is looked through as a whole before a row of it is
used: until then it lies in memory, or, when it is large, in a nameless file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from connectors.batches import Rows, batches
from connectors.contract import BATCH_ROWS, Batch, Entity, Finding, Proof, RawRecord
from connectors.errors import Broken, SourceError
from connectors.files import RefusedFile
from connectors.http import HttpSession
from connectors.pace import Gate
from vocus.edex_mapping import UWLR, layout_of
from vocus.edex_reading import Contents, contents, rows
from vocus.uwlr_answer import CALLED, DATA, UNCHANGED, judge, page, unwell
from vocus.uwlr_request import ACTION, envelope
from vocus.uwlr_settings import UwlrSettings

XML = ("text/xml", "application/xml")
PAGES = ("text/html", "application/xhtml+xml")

LAG = timedelta(minutes=5)
"""The service's clock may differ from ours by so much, and nothing is missed."""

_JUDGED = (200, 202, 204, 500)
"""Statuses that are judged here, whatever the type of the answer."""
_IN_MEMORY = 8 << 20

_CLOSED = "closing tag of the envelope"


def connect(settings: UwlrSettings) -> Uwlr:
    return Uwlr(settings)


class Uwlr:
    """One school's service."""

    def __init__(self, settings: UwlrSettings) -> None:
        self._settings = settings
        self._http = HttpSession(settings.http(), [settings.authorisation_key.get_secret_value()])

    def close(self) -> None:
        self._http.close()

    def share(self, gate: Gate) -> None:
        self._http.share(gate)

    def read(self, entity: Entity, since: str | None, year: str) -> Iterator[Batch]:
        """The rows of a school year (``2026-2027``). ``since`` is the cursor of the read before.

        A service that has nothing proves nothing. One that says "no change" shows that all is as it was when it was
        asked before; when it was not asked before, it has said nothing. Raises ``SourceError``.
        """
        last = _moment(since, year)
        cursor = _cursor(year, datetime.now(UTC) - LAG)
        with self._asked(year, last) as (said, answer):
            if said == DATA:
                found = self._contents(answer, year)
                yield from batches(_rows(entity, answer, found, year), cursor=cursor, form=_form(found))
            elif said == UNCHANGED and last is not None:
                yield Batch([], cursor, Proof("no change", changes=True))
            else:
                yield Batch([])

    def check(self, subject: str, year: str) -> Iterator[Finding]:
        """Ask for everything, and tell how much there is."""
        try:
            with self._asked(year, None) as (said, answer):
                told = _told(self._contents(answer, year)) if said == DATA else ""
        except SourceError as error:
            yield Finding(subject, ok=False, advice=str(error))
            return
        if not told:
            told = f"{CALLED}: the service has no data of {year}; look in the administration whether that year is there"
            yield Finding(subject, ok=False, advice=told)
            return
        yield Finding(subject, ok=True, advice=told)

    @contextmanager
    def _asked(self, year: str, last: datetime | None) -> Iterator[tuple[str, BinaryIO]]:
        """What the service answers: what it is, and its bytes."""
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": ACTION}
        body = envelope(self._settings, year, last)
        with SpooledTemporaryFile(_IN_MEMORY) as spool:
            answer = cast("BinaryIO", spool)
            call = self._http.post("", body=body, headers=headers, accept=XML, operation=CALLED, also=_JUDGED)
            with call as reply:
                kind = reply.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                if kind in PAGES:
                    raise page()
                if reply.status == 200 and kind not in XML:
                    raise Broken(f"{CALLED}: the source declares something else than XML", code="http.content_type")
                for chunk in reply.chunks():
                    answer.write(chunk)
            yield self._judged(answer, reply.status), answer

    def _judged(self, answer: BinaryIO, status: int) -> str:
        try:
            said = judge(answer, self._settings.version)
        except Broken as error:
            if status == 200 or error.code != "vocus.uwlr_form":
                raise
            said = ""
        if status == 200:
            return said
        # A failure without a fault of the standard.
        raise unwell("the service failed on its side")

    def _contents(self, answer: BinaryIO, year: str) -> Contents:
        """What the whole of it tells. Raises ``Broken`` vocus.uwlr_form and vocus.uwlr_school."""
        try:
            found = contents(partial(_again, answer))
        except RefusedFile as error:
            sentence = str(error)
        else:
            self._check_school(found.school, year)
            return found
        raise Broken(f"{CALLED}: {sentence}", code="vocus.uwlr_form")

    def _check_school(self, school: dict[str, str], year: str) -> None:
        wanted = {"schooljaar": year, "brincode": self._settings.brin, "schoolkey": self._settings.schoolkey}
        told = {name: school.get(name, "") for name in wanted}
        if self._settings.dependance:  # 00 is the same as none
            wanted["dependancecode"] = self._settings.dependance
            told["dependancecode"] = school.get("dependancecode", "00")
        for name, value in wanted.items():
            if value and told[name].upper() != value.upper():
                raise Broken(
                    f"{CALLED}: the answer has another {name} than was asked for, or none; nothing of it was used: ask"
                    " the supplier why, or correct the settings",
                    code="vocus.uwlr_school",
                )


def _rows(entity: Entity, answer: BinaryIO, found: Contents, year: str) -> Rows:
    """The rows, and that the answer was whole. Without one student it is no answer that proves anything."""
    layout = layout_of(UWLR, year)
    waiting: list[RawRecord] = []
    for data in rows(partial(_again, answer), found):
        waiting.append(RawRecord(entity.name, data, layout))
        if len(waiting) == BATCH_ROWS:
            yield waiting, None
            waiting = []
    yield waiting, Proof(_CLOSED) if found.counts["leerling"] else None


def _again(answer: BinaryIO) -> nullcontext[BinaryIO]:
    """The answer from its beginning; it stays open."""
    answer.seek(0)
    return nullcontext(answer)


def _form(found: Contents) -> str | None:
    """The version of the schema by which the service says that it answers."""
    version = found.school.get("xsdversie")
    return f"xsdversie {version[:32]}" if version else None


def _told(found: Contents) -> str:
    said = [f"{found.counts[name]} x {name}" for name in sorted(found.counts)]
    said += [f"{count} x {name} unknown" for name, count in found.strange.items()]
    if found.additions:
        said.append(f"{found.additions} x toevoegingen left out")
    return ", ".join(said)


def _cursor(year: str, moment: datetime) -> str:
    return f"{year} {moment:%Y-%m-%dT%H:%M:%S%z}"


def _moment(cursor: str | None, year: str) -> datetime | None:
    """When this school year was asked for before; another one says nothing about it."""
    before, _, moment = (cursor or "").partition(" ")
    if before != year:
        return None
    try:
        return datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return None
