from __future__ import annotations

import string

import pytest

from core.errors import ErrorCode
from core.refusals import CORE_REFUSALS
from tools import error_codes


def test_the_page_is_that_of_the_codes() -> None:
    page = error_codes.PATH.read_text(encoding="utf-8")
    assert page == error_codes.page(), "python -m tools.error_codes --write"
    assert error_codes.main([]) == 0


def test_every_code_is_on_it() -> None:
    page = error_codes.page()
    assert all(f"| `{code.code}` |" in page for code in CORE_REFUSALS)


@pytest.mark.parametrize("code", CORE_REFUSALS, ids=lambda code: code.code)
def test_both_languages_take_the_same_values(code: ErrorCode) -> None:
    zh, en = (
        {name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (code.zh, code.en)
    )
    assert zh == en
