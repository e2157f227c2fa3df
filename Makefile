# Every target sets up .venv on first use. PYTHON picks the interpreter (3.11 or newer).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= demo

# compiled kernels are kept with the environment, so that `make clean` removes them
export NUMBA_CACHE_DIR = $(CURDIR)/$(VENV)/kernels

DRILLS := laws fuzz fuzz_commands kill_sweep kill_commands kill_steps disks determinism \
	scale real_matrices recompute_figures stranger

.PHONY: demo test check bench drill docs figures figures-all test-browser constraints clean

demo: $(VENV)/ready          ## train, name, compare and draw: the main job, into $(OUT)/
	$(BIN)/tegum demo --out $(OUT)

test: $(VENV)/ready          ## the tests and every example in the documentation
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(VENV)/dev           ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

bench: $(VENV)/ready         ## speed against the usual training loop, one thread
	$(BIN)/python -m tests.benchmarks.speed

drill: $(VENV)/ready         ## try to break it, for hours: make drill ONE=laws
	set -e; for drill in $(or $(ONE),$(DRILLS)); do $(BIN)/python -m tests.drills.$$drill; done

docs: $(VENV)/dev            ## the site, into docs/_build/html/
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

figures: $(VENV)/ready       ## draw the gallery, or ONE=name of it, into docs/_build/figures/
	$(BIN)/python docs/make_figures.py $(ONE)

figures-all: $(VENV)/ready   ## the same, with every slow result computed again
	$(BIN)/python docs/make_figures.py --afresh

test-browser: docs           ## the site and a report in headless Chromium (Debian's packages)
	command -v chromedriver > /dev/null || apt-get install -y chromium chromium-driver
	$(BIN)/python -m pytest -o addopts="--import-mode=importlib -q" -W ignore tests/browser

clean:                       ## remove what the targets made
	rm -rf $(VENV) demo docs/_build

# Torch has other builds on other machines: it is the one package that is pinned without a hash.
LOCKED := install --quiet --require-hashes --no-deps

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected Python 3.11 or newer, found " + sys.version.split()[0] + "; set PYTHON=")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip $(LOCKED) -r constraints.txt
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/dev: $(VENV)/ready constraints-dev.txt
	$(BIN)/pip $(LOCKED) -r constraints-dev.txt
	touch $@

PIN = $(BIN)/uv pip compile pyproject.toml --quiet --python-version 3.11.5 --group build --extra test \
	--generate-hashes --no-header --no-annotate --no-emit-package torch $(UPGRADE)

constraints: $(VENV)/ready   ## resolve what is pinned again; UPGRADE=--upgrade takes newer versions
	$(BIN)/pip install --quiet uv
	$(PIN) -o constraints.txt
	$(PIN) -o constraints-dev.txt -c constraints.txt --extra docs --extra dev --extra browser \
	    $$(sed -n 's/==.*/ /; s/^[a-z]/--no-emit-package &/p' constraints.txt)
