"""Check the documents against the repository and the code's sizes against our limits (`make docs`).

Every check is a function from the repository's root to a list of findings; `CHECKS` lists them.
"""

from __future__ import annotations

import ast
import importlib
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import takewhile, zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from graphql import GraphQLError, GraphQLSchema, build_schema, parse, validate

from tools.markdown import anchors, headings, split

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("core", "schema", "server", "minzheng", "plugins")
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 50

LINK = re.compile(
    r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^()\s>]+(?:\([^()]*\)[^()\s>]*)*)>?(?:\s+[\"'][^)]*)?\)"
)
REFERENCE = re.compile(r"^\s{0,3}\[[^\]^]+\]:\s+<?([^\s>]+)", re.MULTILINE)
ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
# Written so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.$}-])/(?:work|root|home)/")
REGISTRY = re.compile(
    r"https?://[^/\s\"')>]*(?:pypi|python[h]osted|npmjs|registry|artifactory|nexus|(?<!code)mirror)"
)
PINNED_SOURCE = re.compile(
    r"(?:--(?:extra-)?index-url|--find[-]links|\"resolved\"\s*:|^registry\s*=\s*(?:https?:)?//)", re.MULTILINE
)

Check = Callable[[Path], list[str]]


def documents(root: Path) -> list[Path]:
    """The READMEs of the project and its plugins, and everything under docs/."""
    return [
        *sorted(root.glob("README*.md")),
        *sorted(root.glob("plugins/*/README*.md")),
        *sorted(root.glob("docs/**/*.md")),
    ]


def _place(root: Path, path: Path, line: int | None = None) -> str:
    return f"{path.relative_to(root)}{f':{line}' if line else ''}"


def check_links(root: Path) -> list[str]:
    """Relative links and anchors resolve."""
    findings: list[str] = []
    for path in documents(root):
        text = re.sub(r"`[^`\n]*`", "", "\n".join(split(path)[0]))
        targets = [name for name in LINK.findall(text) + REFERENCE.findall(text) if not ABSOLUTE.match(name)]
        problems = ((target, _broken(path, target)) for target in targets)
        findings += [
            f"{_place(root, path)}: link {target}: {problem}" for target, problem in problems if problem
        ]
    return findings


def _broken(path: Path, target: str) -> str | None:
    name, _, anchor = unquote(target).partition("#")
    destination = (path.parent / name).resolve() if name else path.resolve()
    if not destination.exists():
        return "no such file"
    if anchor and destination.suffix == ".md" and anchor not in anchors(destination):
        return "no such heading"
    return None


def check_readme_pair(root: Path) -> list[str]:
    """The English and the Chinese README have the same headings, level by level."""
    english, chinese = root / "README.md", root / "README.zh-CN.md"
    missing = [f"{path.name} is missing" for path in (english, chinese) if not path.exists()]
    if missing:
        return missing
    pairs = zip_longest(headings(english), headings(chinese), fillvalue=(0, "nothing"))
    for (level, text), (other_level, other_text) in pairs:
        if level != other_level:
            return [f"README.md has {text!r} (level {level}), README.zh-CN.md {other_text!r} ({other_level})"]
    return []


def check_graphql(root: Path) -> list[str]:
    """Every ```graphql block validates against the SDL it names: `schema=…`, default full.

    A block marked `sdl` shows definitions and is only parsed.
    """
    findings: list[str] = []
    for path in documents(root):
        for block in split(path)[1]:
            language, *words = block.info.split() or [""]
            if language == "graphql":
                place = _place(root, path, block.line)
                findings.extend(
                    f"{place}: {problem}" for problem in _graphql_problems(root, block.text, words)
                )
    return findings


def _graphql_problems(root: Path, text: str, words: list[str]) -> list[str]:
    try:
        document = parse(text)
        if "sdl" in words:
            return []
        name = next((word.removeprefix("schema=") for word in words if word.startswith("schema=")), "full")
        sdl = root / "schema" / "sdl" / f"{name}.graphql"
        if not sdl.exists():
            return [f"schema/sdl/{name}.graphql does not exist: run `make sdl`"]
        return [error.message for error in validate(_schema(sdl), document)]
    except GraphQLError as error:
        return [error.message]


@cache
def _schema(sdl: Path) -> GraphQLSchema:
    return build_schema(sdl.read_text(encoding="utf-8"))


def check_commands(root: Path) -> list[str]:
    """Every `$ minzheng …` line in a ```console block names a command and options that exist."""
    lines = [
        (_place(root, path, block.line + offset), words)
        for path in documents(root)
        for block in split(path)[1]
        if block.info.split()[:1] == ["console"]
        for offset, words in command_lines(block.text)
    ]
    if not lines:
        return []
    try:
        app = importlib.import_module("server.cli").app
    except (ImportError, AttributeError) as error:
        return [f"server.cli:app cannot be imported, so {len(lines)} command lines are unchecked: {error}"]
    from typer.main import get_command

    command = get_command(app)
    return [f"{place}: {problem}" for place, words in lines if (problem := command_problem(command, words))]


def command_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The words after `minzheng` of each such line, with its offset in the block (from 1)."""
    joined = text.replace("\\\n", "  ")
    for offset, line in enumerate(joined.splitlines(), start=1):
        if not line.strip().startswith("$ "):
            continue
        words = _shell_words(line.strip()[2:])
        words = list(takewhile(lambda word: word not in {"|", ">", ">>", "<", "&&", "||", "&", ";"}, words))
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        if words and Path(words[0]).name == "minzheng":
            yield offset, words[1:]


def _shell_words(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError:  # an open quote: here documents and the like are not ours to judge
        return line.split()


def command_problem(command: Any, words: list[str]) -> str | None:
    """What is wrong with these words, walking the command tree of a Typer app."""
    path, options = ["minzheng"], _options(command)
    remaining = iter(words)
    for word in remaining:
        name, has_value, _ = word.partition("=")
        children = getattr(command, "commands", {})
        if word == "--":
            break
        if name.startswith("-"):
            if name not in options:
                return f"`{' '.join(path)}` has no option {name}"
            if options[name] and not has_value:
                next(remaining, None)
        elif word in children:
            command = children[word]
            options |= _options(command)
            path.append(word)
        elif children:
            return f"`{' '.join(path)}` has no command {word}"
    return None


def _options(command: Any) -> dict[str, bool]:
    """The option names of one command, and whether each is followed by a value."""
    found = {"--help": False}
    for parameter in command.params:
        takes_value = not (getattr(parameter, "is_flag", False) or getattr(parameter, "count", False))
        names = (*parameter.opts, *parameter.secondary_opts)
        found |= {name: takes_value for name in names if name.startswith("-")}
    return found


def check_sizes(root: Path) -> list[str]:
    """Files and functions of our packages stay short, but for those that size_allow.txt gives a reason."""
    allowed, findings = _allowances(root)
    sizes = [
        size
        for package in PACKAGES
        for path in sorted((root / package).rglob("*.py"))
        for size in _sizes(root, path)
    ]
    too_long = {name: (lines, limit) for name, lines, limit in sizes if lines > limit}
    findings += [
        f"{name} has {lines} lines, more than {limit}: split it, or give a reason in tools/size_allow.txt"
        for name, (lines, limit) in too_long.items()
        if name not in allowed
    ]
    return findings + [
        f"tools/size_allow.txt: {name} is not too long (any more)" for name in sorted(allowed - {*too_long})
    ]


def _allowances(root: Path) -> tuple[set[str], list[str]]:
    path = root / "tools" / "size_allow.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    entries = [line.split(maxsplit=1) for line in lines if line.strip() and not line.startswith("#")]
    findings = [f"tools/size_allow.txt: {entry[0]} needs a reason" for entry in entries if len(entry) < 2]
    return {entry[0] for entry in entries}, findings


def _sizes(root: Path, path: Path) -> Iterator[tuple[str, int, int]]:
    """(name, lines, limit) of a file and of each function in it, methods and nested ones included."""
    text = path.read_text(encoding="utf-8")
    file_name = _place(root, path)
    yield file_name, len(text.splitlines()), MAX_FILE_LINES
    pending: list[tuple[str, ast.AST]] = [(f"{file_name}::", ast.parse(text))]
    while pending:
        prefix, parent = pending.pop()
        for node in ast.iter_child_nodes(parent):
            named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            name = f"{prefix}{node.name}" if named else prefix  # type: ignore[attr-defined]
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield name, (node.end_lineno or node.lineno) - node.lineno + 1, MAX_FUNCTION_LINES
            pending.append((f"{name}." if named else prefix, node))


def check_portable(root: Path) -> list[str]:
    """No tracked text file names a path of one machine or the host of a package registry."""
    findings = []
    for name in tracked(root):
        text = _text(root / name)
        for pattern, what in (
            (MACHINE_PATH, "a machine's path"),
            (REGISTRY, "a registry's host"),
            (PINNED_SOURCE, "a package source"),
        ):
            if match := pattern.search(text):
                line = text.count("\n", 0, match.start()) + 1
                findings.append(f"{name}:{line}: {what}: {match[0].strip()}")
    return findings


def check_todo(root: Path) -> list[str]:
    """A document promises nothing: no to-do notes in .md files."""
    names = [name for name in tracked(root) if name.endswith(".md")]
    return [f"{name}: contains a TODO" for name in names if re.search(r"\bTODO\b", _text(root / name))]


def tracked(root: Path) -> list[str]:
    """The names of the files under version control that exist."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    return [name for name in listing.split("\0") if name and (root / name).is_file()]


def _text(path: Path) -> str:
    """A file's text; empty for a binary one."""
    data = path.read_bytes()
    return "" if b"\0" in data[:8192] else data.decode("utf-8", errors="replace")


CHECKS: tuple[Check, ...] = (
    check_links,
    check_readme_pair,
    check_graphql,
    check_commands,
    check_sizes,
    check_portable,
    check_todo,
)


def main(root: Path = ROOT) -> int:
    findings = [finding for check in CHECKS for finding in check(root)]
    count = len(findings)
    summary = f"docs: {len(CHECKS)} checks, {count} findings · 共 {len(CHECKS)} 项检查，{count} 处问题"
    print(*findings, summary, sep="\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
