"""Numbers that belong to nobody: resident ids of the unassigned region, passports, telephone numbers."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta

from core.codes import resident_id
from core.codes.sets import Gender
from core.demo_city.divisions import REGION

# Sequences 100 to 899 are the city's. The others stay free for whoever registers somebody in it by hand.
_FIRST = 50
_CAPACITY = 400
_STRIDE = 137  # has no factor in common with the capacity, so that it visits every sequence once
# Not handed out to subscribers, so that no number of the demo rings anywhere.
_PREFIXES = ("154", "161", "163", "164")


class Identities:
    """Deals out numbers, each once."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(f"identities:{seed}")
        self._taken: defaultdict[tuple[date, Gender], int] = defaultdict(int)
        self._passports = 0

    def resident(self, birth: date, gender: Gender) -> tuple[str, date]:
        """A free id and its birth date, which is earlier than asked for once all ids of that day are taken."""
        while self._taken[birth, gender] >= _CAPACITY:
            birth -= timedelta(days=1)
        count = self._taken[birth, gender]
        self._taken[birth, gender] += 1
        index = _FIRST + (count * _STRIDE + birth.toordinal() * 31) % _CAPACITY
        return resident_id.make(REGION, birth, 2 * index + (gender is Gender.MALE)), birth

    def passport(self) -> str:
        """A passport number; the prefix is no country's."""
        self._passports += 1
        return f"ZZ{self._passports:07d}"

    def phone(self) -> str:
        """A mobile number."""
        return f"{self._random.choice(_PREFIXES)}{self._random.randrange(10**8):08d}"
