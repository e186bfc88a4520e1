"""Connectors are found in whatever is installed, and a bad one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from canonical.errors import UserError
from connectors.contract import Settings
from connectors.registry import available, connect

SETTINGS = Settings("school", {"url": "x"})

GOOD = """
class Good:
    name = "good"
    mapping_version = "1"
    entities = ()
    scope = ""
    def __init__(self, settings): self.settings = settings
    def read(self, entity, since): return iter(())
    def map(self, raw): return ()
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Install a distribution of one module with one entry point, for this test only."""

    def put(system: str, source: str, target: str, distribution: str = "another-school") -> None:
        folder = tmp_path / distribution
        metadata = folder / f"{distribution.replace('-', '_')}-1.2.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        (metadata / "entry_points.txt").write_text(f"[schoolbrug.connectors]\n{system} = {target}\n")
        (folder / f"{target.partition(':')[0]}.py").write_text(source)
        monkeypatch.syspath_prepend(folder)

    return put


def test_an_installed_connector_is_found_and_gets_its_settings(install) -> None:
    install("good", GOOD, "good_connector:Good")
    assert available()["good"].value == "good_connector:Good"
    assert vars(connect("good", SETTINGS))["settings"] is SETTINGS


def test_our_own_connector_is_listed_with_the_others(install) -> None:
    install("good", GOOD, "good_listed:Good")
    assert {"magister", "good"} <= set(available())


def test_an_unknown_system_is_answered_with_what_is_installed(install) -> None:
    install("good", GOOD, "good_known:Good")
    with pytest.raises(UserError, match=r"^Source school: no connector for goood is installed\. .*\bgood\b.*magister"):
        connect("goood", SETTINGS)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("bad_import", "import there_is_no_such_module"),
        ("bad_name", "x = undefined"),
        ("bad_syntax", "def"),
        ("bad_attribute", "y = 1"),
    ],
)
def test_a_connector_that_cannot_be_loaded_names_its_distribution(install, module: str, source: str) -> None:
    install("bad", source, f"{module}:Bad")
    assert "bad" in available()
    with pytest.raises(UserError, match=r"bad of another-school 1\.2 cannot be loaded"):
        connect("bad", SETTINGS)


@pytest.mark.parametrize(
    ("module", "source"), [("no_connector", "def make(settings): return object()"), ("no_factory", "make = 3")]
)
def test_what_is_no_connector_names_its_distribution(install, module: str, source: str) -> None:
    install("odd", source, f"{module}:make")
    with pytest.raises(UserError, match=r"odd of another-school 1\.2 does not keep to the contract"):
        connect("odd", SETTINGS)


def test_a_mistake_in_the_settings_stays_what_the_connector_says(install) -> None:
    install(
        "strict",
        "from canonical.errors import UserError\ndef make(settings): raise UserError('base_url is missing')",
        "strict_connector:make",
    )
    with pytest.raises(UserError, match=r"^base_url is missing$"):
        connect("strict", SETTINGS)


def test_two_distributions_with_one_system_are_both_named(install) -> None:
    install("twin", GOOD, "twin_one:Good", "first-school")
    install("twin", GOOD, "twin_two:Good", "second-school")
    with pytest.raises(UserError, match=r"twin is brought by (first|second)-school 1\.2 and by (first|second)-school"):
        available()
