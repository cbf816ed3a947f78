# Everything from nothing: each target makes the environment that it needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3.13
VENV ?= .venv
SAM_VENV ?= .venv-sam
PY := $(VENV)/bin/python
SAM := SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam
READY := $(VENV)/.installed
SAM_READY := $(SAM_VENV)/.installed

PORT ?= 8080
AWS_PORT ?= 5001
ENV ?= dev
STACK = $(shell sed -n '/^\[$(ENV)\.deploy/,/^parameter/s/^stack_name = "\(.*\)"/\1/p' samconfig.toml)
ARCH ?= arm64
HOST_ARCH := $(if $(filter arm64 aarch64,$(shell uname -m)),arm64,x86_64)
export PORT AWS_PORT ARCH PYTHON VENV
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help environment run demo test check build e2e deploy build-RouterFunction build-AuthorizerFunction

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 13

environment: $(READY) $(SAM_READY) ## what the other targets make when they need it: .venv and .venv-sam

run: $(READY) ## the API on http://127.0.0.1:8080 (PORT), with local AWS and, without a key, a stand-in for the Claude API
	@$(PY) -m local_stack run

demo: $(READY) ## a mix of requests against that, and what was saved
	@$(PY) -m local_stack demo

test: $(READY) ## all tests that need no Docker
	$(PY) -m pytest -m "not e2e"

check: $(READY) $(SAM_READY) ## lint, types, import rules, template; changes nothing
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/cfn-lint template.yaml
	AWS_DEFAULT_REGION=us-east-1 $(SAM) validate --lint

build: $(READY) $(SAM_READY) ## the functions' packages (ARCH=arm64 or x86_64)
	$(SAM) build --parameter-overrides Architecture=$(ARCH)

e2e: $(READY) $(SAM_READY) ## the built functions under sam local, against local AWS (needs Docker)
	ARCH=$(HOST_ARCH) $(SAM) build --build-dir .aws-sam/e2e --parameter-overrides Architecture=$(HOST_ARCH)
	SAM=$(SAM_VENV)/bin/sam ARCH=$(HOST_ARCH) $(PY) -m pytest -m e2e tests/e2e

deploy: build ## build, deploy as samconfig.toml says (ENV=dev or prod), push the rules, at 10 %, where there are none
	$(SAM) deploy --config-env $(ENV)
	$(VENV)/bin/router rules push --path /$(STACK)/rules/ --if-none --percent 10 --yes

# ---- what `sam build` calls, with ARTIFACTS_DIR set -------------------------------------------------------------------

MACHINE := $(if $(filter arm64,$(ARCH)),aarch64,x86_64)
WHEELS := --only-binary=:all: --python-version 3.13 --implementation cp \
  --platform manylinux2014_$(MACHINE) --platform manylinux_2_28_$(MACHINE)
# Lambda's task folder cannot be written to, and SAM ships no bytecode of its own. Unchecked, since nothing changes there.
COMPILE = $(PY) -m compileall -q -j 0 --invalidation-mode unchecked-hash -s $(ARTIFACTS_DIR) -p /var/task $(ARTIFACTS_DIR)

build-RouterFunction: $(READY)
	$(PY) -m pip install -q --no-compile --require-hashes -r requirements/router.txt $(WHEELS) --target $(ARTIFACTS_DIR)
	$(PY) tools/lambda_package/slim.py $(ARTIFACTS_DIR)
	cp -R src/model_router $(ARTIFACTS_DIR)/
	rm -f $(ARTIFACTS_DIR)/model_router/entrypoints/authorizer.py
	find $(ARTIFACTS_DIR)/model_router -name __pycache__ -prune -exec rm -rf {} +
	mkdir -p $(ARTIFACTS_DIR)/rules && cp -R rules/default $(ARTIFACTS_DIR)/rules/
	cat template.yaml samconfig.toml | cksum > $(ARTIFACTS_DIR)/configuration.cksum
	$(COMPILE)

build-AuthorizerFunction: $(READY)
	mkdir -p $(ARTIFACTS_DIR)/model_router/entrypoints
	cp src/model_router/__init__.py $(ARTIFACTS_DIR)/model_router/
	cp src/model_router/entrypoints/__init__.py src/model_router/entrypoints/authorizer.py $(ARTIFACTS_DIR)/model_router/entrypoints/
	$(COMPILE)

# ---- environments ----------------------------------------------------------------------------------------------------

$(READY): requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install -q --require-hashes -r requirements-dev.txt
	$(PY) -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(SAM_READY): requirements/sam.txt
	$(PYTHON) -m venv $(SAM_VENV)
	$(SAM_VENV)/bin/python -m pip install -q --require-hashes -r requirements/sam.txt
	@touch $@
