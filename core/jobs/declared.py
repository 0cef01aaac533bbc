"""What a scheduled job is: which periods it has, and the step that does a chunk of one.

A period is a day, an hour or a month in Asia/Shanghai. A job runs once for each period that it is due for.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from core.access.scope import Words
from core.clock import SHANGHAI

if TYPE_CHECKING:
    from core.jobs.models import JobRun
    from core.work import Work

# A chunk of one run: from where the last one ended (None at first) to where this one did (None at the end).
Step = Callable[["Work", "JobRun", Any], Awaitable[Any]]

NIGHT = time(2, 0)


@dataclass(frozen=True)
class Period:
    """One turn of a job.

    Attributes:
        key: `2022-11-30`, `2022-11-30T14` or `2022-11`; keys of one schedule sort as time does.
        day: the day it is about. due: the moment from which on it may run.
    """

    key: str
    day: date
    due: datetime


class Schedule(Protocol):
    """Says which periods there are. Moments are aware; days are Asia/Shanghai's."""

    @property
    def words(self) -> Words:
        """The schedule in Chinese and English."""

    def on(self, day: date) -> Period:
        """The period of a day: itself, its month, or its first hour."""

    def current(self, moment: datetime) -> Period:
        """The period that a moment lies in, due already or not."""

    def after(self, period: Period) -> Period:
        """The following period."""

    def before(self, period: Period) -> Period:
        """The period before."""


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, SHANGHAI).astimezone(UTC)


@dataclass(frozen=True)
class Daily:
    """Each day at a time of day: `Daily(at=time(2, 30))`."""

    at: time = NIGHT

    @property
    def words(self) -> Words:
        return f"每天 {self.at:%H:%M}", f"daily at {self.at:%H:%M}"

    def on(self, day: date) -> Period:
        return Period(day.isoformat(), day, _moment(day, self.at))

    def current(self, moment: datetime) -> Period:
        return self.on(moment.astimezone(SHANGHAI).date())

    def after(self, period: Period) -> Period:
        return self.on(period.day + timedelta(days=1))

    def before(self, period: Period) -> Period:
        return self.on(period.day - timedelta(days=1))


@dataclass(frozen=True)
class Hourly:
    """Each hour, some minutes after it began."""

    minute: int = 0

    @property
    def words(self) -> Words:
        return f"每小时第 {self.minute} 分", f"hourly at minute {self.minute}"

    def on(self, day: date) -> Period:
        return self._of(datetime.combine(day, time(0), SHANGHAI))

    def current(self, moment: datetime) -> Period:
        return self._of(moment)

    def after(self, period: Period) -> Period:
        return self._of(period.due + timedelta(hours=1))

    def before(self, period: Period) -> Period:
        return self._of(period.due - timedelta(hours=1))

    def _of(self, moment: datetime) -> Period:
        began = moment.astimezone(SHANGHAI).replace(minute=self.minute, second=0, microsecond=0)
        return Period(f"{began:%Y-%m-%dT%H}", began.date(), began.astimezone(UTC))


@dataclass(frozen=True)
class Monthly:
    """Each month on a day, or on its last one where it has fewer days."""

    day: int = 1
    at: time = NIGHT

    @property
    def words(self) -> Words:
        return (
            f"每月 {self.day} 日 {self.at:%H:%M}（当月无此日则为月末）",
            f"monthly on day {self.day}, or the month's last, at {self.at:%H:%M}",
        )

    def on(self, day: date) -> Period:
        last = monthrange(day.year, day.month)[1]
        own = day.replace(day=min(self.day, last))
        return Period(f"{own:%Y-%m}", own, _moment(own, self.at))

    def current(self, moment: datetime) -> Period:
        return self.on(moment.astimezone(SHANGHAI).date())

    def after(self, period: Period) -> Period:
        return self.on(period.day.replace(day=28) + timedelta(days=4))

    def before(self, period: Period) -> Period:
        return self.on(period.day.replace(day=1) - timedelta(days=1))


def latest(schedule: Schedule, now: datetime) -> Period:
    """The last period that is due."""
    period = schedule.current(now)
    return period if period.due <= now else schedule.before(period)


def following(schedule: Schedule, now: datetime) -> Period:
    """The first period that is not due yet."""
    return schedule.after(latest(schedule, now))


def missed(schedule: Schedule, last: datetime | None, now: datetime, catch_up: bool) -> Iterator[Period]:
    """The periods that are due and have no run yet, in order.

    Args:
        last: when the last period with a run was due; without one, only the latest period is missed.
        catch_up: all of them, not the latest alone.
    """
    end = latest(schedule, now)
    if last is None:
        yield end
        return
    known = schedule.current(last)
    first = schedule.after(known) if catch_up else end
    while first.due <= end.due and first.key != known.key and first.due > last:
        yield first
        first = schedule.after(first)


@dataclass(frozen=True)
class Job:
    """Work that is done at set times: `Job("pets.licences", "犬证到期", "Licences that end", Daily(), step)`.

    A step does a bounded chunk in one transaction, adds to `run.done` how much that was, and returns a cursor (as JSON
    holds it) from which the next one goes on, or None at the end. The cursor is kept in the same transaction: a killed
    process goes on where it stopped, and nothing is done twice.

    Attributes:
        catch_up: run every period that was missed, in order, such as for birthdays; by default the latest alone.
        reads: permissions that show the tasks it opens.
    """

    name: str
    zh: str
    en: str
    schedule: Schedule
    step: Step
    catch_up: bool = False
    reads: tuple[str, ...] = ()
