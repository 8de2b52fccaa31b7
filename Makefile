# 法审 / review-flows. `make` alone lists the commands.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup demo test up check fix golden corpus bench lock migration
help:  ## 列出所有命令
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "make %-10s %s\n", $$1, $$2}'

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("需要 Python 3.11 或更高版本" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/pip check
	@touch $(STAMP)

setup: $(STAMP)  ## 建立 .venv，按锁文件安装（锁未变则什么也不做）

demo: setup  ## 全流程演示，结果在 out/
	$(BIN)/review-flows demo --out out

# As many processes as there are cores; what needs the one running Prefect stays together (tests/conftest.py).
test: setup  ## 运行测试
	$(BIN)/pytest -q -n auto

up: setup  ## 启动系统，Ctrl-C 结束
	$(BIN)/review-flows up

check: setup  ## 格式、规范、类型、分层、目录数据、测试
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/review-flows catalog check
	$(MAKE) --no-print-directory test

fix: setup  ## 自动修正格式与可修正的规范问题
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

golden: setup  ## 重写金标准文件（请通读差异后再提交）
	REVIEW_FLOWS_GOLDEN=1 $(BIN)/pytest -q tests -k golden

corpus: setup  ## 规则改动在真实文本上的得失
	$(BIN)/python benchmarks/corpus.py

bench: setup  ## 性能与同类工具并排对比（比值）
	@for part in benchmarks/bench_*.py; do echo "== $$part"; $(BIN)/python $$part || exit 1; done

lock: setup  ## 重新生成锁文件
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra dev pyproject.toml -o requirements.lock

migration: setup  ## 由各室的表重新生成数据库迁移
	$(BIN)/python -m review_flows.records.migrations.regenerate
