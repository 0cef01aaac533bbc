"""What the verbs of life events share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.events.models import LifeEvent as EventRow
from schema.mutations.base import written
from schema.types.event import LifeEvent
from schema.types.person import Person


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
