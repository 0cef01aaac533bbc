"""The outbox on both databases: nothing before the commit, order by subject, and late commits are not passed over."""

from __future__ import annotations

import asyncio
import random
import uuid
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update

from core.access.service import system
from core.clock import Clock
from core.db import Database
from core.errors import Refused
from core.host import Host
from core.ids import typed
from core.jobs import housekeeping
from core.outbox.feed import Feed, Published
from core.outbox.models import OutboxEntry
from core.outbox.sequencer import sequence, sequencing
from core.outbox.service import publish, trim
from core.vault import Keyring, Vault
from core.work import Work
from core.workflow.models import Task
from core.workflow.tasks import NewTask, claim, open_task, release

CLOCK = Clock(date(2022, 11, 30))
VILLAGE = "410189101201"


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    return ()


@pytest.fixture(scope="module")
def host() -> Host:
    return Host([])


def work_of(session: Any, host: Host) -> Work:
    return Work(session, system(host.permissions), CLOCK, Vault(Keyring.fresh()), host)


async def tell(work: Work, subject: uuid.UUID, event: str = "CHANGED") -> None:
    await publish(
        work, "thing", event, prefix="thing", subject_id=subject, division=VILLAGE, read="registry:read"
    )


async def told(database: Database) -> list[OutboxEntry]:
    async with database.reading() as session:
        query = select(OutboxEntry).where(OutboxEntry.position.is_not(None)).order_by(OutboxEntry.position)
        return list(await session.scalars(query))


async def test_an_entry_says_what_happened_where(database: Database, host: Host) -> None:
    subject = uuid.uuid4()
    async with database.writing() as session:
        await tell(work_of(session, host), subject)
    assert await told(database) == []
    assert await sequence(database) == 1
    assert await sequence(database) == 0
    [entry] = await told(database)
    assert (entry.topic, entry.event, entry.subject) == ("thing", "CHANGED", typed("thing", subject))
    assert (entry.district, entry.town, entry.division) == ("410189000000", "410189101000", VILLAGE)
    assert (entry.position, entry.details, entry.read) == (1, {}, "registry:read")


async def test_what_is_rolled_back_was_never_told(database: Database, host: Host) -> None:
    async def fail() -> None:
        async with database.writing() as session:
            await tell(work_of(session, host), uuid.uuid4())
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.writing() as session:
        work = work_of(session, host)
        await tell(work, uuid.uuid4(), "FIRST")
        nested = await session.begin_nested()
        await tell(work, uuid.uuid4(), "UNDONE")
        await session.flush()
        await nested.rollback()
        await tell(work, uuid.uuid4(), "SECOND")
    await sequence(database)
    assert [(entry.position, entry.event) for entry in await told(database)] == [(1, "FIRST"), (2, "SECOND")]


async def test_who_commits_late_comes_later(database: Database, host: Host) -> None:
    """An id is given at the insert: by id the late one would lie before what has been delivered."""
    if database.dialect_name == "sqlite":
        pytest.skip("one writer at a time")
    late, early = uuid.uuid4(), uuid.uuid4()
    async with database.writing() as slow:
        await tell(work_of(slow, host), late)
        await slow.flush()
        async with database.writing() as session:
            await tell(work_of(session, host), early)
        assert await sequence(database) == 1
        assert [entry.subject_id for entry in await told(database)] == [early]
    assert await sequence(database) == 1
    entries = await told(database)
    assert [entry.subject_id for entry in entries] == [early, late]
    assert entries[0].id > entries[1].id


async def test_several_sequencers_share_the_work(database: Database, host: Host) -> None:
    async with database.writing() as session:
        work = work_of(session, host)
        for _ in range(50):
            await tell(work, uuid.uuid4())
    counts = await asyncio.gather(*(sequence(database, chunk=7) for _ in range(4)))
    await sequence(database, chunk=7)
    assert sum(counts) <= 50
    assert [entry.position for entry in await told(database)] == list(range(1, 51))


async def _write(database: Database, host: Host, task_id: uuid.UUID, rng: random.Random) -> str | None:
    """Take the task or give it back, with pauses; None if somebody else was faster."""
    try:
        async with database.writing() as session:
            work = work_of(session, host)
            task = await session.get(Task, task_id, with_for_update=rng.random() < 0.5)
            assert task is not None
            await asyncio.sleep(rng.random() / 200)
            free = task.assignee is None
            await (claim if free else release)(work, task)
            await work.flush()
            await asyncio.sleep(rng.random() / 100)
            return "CLAIMED" if free else "RELEASED"
    except Refused:
        return None


