"""`docs/workflows.md` shows what the code declares."""

from __future__ import annotations

from tools.workflow_pages import PAGE, page


def test_the_page_is_the_codes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tools.workflow_pages --write"
