# The commands that do all the set-up: `make demo`, `make test` and `make quick`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
CHROMIUM := /usr/bin/chromium
SLURM := /usr/sbin/slurmctld
# What is compiled is kept: pytest's rewriting of all tests takes each of its workers ten seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test quick soak test-slurm test-gpu check docs clean

demo: $(INSTALLED)
	$(BIN)/ticketscope run demo

# Files of tests keep their order: the long ones, of the main job, come first and leave no tail.
test: $(INSTALLED) check $(CHROMIUM)
	$(BIN)/python -m pytest -m "not soak and not slurm" --numprocesses 2 --dist loadfile --no-loadscope-reorder

# Unit tests that are not marked slow; --quick skips what starts a process. It ends with the slowest
# tests: mark what does not belong here.
quick: $(INSTALLED) check
	$(BIN)/python -m pytest tests/unit -m "not slow" --quick --numprocesses 2 --durations 5

soak: $(INSTALLED)
	$(BIN)/python -m pytest -m soak

# A Slurm of Debian's packages on this machine, under five minutes; skipped where there is none.
test-slurm: $(INSTALLED) $(SLURM)
	$(BIN)/python -m pytest tests/slurm -m slurm

# Under ten minutes on a machine with a GPU; OUT=FOLDER gets what it prints.
test-gpu: $(INSTALLED)
	PYTHON=$(BIN)/python benchmarks/gpu.sh

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The listing of tables follows from their definitions; a test compares it.
docs: $(INSTALLED)
	$(BIN)/python docs/write_tables.py

# Installed anew whenever what the package needs changes.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

# The report is tested in a real browser. Where we may not install one, those tests skip visibly.
$(CHROMIUM):
	@if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core > /dev/null; \
	else \
	  echo "no $(CHROMIUM) and not root: the browser tests will be skipped"; \
	fi

$(SLURM):
	@if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends slurmctld slurmd slurm-client munge > /dev/null; \
	fi; [ -x $(SLURM) ] || echo "no $(SLURM), and it cannot be installed here: the tests on a real Slurm will be skipped"

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
