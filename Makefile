# Everything that is done with this repository has a target here; CI calls the same ones.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BUILD ?= .build
VENV := $(BUILD)/venv
APT := libcurl4-openssl-dev libssl-dev libpq-dev libjq-dev libonig-dev libxml2-dev libgmime-3.0-dev libsqlite3-dev pkg-config python3 python3-venv
# Real servers that the tests start by themselves, on loopback.
APT_TEST := request-tracker5 rt5-db-sqlite rt5-standalone postgresql-15 pgbouncer gcc libc6-dev \
	dovecot-imapd dovecot-lmtpd postfix openssl procps
# Where they are missing a test fails here, and is passed by elsewhere.
REQUIRED := SAMTAL_POSTGRESQL=required SAMTAL_MAIL=required
APT_BENCH := nginx-light wrk postgresql-15
# Those that start real servers of their own wait for them on the threads that the others run on: they go by themselves.
ON_SERVERS := StorageConformanceTests|TransportsTests
# The tests above the store, whose stores are SQLite in memory otherwise.
ON_POSTGRESQL := 'ConversationsTests|DeliveriesTests|GatewayTests'

.PHONY: help deps deps-test build run test crm chaos fuzz check bench release format clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# $(call install,PACKAGES): installs those that are missing.
define install
	@missing=$$(for p in $(1); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  echo "installing: $$missing"; \
	  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$sudo apt-get update -q && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
	    -o DPkg::Lock::Timeout=600 $$missing; \
	fi
endef

deps: ## Install the system packages that are missing (Debian 12)
	$(call install,$(APT))

deps-test: deps
	$(call install,$(APT_TEST))

build: deps ## Build everything, debug
	swift build

run: build ## Start the gateway with a demonstration customer and CRM on http://127.0.0.1:8080
	@exec $$(swift build --show-bin-path)/samtal demo $(ARGS)

$(VENV)/ready: Tests/requirements.txt | deps
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r Tests/requirements.txt
	touch $@

test: deps-test $(VENV)/ready ## Run all tests, real servers and connector samples included
	swift build --build-tests
	$$(swift build --show-bin-path)/samtal test
	$(REQUIRED) swift test --skip-build --skip 'EndToEndTests|$(ON_SERVERS)'
	$(REQUIRED) swift test --skip-build --filter '$(ON_SERVERS)'
	$(REQUIRED) SAMTAL_TEST_STORE=postgresql swift test --skip-build --no-parallel --filter $(ON_POSTGRESQL)
	$(REQUIRED) SAMTAL_PYTHON=$(abspath $(VENV))/bin/python swift test --skip-build --filter EndToEndTests --no-parallel

crm: deps-test $(VENV)/ready ## The round trip with a real Request Tracker and a real Roundup
	swift build --build-tests
	SAMTAL_PYTHON=$(abspath $(VENV))/bin/python swift test --skip-build --filter RealCRMs --no-parallel

chaos: deps-test ## Break things under load for some 25 minutes; prints the table of docs/delivery.md
	swift build --build-tests
	mkdir -p $(BUILD)/chaos
	SAMTAL_CHAOS=long SAMTAL_CHAOS_REPORT=$(abspath $(BUILD))/chaos swift test --skip-build --filter Chaos --no-parallel
	@cat $(BUILD)/chaos/chaos.md $(BUILD)/chaos/chaos-postgresql.md

fuzz: deps ## Break mails at random for half an hour and read them; FOR=60 SEED=7 for others
	swift build --build-tests
	@mkdir -p $(BUILD)/fuzz
	@SAMTAL_FUZZ_SECONDS=$(or $(FOR),1800) SAMTAL_FUZZ_SEED=$(or $(SEED),$(shell date +%s)000) \
	SAMTAL_FUZZ_FILE=$(abspath $(BUILD))/fuzz/mail.eml \
	  swift test --skip-build --filter FuzzTests --no-parallel || \
	  { echo "the mail is in $(abspath $(BUILD))/fuzz/mail.eml"; exit 1; }

check: ## Format, lint and house rules, without changing anything
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks
	swift build --build-tests && swift test --skip-build --filter TidyTests

format: ## Format all Swift files
	swift format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks

bench: deps ## Measure against peers in one run (see Benchmarks/README.md)
	$(call install,$(APT_BENCH))
	swift build -c release --product samtal
	swift build -c release --product bench
	bin=$$(swift build -c release --show-bin-path); \
	python3 Benchmarks/intake.py --samtal $$bin/samtal $(ARGS) && \
	python3 Benchmarks/deliveries.py --samtal $$bin/samtal --tool $$bin/bench $(ARGS) && \
	python3 Benchmarks/nodes.py --samtal $$bin/samtal $(ARGS) && \
	python3 Benchmarks/growth.py --samtal $$bin/samtal --tool $$bin/bench --messages 10000 1000000 $(ARGS) && \
	python3 Benchmarks/mail.py --tool $$bin/bench $(ARGS)

release: deps ## Build the release binary: static Swift libraries, stripped
	swift build -c release --static-swift-stdlib --product samtal -Xlinker -s
	@ls -lh $$(swift build -c release --static-swift-stdlib --show-bin-path)/samtal

clean: ## Remove what was built
	rm -rf $(BUILD)
