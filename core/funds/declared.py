"""Kinds of funds: money put somewhere in advance, to be disbursed by whoever holds it (domain 2, ReserveFund)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FundKind:
    """A kind of fund; there is one for each holder and year.

    Attributes:
        name: `<plugin>.<kind>`. read: the permission that shows its funds and their entries.
        allocate: the permission to allocate, replenish and reclaim, over the holder's division.
        disburse: the permission to disburse and to take back, over the holder's division.
    """

    name: str
    zh: str
    en: str
    read: str
    allocate: str
    disburse: str
