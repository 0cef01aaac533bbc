"""Relations to the head of a household (GB/T 4761, domain 1.4), and what follows from one for another."""

from __future__ import annotations

HEAD = "02"
SPOUSES = ("10", "11", "12")
SON_IN_LAW, DAUGHTER_IN_LAW = "28", "38"
IN_LAWS = (SON_IN_LAW, DAUGHTER_IN_LAW)


def child_of(relation: str, *, male: bool) -> str | None:
    """The relation to the head of the child of somebody with a relation; None where it does not follow."""
    if relation in (HEAD, *SPOUSES):
        return "20" if male else "30"
    if (
        relation[:1] == "2" and relation != SON_IN_LAW
    ) or relation == DAUGHTER_IN_LAW:  # of a son, or his wife
        return "41" if male else "42"
    if relation[:1] == "3" or relation == SON_IN_LAW:
        return "43" if male else "44"
    return None


def spouse_of(relation: str, *, male: bool) -> str | None:
    """The relation to the head of the husband or wife of somebody with a relation; None where it does not follow."""
    if relation == HEAD:
        return "11" if male else "12"
    if relation[:1] == "2" and not male:
        return DAUGHTER_IN_LAW
    if relation[:1] == "3" and male:
        return SON_IN_LAW
    return None
