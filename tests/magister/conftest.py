"""A database of the embedded kind, for what does not differ between the two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.templates import embedded


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    made = embedded(tmp_path / "store.sqlite")
    yield made
    made.dispose()
