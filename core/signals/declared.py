"""What a signal is: a fact about a person or household that somebody should look at."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from core.access.permissions import Permission
from core.books import owner_of
from core.codes.sets import UserRole
from core.workflow.declared import Limit


@dataclass(frozen=True, kw_only=True)
class NewSignal:
    """A fact that a signal is raised for.

    Attributes:
        signal: the declared signal's name.
        person_id, household_id: whom it is about, one of them. division: where it lies.
        fact: what tells this fact from another about the same subject, such as the id of an event; no personal data.
    """

    signal: str
    division: str
    person_id: uuid.UUID | None = None
    household_id: uuid.UUID | None = None
    fact: str = ""


@dataclass(frozen=True)
class Found:
    """A page of a scan: the facts found, and the cursor from which the next page goes on; None at the end."""

    news: Sequence[NewSignal]
    cursor: str | None


# Find (work, day, cursor): a bounded page of the register, in a fixed order.
Find = Callable[[Any, date, str | None], Awaitable[Found]]


@dataclass(frozen=True)
class Signal:
    """An early warning: `Signal("pets.many_dogs", "犬只过多", "Too many dogs", read=PETS_READ, roles=…, find=…)`.

    Attributes:
        read: the permission that shows it. roles: who deals with it; they get the permission `<plugin>:<name>.handle`.
        within: how long that may take. quiet: days for which a fact that was dealt with is not raised again.
        find: looks for it in the register, page by page; without it, it is raised by event hooks alone.
    """

    name: str
    zh: str
    en: str
    read: str
    roles: frozenset[UserRole]
    within: Limit | None = None
    quiet: int = 365
    find: Find | None = None

    @property
    def handle(self) -> str:
        """The permission to confirm or dismiss it."""
        owner = owner_of(self.name)
        return f"{owner}:{self.name.removeprefix(owner + '.')}.handle"

    @cached_property
    def permissions(self) -> Sequence[Permission]:
        """The permission that the declaration implies."""
        return (Permission(self.handle, self.roles, f"{self.zh}：处理", f"{self.en}: deal with it"),)
