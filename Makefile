# The one way to everything: CI calls the same.
#
#   make run          build a release and start a node on 127.0.0.1:5000, with its data in ./cairn-data
#   make test         lint, then all tests
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
#   make crash-test   kill a node at random moments under load, KILLS times (default 200), and check what is left

SWIFT ?= swift
KILLS ?= 200
COUNT ?= 10000

# With Swift's libraries in the binary, where the toolchain has them for that: it then runs on machines without Swift.
STATIC := $(if $(wildcard $(dir $(realpath $(shell command -v $(SWIFT))))../lib/swift_static),--static-swift-stdlib)
# jemalloc, where it is installed, takes less time than glibc's malloc for many small pieces. Looked for when a recipe runs,
# since setup installs it.
JEMALLOC = $(if $(wildcard /usr/include/jemalloc/jemalloc.h),-Xlinker -ljemalloc)
RELEASE = build -c release $(STATIC) $(JEMALLOC) --product

.PHONY: run build test lint format bench bench-cluster bench-hash bench-validation bench-large bench-tiles bench-vote
.PHONY: bench-links cluster-test crash-test sim setup clean docs

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
	scripts/test

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

docs:
	scripts/docs

cluster-test: build
	@scripts/setup test
	.venv/bin/python scripts/test-cluster --binary .build/release/cairn

clean:
	rm -rf .build .venv
