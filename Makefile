# Everything sets itself up: Python 3.11 or newer and make are all that is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# Hundreds of processes start from the same sources: each would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check bench fuzz forms crash reference clean

run: $(VENV)/.installed ## Play the demo and keep serving (ARGS=--exit stops after it)
	$(BIN)/taskgate demo $(ARGS)

test: $(VENV)/.tested ## The whole test suite
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term:skip-covered --cov-fail-under=95 $(ARGS)

check: $(VENV)/.tested ## Lint, format, types, dependency directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.benched ## Ratios against floors measured in the same run (needs wrk)
	$(BIN)/python -m tests.benchmarks $(ARGS)

fuzz: $(VENV)/.tested ## The contract, at least 100 examples an operation
	$(BIN)/python -m tests.contract.fuzz $(ARGS)

forms: $(VENV)/.tested ## 10,000 objects from JSON to XML to YAML and back
	$(BIN)/python -m tests.conformance.forms.chain $(ARGS)

crash: $(VENV)/.tested ## Kill the server at random moments, again and again
	$(BIN)/python -m tests.journeys.crash $(ARGS)

reference: $(VENV)/.tested ## Write docs/reference anew from the tables of the code
	$(BIN)/python -m tests.reference

siege: $(VENV)/.tested ## What clients notice while others attack
	$(BIN)/python -m tests.security.siege $(ARGS)

clean: ## Remove what these targets made
	rm -rf $(VENV) .venv-clients

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.tested: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@ $(VENV)/.installed

$(VENV)/.benched: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,bench]'
	touch $@ $(VENV)/.installed $(VENV)/.tested
