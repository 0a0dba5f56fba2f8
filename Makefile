# Everything sets itself up: Python 3.11 or newer and make are all that is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable
# Hundreds of processes start from the same sources: each would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check bench fuzz forms crash reference constraints siege clean

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

constraints: ## Pin anew, to the last digit, what pyproject.toml allows today
	rm -rf .venv-constraints
	$(PYTHON) -m venv .venv-constraints
	.venv-constraints/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[test,bench]'
	echo '# Made by `make constraints`: what is tested, with all that it needs in turn.' > constraints.txt
	.venv-constraints/bin/python -m pip freeze --disable-pip-version-check --exclude-editable >> constraints.txt
	rm -rf .venv-constraints

siege: $(VENV)/.tested ## What clients notice while others attack
	$(BIN)/python -m tests.security.siege $(ARGS)

clean: ## Remove what these targets made
	rm -rf $(VENV) .venv-clients

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) .
	touch $@

$(VENV)/.tested: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) '.[test]'
	touch $@ $(VENV)/.installed

$(VENV)/.benched: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) '.[test,bench]'
	touch $@ $(VENV)/.installed $(VENV)/.tested
