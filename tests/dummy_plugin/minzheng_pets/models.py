from __future__ import annotations

import uuid
from datetime import date
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from minzheng.plugin import (
    Base,
    Follows,
    Household,
    Placed,
    PlacedColumns,
    ScopeRule,
    Through,
    WorkflowColumns,
    new_id,
    text,
)


class PetsDog(PlacedColumns, Base):
    """A dog, kept by a household and owned by a person; it lies where its owner lives."""

    __tablename__ = "pets_dog"
    __scope__: ClassVar[ScopeRule] = Placed("pets:read")
    __follows__: ClassVar[Follows] = Follows()
    __documents__: ClassVar[str] = "pets_dog"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_household.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"))
    name: Mapped[str] = mapped_column(text(50))
    licence: Mapped[str] = mapped_column(text(20))
    registered_on: Mapped[date] = mapped_column()

    __table_args__ = (
        UniqueConstraint("licence"),
        Index(None, "household_id", "registered_on", "id"),
        Index(None, "person_id", "registered_on", "id"),
        Index(None, "district", "name", "id"),
        Index(None, "town", "name", "id"),
        Index(None, "division", "name", "id"),
    )


class PetsHousehold(Base):
    """What is derived of a household, so that lists of households need not count."""

    __tablename__ = "pets_household"
    __scope__: ClassVar[ScopeRule] = Through(lambda: Household, lambda row, home: row.household_id == home.id)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    household_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_household.id"))
    dog_count: Mapped[int] = mapped_column()
    latest_dog_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("pets_dog.id"))

    __table_args__ = (UniqueConstraint("household_id"),)


class PetsPermit(WorkflowColumns, PlacedColumns, Base):
    """The permit to keep a dog: a case, asked for where the owner lives."""

    __tablename__ = "pets_permit"
    __scope__: ClassVar[ScopeRule] = Placed("pets:read")

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    dog_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pets_dog.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"), index=True)
    asked_on: Mapped[date] = mapped_column()

    __table_args__ = (
        Index(None, "district", "asked_on", "id"),
        Index(None, "town", "asked_on", "id"),
        Index(None, "division", "asked_on", "id"),
    )
