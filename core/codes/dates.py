"""Dates as people write them in forms and spreadsheets."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from core.codes.refusals import DATE_FORMAT
from core.errors import Refused

_PARTED = re.compile(r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})日?")
_SOLID = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


def parse_date(text: str) -> date:
    """A calendar date, year first.

    Args:
        text: ``2022-09-09``, ``2022/9/9``, ``2022.9.9``, ``20220909`` or ``2022年9月9日``.

    Raises:
        Refused: DATE_FORMAT, for anything else and for days that do not exist.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    match = _PARTED.fullmatch(plain) or _SOLID.fullmatch(plain)
    if match is None:
        raise Refused(DATE_FORMAT)
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        raise Refused(DATE_FORMAT) from None
