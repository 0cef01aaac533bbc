"""Cells that spreadsheet programs show and never run."""

from __future__ import annotations

import re

# What a spreadsheet program takes for a formula (OWASP, CSV injection), full-width forms included.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NEGATIVE = re.compile(r"-[0-9]+(\.[0-9]+)?")


def neutral(text: str) -> str:
    """The text, kept from being run as a formula by an apostrophe in front; a negative number is none."""
    return f"'{text}" if _FORMULA.match(text) and not _NEGATIVE.fullmatch(text) else text
