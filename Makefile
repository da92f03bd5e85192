# The two commands: `make run` serves the site, `make test` runs the tests. Both set everything up.

# The first that runs and is new enough; a name on the path alone says little.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 1
export TERMBOOK_DATA ?= $(CURDIR)/var
BIN = .venv/bin
DEV = .venv/.installed-dev

.PHONY: run test test-deep setup setup-dev lint bench starter lock help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

run: setup ## serve the site at http://$(HOST):$(PORT)/
	@$(BIN)/python manage.py prepare_site --address http://$(HOST):$(PORT)/
	@trap 'kill $$worker $$server 2>/dev/null; wait' EXIT; trap exit INT TERM; \
	$(BIN)/python manage.py db_worker --verbosity 0 --interval 2 --no-reload & worker=$$!; \
	$(BIN)/granian --interface wsgi --host $(HOST) --port $(PORT) --workers $(WORKERS) \
		--blocking-threads 2 --workers-kill-timeout 2 --no-ws --log-level warning \
		glossary_site.wsgi:application & server=$$!; \
	wait $$server

setup: .venv/.installed

.venv/.installed: requirements.lock
	@test -n '$(PYTHON)' \
		|| { echo 'Termbook needs Python 3.11 or newer. Name one: make PYTHON=/path/to/python3.11'; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv \
		|| { rm -rf .venv; echo 'Making .venv failed. On Debian: apt-get install python3-venv'; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

setup-dev: $(DEV)

$(DEV): .venv/.installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

test: setup-dev ## run the tests on SQLite and, where there is one, on PostgreSQL
	@$(BIN)/python tests/run.py

test-deep: setup-dev ## the same with long property, race and fault runs
	@$(BIN)/python tests/run.py --deep

lint: setup-dev ## style, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup-dev ## measure pages, search, imports and the finder of duplicates, in about 25 minutes
	@$(BIN)/python bench/run.py
	@$(BIN)/python bench/import_cost.py
	@$(BIN)/python bench/million.py
	@$(BIN)/python bench/duplicates.py --share 0.05

starter: setup ## make fixtures/starter.json from fixtures/starter/*.yaml
	$(BIN)/python manage.py build_starter

lock: setup-dev ## pin the newest versions that pyproject.toml allows
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --upgrade --quiet -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header -c requirements.lock --quiet -o requirements-dev.lock
