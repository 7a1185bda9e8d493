# Everything that a person needs: `make demo` shows the product, `make test` proves it.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE :=
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

.PHONY: demo test quick lint bench setup lock clean test-packages

demo: .venv/.ready
	@$(BIN)/tongbu demo

test: test-packages .venv/.ready-for-tests lint
	$(BIN)/pytest

quick: test-packages .venv/.ready-for-tests
	$(BIN)/pytest -n 2 --dist loadfile -m "not engine and not browser and not kill and not postgres"

lint: .venv/.ready-for-tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.ready-for-tests
	for bench in tests/bench/bench_*.py; do $(BIN)/python $$bench; done

setup: .venv/.ready

# Looked at before anything else: without root it names what is missing and stops.
test-packages:
	@.ci/debian-packages chromium poppler-utils postgresql qpdf

# The virtual environment, from the lock file alone.
.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || .ci/debian-packages python3-venv
	@echo "Setting up .venv from requirements.lock (a minute or two, once) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.ready-for-tests: .venv/.ready tests/requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r tests/requirements.lock
	@touch $@

# Resolves the lock files anew; needs uv.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra test --constraint requirements.lock pyproject.toml --output-file tests/requirements.lock

clean:
	rm -rf .venv build *.egg-info
