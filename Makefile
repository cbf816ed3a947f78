# Each target creates the environment that it needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3.13
VENV ?= .venv
SAM_VENV ?= .venv-sam
PY := $(VENV)/bin/python
SAM := SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam
READY := $(VENV)/.installed
SAM_READY := $(SAM_VENV)/.installed
SCANNERS_READY := .venv-scanners/.installed
CLIENT_VENVS := sdk0 sdk1 langchain frameworks litellm instructor llm
CLIENTS_READY := .venv-fuzz/.installed $(CLIENT_VENVS:%=.venv-%/.installed) tests/e2e/typescript/node_modules/.installed

PORT ?= 8080
AWS_PORT ?= 5001
N ?= 10000
ENV ?= dev
STACK = $(shell sed -n '/^\[$(ENV)\.deploy/,/^parameter/s/^stack_name = "\(.*\)"/\1/p' samconfig.toml)
ARCH ?= arm64
HOST_ARCH := $(if $(filter arm64 aarch64,$(shell uname -m)),arm64,x86_64)
export PORT AWS_PORT ARCH PYTHON VENV
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Where it is set (images of containers do), each of the tests' many processes compiles the source anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help environment run demo report test check build e2e bench soak fuzz deploy build-RouterFunction build-AuthorizerFunction

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 13

environment: $(READY) $(SAM_READY) ## the virtual environments .venv and .venv-sam, which other targets create as needed

run: $(READY) ## the API on http://127.0.0.1:8080 (PORT), with local AWS and, without a key, a stand-in for the Claude API
	@$(PY) -m devtools.local_stack run

demo: $(READY) ## a mix of requests against a local stack, and the savings
	@$(PY) -m devtools.local_stack demo

report: $(READY) ## the weekly report (WEEK=2026-W47, default: last week) of the local stack that `make run` started
	@$(PY) -m devtools.local_stack report --week "$(WEEK)"

test: $(READY) ## all tests that need no Docker
	$(PY) -m pytest -m "not e2e" -n 3 --dist loadfile --no-loadscope-reorder $(PYTEST_OPTIONS)

check: $(READY) $(SAM_READY) $(SCANNERS_READY) ## lint, types, import rules, plain words, template, dependencies; changes nothing
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) -m devtools.plain_words
	$(VENV)/bin/cfn-lint template.yaml
	AWS_DEFAULT_REGION=us-east-1 $(SAM) validate --lint
	PYTHONPATH=tools $(SAM_VENV)/bin/python -m devtools.security_checks.transformed_template
	$(PY) -m devtools.security_checks

build: $(READY) $(SAM_READY) ## the functions' packages (ARCH=arm64 or x86_64)
	$(SAM) build --parameter-overrides Architecture=$(ARCH)

e2e: $(READY) $(SAM_READY) ## the built functions under sam local, and other clients, against local AWS (needs Docker)
	@$(MAKE) --no-print-directory -j 4 $(CLIENTS_READY)
	ARCH=$(HOST_ARCH) $(SAM) build --build-dir .aws-sam/e2e --parameter-overrides Architecture=$(HOST_ARCH)
	SAM=$(SAM_VENV)/bin/sam ARCH=$(HOST_ARCH) $(PY) -m pytest -m e2e tests/e2e $(PYTEST_OPTIONS)

soak: $(READY) ## N=10000 requests while faults are injected, then the ledger is compared with the bill (SEED); about 10 minutes
	@$(PY) -m devtools.soak --requests $(N) $(if $(SEED),--seed $(SEED))

fuzz: $(READY) .venv-fuzz/.installed ## hostile inputs up to the largest size, then random ones for each parser, FOR=30 seconds each (SEED)
	@$(PY) -m devtools.fuzz_parsers.largest
	@PYTHONPATH=src:tools .venv-fuzz/bin/python -m devtools.fuzz_parsers $(or $(FOR),30) $(or $(SEED),1)

bench: $(READY) ## the benchmarks, as ratios to a named reference in the same run (BENCH_DATA=folder of data sets)
	@for peer in peers proxy; do $(MAKE) --no-print-directory .venv-$$peer/.installed \
	  || echo "without .venv-$$peer, which could not be made: what it compares with is left out"; done
	@began=$$SECONDS; missed=; for bench in tools/devtools/benchmarks/bench_*.py; do echo; echo "== $$bench"; \
	  $(PY) $$bench || missed="$$missed $$bench"; done; echo; echo "bench: $$((SECONDS - began)) s"; \
	  test -z "$$missed" || { echo "budgets missed in$$missed"; exit 1; }

deploy: build ## build, deploy as samconfig.toml says (ENV=dev or prod), push the rules at 10 % to a stack that has none
	$(SAM) deploy --config-env $(ENV)
	$(VENV)/bin/router rules push --stack $(STACK) --if-none --percent 10 --yes
	$(VENV)/bin/router prune-versions --stack $(STACK)
	test $(ENV) != prod || aws cloudformation update-termination-protection --enable-termination-protection --stack-name $(STACK)

# ---- what `sam build` calls, with ARTIFACTS_DIR set -------------------------------------------------------------------

