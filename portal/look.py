"""How a portal looks: the school's own name, logo and colour. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

READABLE = 4.5
"""The least contrast of text (WCAG 2.2, 1.4.3)."""
MOST_LOGO = 40_000
"""Bytes: a page is light."""
LOGOS = {"svg": "image/svg+xml", "png": "image/png", "webp": "image/webp"}
"""What a logo can be, by the end of its file's name."""

Colour = tuple[int, int, int]

_WRITTEN = re.compile(r"#[0-9a-fA-F]{6}")
_WHITE: Colour = (255, 255, 255)
_BLACK: Colour = (0, 0, 0)
_LIGHT: Colour = (229, 240, 248)
_DARK: Colour = (29, 48, 64)
"""Of what text stands on (portal.css), what comes nearest to it: the darkest by day and the lightest by night."""
_STEPS = 20


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture of at most ``MOST_LOGO`` bytes; ``kind`` is out of ``LOGOS``."""

    content: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class Look:
    """What is above every page, and the colour of links and buttons, as ``#1f5f8b``; None is the portal's own."""

    name: str = "Schoolbrug"
    logo: Logo | None = None
    colour: str | None = None


OWN = Look()
"""How the portal looks by itself."""


def written(text: str) -> Colour:
    """``#1f5f8b`` as red, green and blue, 0 to 255. Raises ``ValueError``."""
    if not _WRITTEN.fullmatch(text):
        raise ValueError("six hexadecimal digits behind a # are expected, such as #1f5f8b")
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def css(colour: str) -> str:
    """The style sheet of a school's colour, made darker or lighter as far as people need to read it."""
    day, night = (_hex(readable(written(colour), page)) for page in (_LIGHT, _DARK))
    return f":root{{--link:{day}}}@media (prefers-color-scheme:dark){{:root{{--link:{night}}}}}"


def readable(colour: Colour, page: Colour) -> Colour:
    """The colour itself, or the nearest on its way to black or white that can be read on ``page``."""
    towards = _BLACK if _luminance(page) > _luminance((128, 128, 128)) else _WHITE
    mixed = (_mixed(colour, towards, step / _STEPS) for step in range(_STEPS + 1))
    return next(found for found in mixed if contrast(found, page) >= READABLE)


def contrast(one: Colour, other: Colour) -> float:
    """1 to 21 (WCAG 2.2)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _mixed(colour: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(own + (theirs - own) * share) for own, theirs in zip(colour, other, strict=True))
    return red, green, blue


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
