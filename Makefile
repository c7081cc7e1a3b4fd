PYTHON ?= python3
BIN := .venv/bin

.PHONY: install app check fix test test-slow models bench browser

# The stamp says which requirements the environment holds; a changed file installs again.
.venv/.installed: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

install: .venv/.installed

app: install
	$(BIN)/python app.py

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

fix: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Installed Chromium, else the system's package as root, else Playwright's own.
browser: install
	$(BIN)/python tests/install_browser.py

test: browser
	OMP_WAIT_POLICY=PASSIVE $(BIN)/pytest

test-slow: browser
	OMP_WAIT_POLICY=PASSIVE $(BIN)/pytest -m slow

# The shipped pair, from a fixed seed: about ten minutes on two cores.
models: install
	$(BIN)/python -m export.shipped
