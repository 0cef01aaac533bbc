from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, and_, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from core.access.principal import Bind, Scope
from core.access.scope import REGISTRY_READ, Internal, Mode, ScopeRule, Through, Way, Words
from core.codes.sets import CodedEnum
from core.db import Base, coded, new_id, text
from core.persons.models import Person, PersonScope
from core.placed import PlacedColumns


class LifeEventType(CodedEnum, zh="人生事项"):
    """Domain 1.6."""

    BIRTH = "BIRTH", "", "出生", "Birth"
    DEATH = "DEATH", "", "死亡", "Death"
    MOVE = "MOVE", "", "迁移", "Move"
    MARRIAGE = "MARRIAGE", "", "结婚", "Marriage"
    DIVORCE = "DIVORCE", "", "离婚", "Divorce"


class EventRole(CodedEnum, zh="事项中的身份"):
    """What a person is to an event."""

    SUBJECT = "SUBJECT", "", "当事人", "The person it happened to"
    MOTHER = "MOTHER", "", "母亲", "Mother"
    FATHER = "FATHER", "", "父亲", "Father"
    HUSBAND = "HUSBAND", "", "丈夫", "Husband"
    WIFE = "WIFE", "", "妻子", "Wife"
    SPOUSE = "SPOUSE", "", "配偶", "Surviving spouse"
    CHILD = "CHILD", "", "未成年子女", "Minor child"
    MEMBER = "MEMBER", "", "同户成员", "Member of the household"


@dataclass(frozen=True)
class EventScope:
    """Listed by where the event was recorded; reached also through any person it concerns."""

    permission: str | None = REGISTRY_READ
    words: ClassVar[Words] = (
        "列表按登记地；按编号还可经所涉及的人员",
        "Lists go by where it was recorded; ids also by the persons it concerns",
    )
    ways: ClassVar[tuple[tuple[Mode, Way], ...]] = (("listed", "PLACE"), ("reached", "PARENT"))

    def clause(self, row: Any, scope: Scope, bind: Bind, mode: Mode) -> ColumnElement[bool]:
        here = scope.clause(row.district, row.town, row.division, bind)
        if mode != "reached" or scope.everywhere or not scope.codes:
            return here
        person, part = Person.__table__.alias().c, LifeEventPerson.__table__.alias().c
        inside = PersonScope().clause(person, scope, bind, "reached")
        query = select(part.id).where(part.event_id == row.id, person.id == part.person_id, inside)
        return or_(here, query.exists())


class LifeEvent(PlacedColumns, Base):
    """Something that happened to a person, with what followed of it. The level columns are where they lived then.

    `details` holds codes, dates and typed ids, no personal data.
    """

    __tablename__ = "core_life_event"
    __scope__: ClassVar[ScopeRule] = EventScope()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    type: Mapped[LifeEventType] = mapped_column(coded(LifeEventType))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"), index=True)
    event_date: Mapped[date] = mapped_column()
    # The last day on which it should have been reported; none where the law names another event.
    due_on: Mapped[date | None] = mapped_column()
    reported_at: Mapped[datetime] = mapped_column()
    reported_on: Mapped[date] = mapped_column()
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    reversed_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (
        Index(None, "district", "event_date", "id"),
        Index(None, "town", "event_date", "id"),
        Index(None, "division", "event_date", "id"),
    )


_EVENT = Through(lambda: LifeEvent, lambda row, event: row.event_id == event.id)


class LifeEventPerson(Base):
    """A person whom an event concerns."""

    __tablename__ = "core_life_event_person"
    __scope__: ClassVar[ScopeRule] = _EVENT

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_life_event.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"))
    role: Mapped[EventRole] = mapped_column(coded(EventRole))

    __table_args__ = (Index(None, "person_id", "event_id"),)


class LifeEventConsequence(Base):
    """What core or a plugin did because of an event, in a sentence."""

    __tablename__ = "core_life_event_consequence"
    __scope__: ClassVar[ScopeRule] = _EVENT

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_life_event.id"), index=True)
    position: Mapped[int] = mapped_column()
    plugin: Mapped[str] = mapped_column(text(40))
    text: Mapped[str] = mapped_column(text(1000))


def concerns(event: Any, person: Any) -> ColumnElement[bool]:
    """Whether a person takes part in an event that still stands."""
    part = LifeEventPerson.__table__.alias().c
    found = select(part.id).where(part.event_id == event.id, part.person_id == person.id).exists()
    return and_(event.reversed_at.is_(None), found)


class FailedHook(Base):
    """What a `may` plugin could not do; kept so that it can be done again (`core.jobs.failed_hooks`).

    Attributes:
        arguments: as `core.events.failed` keeps them; none for questions, which are not asked again.
        retried_at: when it was done at last. given_up_at: when the last attempt failed.
    """

    __tablename__ = "core_failed_hook"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    plugin: Mapped[str] = mapped_column(text(40), index=True)
    hook: Mapped[str] = mapped_column(text(40))
    subject: Mapped[str] = mapped_column(text(80))
    error: Mapped[str] = mapped_column(text(200))
    failed_at: Mapped[datetime] = mapped_column()
    retried_at: Mapped[datetime | None] = mapped_column()
    arguments: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    attempts: Mapped[int | None] = mapped_column()
    given_up_at: Mapped[datetime | None] = mapped_column()
