"""Vaccinations that fall due each year: a job that opens a task for each."""

from __future__ import annotations

import uuid
from datetime import time, timedelta

from sqlalchemy import select

from minzheng.plugin import Daily, Job, JobRun, NewTask, Work, open_task
from minzheng_pets.models import PetsDog

CHUNK = 200


async def review(work: Work, run: JobRun, cursor: str | None) -> str | None:
    """A task for each dog whose vaccination falls due: 365 days after it was registered."""
    due = PetsDog.registered_on == run.day - timedelta(days=365)
    query = select(PetsDog).where(due).order_by(PetsDog.id).limit(CHUNK)
    if cursor is not None:
        query = query.where(PetsDog.id > uuid.UUID(cursor))
    dogs = list(await work.session.scalars(query))
    for dog in dogs:
        await open_task(work, _task(dog, run))
    run.done += len(dogs)
    return dogs[-1].id.hex if len(dogs) == CHUNK else None


def _task(dog: PetsDog, run: JobRun) -> NewTask:
    return NewTask(
        kind="pets.vaccine",
        prefix="pets_dog",
        subject_id=dog.id,
        division=dog.division,
        read="pets:read",
        act="pets:write",
        title_zh="犬只疫苗到期，请核实",
        title_en="A dog's vaccination is due: check it",
        due_on=run.day,
    )


VACCINES = Job(
    "pets.vaccines",
    "疫苗到期",
    "Vaccinations that fall due",
    Daily(at=time(1, 30)),
    review,
    catch_up=True,
    reads=("pets:read",),
)
