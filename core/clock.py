"""The only clock. Business dates are Asia/Shanghai; instants are UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock:
    """Says what day and what moment it is for the bureau.

    Args:
        today: a fixed business date (`--today`, for demos and tests); None follows the wall clock.
    """

    def __init__(self, today: date | None = None) -> None:
        self._today = today

    def today(self) -> date:
        """The business date."""
        return self._today or datetime.now(SHANGHAI).date()

    def now(self) -> datetime:
        """The moment that goes on records: today's wall-clock time, on the business date."""
        now = datetime.now(SHANGHAI)
        if self._today:
            now = datetime.combine(self._today, now.timetz())
        return now.astimezone(UTC)

    @staticmethod
    def wall() -> datetime:
        """The real moment, for what the outside world dates: tokens and time-outs."""
        return datetime.now(UTC)
