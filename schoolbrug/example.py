"""The example configuration: every setting, with what it is for. It is the text of ``config.example.toml``."""

from __future__ import annotations

from importlib.resources import files


def example() -> str:
    return files("schoolbrug").joinpath("example.toml").read_text("utf-8")
