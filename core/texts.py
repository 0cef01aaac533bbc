"""Free text that fits its column on both databases: SQLite does not count characters, PostgreSQL takes no NUL."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from core.errors import Refused
from core.refusals import TEXT_LENGTH


def check_text(text: str, maximum: int, field: Sequence[str] = ()) -> str:
    """The text without outer white space.

    Raises:
        Refused: TEXT_LENGTH when it is empty, longer than `maximum` characters, or holds control characters.
    """
    text = text.strip()
    if not 1 <= len(text) <= maximum or any(unicodedata.category(char) == "Cc" for char in text):
        raise Refused(TEXT_LENGTH, field, maximum=maximum)
    return text
