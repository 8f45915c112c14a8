# Everything needs only python3 (3.11 or newer) and make; the rest is installed into .venv.

PYTHON ?= python3
VENV := .venv/bin
SERVICES := user_service product_service inventory_service order_service

# Types of the services' tests: test functions are untyped, and fakes stand for other types.
TEST_TYPES := --allow-untyped-defs --allow-incomplete-defs --allow-untyped-calls --no-warn-return-any --no-warn-unused-ignores \
	$(addprefix --disable-error-code=,arg-type assignment call-overload func-returns-value index misc operator override return-value union-attr var-annotated)

# What a service's settings need to be imported by mypy and make docs; nothing connects to these addresses.
SETTINGS_ALONE := ENVIRONMENT=local DATABASE_URL=postgres://lint@localhost/lint \
	USER_SERVICE_URL=http://localhost:8000 PRODUCT_SERVICE_URL=http://localhost:8001 \
	INVENTORY_SERVICE_URL=http://localhost:8002 ORDER_SERVICE_URL=http://localhost:8003

LOCK := $(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

NODE_MODULES := devtools/openapi3/node_modules/.package-lock.json

# A service has many processes, which share compiled modules.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help up test test-storefront install-storefront test-compose test-scale test-bench test-browser chaos model fuzz bench bench-growth bench-pairs audit postman seed demo backup restore docs lint lint-python lint-types lint-imports lint-storefront lint-clients lock clean install install-dev install-fuzz install-bench install-browser install-clients python-version

help:  ## this list
	@awk -F ':.*## *' '/^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Run

up: install  ## start the system; Ctrl-C stops it. Variables: environment or .env (docs/configuration.md)
	@$(VENV)/python -m local_stack --end-with-parent up

seed: install  ## fill the running system with demo data: products, stock, accounts, orders
	@$(VENV)/python -m local_stack.seed $(ARGS)

demo: install  ## place an order in the running system, step by step
	@$(VENV)/python -m local_stack.demo

audit: install  ## check the invariants of the running system; ARGS="--watch", "--json", "--settle 5"
	@$(VENV)/python -m audit $(ARGS)

postman:  ## run postman_collection.json against the running system (needs Node.js); ARGS=gateway through the gateway
	@npx --yes newman@6.2.2 run postman_collection.json --environment postman/$(or $(ARGS),direct).postman_environment.json \
		$(if $(filter gateway,$(ARGS)),$(foreach name,user product inventory order,--env-var $(name)Url=http://localhost:$${GATEWAY_PORT:-8080}), \
		--env-var userUrl=http://localhost:$${USER_PORT:-8000} --env-var productUrl=http://localhost:$${PRODUCT_PORT:-8001} \
		--env-var inventoryUrl=http://localhost:$${INVENTORY_PORT:-8002} --env-var orderUrl=http://localhost:$${ORDER_PORT:-8003})

backup: install  ## back up the four databases of the running system; ARGS="FOLDER", ARGS="--compose FOLDER" for containers
	@$(VENV)/python -m local_stack.backup backup $(ARGS)

restore: install  ## restore a backup into an empty system; ARGS="FOLDER", ARGS="--compose FOLDER" (docs/operations.md)
	@$(VENV)/python -m local_stack.backup restore $(ARGS)

##@ Test

test: install-dev  ## run every test; ARGS="order_service -k cancel" for some of them
	@$(VENV)/python -m local_stack --end-with-parent test $(ARGS)

test-storefront: install-storefront  ## unit tests of the storefront (needs Node.js)
	@cd storefront && npm test --silent

test-browser: install-browser  ## the storefront in a real browser, with its own system; ARGS="-k race". Screenshots: artefacts/
	@.venv-browser/bin/python -m browser_tests.chromium
	@.venv-browser/bin/python -m pytest browser_tests $(ARGS)

test-bench: install-dev install-bench  ## the tests of make bench, which make test leaves out
	@$(VENV)/python -m local_stack --end-with-parent test benchmarks $(ARGS)

test-compose: install-dev  ## check the system in containers, which has to be running: docker-compose up
	@$(VENV)/python -m pytest integration_tests/compose_check.py

test-scale: install-dev  ## add and remove replicas under load in the running containers (2 minutes); COMPOSE="docker compose" if that is its name
	@$(VENV)/python -m pytest integration_tests/scale_check.py

chaos: install  ## fault injection under load on a temporary system, audited after each fault; ARGS="--short", "--list", "--only PATTERN"
	@$(VENV)/python -m chaos --end-with-parent $(ARGS)

model:  ## check the model of order placement with Spin, and that it fails without each of its rules (needs spin and cc)
	@docs/model/check

fuzz: install install-fuzz  ## invalid input for every service, generated from its swagger.json; ARGS="--seed 2 --seconds 120"
	@$(VENV)/python -m chaos.fuzz --end-with-parent $(ARGS)

##@ Measure

bench: install install-bench  ## throughput and latency of orders, compared with three baselines (12 minutes); ARGS="--short", "--json FILE"
	@$(VENV)/python -m benchmarks --end-with-parent $(ARGS)

bench-growth: install  ## latency of lists, gets, searches and orders with a million rows, relative to a thousand (10 minutes); ARGS="--rows N", "--json FILE"
	@$(VENV)/python -m benchmarks.scaling --end-with-parent $(ARGS)

bench-pairs: install  ## cost of a request of this version relative to another version; ARGS="--base REVISION --what product"
	@$(VENV)/python -m benchmarks.pairs --end-with-parent $(ARGS)

##@ Develop

lint: lint-python lint-types lint-imports lint-storefront lint-clients  ## format, lint, types, import rules, the storefront, and clients generated from docs/openapi (needs Node.js)

lint-python: install-dev
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .

lint-types: install-dev
	@for service in $(SERVICES); do \
		(cd $$service && $(SETTINGS_ALONE) MYPYPATH=..:. ../$(VENV)/mypy --config-file ../pyproject.toml . && \
			$(SETTINGS_ALONE) MYPYPATH=..:.:tests ../$(VENV)/mypy --config-file ../pyproject.toml $(TEST_TYPES) tests/*.py) || exit 1; \
	done
	@cd inventory_service && $(SETTINGS_ALONE) MYPYPATH=..:. ../$(VENV)/mypy --config-file ../pyproject.toml -p chassis -p demo_data -p devtools -p local_stack -p audit -p chaos -p benchmarks -p integration_tests

lint-imports: install-dev
	@PYTHONPATH=user_service:product_service:inventory_service:order_service $(VENV)/lint-imports

lint-storefront: test-storefront
	@cd storefront && npm run --silent lint

lint-clients: install-clients $(NODE_MODULES)  ## docs/openapi/*.openapi3.json: up to date, valid, and clients generated from them compile
	@node devtools/openapi3/convert.mjs --check
	@.venv-clients/bin/python devtools/openapi3/check.py

docs: install $(NODE_MODULES)  ## write docs/openapi, docs/errors and the error pages (needs Node.js); ARGS=--release releases the current interfaces
	@for service in $(SERVICES); do \
		(cd $$service && $(SETTINGS_ALONE) DJANGO_SETTINGS_MODULE=config.settings ../$(VENV)/python -m devtools.openapi $(ARGS)) || exit 1; \
	done
	@node devtools/openapi3/convert.mjs
	@$(VENV)/python -m local_stack.error_pages

lock: install-dev  ## update every requirements.txt from its .in file; ARGS=--upgrade takes the newest versions
	@$(LOCK) $(ARGS) requirements-dev.in --output-file requirements-dev.txt
	@$(LOCK) $(ARGS) --constraints requirements-dev.txt browser_tests/requirements.in --output-file browser_tests/requirements.txt
	@$(LOCK) $(ARGS) chaos/requirements.in --output-file chaos/requirements.txt
	@$(LOCK) $(ARGS) benchmarks/requirements.in --output-file benchmarks/requirements.txt
	@$(LOCK) $(ARGS) devtools/openapi3/requirements.in --output-file devtools/openapi3/requirements.txt
	@for folder in local_stack $(SERVICES); do \
		$(LOCK) --constraints requirements-dev.txt $$folder/requirements.in --output-file $$folder/requirements.txt || exit 1; \
	done

clean:  ## remove everything that can be generated again; the data in .data stays
	rm -rf .venv .venv-fuzz .venv-bench .venv-browser .venv-clients devtools/openapi3/node_modules storefront/node_modules artefacts .bench-* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis */.hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

install: .venv/packages
install-dev: .venv/packages-dev
install-browser: .venv-browser/packages
install-fuzz: .venv-fuzz/packages
install-bench: .venv-bench/packages
install-clients: .venv-clients/packages
install-storefront: storefront/node_modules/packages

.venv/packages: local_stack/requirements.txt
.venv/packages-dev: requirements-dev.txt
.venv-browser/packages: local_stack/requirements.txt browser_tests/requirements.txt
.venv-fuzz/packages: chaos/requirements.txt
.venv-bench/packages: benchmarks/requirements.txt
.venv-clients/packages: devtools/openapi3/requirements.txt

$(NODE_MODULES): devtools/openapi3/package-lock.json
	@npm ci --prefix devtools/openapi3 --silent

# A virtual environment's file `packages` is a stamp: all of it is installed. Without it the environment is created
# again, because an interrupted pip may leave a partial one. The services import chassis from the root: shop.pth.
$(addsuffix /packages,.venv .venv-browser .venv-fuzz .venv-bench .venv-clients) .venv/packages-dev: | python-version
	@$(ALONE) sh -ec ' \
	is_old=; for file in $^; do [ $@ -nt $$file ] || is_old=1; done; [ "$$is_old" ] || exit 0; \
	if [ ! -e $(@D)/packages ]; then echo "Making $(@D) …"; \
		$(PYTHON) -m venv --clear $(@D) || { rm -rf $(@D); echo "$(NO_VENV)" >&2; exit 1; }; fi; \
	echo "Installing the packages of $^ (once; this can take some minutes) …"; \
	rm -f $(@D)/packages*; echo ../../../.. > $$(echo $(@D)/lib/python*/site-packages)/shop.pth; \
	$(@D)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes $(^:%=--requirement %); \
	touch $(@D)/packages $@'

storefront/node_modules/packages: storefront/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer with npm is needed." >&2; exit 1; }
	@cd storefront && npm ci --silent && touch node_modules/packages

NO_VENV := $(PYTHON) cannot make a virtual environment here; on Debian and Ubuntu the package python3-venv is needed.
ALONE := $(if $(shell command -v flock),flock Makefile)
# The Python of an environment may have been removed since.
$(shell for folder in .venv .venv-*; do [ -x $$folder/bin/python ] || rm -f $$folder/packages*; done)

python-version:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Another one: make PYTHON=python3.13 ..." >&2; exit 1; }
