from __future__ import annotations

import uuid
from typing import ClassVar

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core.access.scope import Public, ScopeRule
from core.dated import Dated
from core.db import Base, new_id, text

PREFIX = "parameter"


class ParameterValue(Dated, Base):
    """What a division has set for a parameter, for itself and all below it; law, so everybody may read it.

    Both its first day and its end may lie ahead: a document of today says what holds from January on.
    """

    __tablename__ = "core_parameter_value"
    __scope__: ClassVar[ScopeRule] = Public()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(text(80))
    # Twelve zeros are the whole country.
    division: Mapped[str] = mapped_column(text(12))
    value: Mapped[str] = mapped_column(text(40))
    source: Mapped[str] = mapped_column(text(200))
    set_by: Mapped[str] = mapped_column(text(200))

    __table_args__ = (Index(None, "division", "name", "valid_from", "id"),)


_OPEN = ParameterValue.valid_to.is_(None) & ParameterValue.voided_at.is_(None)
_KNOWN = ParameterValue.voided_at.is_(None)
Index(
    "uq_core_parameter_value_open",
    ParameterValue.name,
    ParameterValue.division,
    unique=True,
    postgresql_where=_OPEN,
    sqlite_where=_OPEN,
)
# What is known begins once on a day: two who set it at once cannot both win.
Index(
    "uq_core_parameter_value_start",
    ParameterValue.name,
    ParameterValue.division,
    ParameterValue.valid_from,
    unique=True,
    postgresql_where=_KNOWN,
    sqlite_where=_KNOWN,
)
