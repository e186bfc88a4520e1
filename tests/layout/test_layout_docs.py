"""The documents say what is there: an undocumented command, setting, fault or error code fails the build."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from connectors.testing import ConnectorContract
from magister.lists import LISTS
from magister.settings import Lists, MagisterSettings
from schoolbrug.cli import app
from simulator.faults import NAMES

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_the_readme_leads_with_the_two_commands() -> None:
    first = re.search(r"```console\n(.*?)```", text_of("README.md"), re.DOTALL)
    assert first is not None
    assert [line.split("#")[0].strip() for line in first.group(1).splitlines()] == ["$ make demo", "$ make test"]


def test_the_readme_names_every_command() -> None:
    commands = set(typer.main.get_group(app).commands)
    named = re.search(r"explains each: `([^`]*)`", text_of("README.md"))
    assert named is not None
    assert set(named.group(1).split()) == commands


def test_every_setting_of_magister_is_documented() -> None:
    text = text_of("docs/magister.md")
    assert [name for name in MagisterSettings.model_fields if f"`{name}`" not in text and f"{name} =" not in text] == []
    assert set(Lists.model_fields) == set(LISTS)
    assert [entry.file for entry in LISTS.values() if f"`{entry.file.removesuffix('.sql')}`" not in text] == []


@pytest.mark.parametrize("room", ["magister", "atvo", "vocus"])
def test_every_error_code_of_a_system_is_documented(room: str) -> None:
    source = "".join(file.read_text("utf-8") for file in (ROOT / room).glob("*.py"))
    codes = set(re.findall(rf'"({room}\.[a-z_]+)"', source)) - {f"{room}.connector"}
    assert codes
    assert sorted(code for code in codes if f"`{code}`" not in text_of(f"docs/{room}.md")) == []


def test_every_error_code_of_a_delivery_is_documented() -> None:
    source = "".join(file.read_text("utf-8") for file in (ROOT / "connectors").glob("*.py"))
    codes = set(re.findall(r'"((?:files|sftp)\.[a-z_]+)"', source)) - {"sftp.json", "sftp.lock"}
    assert {code.split(".")[0] for code in codes} == {"files", "sftp"}
    assert sorted(code for code in codes if f"`{code}`" not in text_of("docs/files.md")) == []


def test_every_fault_is_documented() -> None:
    assert sorted(name for name in NAMES if f"`{name}`" not in text_of("docs/simulator.md")) == []


def test_the_contract_suite_is_named_as_the_documents_name_it() -> None:
    assert ConnectorContract.__name__ in text_of("docs/connectors.md")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text("utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []
