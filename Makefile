# Two commands do everything: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help demo test test-slow lint docs clean

help:
	@echo "make demo   install, then both main jobs on real input"
	@echo "make test   install, then the test suite with branch coverage"
	@echo "make test-slow   the tests that need minutes: real releases, faults, load"
	@echo "make lint   ruff, mypy, and our own rules on ourselves"
	@echo "make docs   the documentation, into build/site"
	@echo "make clean  remove the environment and build output"

# Installed once; again only when the dependencies change.
$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("hushflake needs Python 3.11 or newer: make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "$(PYTHON) has no venv module: install it (Debian: apt-get install python3-venv)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: $(STAMP)
	@$(BIN)/python scripts/demo.py

# Three at a time, on two cores too: much of a test's time goes to the servers it talks to.
test: $(STAMP)
	$(BIN)/pytest -n 3 --dist loadfile --cov --cov-branch -m "not slow"

# All of them take most of an hour; name some with SLOW=tests/…
SLOW := tests
test-slow: $(STAMP)
	$(BIN)/pytest -n 2 -m slow $(SLOW)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/flake8 .

docs: $(STAMP)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

clean:
	rm -rf $(VENV) build dist .coverage .coverage.* *.egg-info

STACK ?= local
.PHONY: conformance
conformance: $(STAMP)
	@mkdir -p build
	$(BIN)/python tests/local/conformance/run.py --stack $(STACK) --report build/conformance-$(STACK).md
