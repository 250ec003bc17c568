# Two commands do everything, on a machine with git, make and Python 3.11 or newer:
#   make run     one day's passes of the shipped satellites and its schedule; then the service, as a demonstration
#   make test    the whole suite: format, lint, types, layers, tests
# While working:
#   make check   format, lint, types, layers and the unit tests, in under 90 seconds on two cores

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed

# The tests start some hundred processes: with their modules compiled each is there in half of the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test suite bench-plan bench-scale rehearse check test-nojit test-nojit-quick coverage mutate lint format messages reference bench bench-writers bench-web chaos fuzz lock clean

run: $(RUNTIME)
	@echo "One day at the shipped stations, starting at the epoch of the shipped element set. Its passes:"
	@echo "    passplan passes --start epoch --hours 24"
	@$(BIN)/passplan passes --start epoch --hours 24
	@echo
	@echo "And its schedule, for the example requests:"
	@echo "    passplan plan --start epoch --hours 24 --effort quick"
	@$(BIN)/passplan plan --start epoch --hours 24 --effort quick
	@echo
	@echo "And the service, which makes such a schedule every day by itself:"
	@echo "    passplan serve --demo"
	@exec $(BIN)/passplan serve --demo

# All parts beside each other: tests of browsers and daemons wait for half of their time.
test: $(DEV)
	@$(MAKE) --no-print-directory -j 3 lint test-nojit-quick suite

suite: $(DEV)
	$(BIN)/python -m tests.compiled
	$(BIN)/python -m pytest -n $$(($$(nproc) + 1))

# Unit tests are tests/unit: no database, no server, and hardly a process.
check: lint
	$(BIN)/python -m pytest -q -n 2 tests/unit

# The kernels as plain Python: what the JIT compiles must mean the same. NOJIT_QUICK is the part that `make test` runs.
NOJIT := tests/unit/test_kernels.py tests/unit/test_annealing.py tests/unit/test_passes.py tests/unit/test_track.py
NOJIT_QUICK := tests/unit/test_kernels.py tests/unit/test_track.py -k "not cache and not compile"

test-nojit: $(DEV)
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q -n 2 $(NOJIT)

test-nojit-quick: $(DEV)
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q $(NOJIT_QUICK)

# Branch coverage of the suite's own processes, without the browser and the chaos campaign, whose work is done by others.
coverage: $(DEV)
	$(BIN)/python -m pytest -q -n auto --ignore tests/browser --ignore tests/chaos --cov --cov-report=term

# Mutants of the rules' code, and of the guards' SQL; the tree itself is not changed. MUTATE: options, such as "--sample 50".
mutate: $(DEV)
	$(BIN)/python -m tests.mutation $(MUTATE)

lint: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# What translators work from: every message of the pages.
# docs/reference/rows.md and the table of passes.md, from the declarations of the rows.
reference: $(DEV)
	$(BIN)/python -m tests.docs.rows
	$(BIN)/python -m tests.docs.messages

messages: $(DEV)
	$(BIN)/pybabel -q extract -F pyproject.toml -k Message:2 -k translate --no-location --omit-header --sort-output -o web/translations/messages.pot .

# The pass search against Skyfield in the same run. CATALOGUE: a file of some thousand element sets.
bench: $(DEV)
	$(BIN)/python -m tests.benchmarks.pass_search $(if $(CATALOGUE),--catalogue $(CATALOGUE))

# Eight writers at once against the guards of both databases, and a control without guards.
bench-writers: $(DEV)
	$(BIN)/python -m tests.benchmarks.writers

# The pages and the API of the demonstration with 30 days of passes, under 32 clients (wrk); and what a page weighs.
bench-web: $(DEV)
	$(BIN)/python -m tests.benchmarks.web

# Days of requests with one difficulty each: value, bound, gap, time and memory of the planner.
bench-plan: $(DEV)
	$(BIN)/python -m tests.benchmarks.planning_cases

# A store of 60 satellites, 200 stations and 2,000 requests: passes, a daily plan and its publication.
bench-scale: $(DEV)
	$(BIN)/python -m tests.benchmarks.scale

# A rehearsal of 30 days. HISTORY: files of element sets from before START on.
rehearse: $(DEV)
	$(BIN)/passplan rehearse --from $(or $(START),2026-07-06) --days 30 --history $(HISTORY) --data $(or $(FOLDER),rehearsal)

# Daemons and writers killed at random, 200 times on each database, and the server of PostgreSQL; the suite has a short
# form.
chaos: $(DEV)
	$(BIN)/python -m tests.chaos.campaign --kills 200 --crashes 20 --database both

# The API with what is wrong, as four who ask, some thousand times; the suite has a short form.
fuzz: $(DEV)
	$(BIN)/python -m tests.server.fuzzing --examples 300

# Renews both locks; nothing of the package index gets into them.
lock:
	uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links \
	    --upgrade --group build pyproject.toml -o requirements.lock
	uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links \
	    --upgrade --group dev --extra postgres pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) dist build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "passplan needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
ifdef UV
	uv venv -q --seed --python $(PYTHON) $(VENV)
else
	$(PYTHON) -m venv $(VENV)
endif

ifdef UV
INSTALL := VIRTUAL_ENV=$(abspath $(VENV)) uv pip install -q --compile-bytecode
else
INSTALL := $(BIN)/python -m pip install -q --disable-pip-version-check
endif

# hatchling builds pinned and unisolated, so that an install is the lock and nothing else.
$(RUNTIME): requirements.lock pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@ $(RUNTIME)
