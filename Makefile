# Everything a person does with a checkout. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Every program the tests start would compile all of Django anew: two seconds instead of half of one.
unexport PYTHONDONTWRITEBYTECODE

PYTHON := .venv/bin/python
ARGS ?=
WORKERS ?= 4
export PORT ?= 8000
# Production settings with values that are nobody's secret: for checks that read settings and open no connection.
PRODUCTION := set -a; . .ci/production.env; set +a;

.PHONY: help setup demo test check bench reset lock

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

setup: ## make .venv/ from the lock file and compile the translations; does nothing when nothing changed
	@for python in python3.11 python3.12 python3; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null; then \
	    exec $$python watson/bootstrap.py; \
	  fi; \
	done; \
	echo "Watson needs Python 3.11 or 3.12: neither python3.11, python3.12 nor python3 is one." >&2; \
	exit 1

demo: setup ## run Watson with an agency in it; PORT=8100 moves it, Ctrl-C ends it, its data stays
	@exec $(PYTHON) -m watson.demo

test: setup ## run every test, the browser's too; ARGS="-k consent" narrows it down
	@$(PYTHON) -m tests.support.browser --ensure
	@$(PYTHON) -m tests.support.dovecot --ensure
	@exec $(PYTHON) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: setup ## lint, types, layers, templates, migrations and deployment settings
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check --quiet .
	@$(PRODUCTION) $(PYTHON) -m mypy .
	@.venv/bin/lint-imports
	@.venv/bin/djlint templates --lint --quiet
	@$(PRODUCTION) $(PYTHON) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(PYTHON) manage.py check --deploy --fail-level WARNING

bench: setup ## measure mail beside its limit and its peer, then the rights of people and the desk; some minutes on a quiet machine
	@$(PYTHON) -m bench.mail $(ARGS)
	@$(PYTHON) -m bench.rights
	@exec $(PYTHON) -m bench.desk

reset: setup ## stop this checkout's servers and forget the demo's data
	@exec $(PYTHON) -m watson.demo --reset

COMPILE = "$$tools/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header

lock: ## write requirements*.txt anew from requirements*.in
	@tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	python3 -m venv "$$tools"; \
	"$$tools/bin/pip" install --quiet --disable-pip-version-check uv; \
	$(COMPILE) requirements-dev.in -o requirements-dev.txt; \
	$(COMPILE) requirements.in -c requirements-dev.txt -o requirements.txt
