"""What `FailedHook` keeps of a call, so that the hook can be called again: typed keys, days and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Kept = dict[str, Any]

_KEEP: Mapping[str, Callable[[Mapping[str, Any]], Kept]] = {
    "life_event": lambda given: {"event": given["event"].id.hex},
    "life_event_reversed": lambda given: {"event": given["event"].id.hex},
    "persons_merged": lambda given: {"merge": given["merge"].id.hex},
    "household_changed": lambda given: {
        "households": [home.id.hex for home in given["change"].households],
        "on": given["change"].on.isoformat(),
        "reason": given["change"].reason,
    },
    "parameter_changed": lambda given: given["change"].kept(),
    "birthdays": lambda given: {
        "birthdays": [[day.person.id.hex, day.age, day.on.isoformat()] for day in given["birthdays"]]
    },
}


def kept(hook: str, arguments: Mapping[str, Any]) -> Kept | None:
    """What to keep of a hook's arguments; None for a question, whose answer nobody waits for any more."""
    keep = _KEEP.get(hook)
    return None if keep is None else keep(arguments)
