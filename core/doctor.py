"""What `minzheng doctor` looks at: a list of checks, each of which finds what is wrong with one thing.

A check is an async function of the `Patient` that answers findings; one that raises is a finding itself. Whoever
has something to look after adds its checks to the list in `server/doctor.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from core.clock import Clock
from core.db import Database
from core.documents.storage import Storage
from core.host import Host
from core.settings import Settings

Level = Literal["ok", "notice", "problem"]


@dataclass(frozen=True)
class Finding:
    """One thing that was found. A `problem` makes the doctor fail, a `notice` does not.

    Attributes:
        about: an id or a key, never personal data.
    """

    level: Level
    zh: str
    en: str
    about: str | None = None


def ok(zh: str, en: str) -> Finding:
    """All is well, with a figure or a version to show for it."""
    return Finding("ok", zh, en)


def _nothing(_done: int, _total: int | None) -> None:
    """Shows no progress."""


@dataclass
class Patient:
    """The installation that is looked at.

    Attributes:
        rehash: read every file again. clean: remove what nobody refers to. mark: write down what is lost.
        progress: called with how much of how much is done, for checks that take long.
    """

    settings: Settings
    host: Host
    database: Database
    storage: Storage
    clock: Clock
    rehash: bool = False
    clean: bool = False
    mark: bool = False
    progress: Callable[[int, int | None], None] = field(default=_nothing)


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        needs: names of checks without which this one cannot say anything.
    """

    name: str
    zh: str
    en: str
    run: Callable[[Patient], AsyncIterator[Finding]]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """What one check found."""

    check: Check
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        levels = {finding.level for finding in self.findings}
        return "problem" if "problem" in levels else "notice" if "notice" in levels else "ok"

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        found = [
            {"level": f.level, "zh": f.zh, "en": f.en, **({"about": f.about} if f.about else {})}
            for f in self.findings
        ]
        return {"check": self.check.name, "level": self.level, "findings": found}


async def examine(patient: Patient, checks: tuple[Check, ...]) -> AsyncIterator[Report]:
    """Run the checks in order; one that needs another that failed is passed over."""
    failed: set[str] = set()
    for check in checks:
        if failed.intersection(check.needs):
            failed.add(check.name)
            continue
        findings = await _findings(patient, check)
        report = Report(check, findings)
        if report.level == "problem":
            failed.add(check.name)
        yield report


async def _findings(patient: Patient, check: Check) -> tuple[Finding, ...]:
    found: list[Finding] = []
    try:
        async for finding in check.run(patient):
            found.append(finding)  # noqa: PERF401 (what was found before it broke off counts)
    except Exception as error:
        # The class alone, but for our own words: an error's text may hold a password or personal data.
        text = str(error) if type(error).__module__.startswith("core.") else type(error).__name__
        found.append(Finding("problem", f"检查未能完成：{text}", f"the check broke off: {text}"))
    return tuple(found)
