from __future__ import annotations

import uuid
from datetime import date
from typing import ClassVar

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.access.scope import Internal, Public, ScopeRule
from core.codes.division_code import Tier
from core.dated import Dated, History
from core.db import Base, coded, new_id, text


class Division(Base):
    """A division as it stands; how it stood before is in `DivisionVersion`."""

    __tablename__ = "core_division"
    __scope__: ClassVar[ScopeRule] = Public()
    __history__: ClassVar[History] = History(
        lambda: DivisionVersion, "division_id", {"valid_to": "closed_on"}
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(text(12))
    name: Mapped[str] = mapped_column(text(100))
    full_name: Mapped[str] = mapped_column(text(400))
    tier: Mapped[Tier] = mapped_column(coded(Tier))
    parent_code: Mapped[str | None] = mapped_column(text(12))
    district: Mapped[str | None] = mapped_column(text(12))
    town: Mapped[str | None] = mapped_column(text(12))
    urban_rural_class: Mapped[str | None] = mapped_column(text(3))
    urban: Mapped[bool | None] = mapped_column()
    valid_from: Mapped[date] = mapped_column()
    valid_to: Mapped[date | None] = mapped_column()
    successor_code: Mapped[str | None] = mapped_column(text(12))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it so)
    __table_args__ = (UniqueConstraint("code"), Index(None, "parent_code", "code"))


class DivisionVersion(Dated, Base):
    """What was true of a division between two dates, and when we knew it."""

    __tablename__ = "core_division_version"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    division_id: Mapped[uuid.UUID] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(text(100))
    full_name: Mapped[str | None] = mapped_column(text(400))
    urban_rural_class: Mapped[str | None] = mapped_column(text(3))
    urban: Mapped[bool | None] = mapped_column()
    closed_on: Mapped[date | None] = mapped_column()
    successor_code: Mapped[str | None] = mapped_column(text(12))
