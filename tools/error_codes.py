"""`docs/error-codes.md` from the codes themselves: `python -m tools.error_codes --write`."""

from __future__ import annotations

import sys
from pathlib import Path

from core.errors import CodeBook, ErrorCode
from core.refusals import CORE_REFUSALS

PATH = Path(__file__).resolve().parents[1] / "docs" / "error-codes.md"
HEAD = """# Error codes · 错误代码

Business refusals of the core, as `errors { code field message }` of a payload or as `extensions.code` of a
top-level error. Plugins add their own. This page is generated:
`python -m tools.error_codes --write`.

核心的业务拒绝代码，由程序生成。插件另有各自的代码。

| Code | 中文 | English |
| --- | --- | --- |
"""


def _row(code: ErrorCode) -> str:
    cells = (f"`{code.code}`", code.zh, code.en)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"


def page() -> str:
    """The whole page."""
    book = CodeBook()
    book.add("core", CORE_REFUSALS)
    return HEAD + "".join(_row(code) for code in book.all())


def main(arguments: list[str]) -> int:
    """Write the page, or say whether it is as it should be."""
    if "--write" in arguments:
        PATH.write_text(page(), encoding="utf-8")
        return 0
    current = PATH.read_text(encoding="utf-8") if PATH.exists() else ""
    if current != page():
        print(f"{PATH.name} is out of date: python -m tools.error_codes --write", file=sys.stderr)
    return int(current != page())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
