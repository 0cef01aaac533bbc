#!/usr/bin/env bash
# Makes .venv and installs the project into it: `tools/bootstrap.sh runtime|dev`.
# The stamp is written last, so that an interrupted install is done again.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv
constraints=requirements/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK=1

fail() {
    printf '\n%s\n%s\n' "$1" "$2" >&2
    exit 1
}

# A name on PATH is not enough: a version manager's shim exists for versions that are not active.
find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "未找到 Python 3.11 或更高版本。请先安装，或用 make PYTHON=/路径/python3 指定。" \
        "No Python 3.11 or later was found. Install one, or name it: make PYTHON=/path/to/python3."
}

make_venv() {
    local python
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        fail "$python 缺少 venv/ensurepip。Debian、Ubuntu 请运行：apt-get install python3-venv" \
            "$python lacks venv/ensurepip. On Debian and Ubuntu: apt-get install python3-venv"
    fi
    rm -rf "$venv"
    "$python" -m venv "$venv"
}

# The runtime install skips the dev group: the demo must be up within two minutes on a slow line.
install() {
    local requirements=(-e .) project
    for project in plugins/*/pyproject.toml; do
        [ -f "$project" ] && requirements+=(-e "$(dirname "$project")")
    done
    [ "$1" = dev ] && requirements+=(--group dev)
    "$venv/bin/python" -m pip install --quiet --upgrade --constraint "$constraints" pip
    "$venv/bin/python" -m pip install --quiet --constraint "$constraints" \
        --build-constraint "$constraints" "${requirements[@]}"
}

case "${1:-}" in
    runtime) stamp=.installed ;;
    dev) stamp=.installed-dev ;;
    *) fail "用法：tools/bootstrap.sh runtime|dev" "Usage: tools/bootstrap.sh runtime|dev" ;;
esac

rm -f "$venv/$stamp"
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || make_venv
install "$1"
touch "$venv/$stamp"
