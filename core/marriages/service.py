"""Who is married to whom, and what ends it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from core.codes.relations import HEAD, SPOUSES
from core.codes.sets import MaritalStatus
from core.dated import cut, open_now
from core.households import service as households
from core.households.models import Household
from core.marriages.models import DivorceApplication, DivorceStatus, Marriage, of_couple
from core.persons.models import Person
from core.work import Work

MARRIED = frozenset(
    {
        MaritalStatus.MARRIED,
        MaritalStatus.FIRST_MARRIAGE,
        MaritalStatus.REMARRIED,
        MaritalStatus.REMARRIED_SAME,
    }
)


async def marriage_of(work: Work, person: Person) -> Marriage | None:
    """The registered marriage that a person is in."""
    query = select(Marriage).where(of_couple(Marriage, person), open_now(Marriage))
    return (await work.session.scalars(query)).first()


async def were_married(work: Work, one: Person, other: Person) -> bool:
    """Whether the two had a marriage with each other that is over."""
    ended = select(Marriage.id).where(
        of_couple(Marriage, one),
        of_couple(Marriage, other),
        Marriage.valid_to.is_not(None),
        Marriage.voided_at.is_(None),
    )
    divorced = select(DivorceApplication.id).where(
        of_couple(DivorceApplication, one),
        of_couple(DivorceApplication, other),
        DivorceApplication.status == DivorceStatus.REGISTERED,
    )
    return bool((await work.session.scalars(ended.union(divorced))).first())


async def spouse_of(work: Work, person: Person) -> Person | None:
    """The living spouse: by the registered marriage, else by the household, for couples of before this register."""
    marriage = await marriage_of(work, person)
    if marriage is not None:
        key = marriage.wife_id if marriage.husband_id == person.id else marriage.husband_id
        return await work.session.get(Person, key)
    if person.marital_status not in MARRIED:
        return None
    candidates = [
        p for home in await households.homes_of(work, person) for p in await _partners(work, home, person)
    ]
    return next((p for p in candidates if p.marital_status in MARRIED and p.death_date is None), None)


async def _partners(work: Work, home: Household, person: Person) -> list[Person]:
    """The head's spouse for the head, the head for their spouse."""
    relations = await households.relations(work, home)
    own = relations[person.id]
    wanted = SPOUSES if own == HEAD else (HEAD,) if own in SPOUSES else ()
    found = [p for p in await households.members(work, home) if relations[p.id] in wanted]
    return [p for p in found if await marriage_of(work, p) is None]


async def pending(work: Work, person: Person) -> list[DivorceApplication]:
    """A person's applications for divorce that nobody has decided or withdrawn."""
    query = select(DivorceApplication).where(
        of_couple(DivorceApplication, person), DivorceApplication.status == DivorceStatus.APPLIED
    )
    return list(await work.session.scalars(query))


async def end(work: Work, person: Person, on: date) -> None:
    """End a person's marriage from a day on, and with it an application for divorce."""
    marriage = await marriage_of(work, person)
    if marriage is not None:
        cut(work.session, marriage, on, work.now)
    for application in await pending(work, person):
        if application.certificate_until >= on:  # the others are deemed withdrawn already
            application.status = DivorceStatus.WITHDRAWN
            application.ended_on = max(on, application.applied_on)
            application.updated_at = work.now
