"""Operation files find their SDL, and what does not fit together is refused before Node is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.codegen.run import CodegenError, assign, config


def _files(folder: Path, **texts: str) -> list[Path]:
    paths = [folder / f"{name}.graphql" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def test_an_operation_file_names_its_schema_in_the_first_line(tmp_path: Path) -> None:
    full, core = tmp_path / "full.graphql", tmp_path / "core.graphql"
    first, second = _files(tmp_path, a="{ x }\n# schema: core\n", b="# schema: core\n{ x }\n")
    assert assign([full, core], [first, second]) == {full: [first], core: [second]}


def test_an_sdl_without_operations_still_gets_its_types(tmp_path: Path) -> None:
    outputs = config({Path("full.graphql"): [Path("a.graphql")], Path("core.graphql"): []}, tmp_path)[
        "generates"
    ]
    assert sorted(Path(name).relative_to(tmp_path).as_posix() for name in outputs) == [
        "core/schema.ts",
        "full/operations.ts",
        "full/schema.ts",
    ]


@pytest.mark.parametrize(
    ("stems", "text", "message"),
    [
        ([], "{ x }", "run `make sdl` first"),
        (["full"], "# schema: gone\n{ x }", "'gone', which has no SDL file"),
        (["full", "core"], "# schema: core\n{ x }", "nothing to call"),
        (["full"], "# schema: full2\n", "'full2'"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, stems: list[str], text: str, message: str) -> None:
    sdl_files = [tmp_path / f"{stem}.graphql" for stem in stems]
    with pytest.raises(CodegenError, match=message):
        assign(sdl_files, _files(tmp_path, a=text))
