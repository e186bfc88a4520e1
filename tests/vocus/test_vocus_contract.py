"""The contract suite over deliveries of files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Connector, Delivered, Settings
from connectors.testing import ConnectorContract
from simulator.delivering import wall_time
from simulator.school import make_school
from tests.vocus.bridge import Office, options
from vocus.connector import connect

PEOPLE = ("students", "staff")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[str]], Path]:
    """Gives a folder in which each preset is delivered, in a delivery of its own."""

    @cache
    def make(presets: Sequence[str]) -> Path:
        folder = tmp_path_factory.mktemp("drop")
        for number, preset in enumerate(presets):
            Office(make_school(5, 40), folder, preset=preset, number=number).deliver(made=wall_time())
        return folder

    return make


class Delivering(ConnectorContract):
    presets: tuple[str, ...]

    @pytest.fixture(autouse=True)
    def _source(self, folders: Callable[[Sequence[str]], Path]) -> None:
        self.folder = folders(self.presets)

    def data(self) -> Mapping[str, Any]:
        raise NotImplementedError

    def connection(self) -> Connector:
        return connect(Settings("school", {"folder": str(self.folder), "settle": 0, "data": self.data()}))

    @contextmanager
    def cut(self) -> Iterator[None]:
        """The archive's disk has lost the second half of every file."""
        connector = self.connection()
        assert isinstance(connector, Delivered)
        for entity in connector.entities:
            connector.newest(entity)  # whichever test comes first, the deliveries have been taken in
        whole = {path: path.read_bytes() for path in (self.folder / "archive").glob("*/*") if path.suffix != ".json"}
        assert whole
        for path, data in whole.items():
            path.write_bytes(data[: len(data) // 2])
        yield
        for path, data in whole.items():
            path.write_bytes(data)


def example(folder: Path, *names: str, **more: Any) -> Mapping[str, Any]:
    found: Any = options(folder, **({"only": names} if names else {}), **more)["data"]
    return found


class TestExample(Delivering):
    presets = ("vocus-example",)

    def data(self) -> Mapping[str, Any]:
        return example(self.folder)


class TestDeltas(Delivering):
    presets = ("vocus-example",)

    def data(self) -> Mapping[str, Any]:
        return example(self.folder, *PEOPLE, "assessments", "grades", mode="delta")


class TestTopicus(Delivering):
    presets = ("vocus-example", "topicus-absences", "topicus-observations")

    def data(self) -> Mapping[str, Any]:
        topicus = {"notices": "topicus-absences", "observations": "topicus-observations"}
        return {**example(self.folder, *PEOPLE), **{name: {"preset": preset} for name, preset in topicus.items()}}


class TestEdexml(Delivering):
    presets = ("edexml-2.1",)

    def data(self) -> Mapping[str, Any]:
        return {"students": {"preset": "edexml", "files": "edexml*.xml"}}


class TestEdex2000(Delivering):
    presets = ("edex2000",)

    def data(self) -> Mapping[str, Any]:
        return {"students": {"preset": "edex2000", "files": "EDEX*.TXT"}}
