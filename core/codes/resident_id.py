"""Resident ids (公民身份号码): 18 characters that tell birth date and gender (domain 1.1; GB 11643-1999).

`stdnum.cn.ric.validate` is not used: it refuses elders whose county code is younger than they are, accepts
births in the future, and fails with a KeyError on unknown counties. Only its check digit is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from stdnum.cn import ric

from core.codes.refusals import (
    ID_BIRTHDATE,
    ID_CHECKSUM,
    ID_FORMAT,
    ID_FUTURE_BIRTH,
    ID_LENGTH,
    ID_MISMATCH,
    ID_REGION,
)
from core.codes.sets import Gender
from core.codes.text import compact
from core.errors import Refused

# str.isdigit() would also take Arabic-Indic and other digits, so the class is spelt out.
_FORMAT = re.compile(r"[0-9]{17}[0-9X]")
_PROVINCE_RUNS = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
_PROVINCES = frozenset(str(code) for first, last in _PROVINCE_RUNS for code in range(first, last + 1))


@dataclass(frozen=True, slots=True)
class ResidentId:
    """A checked number and what it says of its owner. It says nothing of where they live now."""

    number: str
    birth_date: date
    gender: Gender


def normalise(text: str) -> str:
    """The number as it is stored: NFKC, no spaces or hyphens of any kind, upper case (domain 1.1)."""
    return compact(text).upper()


def check_digit(first17: str) -> str:
    """The check character of 17 ASCII digits, ``0``-``9`` or ``X`` (GB 11643-1999; ISO 7064 MOD 11-2)."""
    return ric.calc_check_digit(f"{first17}0")  # it expects, and ignores, a last character


def parse(text: str, today: date) -> ResidentId:
    """Check a resident id as domain 1.1 orders it; the first failure is the only one told.

    Args:
        text: as typed; normalised here.
        today: the business date. A birth today is fine, one tomorrow is not.

    Returns:
        The number with the birth date and gender in it.

    Raises:
        Refused: ID_LENGTH, ID_FORMAT, ID_REGION, ID_BIRTHDATE, ID_FUTURE_BIRTH or ID_CHECKSUM.
    """
    number = normalise(text)
    _check_shape(number)
    birth_date = _birth_date(number)
    if birth_date > today:
        raise Refused(ID_FUTURE_BIRTH)
    if check_digit(number[:17]) != number[17]:
        raise Refused(ID_CHECKSUM)
    gender = Gender.MALE if int(number[16]) % 2 else Gender.FEMALE
    return ResidentId(number, birth_date, gender)


def matches(resident_id: ResidentId, gender: Gender, birth_date: date) -> None:
    """Refuse a person whose gender or birth date is not that of their id (domain 1.1, the last check).

    Raises:
        Refused: ID_MISMATCH.
    """
    if (resident_id.gender, resident_id.birth_date) != (gender, birth_date):
        raise Refused(ID_MISMATCH)


def make(region: str, birth_date: date, sequence: int) -> str:
    """Compose a valid number, for generated data; region 410189 is unassigned, so nobody owns its ids.

    Args:
        region: six digits.
        birth_date: the birth date to write in it.
        sequence: 0-999; odd is male, even is female.

    Raises:
        ValueError: `region` or `sequence` does not fit its place.
    """
    if not re.fullmatch(r"[0-9]{6}", region) or not 0 <= sequence <= 999:
        raise ValueError("a resident id needs a region of six digits and a sequence of 0 to 999")
    first17 = f"{region}{birth_date.isoformat().replace('-', '')}{sequence:03d}"
    return first17 + check_digit(first17)


def _check_shape(number: str) -> None:
    if len(number) != 18:
        raise Refused(ID_LENGTH, length=len(number))
    if not _FORMAT.fullmatch(number):
        raise Refused(ID_FORMAT)
    if number[:2] not in _PROVINCES:
        raise Refused(ID_REGION)


def _birth_date(number: str) -> date:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:  # 30 February, month 13, year 0000
        raise Refused(ID_BIRTHDATE) from None
