"""Each document check finds what it is for, and lets a sound document pass."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from tools import docs_check
from tools.markdown import anchors, split

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


def _commit(root: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)


def test_anchors_follow_the_code_hosts_rules(write: Write) -> None:
    text = '# Run it!\n## 快速开始 · Start\n## Run it!\n<a id="own"></a>\n```\n# no heading\n```\n'
    assert anchors(write("README.md", text)) == {"run-it", "快速开始--start", "run-it-1", "own"}


def test_fences_nest_and_keep_line_numbers(write: Write) -> None:
    prose, blocks = split(write("a.md", "x\n````md\n```graphql\n````\ny\n"))
    assert prose == ["x", "", "", "", "y"]
    assert [(block.line, block.info, block.text) for block in blocks] == [(2, "md", "```graphql")]


def test_broken_links_are_found(tmp_path: Path, write: Write) -> None:
    write("docs/guide.md", "# 导入 Import\n")
    write(
        "README.md",
        "[a](docs/guide.md#导入-import) [b](docs/none.md) [c](docs/guide.md#export) [d](#here)\n"
        "[e](https://example.com/x) `[f](no.md)` ![g](no.png)\n\n[ref]: docs/gone.md\n\n# Here\n",
    )
    assert docs_check.check_links(tmp_path) == [
        "README.md: link docs/none.md: no such file",
        "README.md: link docs/guide.md#export: no such heading",
        "README.md: link no.png: no such file",
        "README.md: link docs/gone.md: no such file",
    ]


def test_readmes_must_run_in_step(tmp_path: Path, write: Write) -> None:
    write("README.md", "# A\n## B\n## C\n")
    assert docs_check.check_readme_pair(tmp_path) == ["README.zh-CN.md is missing"]
    write("README.zh-CN.md", "# 甲\n## 乙\n")
    assert len(docs_check.check_readme_pair(tmp_path)) == 1
    write("README.zh-CN.md", "# 甲\n## 乙\n## 丙\n")
    assert docs_check.check_readme_pair(tmp_path) == []


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ("```graphql\n{ person { name } }\n```", None),
        ("```graphql schema=core\n{ person { elder } }\n```", "Cannot query field 'elder'"),
        ("```graphql\n{ person {\n```", "Syntax Error"),
        ("```graphql schema=gone\n{ person { name } }\n```", "schema/sdl/gone.graphql does not exist"),
        ("```graphql sdl\ntype Extra { id: ID! }\n```", None),
        ("```json\n{ person\n```", None),
    ],
)
def test_graphql_blocks(tmp_path: Path, write: Write, block: str, problem: str | None) -> None:
    write(
        "schema/sdl/full.graphql", "type Query { person: Person }\ntype Person { name: String, elder: Int }\n"
    )
    write("schema/sdl/core.graphql", "type Query { person: Person }\ntype Person { name: String }\n")
    write("docs/a.md", f"text\n\n{block}\n")
    findings = docs_check.check_graphql(tmp_path)
    if problem is None:
        assert findings == []
    else:
        assert len(findings) == 1
        assert findings[0].startswith("docs/a.md:3: ")
        assert problem in findings[0]


def test_command_lines_are_read_as_a_shell_would() -> None:
    text = "\n".join(
        (
            "$ minzheng demo --port 1 | cat",
            "output minzheng x",
            "$ A=1 .venv/bin/minzheng serve \\",
            "  --dev # why",
            "$ make",
            "$ echo it's minzheng",
        )
    )
    assert [words for _, words in docs_check.command_lines(text)] == [
        ["demo", "--port", "1"],
        ["serve", "--dev"],
    ]


def _application() -> typer.Typer:
    app, jobs = typer.Typer(), typer.Typer()

    @app.callback()
    def root(today: str = "") -> None: ...

    @app.command()
    def serve(port: int = 8000, dev: bool = False) -> None: ...

    @jobs.command("run")
    def run(name: str) -> None: ...

    app.add_typer(jobs, name="jobs")
    return app


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("serve --port 8000 --dev", None),
        ("serve --port=8000 --help", None),
        ("--today 2022-11-30 serve --no-dev", None),
        ("jobs run birthdays", None),
        ("jobs", None),
        ("sevre", "`minzheng` has no command sevre"),
        ("jobs runs birthdays", "`minzheng jobs` has no command runs"),
        ("serve --prot 1", "`minzheng serve` has no option --prot"),
    ],
)
def test_commands_must_exist(line: str, problem: str | None) -> None:
    assert docs_check.command_problem(get_command(_application()), line.split()) == problem


def test_a_missing_cli_is_a_finding(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("importlib.import_module", absent)
    write("README.md", "```console\n$ minzheng serve\n```\n")
    assert docs_check.check_commands(tmp_path) == [
        "server.cli:app cannot be imported, so 1 command lines are unchecked: server.cli"
    ]


def test_sizes_and_their_allowances(tmp_path: Path, write: Write) -> None:
    body = "\n".join(["        pass"] * 50)
    write("core/long.py", f"class Rules:\n    async def decide(self) -> None:\n{body}\n")
    write("plugins/a/big.py", "x = 1\n" * 501)
    write("elsewhere/big.py", "x = 1\n" * 501)
    names = [finding.split()[0] for finding in docs_check.check_sizes(tmp_path)]
    assert names == ["core/long.py::Rules.decide", "plugins/a/big.py"]

    write(
        "tools/size_allow.txt",
        "# why\ncore/long.py::Rules.decide a table\nplugins/a/big.py\ncore/gone.py old\n",
    )
    assert docs_check.check_sizes(tmp_path) == [
        "tools/size_allow.txt: plugins/a/big.py needs a reason",
        "tools/size_allow.txt: core/gone.py is not too long (any more)",
    ]


@pytest.mark.parametrize(
    ("text", "portable"),
    [
        ("see /ho" + "me/someone/notes", False),
        ("https://files.example-py" + "pi.net/simple", False),
        ("--extra-index" + "-url x", False),
        ('"resol' + 'ved": "x"', False),
        ("build/work/x and $HOME/home/ and https://example.com/home/", True),
    ],
)
def test_files_are_portable(tmp_path: Path, write: Write, text: str, portable: bool) -> None:
    write("a.txt", f"first\n{text}\n")
    _commit(tmp_path)
    findings = docs_check.check_portable(tmp_path)
    assert (findings == []) is portable
    assert all(finding.startswith("a.txt:2: ") for finding in findings)


def test_binary_files_are_not_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\0/ro" + b"ot/x")
    _commit(tmp_path)
    assert docs_check.check_portable(tmp_path) == []


def test_documents_hold_no_notes_to_self(tmp_path: Path, write: Write) -> None:
    write("docs/a.md", "TO" + "DO: write this\n")
    write("core/a.py", "# TO" + "DO\n")
    _commit(tmp_path)
    assert docs_check.check_todo(tmp_path) == ["docs/a.md: contains a TODO"]
