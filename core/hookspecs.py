"""Every hook a plugin may implement. `HOOKS.md` lists the same with examples; a test keeps the two equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from core.access.permissions import Permission
    from core.demo import DemoCity
    from core.errors import ErrorCode
    from core.events.models import LifeEvent
    from core.households.changes import HouseholdChange
    from core.importing.columns import ColumnImporter
    from core.work import Work

PROJECT = "minzheng"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def type_extensions() -> Mapping[type, type]:  # type: ignore[empty-body]
    """Give a core type (Person, Household, a root) the fields of a class of yours."""


@hookspec
def schema_types() -> Sequence[type]:  # type: ignore[empty-body]
    """Name the types of yours that no field mentions, such as implementations of Node reached only by id."""


@hookspec
def permissions() -> Sequence[Permission]:  # type: ignore[empty-body]
    """Declare your permissions, with the roles that carry them."""


@hookspec
def error_codes() -> Sequence[ErrorCode]:  # type: ignore[empty-body]
    """Declare the codes your mutations refuse with."""


@hookspec
def importers() -> Sequence[ColumnImporter]:  # type: ignore[empty-body]
    """Take columns of your own from imported registers, such as the year's income."""


@hookspec
async def demo_data(city: DemoCity) -> None:
    """Add your part to the generated demo city, through your own services."""


@hookspec
async def life_event(work: Work, event: LifeEvent) -> str | None:
    """Do your part of a life event in its transaction, and say in a sentence what you did."""


@hookspec
async def household_changed(work: Work, change: HouseholdChange) -> None:
    """Recompute what you derive from a household, after members joined, left or changed role."""


EVENT_HOOKS = ("life_event", "household_changed")
ASYNC_HOOKS = (*EVENT_HOOKS, "demo_data")


def spec_names() -> tuple[str, ...]:
    """The names of all hooks."""
    namespace: dict[str, Any] = globals()
    return tuple(name for name, value in namespace.items() if hasattr(value, f"{PROJECT}_spec"))
