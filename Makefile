# Every target does its own set-up: a virtual environment in .venv, installed from constraints.txt.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.core-installed
ALL := $(VENV)/.all-installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# What tests and benchmarks use of the system: a browser, pictures that are not our own, a decoder of GIFs.
PACKAGES := chromium fonts-noto-color-emoji gifsicle
FILES := /usr/bin/chromium /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf /usr/bin/gifsicle

# What checks the browser's code: Node (Debian's nodejs and npm, or any from version 20 on), and TypeScript.
NODE_PACKAGES := node_modules/.installed

.PHONY: help demo test bench lint docs up clean system weights
.DEFAULT_GOAL := demo

help:  ## this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(CORE) weights  ## make a LINE emoji pack of 8 from PopCon's own mascot, into ./popcon-demo
	$(BIN)/popcon demo

# Tests wait for servers, browsers and doubles of services: three processes keep two cores busy.
test: $(ALL) system weights lint  ## everything: lint, types, import directions, all tests
	node --test tests/ui/web/static/
	$(BIN)/pytest -n 3 --dist loadfile -m "not alone"
	$(BIN)/pytest -n 3 --dist loadfile -m alone

bench: $(ALL) system weights  ## print all benchmark tables
	$(BIN)/python -m benchmarks

lint: $(ALL) $(NODE_PACKAGES)  ## style, types and import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	npm run --silent types

docs: $(ALL)  ## write the diagram of imports and the table of platforms in docs/ anew, from the code
	$(BIN)/python -m tools.diagram
	$(BIN)/python -m tools.platform_rules

up: $(CORE)  ## Prefect server, workers and the web app on this machine
	$(BIN)/popcon up

clean:  ## remove the virtual environment, what checks the browser's code, and the demo's pack
	rm -rf $(VENV) node_modules popcon-demo

# Without it pictures with scenery are cut out by clicks, so that a machine without a network goes on.
weights: $(CORE)  ## fetch the small weights that find a character in a picture (4.6 MB)
	@$(BIN)/popcon models get u2netp || true

system:
	@for file in $(FILES); do \
	  test -e $$file || { echo "installing $(PACKAGES)"; \
	    apt-get update -qq && apt-get install -y -qq $(PACKAGES) >/dev/null || \
	    { echo "Install these Debian packages first (as root): $(PACKAGES)"; exit 1; }; }; \
	done

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(CORE): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e ".[ui]"
	@touch $@

$(ALL): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e ".[all,test]"
	@touch $@ $(CORE)

$(NODE_PACKAGES): package.json
	@command -v npm >/dev/null || { apt-get update -qq && apt-get install -y -qq nodejs npm >/dev/null; } || \
	  { echo "Install Node first, version 20 or later, with npm"; exit 1; }
	npm install --silent --no-audit --no-fund --no-package-lock
	@touch $@
