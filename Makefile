# `make` alone lists the targets. A fresh machine needs GNU make and Python 3.11 or later, nothing else.
# 直接运行 make 可列出全部目标。新机器只需要 GNU make 和 Python 3.11 以上版本。

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PORT ?= 8000
PERSONS ?= 10000
SEED ?=
ARGS ?=

BIN := .venv/bin
RUNTIME := .venv/.installed
DEV := .venv/.installed-dev
INPUTS := pyproject.toml requirements/constraints.txt $(wildcard plugins/*/pyproject.toml)

export PYTHON

$(RUNTIME): $(INPUTS)
	@echo '安装运行环境… · Installing the runtime…'
	@tools/bootstrap.sh runtime

$(DEV): $(INPUTS)
	@echo '安装开发环境… · Installing the development tools…'
	@tools/bootstrap.sh dev
	@touch $(RUNTIME) $(DEV)

.PHONY: help
help: ## 列出全部目标 · List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: $(DEV) ## 安装开发环境到 .venv · Install everything for development into .venv

.PHONY: demo
demo: $(RUNTIME) ## 演示：生成一座城市并启动服务（PORT、PERSONS、SEED）· Demo: make a city and serve it (PORT, PERSONS, SEED)
	$(BIN)/minzheng demo --serve --port $(PORT) --persons $(PERSONS) $(if $(SEED),--seed $(SEED))

.PHONY: test
test: $(DEV) ## 运行测试（不含慢速矩阵；ARGS 传给 pytest）· Run the tests but the slow matrix (ARGS go to pytest)
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile -m "not slow and not browser and not npm" $(ARGS)

.PHONY: test-long
test-long: $(DEV) ## 运行全部测试 · Run every test
	$(BIN)/python -m pytest $(ARGS)

.PHONY: drift
drift: $(DEV) ## 检查迁移、SDL、文档与代码是否一致 · Check migrations, SDL and documents against the code
	$(BIN)/python -m pytest tests/drift $(ARGS)

.PHONY: lint
lint: $(DEV) ## 检查代码风格 · Check the code's style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: format
format: $(DEV) ## 统一代码格式 · Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: types
types: $(DEV) ## 检查类型 · Check the types
	$(BIN)/mypy

.PHONY: contracts
contracts: $(DEV) ## 检查各包之间的依赖方向 · Check which package may import which
	$(BIN)/lint-imports

.PHONY: codegen
codegen: $(DEV) ## 用 schema/sdl 生成 TypeScript 类型并编译 · Generate TypeScript types from schema/sdl and compile them
	$(BIN)/python -m tools.codegen.run

.PHONY: clients
clients: $(DEV) ## 用真实的 Relay、Apollo、urql、gql 访问服务 · Run Relay, Apollo Client, urql and gql against the service
	$(BIN)/python -m pytest tests/clients $(ARGS)

.PHONY: browser
browser: $(DEV) ## 在 Chromium 中打开并使用各页面 · Open and use the pages in Chromium
	$(BIN)/python -m pytest tests/browser $(ARGS)

.PHONY: vendor
vendor: $(DEV) ## 重新取得页面所用的第三方文件并核对 · Fetch the pages' libraries anew and compare them
	$(BIN)/python -m tools.vendor --write

.PHONY: docs
docs: $(DEV) ## 检查文档和代码篇幅 · Check the documents, and the code's sizes
	$(BIN)/python -m tools.docs_check

.PHONY: check
check: ## 提交前的全部检查 · Everything that must hold before a merge
	@for target in lint types contracts test browser clients codegen docs; do \
		echo "== make $$target"; $(MAKE) --no-print-directory $$target || exit 1; \
	done
	@echo '全部通过 · All checks passed: lint types contracts test browser clients codegen docs'

.PHONY: sdl
sdl: $(RUNTIME) ## 重写 schema/sdl · Rewrite schema/sdl
	$(BIN)/minzheng schema print --write schema/sdl

.PHONY: lock
lock: ## 重新锁定依赖版本 · Pin the dependencies' versions anew
	tools/lock.sh

.PHONY: build
build: $(DEV) ## 构建主程序和各插件的 wheel 到 dist/ · Build the wheels of the project and of each plugin into dist/
	rm -rf dist
	@for project in . $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml)); do \
		$(BIN)/python -m build --wheel --no-isolation --outdir dist "$$project" || exit 1; \
	done

.PHONY: clean
clean: ## 删除 .venv 和所有生成物（保留 var/ 数据）· Remove .venv and all that is generated (var/ with its data stays)
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf tools/codegen/node_modules tools/codegen/generated tools/clients/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
