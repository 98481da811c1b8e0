#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
# The index of verbs. Each does the same here and in CI; scripts live in .ci/, .ci/packages.txt lists system packages.
#
#   make run              the demo company in the foreground (DATA=dir: where it keeps its data, default var/)
#   make test             everything that must hold: lint, build without warnings, unit tests, allocations, interop
#   make build            the release build, .build/release/switchboard
#   make lint  make fmt   check, mend the formatting; lint also checks licence headers, import laws and bans
#   make unit             the Swift tests alone (FILTER=name: some of them)
#   make allocations      what a routed message and an idle session cost, against Tests/Allocations/thresholds.txt
#   make interop          real clients against the release build (SCENARIOS="crash basics.chat": some of them)
#   make torture          300,000 messages while connections, process and disk fail (TORTURE="--messages 5000 --seed 7")
#   make fuzz             mutated streams for the parser, other ones each time (ROUNDS=1000000 SEED=7)
#   make soak             broken-off connections until memory would show it (SOAK="--cycles 2000 --only bound parked"),
#                         and millions of random commands to the queue (SEEDS=40 STEPS=50000)
#   make bench            what load costs, beside ejabberd and Prosody where they are installed (CASES="login fast")
#   make bench-service    what a waiting customer costs: decision, commit, memory, processor, by the length of the line
#   make certs            development certificates in certs/dev/
#   make clean            removes builds, never data or certificates

DATA ?= var
PYTHON ?= /usr/bin/python3
SWIFT ?= swift
SOURCES := Package.swift Sources Tests
BINARY := .build/release/switchboard
# Of `make fuzz`.
ROUNDS ?= 300000
# Of `make soak`: runs of the queue, each with other commands, and commands in each.
SEEDS ?= 40
STEPS ?= 50000
# Undeclared dependencies between targets are errors (the import laws stand on it).
SWIFT_FLAGS := --explicit-target-dependency-import-check error
# Of a release: with Swift's libraries inside, calls to them cost 6 % less of a log-in, and the machine that it runs on needs
# no Swift. Generics of one module are specialised in others.
RELEASE_FLAGS := -c release --static-swift-stdlib -Xswiftc -cross-module-optimization $(SWIFT_FLAGS)

export LC_ALL := C.UTF-8

.PHONY: help run test build lint fmt unit allocations interop torture fuzz soak soak-queue bench bench-service certs clean packages test-packages toolchain debug

help:
	@sed -n 's/^#   \(make .*\)/\1/p' Makefile

run: build certs
	@mkdir -p '$(DATA)'
	@DATA='$(abspath $(DATA))' exec $(BINARY) serve --config config/demo.yaml

# One after the other: two Swift builds at once gain nothing, and the last line must be the last result.
test: test-packages
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory build
	@$(MAKE) --no-print-directory allocations
	@$(MAKE) --no-print-directory interop

build: packages toolchain
	$(SWIFT) build --product switchboard $(RELEASE_FLAGS)

# Package.swift makes warnings errors in our own targets when it sees the variable; dependencies may warn.
debug: packages toolchain
	STRICT_WARNINGS=1 $(SWIFT) build --build-tests $(SWIFT_FLAGS)

unit: debug
	STRICT_WARNINGS=1 $(SWIFT) test --skip-build $(SWIFT_FLAGS) $(if $(FILTER),--filter '$(FILTER)')

lint: toolchain
	@.ci/selftest.sh
	@.ci/check-license.sh
	@.ci/check-imports.sh
	@.ci/check-bans.sh
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

fmt: toolchain
	$(SWIFT) format format --in-place --parallel --recursive $(SOURCES)

allocations: certs test-packages
	@test -x $(BINARY) || $(MAKE) --no-print-directory build
	@PYTHON='$(PYTHON)' Tests/Allocations/run.sh $(BINARY)

interop: certs test-packages
	@test -x $(BINARY) || $(MAKE) --no-print-directory build
	$(PYTHON) interop/run.py $(SCENARIOS)

torture: certs test-packages
	@test -x $(BINARY) || $(MAKE) --no-print-directory build
	$(PYTHON) interop/torture/run.py $(TORTURE)

# Each input lies in a file while it is read: one that kills the process is there afterwards.
fuzz: debug
	FUZZ_ROUNDS='$(ROUNDS)' FUZZ_SEED='$(or $(SEED),$(shell date +%s))' FUZZ_INPUT='$(abspath .build/fuzz-input.xml)' \
		STRICT_WARNINGS=1 $(SWIFT) test --skip-build $(SWIFT_FLAGS) --filter XMLFuzzTests

soak: certs test-packages
	@test -x $(BINARY) || $(MAKE) --no-print-directory build
	$(PYTHON) Tests/Soak/connect_abort.py --start $(BINARY) $(SOAK)
	@$(MAKE) --no-print-directory soak-queue

soak-queue: debug
	PROPERTY_SEEDS='$(SEEDS)' PROPERTY_STEPS='$(STEPS)' STRICT_WARNINGS=1 \
		$(SWIFT) test --skip-build $(SWIFT_FLAGS) --filter BizBuddyCoreTests.PropertyTests

bench: certs test-packages
	@test -x $(BINARY) || $(MAKE) --no-print-directory build
	$(PYTHON) interop/load/bench.py $(CASES)

# Says how it grows with the line, and fails where that is faster than the logarithm (LINE="200 3000 20000": agents,
# customers served, lengths of the line).
bench-service: packages toolchain
	$(SWIFT) build --product ServiceBench $(RELEASE_FLAGS)
	.build/release/ServiceBench $(LINE)

certs: packages
	@certs/make-dev-certs.sh --quiet

clean:
	rm -rf .build interop/__pycache__ interop/*/__pycache__

packages:
	@.ci/packages.sh

test-packages:
	@.ci/packages.sh test

toolchain:
	@command -v $(SWIFT) >/dev/null || { \
		echo 'Swift 6.3 or later is needed: https://www.swift.org/install/linux/' >&2; exit 1; }
