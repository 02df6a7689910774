# `make run` and `make test` need Python 3.11 to 3.14 and nothing else; the rest is for those who change the code.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run stack stack-stop tryton tryton-stop test slow bench contract check lint types imports docs e2e clean

run: .venv/demo
	$(BIN)/pleo-export demo

# Worker, beat, Flower and web, supervised; on the sandbox where there is no pleo-export.toml.
stack: .venv/demo
	$(BIN)/python -m tasks.stack start

stack-stop:
	$(BIN)/python -m tasks.stack stop

# A private Tryton below .tryton/: the first time takes minutes, later seconds. It prints the connection to paste.
tryton: .venv/dev
	@PYTHONPATH=tests $(BIN)/python -m support.tryton_lab.lab start

tryton-stop: .venv/dev
	@PYTHONPATH=tests $(BIN)/python -m support.tryton_lab.lab stop

test: .venv/dev
	$(BIN)/pytest -m "not slow"

# Kills, outages, the whole stack, a real browser.
slow: .venv/dev
	$(BIN)/pytest -m slow

# Every accounting system against the same tests; see CONTRIBUTING.md.
contract: .venv/dev
	$(BIN)/pytest tests/contract/test_accounting_contract.py

# Us beside what one would write instead; into docs/benchmarks.md. SECTIONS="side-by-side sizes" measures only those.
bench: .venv/dev
	PYTHONPATH=tests:tests/benchmarks $(BIN)/python tests/benchmarks/bench.py $(SECTIONS)

check: lint types imports test slow

lint: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/dev
	$(BIN)/mypy

imports: .venv/dev
	$(BIN)/lint-imports

docs: .venv/dev
	$(BIN)/pleo-export errors > docs/errors.md

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/demo: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
	touch $@

.venv/dev: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@ .venv/demo

clean:
	rm -rf .venv pleo-export-demo pleo-export-stack

# Random deaths over many items, RUNS times two hundred of them.
RUNS ?= 5
chaos: .venv/dev
	CHAOS_RUNS=$(RUNS) $(BIN)/pytest tests/e2e/test_chaos.py