MACHINE := $(if $(filter arm64,$(ARCH)),aarch64,x86_64)
WHEELS := --only-binary=:all: --python-version 3.13 --implementation cp \
  --platform manylinux2014_$(MACHINE) --platform manylinux_2_28_$(MACHINE)
# Lambda's task folder cannot be written to, and SAM ships no bytecode of its own. Unchecked, since nothing changes there.
COMPILE = $(PY) -m compileall -q -j 0 --invalidation-mode unchecked-hash -s $(ARTIFACTS_DIR) -p /var/task $(ARTIFACTS_DIR)

# A package holds model_router without what its function does not use, and the function's requirements.
define PACKAGE
	$(PY) -m pip install -q --no-compile --require-hashes -r requirements/$(REQUIREMENTS).txt $(WHEELS) --target $(ARTIFACTS_DIR)
	$(PY) -m devtools.lambda_package.slim $(ARTIFACTS_DIR)
	cp -R src/model_router $(ARTIFACTS_DIR)/
	cd $(ARTIFACTS_DIR)/model_router && rm -rf $(UNUSED)
	find $(ARTIFACTS_DIR)/model_router -name __pycache__ -prune -exec rm -rf {} +
	$(COMPILE)
endef
ADD_DEFAULT_RULES = mkdir -p $(ARTIFACTS_DIR)/rules && cp -R rules/default $(ARTIFACTS_DIR)/rules/

build-RouterFunction: REQUIREMENTS = router
build-RouterFunction: UNUSED = adapters/admin_api adapters/report_pages entrypoints/authorizer.py entrypoints/functions
build-RouterFunction: $(READY)
	$(PACKAGE)
	$(ADD_DEFAULT_RULES)
	cat template.yaml samconfig.toml | cksum > $(ARTIFACTS_DIR)/configuration.cksum

build-AuthorizerFunction: $(READY)
	mkdir -p $(ARTIFACTS_DIR)/model_router/entrypoints
	cp src/model_router/__init__.py $(ARTIFACTS_DIR)/model_router/
	cp src/model_router/entrypoints/__init__.py src/model_router/entrypoints/authorizer.py $(ARTIFACTS_DIR)/model_router/entrypoints/
	$(COMPILE)

# The other functions hold of the entrypoints only their MODULES of entrypoints/functions.
SHARED_ENTRYPOINTS := __init__.py bootstrap.py functions functions/__init__.py
ENTRYPOINTS := $(patsubst src/model_router/%,%,$(wildcard src/model_router/entrypoints/* src/model_router/entrypoints/functions/*))
USED_ENTRYPOINTS = $(addprefix entrypoints/,$(SHARED_ENTRYPOINTS) $(addprefix functions/,$(MODULES)))
UNUSED = adapters/claude runtime $(filter-out $(USED_ENTRYPOINTS),$(ENTRYPOINTS)) $(if $(filter ledger,$(REQUIREMENTS)),adapters/report_pages)

build-SpoolReplayerFunction build-ReaperFunction build-DailyTotalsFunction build-ReconciliationFunction: REQUIREMENTS = ledger
build-WeeklyReportFunction: REQUIREMENTS = reports
build-MonthlyReviewFunction: REQUIREMENTS = review
build-SpoolReplayerFunction: MODULES = spool_replayer.py ledger_wiring.py
build-ReaperFunction: MODULES = reaper.py ledger_wiring.py
build-DailyTotalsFunction: MODULES = daily_totals.py report_wiring.py payload_fields.py
build-ReconciliationFunction: MODULES = reconciliation.py report_wiring.py payload_fields.py
build-WeeklyReportFunction: MODULES = weekly_report.py report_wiring.py payload_fields.py
build-MonthlyReviewFunction: MODULES = monthly_review.py report_wiring.py payload_fields.py
build-SpoolReplayerFunction build-ReaperFunction build-DailyTotalsFunction build-ReconciliationFunction build-WeeklyReportFunction: $(READY)
	$(PACKAGE)

build-MonthlyReviewFunction: $(READY)
	$(PACKAGE)
	$(ADD_DEFAULT_RULES)

# ---- environments ----------------------------------------------------------------------------------------------------

# Bytecode is written when a module is first imported: most of what is installed never is.
INSTALL := -m pip install -q --no-compile

$(READY): requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PY) $(INSTALL) --require-hashes -r requirements-dev.txt
	$(PY) $(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

# Clients that the API is tried with: older Anthropic SDKs, frameworks, those of npm (where there is npm); and what
# the benchmarks compare with (peers).
.venv-%/.installed: requirements/%.txt
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/python $(INSTALL) --require-hashes -r $<
	@touch $@

tests/e2e/typescript/node_modules/.installed: tests/e2e/typescript/package-lock.json
	if command -v npm >/dev/null; then npm ci --no-audit --no-fund --prefix tests/e2e/typescript && touch $@; fi

$(SAM_READY): requirements/sam.txt
	$(PYTHON) -m venv $(SAM_VENV)
	$(SAM_VENV)/bin/python $(INSTALL) --require-hashes -r requirements/sam.txt
	@touch $@
