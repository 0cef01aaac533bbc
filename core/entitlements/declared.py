"""What plugins declare of benefits: programmes that entitle people to money, and which exclude each other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Programme:
    """A programme that pays people.

    Attributes:
        name: `<plugin>.<programme>`. read: the permission that shows its entitlements and payments.
        manage: the permission to award, change and end them.
        monthly: paid for each month that the entitlement holds; the others are paid by their plugin.
        pay_day: the day of the month by which it is paid (domain 2, `pay_day_limit`).
    """

    name: str
    zh: str
    en: str
    read: str
    manage: str
    monthly: bool = True
    pay_day: int = 10


@dataclass(frozen=True)
class Exclusion:
    """Two programmes that do not both pay one person for one month; either may be of a plugin that is absent.

    Attributes:
        name: `<plugin>.<exclusion>`. source: the rule it comes from.
    """

    name: str
    first: str
    second: str
    source: str
