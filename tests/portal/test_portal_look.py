"""A school's own colour: always one that people can read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.errors import UserError
from portal.look import READABLE, Logo, Look, contrast, css, readable, written
from schoolbrug.portalconfig import LookTable

PARTS = st.integers(0, 255)
DAY = [(244, 246, 248), (255, 255, 255), (229, 240, 248)]
NIGHT = [(16, 22, 28), (26, 34, 43), (29, 48, 64)]
"""What text stands on by day and by night: --page, --card and --new of portal.css."""


@pytest.mark.parametrize(("one", "other", "ratio"), [
    ("#000000", "#ffffff", 21.0), ("#767676", "#ffffff", 4.54), ("#ffff00", "#ffffff", 1.07),
    ("#0000ff", "#ffffff", 8.59),
])  # fmt: skip
def test_contrast_is_that_of_the_guidelines(one: str, other: str, ratio: float) -> None:
    assert contrast(written(one), written(other)) == contrast(written(other), written(one))
    assert round(contrast(written(one), written(other)), 2) == ratio


@given(st.tuples(PARTS, PARTS, PARTS))
def test_every_colour_can_be_read(colour: tuple[int, int, int]) -> None:
    sheet = css("#{:02x}{:02x}{:02x}".format(*colour))
    day, night = (written(part[:7]) for part in sheet.split("--link:")[1:])
    assert all(contrast(day, page) >= READABLE for page in DAY)
    assert all(contrast(night, page) >= READABLE for page in NIGHT)


def test_what_can_be_read_stays_as_it_is() -> None:
    assert readable(written("#1f5f8b"), (255, 255, 255)) == written("#1f5f8b")


@pytest.mark.parametrize("text", ["red", "#fff", "#12345g", "1f5f8b", "#1f5f8b;}", "", "#1f5f8b\n"])
def test_what_is_not_a_colour(text: str) -> None:
    with pytest.raises(ValueError, match="such as #1f5f8b"):
        written(text)


def test_a_logo_is_read_once(tmp_path: Path) -> None:
    file = tmp_path / "linde.SVG"
    file.write_bytes(b"<svg/>")
    table = LookTable(name="Portaal De Linde", logo=file, colour="#7a1f5c")
    assert table.look() == Look("Portaal De Linde", Logo(b"<svg/>", "svg"), "#7a1f5c")


@pytest.mark.parametrize(("name", "size", "said"), [
    ("linde.gif", 1, "svg, png, webp is expected"), ("linde.png", 40_001, "larger than 40 kB"),
    ("linde.webp", None, "cannot be read"),
])  # fmt: skip
def test_a_logo_that_cannot_be_shown(name: str, size: int | None, said: str, tmp_path: Path) -> None:
    if size is not None:
        (tmp_path / name).write_bytes(b"x" * size)
    with pytest.raises(UserError, match=f"^portal.look.logo: .*{said}"):
        LookTable(logo=tmp_path / name).look()
