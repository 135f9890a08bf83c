# The two commands of the README are `make demo` and `make test`; the others follow.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PACKAGES := libsqlite3-dev libpq-dev libmariadb-dev libxlsxwriter-dev libpg-query-dev libssl-dev libsimdjson-dev libre2-dev \
	libpcre2-dev libzstd-dev zlib1g-dev libcurl4-openssl-dev pkg-config
TEST_PACKAGES := python3 python3-venv python3-yaml python3-jsonschema python3-junitparser jq curl zstd postgresql \
	postgresql-15-pgaudit mariadb-server bubblewrap rsyslog rsyslog-openssl openssl libreoffice-calc-nogui
RELEASE_PACKAGES := binutils dpkg-dev openssl python3 python3-venv
SOURCES := Package.swift Sources Tests samples/generator samples/random Benchmarks

.PHONY: help
help: ## Say what there is.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: deps
deps:
	@bash .ci/install $(PACKAGES)

.PHONY: test-deps
test-deps:
	@bash .ci/install $(PACKAGES) $(TEST_PACKAGES)
	@bash .ci/python oscal >/dev/null
	@bash .ci/python export >/dev/null

.PHONY: build
build: deps ## Build the release binary.
	swift build -c release --product assay

# ASSAY names an installed program, and nothing is built.
.PHONY: demo
demo: $(if $(ASSAY),,build) ## Read the sample quarter, replay it, write reports/2026-Q3 and verify it; ASSAY=assay builds nothing.
	@rm -f samples/.assay/ledger.db*
	@assay="$(or $(ASSAY),$$(swift build -c release --show-bin-path)/assay)" && \
	"$$assay" run --config samples/assay.yaml && "$$assay" verify reports/2026-Q3

.PHONY: test
test: test-deps ## Run every test.
	@scratch=$$(mktemp -d "$$(bash .ci/scratch)/assay-test-XXXXXX") && trap 'rm -rf "$$scratch"' EXIT && \
	chmod 711 "$$scratch" && echo "TMPDIR=$$scratch swift test --disable-xctest --parallel" && \
	set -o pipefail && { TMPDIR=$$scratch swift test --disable-xctest --parallel 2>&1 | tee "$$scratch/log" || \
	{ echo "What failed:"; grep -a -A 4 'recorded an issue' "$$scratch/log"; exit 1; }; }

.PHONY: test-fast
test-fast: deps ## Run the tests that need no database server and not the sample quarter; for every day, not before a commit.
	ASSAY_TEST_WITHOUT_POSTGRESQL=1 ASSAY_TEST_WITHOUT_MARIADB=1 swift test --disable-xctest --parallel --skip EndToEndTests

# The undefined-behaviour sanitizer is for the C and C++ targets, and traps: Swift knows no runtime for it on Linux.
.PHONY: sanitize
sanitize: test-deps ## Run the tests of the C shims under the address and undefined-behaviour sanitizers.
	LSAN_OPTIONS=suppressions=$(CURDIR)/.ci/leaks.txt swift test --sanitize=address -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined --scratch-path .build-asan \
		--disable-xctest --filter HandleTests

.PHONY: oracle
oracle: build oracle-test ## Hold verdicts against what really happens; ORACLE="--statements 100000 --seed 7".
	python3 Tests/oracle/oracle.py "$$(swift build -c release --show-bin-path)/assay" $(ORACLE)

.PHONY: oracle-test
oracle-test: test-deps ## Run the tests of the oracle and of the freeze themselves.
	python3 -m unittest discover -s Tests/oracle -q
	python3 -m unittest discover -s Tests/freeze -q

.PHONY: oracle-short
oracle-short: oracle-test ## A short run of the oracle, on the program that the tests run.
	python3 Tests/oracle/oracle.py "$$(swift build --show-bin-path)/assay" --engine sqlite --statements 1500 --shrink none
	python3 Tests/oracle/oracle.py "$$(swift build --show-bin-path)/assay" --engine postgresql --statements 200 --shrink none

.PHONY: freeze
freeze: test-deps ## Compare all that two programs say: BEFORE=PROGRAM AFTER=PROGRAM [FREEZE=--quick].
	Tests/freeze/freeze compare "$(BEFORE)" "$(AFTER)" $(FREEZE)

.PHONY: sample
sample: deps ## Write samples/ again; the same seed gives the same bytes.
	swift run -c release sample-quarter samples

.PHONY: bench
bench: build ## Measure, side by side with peers in the same run; see Benchmarks/README.md.
	bash Benchmarks/run

.PHONY: release
release: release-deps ## Make the .deb, the tarball, SHA256SUMS and the bill of materials in .build-dist/release; see docs/install.md.
	@bash .ci/release/make

.PHONY: sbom
sbom: release-deps ## Write .build-dist/assay.cdx.json, the bill of materials of the release's program, and check it.
	@bash .ci/release/make sbom

.PHONY: release-test
release-test: ## Install the .deb of `make release` in a Debian root that holds nothing else, and use it there; as root.
	@bash .ci/install debootstrap
	@bash .ci/release/try .build-dist/release/*.deb

.PHONY: release-lint
release-lint: ## Lint the scripts, the Dockerfile, the action and the pipelines, and test the scripts.
	@bash .ci/install shellcheck openssl python3 python3-venv
	@bash .ci/release/lint
	@"$$(bash .ci/python packaging)" -m unittest discover -s Tests/packaging -q

.PHONY: release-deps
release-deps: deps
	@bash .ci/install $(RELEASE_PACKAGES)

.PHONY: format
format: ## Format every Swift file in place.
	swift format --in-place --recursive --parallel $(SOURCES)

.PHONY: lint
lint: ## Check the format strictly.
	swift format lint --strict --recursive --parallel $(SOURCES)

.PHONY: docs
docs: build test-deps ## Write the manual page, the completions, the tables and the excerpts in README.md again from the commands themselves.
	bash docs/generate $$(swift build -c release --show-bin-path)/assay
	TMPDIR=$$(bash .ci/scratch) bash docs/agreement $$(swift build -c release --show-bin-path)/assay
