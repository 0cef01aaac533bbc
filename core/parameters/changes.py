"""What `parameter_changed` tells the plugins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


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
