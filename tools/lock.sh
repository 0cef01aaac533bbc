#!/usr/bin/env bash
# Pins every dependency, runtime and dev, in requirements/constraints.txt.
# One file serves every Python we support: each later Python is installed under the pins of the earlier
# ones and may only add names, so a version that does not hold everywhere stops the lock.
set -euo pipefail
export LC_ALL=C  # one order on every machine
cd "$(dirname "$0")/.."

target=requirements/constraints.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pins="$work/pins"
: >"$pins"

# What the install needs: the project, its plugins, the dev group, and what hatchling builds editables with.
requirements=(-e . --group dev editables)
for project in plugins/*/pyproject.toml; do
    [ -f "$project" ] && requirements+=(-e "$(dirname "$project")")
done

pin_with() {
    local python=$1 pip
    "$python" -m venv "$work/$python"
    pip=("$work/$python/bin/python" -m pip --disable-pip-version-check)
    "${pip[@]}" install --quiet --upgrade --constraint "$pins" pip
    "${pip[@]}" install --quiet --constraint "$pins" "${requirements[@]}"
    "${pip[@]}" freeze --exclude-editable >"$work/frozen"
    "${pip[@]}" list --format freeze | grep '^pip==' >>"$work/frozen"
    sort --ignore-case --unique "$pins" "$work/frozen" >"$work/merged"
    mv "$work/merged" "$pins"
}

for python in python3.11 python3.12 python3.13; do
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "锁定 · Pinning with $python"
        pin_with "$python"
    else
        echo "跳过：没有 $python · Skipped, $python is missing: check the lock there" >&2
    fi
done

# A path, an address or a local build would tie the lock to one machine.
if [ ! -s "$pins" ] || grep --invert-match --extended-regexp '^[A-Za-z0-9._-]+==[A-Za-z0-9._!]+$' "$pins"; then
    echo "锁文件无效，未写入 · Not written: the pins above are not plain name==version" >&2
    exit 1
fi
{
    echo "# Written by \`make lock\`: the versions that every install takes, on Python 3.11 to 3.13."
    cat "$pins"
} >"$target"
echo "$target: $(wc -l <"$pins")"
