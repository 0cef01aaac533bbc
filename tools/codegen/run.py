"""Generate TypeScript from every committed SDL and compile it, as a front-end team would (`make codegen`).

Each operation file names its SDL in the first line, ``# schema: <file stem>``; without one it is `full`.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from tools.node import NodeError, install_packages, run

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
GENERATED = HERE / "generated"
DEFAULT_SCHEMA = "full"

# A scalar missing here stops the generator: a new one needs a decision, not a silent `any`.
SCALARS = {
    "Date": "string",
    "DateTime": "string",
    "Decimal": "string",
    "CitizenId": "string",
    "CreditCode": "string",
    "DivisionCode": "string",
    "JSON": "unknown",
}
OPTIONS: dict[str, Any] = {
    "scalars": SCALARS,
    "strictScalars": True,
    "enumsAsTypes": True,
    "skipTypename": True,
    "useTypeImports": True,
    "dedupeFragments": True,
}


class CodegenError(Exception):
    """The inputs do not fit together; the message says what to do."""


def schema_of(operation_file: Path) -> str:
    """The SDL that an operation file is written for."""
    lines = operation_file.read_text(encoding="utf-8").splitlines()
    match = re.match(r"#\s*schema:\s*(\S+)", lines[0]) if lines else None
    return match[1] if match else DEFAULT_SCHEMA


def assign(sdl_files: list[Path], operation_files: list[Path]) -> dict[Path, list[Path]]:
    """Give each SDL its operation files; refuse files without an SDL and a default SDL without files."""
    by_stem = {path.stem: path for path in sdl_files}
    if DEFAULT_SCHEMA not in by_stem:
        raise CodegenError(f"No {DEFAULT_SCHEMA}.graphql among the SDL files: run `make sdl` first.")
    assigned: dict[Path, list[Path]] = {path: [] for path in sdl_files}
    for path in operation_files:
        stem = schema_of(path)
        if stem not in by_stem:
            raise CodegenError(
                f"{path.name}: its first line names the schema {stem!r}, which has no SDL file."
            )
        assigned[by_stem[stem]].append(path)
    if not assigned[by_stem[DEFAULT_SCHEMA]]:
        raise CodegenError(f"No operation file for {DEFAULT_SCHEMA!r}: client.ts would have nothing to call.")
    return assigned


def config(assigned: dict[Path, list[Path]], output: Path) -> dict[str, Any]:
    """The generator's configuration: per SDL the schema's types, and the operations where there are any."""
    generates: dict[str, Any] = {}
    for sdl, operations in assigned.items():
        common = {"schema": str(sdl), "config": OPTIONS}
        folder = output / sdl.stem
        generates[str(folder / "schema.ts")] = {**common, "plugins": ["typescript"]}
        if operations:
            generates[str(folder / "operations.ts")] = {
                **common,
                "documents": [str(path) for path in operations],
                "plugins": ["typescript-operations", "typed-document-node"],
            }
    return {"generates": generates}


def generate(sdl_folder: Path, query_folder: Path) -> int:
    """Generate and compile; the number of operation files that took part."""
    assigned = assign(sorted(sdl_folder.glob("*.graphql")), sorted(query_folder.rglob("*.graphql")))
    install_packages(HERE)
    shutil.rmtree(GENERATED, ignore_errors=True)
    GENERATED.mkdir()
    config_file = GENERATED / "codegen.json"
    config_file.write_text(json.dumps(config(assigned, GENERATED), indent=2), encoding="utf-8")
    modules = HERE / "node_modules"
    run(HERE, modules / "@graphql-codegen/cli/esm/bin.js", "--config", str(config_file), "--errors-only")
    run(HERE, modules / "typescript/bin/tsc", "--noEmit", "--strict", "--project", "tsconfig.json")
    return sum(len(files) for files in assigned.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sdl", type=Path, default=ROOT / "schema" / "sdl")
    parser.add_argument("--queries", type=Path, default=ROOT / "examples" / "queries")
    arguments = parser.parse_args()
    try:
        count = generate(arguments.sdl.resolve(), arguments.queries.resolve())
    except (CodegenError, NodeError) as error:
        print(f"codegen: {error}", file=sys.stderr)
        return 1
    print(f"codegen: {count} operation files type-check · {count} 个操作文件通过类型检查")
    return 0


if __name__ == "__main__":
    sys.exit(main())
