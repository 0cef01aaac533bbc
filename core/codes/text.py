"""How typed and pasted text is levelled before it is compared: full-width forms, odd spaces, odd dashes."""

from __future__ import annotations

import unicodedata

# The minus sign and the hyphen bullet are used as hyphens but are no dash punctuation in Unicode.
_MORE_HYPHENS = frozenset("\u2212\u2043")


def _is_filler(char: str) -> bool:
    """A space, a hyphen or an invisible format character (zero-width space, soft hyphen, byte order mark)."""
    return char.isspace() or unicodedata.category(char) in {"Pd", "Cf"} or char in _MORE_HYPHENS


def compact(text: str) -> str:
    """NFKC without spaces and hyphens of any Unicode kind (domain 1.1).

    Args:
        text: anything typed or pasted.

    Returns:
        The same characters, half-width, without fillers.
    """
    return "".join(char for char in unicodedata.normalize("NFKC", text) if not _is_filler(char))


def fold(text: str) -> str:
    """The form in which labels are compared: NFKC, no white space, case-folded."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
