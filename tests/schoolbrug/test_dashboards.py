"""The example dashboard and alert rules ask for what there is, and the document names all of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from canonical.store import Store
from scheduler.sync import Target
from schoolbrug.metrics import registry
from tests.fake_source import FakeSource
from tests.schoolbrug.schedules import Desk

ROOT = Path(__file__).parents[2]
RULES: Any = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text("utf-8"))
DASHBOARD: Any = json.loads((ROOT / "deploy" / "grafana.json").read_text("utf-8"))
WRITTEN = re.compile(r"\b(?:schoolbrug|process)_\w+")
LABELS = {"source", "entity", "outcome", "instance"}


@pytest.fixture
def given(store: Store, fake: FakeSource) -> set[str]:
    """The names of all metrics that a process tells after a read."""
    Desk(store, Target("oak", store.source("oak", "fake", "The Oak"), fake)).read("students")
    text = generate_latest(registry(store.engine, ["oak"])).decode()
    return {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in text_string_to_metric_families(text)
    }


def rules() -> list[Any]:
    return [rule for group in RULES["groups"] for rule in group["rules"]]


def asked_by_dashboard() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


def test_what_is_asked_for_is_there(given: set[str]) -> None:
    expressions = [rule["expr"] for rule in rules()] + [*asked_by_dashboard()]
    asked = {name for expression in expressions for name in WRITTEN.findall(expression)}
    assert len(asked) > 15
    assert sorted(asked - given) == []
    grouped = re.findall(r"\bby \(([^)]*)\)", " ".join(expressions))
    assert {label.strip() for labels in grouped for label in labels.split(",")} <= LABELS


def test_what_there_is_of_ours_is_in_the_dashboard_and_the_document(given: set[str]) -> None:
    ours = {name for name in given if name.startswith("schoolbrug_")}
    document = (ROOT / "docs" / "observe.md").read_text("utf-8")
    assert sorted(name for name in ours if f"`{name}`" not in document) == []
    assert sorted(ours - {name for expression in asked_by_dashboard() for name in WRITTEN.findall(expression)}) == []


def test_every_alert_says_what_and_how_bad() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    for rule in rules():
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]


def test_panels_lie_side_by_side() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(places)
    cells = [
        (at["x"] + across, at["y"] + down) for at in places for across in range(at["w"]) for down in range(at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
