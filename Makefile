# The two commands of the README are `make demo` and `make test`; Python 3.11 and make are all they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .local/stamps

export OMS_MODE ?= development
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help setup demo test lint format bench crash oversell proofs clean lock messages screenshots

help: ## What can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(VENV)/.installed: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Python packages (once) …" >&2
	$(BIN)/pip install --quiet --require-hashes --requirement requirements-dev.lock
	@touch $@

node_modules/.installed: package-lock.json $(VENV)/.installed
	@echo "Installing static packages (once) …" >&2
	$(BIN)/python -m oms.embedded.npm ci --silent --no-audit --no-fund --ignore-scripts
	@mkdir -p node_modules && touch $@

setup: $(VENV)/.installed node_modules/.installed ## Install what is needed
	@$(BIN)/python -m oms.messages compile

demo: export PYTHONDONTWRITEBYTECODE :=
demo: setup ## Run a company's day on this machine; ONCE=1 runs it to its end and prints a summary, TIMELINE=1 where the time went
	@exec $(BIN)/python -m oms.demo $(if $(ONCE),--once) $(if $(TRADES),--trades $(TRADES)) $(if $(TIMELINE),--timeline)

# The browser's event loop gives Django's connections another context: tests that fork, or must be alone on the database, run before it.
test: setup ## Run the tests
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else
	$(BIN)/python -m pytest -m "not browser"
	$(BIN)/python -m pytest -m browser --reruns 1 -rR
endif

crash: setup ## Kill the main line at every point, and see that nothing is lost and nothing happens twice (ARGS="--sample 50")
	@$(BIN)/python -m tests.crash $(ARGS)

lint: setup ## Run every check that is not a test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-timing-info 2>/dev/null || $(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m oms.messages check
	$(BIN)/mypy

format: setup ## Format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

bench: setup ## Print figures as lines of JSON
	@$(BIN)/python -m tests.bench $(ARGS)

oversell: setup ## Have up to 128 processes fight for the last units, and show that every mistake is caught
	@$(BIN)/python -m tests.proofs oversell

proofs: setup ## Run the proofs of which the tests hold a sample
	@$(BIN)/python -m tests.proofs

messages: setup ## Bring the translation catalogues up to date with the code
	$(BIN)/python -m oms.messages extract

screenshots: setup ## Take the pictures of the documentation anew
	$(BIN)/python -m tests.screenshots

lock: $(VENV)/.installed ## Choose and lock the versions of packages anew
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra embedded --extra dev pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements-dev.lock pyproject.toml -o requirements.lock
	$(BIN)/python -m oms.embedded.npm install --package-lock-only --no-audit --no-fund --omit-lockfile-registry-resolved

clean: ## Remove what was installed, made and stored here
	rm -rf .local $(VENV) node_modules staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
