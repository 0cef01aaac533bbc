"""Telephone numbers of mainland China, stored as bare digits."""

from __future__ import annotations

import re

from core.codes.refusals import PHONE_FORMAT
from core.codes.text import compact
from core.errors import Refused

_COUNTRY = re.compile(r"\+?(?:0086|86)")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
# Behind area codes 010 and 02x come eight digits, behind the others seven or eight; as without area code.
_LANDLINE = re.compile(r"(?:0(?:10|2[0-9])[2-9][0-9]{7}|0[3-9][0-9]{2}[2-9][0-9]{6,7}|[2-9][0-9]{6,7})")


def check_phone(text: str) -> str:
    """A mobile or landline number as it is stored: digits only, without the country code.

    Args:
        text: as typed; spaces, hyphens, brackets and +86, 0086 or 86 are taken off. Behind a country code a
            landline is written without the 0 of its area code, which is put back.

    Raises:
        Refused: PHONE_FORMAT.
    """
    number = re.sub(r"[()]", "", compact(text))
    for candidate in _readings(number):
        if _MOBILE.fullmatch(candidate) or _LANDLINE.fullmatch(candidate):
            return candidate
    raise Refused(PHONE_FORMAT)


def _readings(number: str) -> tuple[str, ...]:
    """As it stands (86 also begins local numbers), then without country code, then with the 0 put back."""
    code = _COUNTRY.match(number)
    if code is None:
        return (number,)
    rest = number[code.end() :]
    return number, rest, f"0{rest}"
