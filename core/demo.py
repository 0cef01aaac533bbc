"""What a plugin's `demo_data` hook receives: the generated city, with the services' unit of work."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.access.principal import Grant, Principal
from core.codes.sets import UserRole
from core.divisions.models import Division
from core.households.models import Household
from core.organizations.models import Organization
from core.persons.models import Person
from core.work import Work


@dataclass(frozen=True)
class DemoCity:
    """The demo city, or the part of it that was just generated.

    Attributes:
        work: the transaction to write in. random: seeded, so that a city is the same every time.
        divisions: the city, its towns and villages.
        households: the households of this part, with `members` for each in the same order.
        organizations: those of the city.
        first: whether this is the first part; what belongs to the whole city is made once, then.
        progress: say a step in words, for whoever waits.
    """

    work: Work
    random: random.Random
    district: str
    divisions: Sequence[Division]
    households: Sequence[Household]
    members: Sequence[Sequence[Person]]
    first: bool
    progress: Callable[[str], None]
    organizations: Sequence[Organization] = ()

    def acting(self, role: UserRole, division: str | None = None) -> Work:
        """The same transaction with the rights of one of the demo's officers, over the city by default.

        Two roles are two people, so that what asks for four eyes gets them.
        """
        return acting(self.work, role, division or self.district)


def acting(work: Work, role: UserRole, division: str) -> Work:
    """A unit of work of somebody with a role over a division, in the same transaction."""
    grant = Grant(division, work.host.permissions.of_role(role))
    subject = f"demo:{role.name.lower().replace('_', '-')}"
    return replace(work, principal=Principal(None, subject, (grant,), roles=frozenset({role.name})))
