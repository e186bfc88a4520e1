"""Every text of the pages, out of the templates and the code, and the Dutch of each in the catalog.

    python -m tests.portal.pages.texts

puts what is new into the catalog, without a translation, and takes out what is not used any more.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import portal.pages
from portal.pages.words import CATALOG, DUTCH

ROOM = Path(portal.pages.__file__).parent
FILES = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"trimmed": "false", "newstyle_gettext": "true"}}
KEYWORDS = {"say": None, "count": (1, 2), "_": None, "gettext": None, "ngettext": (1, 2)}


def in_use() -> Catalog:
    """The texts as they stand in the pages."""
    found = Catalog(locale=DUTCH, project="Schoolbrug", fuzzy=False)
    for name, _, message, comments, _ in extract_from_dir(ROOM, FILES, OPTIONS, KEYWORDS):
        found.add(message, locations=[(name, 0)], auto_comments=comments)
    return found


def translated() -> Catalog:
    """The catalog."""
    with (ROOM / CATALOG).open("rb") as file:
        return read_po(file, locale=DUTCH)


HEAD = b"""# The Dutch of every text of the pages.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


def keep(catalog: Catalog) -> None:
    with (ROOM / CATALOG).open("wb") as file:
        file.write(HEAD)
        write_po(file, catalog, width=120, sort_output=True, omit_header=True, no_location=True)


def main() -> None:
    used, told = in_use(), translated()
    for message in used:
        before = told.get(message.id)
        if message.id and before is not None:
            message.string = before.string
    keep(used)
    missing = [message.id for message in used if message.id and not message.string]
    print(*missing, sep="\n")


if __name__ == "__main__":
    main()
