# zhishi. `make help` lists the targets. Everything works from nothing: Debian 12, Python 3.11, Node 20, package registries.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
FRONTEND_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' 2>/dev/null)
DIST := src/zhishi/web/dist/candidate/index.html
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help demo test faults test-fast check format bench frontend setup setup-dev browser fonts clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: setup frontend fonts ## a whole exam on http://127.0.0.1:8000, logins printed (ARGS="--starts-in 5m --photos DIR")
	$(BIN)/zhishi demo $(ARGS)

test: setup-dev frontend browser ## all tests, on SQLite, PostgreSQL, a real S3 server and a real browser
	$(BIN)/pytest -n 2 -m "not e2e and not faults" $(ARGS)
	$(BIN)/pytest -m "e2e and not faults" $(ARGS)

faults: setup-dev frontend browser ## every fault that a recording must survive (NAME=network runs one file of them)
	$(BIN)/pytest tests/faults$(if $(NAME),/test_$(NAME).py) $(ARGS)

test-fast: setup-dev ## without the browser
	$(BIN)/pytest -n 2 -m "not e2e" $(ARGS)

check: setup-dev frontend/node_modules/.stamp ## format, lint, types, import layers, generated types
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd frontend && npm run --silent check
	@$(MAKE) --no-print-directory types
	git diff --exit-code --stat -- frontend/shared/generated

bench: setup-dev ## benchmarks, one JSON object a line (NAME=ingest runs one)
	@$(BIN)/python -m bench $(NAME)

format: setup-dev ## put the code in order
	$(BIN)/ruff format src tests bench
	$(BIN)/ruff check --fix src tests bench

types: setup frontend/node_modules/.stamp ## generate the front end's types from the HTTP interface
	$(BIN)/zhishi openapi frontend/shared/generated/openapi.json
	cd frontend && npm run --silent types

frontend: $(DIST) ## build the front end

setup: $(STAMPS)/run ## the virtual environment to run in
setup-dev: $(STAMPS)/dev ## the virtual environment to develop and test in

$(STAMPS)/venv:
	$(PYTHON) -m venv $(VENV) || (apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV))
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: $(STAMPS)/venv requirements/run.txt requirements/build.txt pyproject.toml
	$(BIN)/pip install --quiet --require-hashes -r requirements/build.txt -r requirements/run.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/dev: $(STAMPS)/run requirements/dev.txt
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

frontend/node_modules/.stamp: frontend/package.json frontend/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 with npm is needed (Debian: apt-get install nodejs npm)" >&2; exit 1; }
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(DIST): frontend/node_modules/.stamp $(FRONTEND_SOURCES)
	cd frontend && npm run --silent build
	@touch $@

browser: ## Chromium and the Chinese fonts, for the browser tests
	@dpkg -s chromium fonts-noto-cjk >/dev/null 2>&1 || (apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk)

fonts: ## a Chinese font, for receipts in PDF; what else there is works without
	@$(BIN)/python -c 'from zhishi.foundation.documents.pdf import chinese_font; chinese_font()' 2>/dev/null || \
	  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq fonts-noto-cjk) || \
	  echo "No Chinese font: receipts in PDF are refused until one is installed (Debian: fonts-noto-cjk)" >&2

clean: ## remove what was built and installed
	rm -rf $(VENV) frontend/node_modules src/zhishi/web/dist
