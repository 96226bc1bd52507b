.DEFAULT_GOAL := help
PY      := .venv/bin/python
DEMO    := data/var/demo
LANDING ?=
PORT    ?= 8501
WHEELS  ?=
ifeq ($(strip $(LANDING)),)
DATA    := $(DEMO)
SOURCE  := --keep-dates
else
DATA    := data
SOURCE  := --landing "$(LANDING)"
endif

ifneq ($(strip $(WHEELS)),)
export PIP_NO_INDEX   := 1
export PIP_FIND_LINKS := $(abspath $(WHEELS))
endif

.PHONY: help run test test-all demo rehearse build lint type docs bench check setup setup-dev wheels clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

setup: .venv/.runtime ## create .venv with what runs (WHEELS=dir: from that folder, without the internet)
setup-dev: .venv/.checks

.venv/bin/python:
	@python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "需要 Python 3.11 及 python3-venv：apt-get install python3-venv (Python 3.11 with python3-venv is needed)"; exit 1; }
	python3 -m venv .venv

.venv/.runtime: requirements.txt | .venv/bin/python
	.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.checks: requirements-dev.txt .venv/.runtime
	.venv/bin/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

wheels: .venv/bin/python ## fetch what runs as files into wheels/, for a machine without the internet
	rm -rf wheels
	.venv/bin/pip download --quiet --disable-pip-version-check --only-binary :all: --dest wheels -r requirements.txt
	cd wheels && sha256sum *.whl > SHA256SUMS

run: setup build ## build and start the app on 127.0.0.1 (LANDING=dir for your own deliveries)
	$(if $(LANDING),,@$(PY) cli.py user demo --data $(DATA))
	CREDIT_RISK_DATA=$(DATA) .venv/bin/streamlit run app.py --server.port $(PORT)

demo: setup ## write the synthetic city's deliveries, once
	@$(PY) cli.py demo --out $(DEMO) --keep

rehearse: demo ## let the demo accounts work through the demo's September, once
	@$(PY) cli.py rehearse --data $(DEMO)

build: setup $(if $(LANDING),,rehearse) ## build the deployment; a file set aside is reported and does not stop it
	@mkdir -p $(DATA)/var
	@$(PY) cli.py build --data $(DATA) $(SOURCE) --json > $(DATA)/var/build.json || grep -q '"published": true' $(DATA)/var/build.json

test: setup-dev ## the tests, on every core
	OMP_NUM_THREADS=1 $(PY) -m pytest -n auto --dist loadfile -m "not slow and not browser and not real" tests

test-all: setup-dev ## every test, the slow and marked ones too
	$(PY) -m pytest tests

lint: setup-dev ## ruff: format and lint
	.venv/bin/ruff format --check . && .venv/bin/ruff check .

type: setup-dev ## mypy
	.venv/bin/mypy

docs: setup-dev ## generate docs/reference from the declarations
	$(PY) docs/generate.py

bench: setup-dev ## each stage against its floor, and learning against bare fits and the truth, at 150,000 enterprises
	$(PY) benchmarks/run.py
	$(PY) benchmarks/learned.py
	$(PY) benchmarks/app.py

check: lint type test docs demo build ## everything that has to hold before a release
	git diff --exit-code docs/reference

clean: ## remove the synthetic city and its builds
	rm -rf $(DEMO)
