# Two commands do all: `make demo` and `make test`. Both make .venv and install what constraints.txt pins.
# `make bench` measures scoring; BENCH="speed --repeats 3" are options of experiments/bench.py.
PYTHON ?= python3
BIN := .venv/bin
TASKS := topic stance speaker
KINDS := baseline mini

.PHONY: install demo test bench lint fix clean

install: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev,pipeline]'
	touch $@

demo: install
	@set -e; for task in $(TASKS); do for kind in $(KINDS); do \
	  $(BIN)/qawl train experiments/$$task-$$kind.yaml; done; done
	@mkdir -p scored
	$(BIN)/qawl score seeds --targets data/targets.txt --output scored/seeds.jsonl
	$(BIN)/qawl report scored/seeds.jsonl --output scored/report.html
	@echo "compare the runs in the MLflow UI:  $(BIN)/qawl ui   (then open http://127.0.0.1:5000)"

test: install lint
	$(BIN)/pytest

bench: install
	$(BIN)/python experiments/bench.py $(BENCH)

lint: install
	$(BIN)/ruff check src tests data experiments
	$(BIN)/ruff format --check src tests data experiments
	$(BIN)/mypy

fix: install
	$(BIN)/ruff check --fix src tests data experiments
	$(BIN)/ruff format src tests data experiments

clean:
	rm -rf .venv build runs checkpoints models scored mlflow.db mlruns mlartifacts
