"""Make the typed client out of the API's description: ``python -m tests.portal.make_client``, or ``make client``.

Everything in ``portal/client`` but what this file names as written by hand is made anew.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from tests.portal.layer import create_app

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "portal" / "client"
BY_HAND = frozenset({"example.py"})


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder))
        for name in [path.name for path in PLACE.iterdir()] if PLACE.exists() else []:
            if name not in BY_HAND:
                _remove(PLACE / name)
        shutil.copytree(made, PLACE, dirs_exist_ok=True)
    print(f"{len(list(PLACE.rglob('*.py')))} files in {PLACE.relative_to(ROOT)}")


def make(folder: Path) -> Path:
    """A client in ``folder``; gives its place. Raises ``CalledProcessError`` when something cannot be made."""
    document = described(create_app(create_engine("sqlite://")).openapi())
    (folder / "openapi.json").write_text(json.dumps(document), "utf-8")
    (folder / "config.json").write_text(json.dumps(_config(document)), "utf-8")
    made = folder / "client"
    _run(
        "openapi-python-client", "generate", "--path", folder / "openapi.json", "--meta", "none", "--fail-on-warning",
        "--config", folder / "config.json", "--output-path", made,
    )  # fmt: skip
    for task in (["check", "--fix", "--select=I,F401,F811,UP,RUF100", "--target-version=py311"], ["format"]):
        _run("ruff", *task, "--isolated", "--quiet", "--line-length=120", made)
    models = made / "models" / "__init__.py"
    models.write_text(_without_all(models.read_text("utf-8")), "utf-8")
    return made


def described(document: dict[str, Any]) -> dict[str, Any]:
    """The document as the generator can take it: no event streams, and every model under a name of its own."""
    paths = {
        path: {method: operation for method, operation in operations.items() if not _is_stream(operation)}
        for path, operations in document["paths"].items()
    }
    schemas = {
        name: {**schema, "title": name.replace("-", "")} for name, schema in document["components"]["schemas"].items()
    }
    return {
        **document, "paths": {path: operations for path, operations in paths.items() if operations},
        "components": {**document["components"], "schemas": schemas},
    }  # fmt: skip


def _is_stream(operation: dict[str, Any]) -> bool:
    return any("text/event-stream" in answer.get("content", {}) for answer in operation["responses"].values())


def _config(document: dict[str, Any]) -> dict[str, Any]:
    """Modules of models that have a field of their own name get another: the type checker takes them for one."""
    schemas: dict[str, Any] = document["components"]["schemas"]
    clashes = {
        schema["title"]: {"class_name": schema["title"], "module_name": f"{_snake(schema['title'])}_model"}
        for schema in schemas.values()
        if _snake(schema["title"]) in schema.get("properties", {})
    }
    return {"class_overrides": clashes, "post_hooks": []}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _without_all(init: str) -> str:
    """The list of models, one line each: ``__all__`` would say everything twice."""
    return re.sub(r"import (\w+)$", r"import \1 as \1", init[: init.index("__all__")].strip() + "\n", flags=re.M)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _run(command: str, *words: object) -> None:
    subprocess.run([Path(sys.executable).parent / command, *map(str, words)], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
