# On a machine with Python >= 3.11 and make: `make demo` runs Schoolbrug, `make test` passes every test.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
TESTS ?= tests

.DEFAULT_GOAL := help
.PHONY: help demo test gate bench client screens lock tools clean

help:
	@echo "make demo              a make-believe school, synced and served; ARGS=\"--once --json\" for one sync"
	@echo "make test              every test; TESTS=tests/portal for some"
	@echo "make gate              the long suites: every kill point and fault, more examples"
	@echo "make bench             every figure of docs/benchmarks.md"
	@echo "make client            the typed client, out of the description of the API"
	@echo "make screens           pictures of every page, into docs/screens"
	@echo "make lock              pin the newest versions that fit, with hashes"

# The environment is made anew whenever the locked versions change.
$(BIN)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Schoolbrug needs Python 3.11 or newer; this is $$($(PYTHON) --version). Name another: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Making the environment in $(VENV) ..." >&2
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(BIN)/.ready
	@$(BIN)/schoolbrug demo $(ARGS)

# PostgreSQL and Chromium are found, or installed where that is allowed, or the failure says what to install.
tools:
	@sh tests/tools.sh

test: $(BIN)/.ready tools
	$(BIN)/python -m pytest -n 3 --dist worksteal -q $(TESTS)

gate: $(BIN)/.ready tools
	SCHOOLBRUG_GATE=1 $(BIN)/python -m pytest -n 3 --dist worksteal -q $(TESTS)

bench: $(BIN)/.ready tools
	$(BIN)/python -m benchmarks.sync $(ARGS)
	$(BIN)/python -m benchmarks.soap
	$(BIN)/python -m benchmarks.files
	$(BIN)/python -m benchmarks.views
	$(BIN)/python -m benchmarks.pages
	$(BIN)/python -m benchmarks.country

client: $(BIN)/.ready
	$(BIN)/python -m tests.portal.make_client

screens: $(BIN)/.ready tools
	$(BIN)/python -m tests.portal.pages.screens

lock:
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --upgrade -o requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
