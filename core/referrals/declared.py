"""Services that referrals may be sent to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReferralTarget:
    """A service that takes referrals: `ReferralTarget("pets.shelter", "犬只收容", "Shelter", accepts=…, read=…)`.

    Attributes:
        accepts: the permission to accept, decline and close what is sent here. read: the one that shows it.
    """

    name: str
    zh: str
    en: str
    accepts: str
    read: str
