# Everything that changing Fanfare needs. `make test` is the one that counts.
SHELL := /bin/bash
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
TOOLS := $(CURDIR)/.tools
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)

.PHONY: build run demo test race fuzz soak bench lint vuln cover clean

build: ## one static binary, ./fanfare
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X fanfare/app.Version=$(VERSION)" -o fanfare .

run: ## serve from ./data
	go run . serve

demo: ## the story of a drop
	go run . demo

test: ## every test: SQLite, PostgreSQL, browser
	scripts/with-browser scripts/with-postgres go test -coverprofile=coverage.out -coverpkg=./... ./...
	@go tool cover -func=coverage.out | tail -n 1

race: ## every test under the race detector
	scripts/with-browser scripts/with-postgres go test -race ./...

fuzz: ## ten seconds of fuzzing for every parser
	scripts/fuzz 10s

soak: ## kill it many times while the networks fail, on both databases; FANFARE_SEED=N repeats a run
	FANFARE_SOAK=1 scripts/with-postgres go test -count=1 -timeout 30m -run TestCrashes -v ./app

bench: ## orders, clicks, reports and lateness beside their baselines; writes docs/benchmarks.md
	FANFARE_TEST_DURABLE=1 scripts/with-postgres go run ./bench

lint: $(TOOLS)/golangci-lint ## style and the table of who may import whom
	$(TOOLS)/golangci-lint run

vuln: $(TOOLS)/govulncheck ## known vulnerabilities; needs the network
	$(TOOLS)/govulncheck ./...

$(TOOLS)/golangci-lint:
	GOBIN=$(TOOLS) go install $(GOLANGCI)

$(TOOLS)/govulncheck:
	GOBIN=$(TOOLS) go install $(GOVULNCHECK)

clean:
	rm -rf fanfare coverage.out .tools
