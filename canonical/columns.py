"""Column types that hold the same value on SQLite and on PostgreSQL.

SQLite has neither decimals nor aware times; both are kept there as text, so that nothing passes through a float.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Numeric, Text
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.types import TypeDecorator, TypeEngine


def big_serial() -> TypeEngine[int]:
    """A 64-bit number that the database counts up; SQLite only counts up what is declared INTEGER."""
    return BigInteger().with_variant(Integer(), "sqlite")


class Guid(TypeDecorator[str]):
    """A canonical id: ``uuid`` on PostgreSQL, text on SQLite; a lower-case string with hyphens in Python."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(UUID(as_uuid=False) if dialect.name == "postgresql" else Text())


class Number(TypeDecorator[Decimal]):
    """An exact decimal."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Numeric() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else format(value, "f")

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: ``timestamptz`` on PostgreSQL, ISO 8601 text with ``Z`` on SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else iso(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)


def iso(moment: datetime) -> str:
    """A moment as it stands in change log, tables and answers: UTC, ``Z``, no needless fraction."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
