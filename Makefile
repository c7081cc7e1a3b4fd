PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: install dev app check fix test test-slow test-browsers browser models pairs audit curves \
        compared bench torture web \
        space lock licences audit-deps

# The stamps say which requirements the environment holds; a changed file installs again.
.venv/.installed: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	$(PIP) -r requirements.txt
	touch $@

.venv/.dev: .venv/.installed requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	touch $@

install: .venv/.installed

# What tests and checks need besides.
dev: .venv/.dev

app: install
	$(BIN)/python app.py

# What checks web/; none of it reaches a page.
node_modules/.installed: package.json package-lock.json
	@command -v npm > /dev/null || { \
	    echo "npm not found, which fetches the checks of web/: install Node.js 20 or newer"; exit 1; }
	npm ci --silent
	touch $@

check: dev node_modules/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive forgetdemo export app.py
	npm run --silent check

fix: dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Installed Chromium, else the system's package as root, else Playwright's own.
browser: dev
	$(BIN)/python -m tests.helpers.install_browser

# Two at a time, but for what drives a browser or loads an app, which has the machine to itself.
ALONE := tests/browser tests/benchmarks tests/live tests/test_app.py tests/test_cli.py \
         tests/ui/test_connections.py tests/ui/test_guard.py

test: browser node_modules/.installed
	OMP_WAIT_POLICY=PASSIVE $(BIN)/pytest --numprocesses 2 --dist loadfile $(ALONE:%=--ignore=%)
	OMP_WAIT_POLICY=PASSIVE $(BIN)/pytest $(ALONE)

# The main things on both pages in Firefox and WebKit: Debian's packages, installed as root.
test-browsers: browser
	@command -v firefox-esr WebKitWebDriver Xvfb > /dev/null || \
	    apt-get install -y -q firefox-esr webkit2gtk-driver xvfb
	$(BIN)/python -m benchmarks.browsers

test-slow: browser node_modules/.installed
	OMP_WAIT_POLICY=PASSIVE $(BIN)/pytest -m slow

# The shipped models, from fixed seeds: about ten minutes on two cores. Then samples, pairs, audit and
# curves, which are made from them.
models: install
	$(BIN)/python -m export.shipped
	$(BIN)/python -m benchmarks.make_samples

# All 90 pairs from the shipped original, as what moved.
pairs: install
	$(BIN)/python -m export.pairs

# Is the shipped pair really forgotten? Trains six oracles, or finds them in runs/.
audit: install
	$(BIN)/python -m forgetdemo audit --run assets/models --out assets/models

# Relearn's reference curves: the original's and, for each digit, a model's that never saw it.
curves: install
	$(BIN)/python -m benchmarks.relearning

# A retrained model of every digit, small enough to ship, and the lesson's networks: nine trainings.
compared: install
	$(BIN)/python -m export.compared

# README's tables, measured again; runs that are there are reused.
bench: browser
	$(BIN)/python -m benchmarks.headline
	$(BIN)/python -m forgetdemo bench methods
	$(BIN)/python -m benchmarks.live
	$(BIN)/python -m benchmarks.web

# What an anonymous client can do to the app; SECURITY.md says what it may.
torture: browser
	$(BIN)/python -m benchmarks.torture --json docs/torture.json

# The page that needs no server, for any static host.
web: install
	$(BIN)/python -m export.web --out dist

# A folder for Hugging Face Spaces; add --push USER/NAME by hand.
space: install
	$(BIN)/python -m export.space --out space

# requirements.txt with all that it brings, for every platform, each file by its SHA-256.
lock: dev
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	    --custom-compile-command "make lock" requirements.txt --output-file requirements.lock

# Under which licences what is locked may be used.
licences: dev
	$(BIN)/python -m benchmarks.dependencies licences

# Known vulnerabilities of what is locked; says so where the database of advisories cannot be reached.
audit-deps: dev
	$(BIN)/python -m benchmarks.dependencies advisories
