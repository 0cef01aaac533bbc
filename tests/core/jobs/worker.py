"""A runner in a process of its own, for tests that kill it: `python -m tests.core.jobs.worker URL [HANG]`.

Its one job writes six chunks of ten rows; in chunk HANG it says so and waits, its rows written but not committed.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import date
from typing import Any

from core.access.models import IdempotencyKey
from core.clock import Clock
from core.db import Database, new_id
from core.host import Host
from core.jobs.declared import Daily, Job
from core.jobs.models import JobRun
from core.jobs.runner import Report, Runner
from core.vault import Keyring, Vault
from core.work import Work

CHUNKS, SIZE = 6, 10


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def counting(hang: int | None = None) -> Job:
    """The job; each row it writes has a number of its own."""

    async def step(work: Work, run: JobRun, cursor: Any) -> Any:
        chunk = cursor or 0
        for number in range(chunk * SIZE, (chunk + 1) * SIZE):
            work.session.add(_row(work, str(number)))
        run.done += SIZE
        await work.flush()
        if chunk == hang:
            say("hanging")
            await asyncio.sleep(60)
        return chunk + 1 if chunk + 1 < CHUNKS else None

    return Job("core.counting", "计数", "Counting", Daily(), step)


def _row(work: Work, key: str) -> IdempotencyKey:
    # Keyed apart from its number: doing one twice must show, not be refused.
    row = new_id()
    return IdempotencyKey(
        id=row,
        subject="counting",
        key=f"{key}:{row.hex}",
        mutation=key,
        input_hash="",
        record_id=row,
        created_at=work.now,
    )


async def run(url: str, hang: int | None = None) -> Report:
    """Run the job on a database."""
    database, host = Database(url), Host([])
    try:
        runner = Runner(database, host, Vault(Keyring.fresh()), Clock(date(2022, 11, 30)))
        return await runner.run_on([counting(hang)], date(2022, 11, 30))
    finally:
        await database.close()


if __name__ == "__main__":
    hang = int(sys.argv[2]) if len(sys.argv) > 2 else None
    report = asyncio.run(run(sys.argv[1], hang))
    say("busy" if report.busy else f"done {len(report.done)}")
