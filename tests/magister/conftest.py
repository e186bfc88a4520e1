"""A database of the embedded kind, for what does not differ between the two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from canonical.database import connect, migrate


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    made = connect(f"sqlite:///{tmp_path / 'store.sqlite'}")
    migrate(made)
    yield made
    made.dispose()
