# `make` lists what there is. Every target makes .venv first; PYTHON=… chooses the interpreter.

PYTHON ?=
export PYTHON
# Tests start our programs hundreds of times: each compiles what it imports unless bytecode is kept.
unexport PYTHONDONTWRITEBYTECODE
READY := .venv/.installed
RUNS := .venv/.runs
RUN := .venv/bin/python -m
COMPILE := $(RUN) uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url pyproject.toml

# Two more than there are cores, since a story waits now and then; each has hubs, a PostgreSQL and a browser of its own.
SIDE_BY_SIDE = $(shell getconf _NPROCESSORS_ONLN | awk '{ n = $$1 + 2; print (n > 6 ? 6 : n) }')
TESTS = pytest --numprocesses=$(SIDE_BY_SIDE) --dist=loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help venv run test coverage check format pictures chaos bench migrate lock clean

help:
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

run: $(RUNS)  ## start everything here and say where to look; Ctrl-C ends it, the data stay in .hub
	@$(RUN) sandbox.run --with-parent

test: $(READY)  ## run every test
	tests/in-memory.sh $(RUN) $(TESTS)

coverage: $(READY)  ## the same, and see that they reach what they should
	@$(RUN) coverage erase
	tests/in-memory.sh $(RUN) coverage run -m $(TESTS)
	@$(RUN) coverage combine --quiet
	$(RUN) coverage report --fail-under=90
	$(RUN) coverage report --fail-under=95 \
	  --include='hub/*,platforms/signature.py,platforms/*/report.py,platforms/*/letter.py'

check: $(READY)  ## formatting, lint, types, the import rule, known vulnerabilities
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	.venv/bin/lint-imports
	@$(RUN) tests.audit

format: $(READY)  ## format the code and repair what lint can repair
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

pictures: $(READY)  ## take the pictures in docs/pictures anew, in a real Chromium
	PICTURES=docs/pictures $(RUN) pytest --quiet tests/browser/test_loop.py tests/browser/test_backoffice.py tests/browser/test_incident.py

chaos: $(READY)  ## break everything at random while customers write, then count what was lost or said twice
	$(RUN) tests.chaos

bench: $(READY)  ## measure, print the tables and write them into docs/performance.md
	$(RUN) bench

migrate: $(READY)  ## bring the database of DATABASE_URL up to date
	$(RUN) runtime.migrate

lock: $(READY)  ## write the lock files again from pyproject.toml (UPGRADE=--upgrade takes newer versions)
	$(COMPILE) $(UPGRADE) -o requirements.lock
	$(COMPILE) $(UPGRADE) --extra sandbox -c requirements.lock -o requirements-run.lock
	$(COMPILE) $(UPGRADE) --extra sandbox --extra dev -c requirements-run.lock -o requirements-dev.lock

clean:  ## remove .venv and every cache; the data in .hub stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv: $(READY)  ## make .venv and install what is locked

$(READY): requirements-dev.lock
	@sandbox/make-venv.sh requirements-dev.lock
	@touch $@ $(RUNS)

$(RUNS): requirements-run.lock  # less than $(READY), so that a first look does not wait for test tools
	@sandbox/make-venv.sh requirements-run.lock
	@touch $@
