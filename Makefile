# Every target sets up .venv on first use. PYTHON picks the interpreter (3.11 or newer).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= demo

# Compiled kernels are cached per version of their sources: one calls the other across files.
KERNELS := $(sort $(wildcard theory/loss/*.py)) training/lbfgs.py training/descent.py
export NUMBA_CACHE_DIR = $(CURDIR)/$(VENV)/kernels/$(shell cat $(KERNELS) | cksum | cut -d' ' -f1)

.PHONY: demo test check bench drill docs figures figures-all test-browser clean

demo: $(VENV)/ready          ## train, name, compare and draw: the main job, into $(OUT)/
	$(BIN)/tegum demo --out $(OUT)

test: $(VENV)/ready          ## the tests and every example in the documentation
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(VENV)/ready         ## style and types
	$(BIN)/pip install --quiet -c constraints.txt -e ".[test,dev]"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

bench: $(VENV)/ready         ## speed against the usual training loop, one thread
	$(BIN)/python -m tests.benchmarks.speed

drill: $(VENV)/ready         ## kill a sweep at random moments, and a worker of another
	$(BIN)/python -m tests.drills.kill_sweep

docs: $(VENV)/ready          ## the site, into docs/_build/html/
	$(BIN)/pip install --quiet -c constraints.txt -e ".[docs]"
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

figures: $(VENV)/ready       ## draw the gallery, or ONE=name of it, into docs/_build/figures/
	$(BIN)/python docs/make_figures.py $(ONE)

figures-all: $(VENV)/ready   ## the same, with every slow result computed again
	$(BIN)/python docs/make_figures.py --afresh

test-browser: docs           ## the site and a report in headless Chromium (Debian's packages)
	command -v chromedriver > /dev/null || apt-get install -y chromium chromium-driver
	$(BIN)/pip install --quiet -c constraints.txt -e ".[browser]"
	$(BIN)/python -m pytest -o addopts="--import-mode=importlib -q" -W ignore tests/browser

clean:                       ## remove what the targets made
	rm -rf $(VENV) demo docs/_build

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected Python 3.11 or newer, found " + sys.version.split()[0] + "; set PYTHON=")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -c constraints.txt -e ".[test]"
	touch $@
