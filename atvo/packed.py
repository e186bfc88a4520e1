"""Strings of UMService that hold several things at once (wire 2.5). Pure.

What is known of their separators comes from clients in use: groups are joined by ``,`` and the children of a guardian
by ``:``, each of them eight slots joined by ``,``. Two of these slots hold national numbers of the child: they never
leave this module.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from connectors.columns import ColumnError, boolean

_CHILDREN, _SLOTS = ":", ","
_WITHHELD = "?"
"""Stands for a child whose slots are not where they should be: any of them might be a national number."""

_STUDENT = re.compile(r"[0-9]{1,18}")
_LONG_NUMBER = re.compile(r"[0-9]{8,}")
_NUMBER, _RELATION, _LEGAL, _MAIL = 2, 3, 4, 6


class Child(NamedTuple):
    """What ties a guardian to a student: ``number`` is the leerlingnummer, ``relation`` the school's own word."""

    number: str
    relation: str
    legal_authority: bool | None
    receives_mail: bool | None


def names(text: str, separator: str) -> list[str]:
    """The names in a packed string, each once, in their order."""
    return list(dict.fromkeys(part for name in text.split(separator) if (part := name.strip())))


def without_numbers(text: str) -> str:
    """Rewrite ``verzorgerLeerlingRelaties``, keeping of each child only what ``children`` reads.

    Of a child whose slots are not as agreed nothing is kept but that it is there.
    """
    parts = (child for child in text.split(_CHILDREN) if child.strip())
    return _CHILDREN.join(_kept(child.split(_SLOTS)) for child in parts)


def children(text: str) -> list[Child]:
    """Read what ``without_numbers`` kept. Raises ``ColumnError`` slots when a child was not as agreed."""
    return [_child(part.split(_SLOTS)) for part in text.split(_CHILDREN) if part.strip()]


def _kept(slots: list[str]) -> str:
    """The slots that are read, in their places; the debtor's number at the end may be left out (assumed)."""
    try:
        found = _child(slots) if len(slots) in (7, 8) else None
    except ColumnError:
        found = None
    if found is None or found.number in (slots[0].strip(), slots[1].strip()):
        return _WITHHELD
    kept = (_NUMBER, _RELATION, _LEGAL, _MAIL)
    return _SLOTS.join(slot.strip() if place in kept else "" for place, slot in enumerate(slots[:7]))


def _child(slots: list[str]) -> Child:
    if len(slots) not in (7, 8):
        raise ColumnError("slots")
    number, relation = slots[_NUMBER].strip(), slots[_RELATION].strip()
    if not _STUDENT.fullmatch(number) or _LONG_NUMBER.search(relation):
        raise ColumnError("slots")
    return Child(number, relation, boolean(slots[_LEGAL]), boolean(slots[_MAIL]))
