"""What `parameter_changed` tells the plugins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class ParameterChange:
    """A parameter has another value in a division, and below it where nothing nearer is set.

    Attributes:
        name: of the parameter. division: twelve zeros are the whole country.
        value: what was set; None when the division's own value ends.
        since, until: the days that it concerns, `until` outside; `since` may lie ahead.
        reason: `set`, `ended`, or `began`: a value that was set earlier holds from today on.
    """

    name: str
    division: str
    value: str | None
    since: date
    until: date | None = None
    reason: str = "set"

    def concerns(self, day: date) -> bool:
        """Whether the day is one of those that it concerns: what is derived as of that day has to be made anew."""
        return self.since <= day and (self.until is None or day < self.until)

    def kept(self) -> dict[str, Any]:
        """What to keep of it, as JSON."""
        days = {name: day.isoformat() for name, day in (("since", self.since), ("until", self.until)) if day}
        return {
            "name": self.name,
            "division": self.division,
            "value": self.value,
            "reason": self.reason,
            **days,
        }

    @classmethod
    def again(cls, kept: Mapping[str, Any]) -> ParameterChange:
        """The change that was kept."""
        days = {name: date.fromisoformat(kept[name]) for name in ("since", "until") if name in kept}
        return cls(kept["name"], kept["division"], kept["value"], reason=kept["reason"], **days)
