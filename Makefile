# One word per job; `make` alone lists them. Needs Python 3.11 or newer and make, nothing else.

PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run test test-sqlite test-postgres test-browser prove fuzz-api mutants check format clean

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: .venv/demo.stamp .env ## the shop, its sandbox and its worker on this machine (PORT=8000 SANDBOX_PORT=12111)
	@$(BIN)/python -m bookstore.launch

test: .venv/dev.stamp ## every test: on SQLite, on PostgreSQL, in a browser
	@$(BIN)/python -m bookstore.testing

test-sqlite: .venv/dev.stamp ## all but the browser tests, on SQLite
	@$(BIN)/python -m bookstore.testing sqlite

test-postgres: .venv/dev.stamp ## all but the browser tests, on a private PostgreSQL
	@$(BIN)/python -m bookstore.testing postgres

test-browser: .venv/dev.stamp ## the browser tests
	@$(BIN)/python -m bookstore.testing browser

prove: .venv/dev.stamp ## the long proofs that money and stock stay right; writes docs/reliability.md (under an hour)
	@$(BIN)/python -m bookstore.testing.prove

fuzz-api: .venv/dev.stamp ## at least 10,000 generated requests to the REST API (a quarter of an hour)
	API_FUZZ_EXAMPLES=$${API_FUZZ_EXAMPLES:-950} $(BIN)/python -m pytest -q -s bookstore/api/tests/test_fuzz.py

mutants: .venv/dev.stamp ## break payments/ and the receivers in 3,000 ways, see whether a test notices (about an hour; ONLY=open goes on)
	$(BIN)/python -m bookstore.testing.mutation --only $(or $(ONLY),all) $(FILES)

# What production will run with; none of it is secret.
check: export ENV_FILE = /dev/null
check: export DATABASE_URL = sqlite://:memory:
check: export SECRET_KEY = only-for-make-check-gGk3n0mXw8pQvT1rYz5bDc7uLh2sJf9aEi4oKqRx
check: export JWT_SIGNING_KEY = only-for-make-check-tR4vN8sKq2WmYx7ZcHb3LfUe5Jd9PgAo
check: export ALLOWED_HOSTS = shop.example
check: export SITE_URL = https://shop.example
check: export STRIPE_PUBLISHABLE_KEY = pk_test_000000000000000000000000
check: export STRIPE_SECRET_KEY = sk_test_000000000000000000000000
check: export STRIPE_WEBHOOK_SECRET = whsec_000000000000000000000000
check: .venv/dev.stamp ## style, types, templates, migrations, settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/python manage.py makemigrations --check --dry-run
	DEBUG=true STRIPE_SANDBOX=true $(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py check --deploy --fail-level WARNING

format: .venv/dev.stamp ## put Python into shape
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean: ## remove what was installed and cached; .env and var/ stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@for python in $(PYTHON); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi; python=; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Python 3.11 or newer is needed; looked for: $(PYTHON). Name it like: make run PYTHON=/path/to/python3" >&2; \
	  exit 1; fi; \
	if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; fi; \
	$$python -m venv .venv || { rm -rf .venv; exit 1; }

.venv/demo.stamp: requirements.txt requirements-sandbox.txt | .venv/bin/python
	@echo "Installing into .venv (once, about a minute) ..."
	@$(INSTALL) -r requirements-sandbox.txt
	@touch $@

.venv/dev.stamp: requirements.txt requirements-sandbox.txt requirements-dev.txt | .venv/bin/python
	@echo "Installing into .venv with everything for tests (once, a minute or two) ..."
	@$(INSTALL) -r requirements-dev.txt
	@touch $@ .venv/demo.stamp

# Made once; yours from then on. Each of the two keys gets its own value.
.env:
	@umask 077 && $(BIN)/python -c 'import re, secrets, sys; \
	  fill = lambda key: key[0] + secrets.token_urlsafe(48); \
	  print(re.sub(r"(?m)^(SECRET_KEY|JWT_SIGNING_KEY)=$$", fill, sys.stdin.read()), end="")' \
	  < .env.example > .env.new && mv .env.new .env
