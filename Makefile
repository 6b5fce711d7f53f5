# Two commands matter: `make demo` and `make test`. Both set up .venv by themselves and need
# Python 3.11 or newer and make, nothing else.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
PLUGINS := $(sort $(wildcard plugins/*/pyproject.toml))
EDITABLE := -e . $(patsubst %/pyproject.toml,-e ./%,$(PLUGINS))

.PHONY: help demo test test-long mutants check format docs bench bench-long clean

help: ## Say what can be made.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: .venv/run ## Start a sample service and decide whether it may go live.
	@$(BIN)/director demo

test: .venv/dev ## Run every test in its short form.
	@$(BIN)/python -m pytest -m "not long" --numprocesses auto --maxprocesses 4 --dist loadfile

test-long: .venv/dev ## Run the long programmes: fuzzing, kills, soaks.
	@$(BIN)/python -m pytest -m long

mutants: .venv/dev ## Break the decision rule in every small way; fail if its tests do not notice.
	@$(BIN)/python tests/mutation/run.py

check: .venv/dev ## Check format, lint and types.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: .venv/dev ## Bring the code into shape.
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: .venv/dev ## Write the reference pages from the code.
	@$(BIN)/python docs/reference/write.py

bench: .venv/dev ## Measure speed beside peers; at most ten minutes, into build/bench.jsonl.
	@$(BIN)/python benchmarks/bench.py

bench-long: .venv/dev ## The same in its long forms.
	@$(BIN)/python benchmarks/bench.py --long

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, got $$($(PYTHON) --version); set PYTHON=" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/run: pyproject.toml constraints.txt $(PLUGINS) | .venv/bin/python
	@echo "Installing into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(EDITABLE)
	@touch $@

.venv/dev: .venv/run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean: ## Remove everything that was made.
	@rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
