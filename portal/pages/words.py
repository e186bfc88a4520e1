"""The reader's language: texts, days, moments and numbers in Dutch and in English.

Texts stand in English in the templates and the code; ``locale/nl.po`` has the Dutch of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from gettext import NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.core import negotiate_locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations
from fastapi import Request

from portal.clock import SCHOOL_TIME

DUTCH, ENGLISH = "nl", "en"
LANGUAGES = {DUTCH: "Nederlands", ENGLISH: "English"}
"""Each by its own name. The first is spoken to whoever says nothing."""
COOKIE = "language"
CATALOG = "locale/nl.po"

_SYSTEMS = {"magister": "Magister", "atvo": "Somtoday", "vocus": "VOCUS"}


def language_of(request: Request) -> str:
    """What the reader chose, or else what the browser asks for, or else Dutch."""
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    asked = [part.split(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    return negotiate_locale([word.replace("-", "_") for word in asked], [*LANGUAGES]) or DUTCH


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    language: str
    translations: NullTranslations

    def say(self, text: str, /, **values: object) -> str:
        """A text; ``values`` go where it names them."""
        found = self.translations.gettext(text)
        return found % values if values else found

    def day(self, day: date, today: date) -> str:
        """A day as people say it: today, yesterday, Monday 2 March."""
        if day == today:
            return self.say("today")
        if day == today - timedelta(days=1):
            return self.say("yesterday")
        pattern = "EEEE d MMMM" if day.year == today.year else "EEEE d MMMM y"
        return format_date(day, pattern, locale=self.language)

    def short(self, day: date) -> str:
        """A day in a table: 2 mrt 2026."""
        return _short(day, self.language)

    def moment(self, moment: datetime, now: datetime) -> str:
        """A moment by the school's clock: at 10:42, yesterday at 16:10, on 3 March at 16:10."""
        local, today = moment.astimezone(SCHOOL_TIME), now.astimezone(SCHOOL_TIME).date()
        clock = self.clock(moment)
        if local.date() == today:
            return self.say("at %(clock)s", clock=clock)
        if local.date() == today - timedelta(days=1):
            return self.say("yesterday at %(clock)s", clock=clock)
        pattern = "d MMMM" if local.year == today.year else "d MMMM y"
        return self.say(
            "on %(day)s at %(clock)s", day=format_date(local.date(), pattern, locale=self.language), clock=clock
        )

    def clock(self, moment: datetime) -> str:
        """10:42, by the school's clock."""
        return f"{moment.astimezone(SCHOOL_TIME):%H:%M}"

    def month(self, day: date, *, brief: bool = False) -> str:
        """The month of a day: March 2026; in the head of a table Mar 2026."""
        return format_date(day, "MMM y" if brief else "MMMM y", locale=self.language)

    def weekdays(self) -> list[str]:
        """Mon to Sun, as the head of a calendar."""
        monday = date(2026, 11, 23)
        return [format_date(monday + timedelta(days=n), "EEEEEE", locale=self.language) for n in range(7)]

    def number(self, value: Decimal | int | str) -> str:
        """A number: 7,5 in Dutch and 7.5 in English, with the decimals that it has."""
        return _number(str(value), self.language)

    def system(self, name: str) -> str:
        """What an administration system is called."""
        return _SYSTEMS.get(name, name)


@lru_cache(maxsize=1000)
def _short(day: date, language: str) -> str:
    return format_date(day, "d MMM y", locale=language)


@lru_cache(maxsize=1000)
def _number(value: str, language: str) -> str:
    given = Decimal(value)
    exponent = given.as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    pattern = "0." + "0" * decimals if decimals else "0"
    return format_decimal(given, pattern, locale=language)


@cache
def words(language: str) -> Words:
    """The words of a language out of ``LANGUAGES``."""
    return Words(language, _catalogs()[language])


@cache
def _catalogs() -> Mapping[str, NullTranslations]:
    """As gettext keeps them in memory. English needs none: it is what the texts are written in."""
    with files("portal.pages").joinpath(CATALOG).open("rb") as file:
        catalog = read_po(file, locale=DUTCH)
    packed = BytesIO()
    write_mo(packed, catalog)
    packed.seek(0)
    return {DUTCH: Translations(packed), ENGLISH: NullTranslations()}
