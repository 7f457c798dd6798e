# Every target works alone on a fresh checkout: it first makes .venv from the lock, if need be.

PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
TO_VENV := --python $(BIN)/python

# Where torch and torchvision come from: `lock` (pinned, with hashes) or `cpu` (uv's CPU backend).
# The choice is remembered in .venv, so that `make test` after `make setup TORCH=cpu` keeps it.
LAST_TORCH := $(shell cat $(VENV)/torch-source 2>/dev/null)
ifndef TORCH
TORCH := $(or $(LAST_TORCH),lock)
endif
ifeq ($(TORCH),lock)
LOCK := requirements.lock
else ifeq ($(TORCH),cpu)
LOCK := requirements-cpu.lock
TORCH_PAIR := $(shell sed -nE 's/^((torch|torchvision)==[^ ;\\]+).*/\1/p' requirements.lock)
else
$(error TORCH is '$(TORCH)', but it can only be 'lock' or 'cpu')
endif
READY := $(VENV)/.ready-$(TORCH)

.DEFAULT_GOAL := help
.PHONY: help setup report test lint pytest browser lab results frames notebooks bench faults lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "PYTHON=python3.12 picks the interpreter that .venv is made with (3.11 or newer)."
	@echo "TORCH=cpu takes torch and torchvision from uv's CPU backend: about 5 GB less on Linux."

report: $(READY) ## Render the offline report: notebooks, figures, the claims and their verdicts
	$(BIN)/mtlkit report

test: lint pytest ## Lint and run every test (both cores)

setup: $(READY) ## Make .venv from the lock (TORCH=cpu: the smaller torch)

lab: $(READY) ## Open the notebooks in JupyterLab on 127.0.0.1, with Jupyter's token
	$(BIN)/jupyter lab --ip=127.0.0.1 --ServerApp.root_dir=notebooks

lint: $(READY) ## Style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# One thread per process: the processes are the parallelism. `logical` counts what this process
# may use; more than eight workers cost more memory than they save time.
pytest: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 8 $(PYTEST_ARGS)

browser: $(READY) ## Find a Chromium for the tests that look at the report, or install one
	$(BIN)/python -m tests.browser.chromium --install

results: $(READY) ## Recompute every lesson's published studies and frames (long; JOBS=2 at a time)
	@studies=$$($(BIN)/mtlkit list --studies) && test -n "$$studies" && \
	OMP_NUM_THREADS=1 $(MAKE) --no-print-directory --keep-going -j $(JOBS) \
	  $$(echo "$$studies" | awk '{ print "study/" $$1 "/" $$2 }')
	$(MAKE) --no-print-directory frames

frames: $(READY) ## Recompute what the sliders of the report move through (minutes)
	@for pack in results/*/frames; do \
	  OMP_NUM_THREADS=1 $(BIN)/mtlkit frames $$(basename $$(dirname $$pack)) || exit 1; done

study/%: FORCE
	$(BIN)/mtlkit reproduce $(subst /, ,$*)

notebooks: $(READY) ## Store what the checked cells of edited notebooks print, and nothing else
	OMP_NUM_THREADS=1 $(BIN)/python -m mtlkit.report.refresh

bench: $(READY) ## Measure speeds against peers, into results/benchmarks
	$(BIN)/python -m benchmarks

faults: $(READY) ## Break studies on purpose, hundreds of times, and see what is lost
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.faults

# The CPU lock is the main one without the pair and what only CUDA needs: what the pair asks for on
# Linux and not on Windows. (`uniq -u` keeps the lines that stand once; those of Windows stand twice.)
lock: $(READY) ## Resolve the dependencies again (UPGRADE=--upgrade: to the newest)
	$(COMPILE) $(UPGRADE) pyproject.toml --output-file requirements.lock
	@printf 'torch\ntorchvision\n' > $(VENV)/pair.txt
	$(COMPILE_PAIR) --python-platform linux --output-file $(VENV)/linux.txt
	$(COMPILE_PAIR) --python-platform windows --output-file $(VENV)/windows.txt
	@sort $(VENV)/linux.txt $(VENV)/windows.txt $(VENV)/windows.txt | uniq -u | \
	  awk -F '==' 'FILENAME != "requirements.lock" { dropped[$$1]; next } \
	    /^[^ ]/ { wanted = !($$1 in dropped) } wanted' \
	  $(VENV)/pair.txt - requirements.lock > requirements-cpu.lock

# One version of each package for every Python and platform: what is tested is what all get.
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
  --all-extras --generate-hashes --no-annotate --custom-compile-command "make lock"
COMPILE_PAIR := $(UV) pip compile --quiet --no-header --no-annotate --python-version 3.11 \
  --constraint requirements.lock $(VENV)/pair.txt

# uv itself is pinned in the lock: pip installs that line first, uv all the others, and then the
# package, built with the build backend of the lock.
$(READY): pyproject.toml $(LOCK)
	@command -v $(PYTHON) >/dev/null || \
	  { echo "There is no '$(PYTHON)' here: install Python 3.11 or newer, or name one with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit("mtlkit needs Python 3.11 or newer, but $(PYTHON) is %d.%d: name a newer one with PYTHON=..." % v[:2] if v < (3, 11) else 0)'
	@rm -f $(VENV)/.ready-*
	$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@awk '/^[^ #]/ { wanted = /^uv==/ } wanted' $(LOCK) > $(VENV)/uv.txt
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement $(VENV)/uv.txt
	@echo $(TORCH) > $(VENV)/torch-source
ifneq ($(filter-out $(TORCH),$(LAST_TORCH)),)
	$(UV) pip uninstall $(TO_VENV) torch torchvision
endif
	@echo "Installing what $(LOCK) pins into $(VENV) ..."
	$(UV) pip sync --quiet $(TO_VENV) --require-hashes $(LOCK)
ifeq ($(TORCH),cpu)
	$(UV) pip install $(TO_VENV) --no-deps --torch-backend cpu $(TORCH_PAIR)
endif
	$(UV) pip install --quiet $(TO_VENV) --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: FORCE
FORCE:
