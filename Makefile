# Everything that a person needs: `make demo` shows the product, `make test` proves it.
PYTHON ?= python3
BIN := .venv/bin
# One process of tests more than there are processors: each waits now and then, for a browser or for the engine.
AT_ONCE = -n $$(($$(nproc) + 1)) --dist loadfile --no-loadscope-reorder
export PYTHONDONTWRITEBYTECODE :=
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

.PHONY: demo test quick lint bench bench-site bench-gazette setup lock clean test-packages

demo: .venv/.ready
	@$(BIN)/tongbu demo

test: test-packages .venv/.ready-for-tests tests/node_modules/.ready lint
	$(BIN)/pytest $(AT_ONCE)

quick: test-packages .venv/.ready-for-tests tests/node_modules/.ready
	$(BIN)/pytest $(AT_ONCE) -m "not engine and not browser and not kill and not postgres"

lint: .venv/.ready-for-tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.ready-for-tests
	for bench in broadcast accounts counts; do $(BIN)/python tests/bench/bench_$$bench.py; done

# The site against Hugo, Pelican and bare loops; they get an environment of their own.
bench-site: .venv/.ready-for-tests .venv/rivals/.ready
	$(BIN)/python tests/bench/bench_site.py

# An issue of the gazette against WeasyPrint and bare Typst.
bench-gazette: .venv/.ready-for-tests .venv/rivals/.ready
	$(BIN)/python tests/bench/bench_gazette.py

.venv/rivals/.ready: tests/bench/rivals.lock
	@$(PYTHON) -m venv .venv/rivals
	@.venv/rivals/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r tests/bench/rivals.lock
	@touch $@

setup: .venv/.ready

# Looked at before anything else: without root it names what is missing and stops.
test-packages:
	@.ci/debian-packages chromium-headless-shell poppler-utils postgresql qpdf nginx-light caddy default-jre-headless:java npm:npm

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

# The checker of HTML (a jar, run by Java). Its own script would fetch a Java; we use the machine's.
tests/node_modules/.ready: tests/package.json tests/package-lock.json
	@npm ci --prefix tests --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# Resolves the lock files anew; needs uv.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra test --constraint requirements.lock pyproject.toml --output-file tests/requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate tests/bench/rivals.in --output-file tests/bench/rivals.lock

clean:
	rm -rf .venv build tests/node_modules *.egg-info
