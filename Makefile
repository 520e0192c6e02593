# Everything here needs only python3 (3.11 or later), make and git. The command is .venv/bin/reconcile.
PYTHON ?= python3
WORKERS ?= 2
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
BUILD := $(PIP) --no-deps --no-build-isolation --editable .

.DEFAULT_GOAL := help
.PHONY: help demo test check faults bench docs lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.runtime ## the main job on a Genesys Cloud stand-in: plan, apply, audit, webhooks
	@$(BIN)/python demo/demo.py

test: .venv/.dev ## every test, in two processes (WORKERS=4 for four)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: .venv/.dev ## lint, format, types, import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

faults: .venv/.dev ## every call of the client against every way a request can go wrong, as a table
	$(BIN)/python -m bench.faults

bench: .venv/.dev ## benchmarks; every figure is a ratio or a count of one run
	$(BIN)/python -m bench

docs: .venv/.dev ## write the generated pages: settings and JSON Schemas
	$(BIN)/python -m docs.generate

lock: .venv/.dev ## renew the locked requirements (needs uv)
	cd requirements && for set in runtime dev; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --no-header --no-annotate ../pyproject.toml build.in \
	    $$([ $$set = dev ] && echo "--group ../pyproject.toml:dev -c runtime.lock") -o $$set.lock; done; \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --no-header --no-annotate --group ../pyproject.toml:contract -c dev.lock -o contract.lock

clean: ## remove what the targets made
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .reconciler *.egg-info

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.runtime: requirements/runtime.lock pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements/runtime.lock
	$(BUILD)
	@touch $@

.venv/.dev: requirements/dev.lock requirements/contract.lock pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements/dev.lock -r requirements/contract.lock
	$(BUILD)
	@touch $@ .venv/.runtime
