# Two commands do everything: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := $(VENV)/.demo-installed
DEV := $(VENV)/.dev-installed

# Hundreds of processes import the same modules: compiled once, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-slow lint docs lock lowest newest clean

help:
	@echo "make demo        install, then both main jobs on real input"
	@echo "make test        install, then the test suite; COVERAGE=1 adds branch coverage"
	@echo "make test-slow   the tests that need minutes: real releases, faults, load"
	@echo "make lint        ruff, mypy, and our own rules on ourselves"
	@echo "make docs        the documentation, into build/site"
	@echo "make lock        renew the lock files in requirements/"
	@echo "make lowest      what foreign releases break, with the lowest allowed versions"
	@echo "make newest      the same with the newest allowed versions"
	@echo "make clients     clients of the local stack, from their packages: CLIENTS=NAME"
	@echo "make application  migrate a real application: APP=NAME, APPS=FOLDER with checkouts"
	@echo "make clean       remove the environment and build output"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("hushflake needs Python 3.11 or newer: make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "$(PYTHON) has no venv module: install it (Debian: apt-get install python3-venv)"; exit 2; }
	@$(PYTHON) -m venv $(VENV)

# Exactly what the lock names, with hashes; again only when the lock changes.
# What `make test` installs holds what `make demo` does, in the same versions.
$(DEMO): requirements/demo.txt pyproject.toml | $(BIN)/python
	@test -e $(DEV) || $(BIN)/python scripts/install.py requirements/demo.txt
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml | $(BIN)/python
	@$(BIN)/python scripts/install.py requirements/dev.txt
	@touch $@ $(DEMO)

demo: demo-cost $(DEMO)
	@$(BIN)/python scripts/demo.py

.PHONY: demo-cost
demo-cost:
	@test -e $(DEMO) || echo "make demo takes about 1 minute on 2 cores, and 1 GB of disk in .venv and build/. It downloads about 180 MB from the Python package index."

# Three at a time, on two cores too: much of a test's time goes to the servers it talks to.
test: $(DEV)
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder --max-worker-restart 0 --tb=short $(if $(COVERAGE),--cov --cov-branch) -m "not slow"

# All of them take most of an hour; name some with SLOW=tests/…
SLOW := tests
test-slow: $(DEV)
	$(BIN)/pytest -n 2 --tb=short -m slow $(SLOW)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/flake8 .

docs: $(DEV)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "build/site/index.html"

lock: $(DEV)
	@$(BIN)/python scripts/lock.py
	@git diff --stat -- requirements

lowest newest: $(DEV)
	@$(BIN)/python scripts/versions.py $@

clean:
	rm -rf $(VENV) build dist .coverage .coverage.* *.egg-info

# Each client in its own environment, in $(TMPDIR)/hushflake-clients or CLIENTS_WORK; name some with CLIENTS=…
.PHONY: clients
clients: $(DEV)
	-@$(BIN)/python -m tests.clients $(CLIENTS)
	@$(BIN)/python -m tests.clients --page

.PHONY: application applications
application: $(DEV)
	@test -n "$(APP)" || { echo "say which: make application APP=NAME APPS=FOLDER; NAME is a file of tests/applications/declared"; exit 2; }
	@APPS="$(APPS)" $(BIN)/python -m tests.applications $(APP)

applications: $(DEV)
	@APPS="$(APPS)" $(BIN)/python -m tests.applications
	@$(BIN)/python -m tests.applications --page