async def test_each_subject_in_order_whoever_writes(database: Database, host: Host) -> None:
    """Claims and releases of a few tasks by writers at once: a listener hears each task's in turn, all and once."""
    async with database.writing() as session:
        tasks = [await open_task(work_of(session, host), _task()) for _ in range(3)]
    feed, heard = Feed(database), list[Published]()

    async def writer(seed: int) -> int:
        rng = random.Random(seed)
        done = [await _write(database, host, rng.choice(tasks).id, rng) for _ in range(20)]
        return sum(event is not None for event in done)

    async def listener(total: asyncio.Future[int]) -> None:
        async with feed.listening():
            while not total.done() or len(heard) < total.result():
                heard.extend(await feed.after(heard[-1].position if heard else 0, 0.2))

    total: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    async with sequencing(database):
        listening = asyncio.create_task(listener(total))
        written = sum(await asyncio.gather(*(writer(seed) for seed in range(6))))
        total.set_result(written + len(tasks))
        async with asyncio.timeout(20):
            await listening
    await feed.closing()
    assert written > 20
    assert [one.position for one in heard] == list(range(1, written + len(tasks) + 1))
    entries = {entry.id: entry for entry in await told(database)}
    for task in tasks:
        events = [entries[one.id].event for one in heard if entries[one.id].subject_id == task.id]
        assert events == ["OPENED", *(["CLAIMED", "RELEASED"] * len(events))[: len(events) - 1]]


def _task() -> NewTask:
    return NewTask(
        kind="core.look",
        prefix="person",
        subject_id=uuid.uuid4(),
        division=VILLAGE,
        read="registry:read",
        act="registry:write",
        title_zh="看",
        title_en="Look",
    )


async def test_old_entries_go_and_their_positions_stay_given(database: Database, host: Host) -> None:
    for _ in range(4):
        async with database.writing() as session:
            await tell(work_of(session, host), uuid.uuid4())
    await sequence(database)
    await _age(database, 8, 1, 2)
    assert await trim(database, CLOCK) == 2
    assert [entry.position for entry in await told(database)] == [3, 4]
    feed = Feed(database)
    async with feed.listening() as head:
        assert head == 4
        assert [one.position for one in await feed.after(2, 5)] == [3, 4]
        with pytest.raises(Refused, match="POSITION_GONE"):
            await feed.after(1, 5)
    await feed.closing()
    await _age(database, 8, 3, 4)
    assert await trim(database, CLOCK) == 2
    assert await trim(database, CLOCK) == 0
    assert await told(database) == []
    async with database.writing() as session:
        await tell(work_of(session, host), uuid.uuid4())
    await sequence(database)
    [entry] = await told(database)
    assert (entry.position, entry.id) == (5, 5)


async def test_the_housekeeping_takes_old_entries_away(database: Database, host: Host) -> None:
    for _ in range(3):
        async with database.writing() as session:
            await tell(work_of(session, host), uuid.uuid4())
    await sequence(database)
    await _age(database, 8, 1, 2)
    run: Any = SimpleNamespace(done=0)
    async with database.writing() as session:
        cursor = await housekeeping.step(work_of(session, host), run, None)
        while cursor is not None:
            cursor = await housekeeping.step(work_of(session, host), run, cursor)
    assert run.done == 2
    assert [entry.position for entry in await told(database)] == [3]


async def _age(database: Database, days: int, *positions: int) -> None:
    async with database.writing() as session:
        old = CLOCK.now() - timedelta(days=days)
        await session.execute(update(OutboxEntry).where(OutboxEntry.position.in_(positions)).values(at=old))


async def test_a_feed_asks_nothing_while_nobody_listens(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.outbox.feed.EVERY", 0.01)
    feed = Feed(database)
    async with feed.listening():
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.1)  # a round that had begun
    asked: list[int] = []

    async def read(after: int) -> list[Published]:
        asked.append(after)
        return []

    monkeypatch.setattr(feed, "_read", read)
    await asyncio.sleep(0.2)
    assert asked == []
    await feed.closing()
