# The one way to everything: CI calls the same.
#
#   make run          build a release and start a node on 127.0.0.1:5000, with its data in ./cairn-data
#   make test         lint, then all tests, on the release
#   make bench        durable appends, compared with etcd on this machine (a minute)
#   make bench-cluster  clusters of three and four nodes, compared with three etcd nodes (some minutes)
#   make bench-hash   the hash kernels, compared with openssl speed (half a minute)
#   make bench-validation  cairn verify, compared with a rule in CPython and with its kernel alone; draws docs/validation.svg
#   make bench-large  start, memory and reads of a ledger of 10 million records (some minutes, 7 GB of disk)
#   make bench-tiles  tiles a second, compared with SwiftNIO's HTTP codec alone (half a minute)
#   make bench-vote   the consensus rule alone, with 4, 16 and 64 members (a minute)
#   make bench-links  votes and blocks a second over one link between two nodes (some seconds)
#   make sim          simulate COUNT clusters (default 10,000), each from one seed, and check all that they do
#   make docs         the reference and the tutorial of CairnClient as a website, in .build/docs
#   make cluster-test break clusters of real processes in every way there is, and check what is left (some minutes)
#   make soak         run a cluster for MINUTES (default 60), break things in turn, and watch all processes for growth
#   make hostile      throw generated input at the program: command lines, HTTP requests, link messages, damaged directories. COUNT of each
#                     (default 20,000, 100,000, 100,000 and 2,000: an hour); hostile-command_lines and so on run one of them
#   make sanitize     the tests of what has threads or memory of its own, under ThreadSanitizer and AddressSanitizer (an hour)
#   make fuzz         TARGET=json SECONDS=60: look for bytes that a parser can't take; docs/testing-by-force.md names the targets
#   make crash-test   kill a node at random moments under load, KILLS times (default 200), and check what is left

SWIFT ?= swift
KILLS ?= 200
COUNT ?= 10000
MINUTES ?= 60
SEED ?= 1
SECONDS ?= 60

# Releases hold Swift's own libraries (Package.swift says how), where the toolchain has them for that.
export STDLIB_LINK ?= $(if $(wildcard $(dir $(realpath $(shell command -v $(SWIFT))))../lib/swift_static),static,shared)
# jemalloc, where it is installed, takes less time than glibc's malloc for many small pieces. Looked for when a recipe runs,
# since setup installs it.
JEMALLOC = $(if $(wildcard /usr/include/jemalloc/jemalloc.h),-Xlinker -ljemalloc)
RELEASE = build -c release $(JEMALLOC) --product

.PHONY: run build test lint format bench bench-cluster bench-hash bench-validation bench-large bench-tiles bench-vote
.PHONY: bench-links cluster-test crash-test soak hostile sanitize fuzz sim setup clean docs

setup:
	@scripts/setup build

build: setup
	$(SWIFT) $(RELEASE) cairn

run: build
	.build/release/cairn serve $(ARGS)

lint:
	scripts/lint

test:
	@scripts/setup test
	SWIFT_BUILD="$(SWIFT) build -c release $(JEMALLOC)" scripts/test

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests bench/plain_http

bench: build
	@scripts/setup bench
	python3 bench/compare_etcd.py

bench-cluster: build
	@scripts/setup bench
	python3 bench/cluster.py

bench-hash:
	@scripts/setup bench
	$(SWIFT) $(RELEASE) cairn-speed
	python3 bench/hash_speed.py

bench-validation: build
	@scripts/setup bench
	$(SWIFT) $(RELEASE) cairn-speed
	$(SWIFT) $(RELEASE) cairn-make-ledger
	python3 bench/validation.py

bench-large: build
	@scripts/setup bench
	python3 bench/large_ledger.py

bench-tiles: build
	@scripts/setup bench
	$(SWIFT) $(RELEASE) plain-http
	python3 bench/tiles.py

bench-vote:
	$(SWIFT) $(RELEASE) cairn-vote-speed
	.build/release/cairn-vote-speed

bench-links:
	$(SWIFT) $(RELEASE) cairn-link-speed
	.build/release/cairn-link-speed

sim:
	$(SWIFT) $(RELEASE) cairn-sim
	.build/release/cairn-sim --count $(COUNT)

crash-test: build
	@scripts/setup test
	.venv/bin/python scripts/crash-test --kills $(KILLS) --binary .build/release/cairn

soak: build
	@scripts/setup test
	.venv/bin/python scripts/soak --minutes $(MINUTES) --seed $(SEED) --binary .build/release/cairn

sanitize:
	scripts/sanitize

fuzz:
	scripts/fuzz "$(TARGET)" "$(SECONDS)"

docs:
	scripts/docs

cluster-test: build
	@scripts/setup test
	.venv/bin/python scripts/test-cluster --binary .build/release/cairn

HOSTILE = command_lines http_requests link_messages damaged_directories

hostile: $(HOSTILE:%=hostile-%)

$(HOSTILE:%=hostile-%): hostile-%: build
	@scripts/setup test
	.venv/bin/python scripts/hostile/$*.py --binary .build/release/cairn \
		$(if $(filter command,$(firstword $(origin COUNT))),--count $(COUNT)) $(if $(SEED),--seed $(SEED))

clean:
	rm -rf .build .build-tsan .build-asan .build-fuzz .fuzz .venv
