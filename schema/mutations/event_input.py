"""What the verbs of life events share."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from sqlalchemy import select

from core.errors import Refused
from core.events.models import LifeEvent as EventRow
from core.ids import key_of
from core.persons.models import Person as PersonRow
from core.work import Work
from schema.mutations.base import written
from schema.types.event import LifeEvent
from schema.types.person import Person

T = TypeVar("T")


@overload
async def found(work: Work, id: str, field: str) -> PersonRow: ...
@overload
async def found(work: Work, id: str | None, field: str) -> PersonRow | None: ...
@overload
async def found(work: Work, id: str, field: str, model: type[T], prefix: str) -> T: ...
@overload
async def found(work: Work, id: str | None, field: str, model: type[T], prefix: str) -> T | None: ...
async def found(
    work: Work, id: str | None, field: str, model: Any = PersonRow, prefix: str = "person"
) -> Any:
    """The row that an input names, in the caller's reach; None for none.

    Raises:
        Refused: NOT_FOUND, ID_INVALID.
    """
    if id is None:
        return None
    try:
        key = key_of(prefix, id)
    except Refused as refusal:
        raise refusal.at(field) from None
    return await work.find(model, key, prefix, (field,))


def recorded_event() -> Any:
    """The payload's life event."""
    return written(lambda: LifeEvent, "所登记的事项。", "The life event.")


def recorded_subject(zh: str, en: str) -> Any:
    """The payload's person: the one to whom the event happened."""
    return written(
        lambda: Person,
        zh,
        en,
        through=lambda key: select(EventRow.person_id).where(EventRow.id == key).scalar_subquery(),
    )
