# One word per chore. `make demo` and `make test` need nothing but Python 3.11+ and make.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: help env demo demo-real test check format golden clean benchmark

help:  ## show the chores
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

env: $(STAMP)  ## create the environment

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Say: make PYTHON=/path/to/python3.11 demo")'
	@echo "creating the environment in $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(STAMP)

demo: $(STAMP)  ## run the whole job against the sandbox and show the result
	@$(BIN)/okr demo

demo-real: $(STAMP)  ## the same job on real data sets
	@$(BIN)/okr demo --real

check: $(STAMP)  ## format, lint, types, architecture, SQL, docs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/sqlfluff lint --processes 2 --nocolor --disable-progress-bar warehouse/models warehouse/metrics warehouse/examples

test: check  ## every check and every test
	@$(BIN)/pytest -q -n 2 --dist loadfile

format: $(STAMP)  ## rewrite Python and SQL in the house style
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:  ## remove the environment and the demo's data
	rm -rf $(VENV) data/demo data/demo-real
