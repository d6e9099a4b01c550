# Every target does its own set-up: a virtual environment in .venv, installed from constraints.txt.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.core-installed
ALL := $(VENV)/.all-installed

.PHONY: demo test bench lint up clean
.DEFAULT_GOAL := demo

demo: $(CORE)  ## make a LINE emoji pack of 8 from PopCon's own mascot, into ./popcon-demo
	$(BIN)/popcon demo

test: $(ALL) lint  ## everything: lint, types, import directions, all tests
	$(BIN)/pytest

bench: $(ALL)  ## print all benchmark tables
	$(BIN)/python -m benchmarks

lint: $(ALL)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

up: $(CORE)  ## Prefect server, workers and the web app on this machine
	$(BIN)/popcon up

clean:
	rm -rf $(VENV) popcon-demo

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(CORE): $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[ui]"
	touch $@

$(ALL): $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[all,test]"
	touch $@ $(CORE)
