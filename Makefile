# Dailies. `make run` starts the studio, `make test` runs every test; both set up what they need.
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	&& echo $$p && break; done)
BIN := .venv/bin
ARGS ?=
STUDIOS := tests/browser tests/e2e

.PHONY: help run test test-long bench lint format messages screenshots lock clean browser
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/run.stamp ## Set up and start the studio with the demo provider
	@exec $(BIN)/python manage.py up

test: .venv/dev.stamp browser ## Set up and run every test, browser included (ARGS="-k name")
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not long and not alone" $(ARGS) || test $$? = 5
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "alone and not long" $(STUDIOS) $(ARGS) || test $$? = 5
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "alone and not long" $(STUDIOS:%=--ignore=%) $(ARGS) || test $$? = 5

bench: .venv/dev.stamp ## Measure looks, lag and downloads; writes docs/benchmarks.md (ARGS="lag --quick")
	$(BIN)/python -m bench $(ARGS)

test-long: .venv/dev.stamp ## Run the tests that take minutes (200 kills, 2 GB downloads)
	$(BIN)/python -m pytest -m long $(ARGS)

lint: .venv/dev.stamp ## Style, types, import contracts, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy studio bench
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

format: .venv/dev.stamp ## Sort imports and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

browser: .venv/dev.stamp
	@$(BIN)/python scripts/browser.py

messages: .venv/dev.stamp ## Gather every text into the catalogues of studio/locale and compile them
	$(BIN)/python scripts/messages.py

screenshots: .venv/dev.stamp browser ## Take a picture of every page into docs/img, from a studio of its own
	$(BIN)/python scripts/screenshots.py $(ARGS)

lock: .venv/dev.stamp ## Write requirements*.lock anew from pyproject.toml
	$(BIN)/python scripts/lock.py

clean: ## Remove the environment and caches; data/ stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Dailies needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -m venv .venv 2>/dev/null || { rm -rf .venv; bash scripts/venv.sh "$(PYTHON)"; }

.venv/run.stamp: requirements.lock | .venv/bin/python
	@echo "Installing what the studio needs (once)..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@echo "Installing what the tests need (once)..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@
