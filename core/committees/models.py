from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

import core.persons.models  # noqa: F401 (the table that person_id refers to)
from core.access.scope import Placed, ScopeRule, Through
from core.codes.organizations import CommitteeKind, CommitteePost, SubCommitteeKind
from core.dated import Dated
from core.db import Base, coded, new_id, text
from core.placed import PlacedColumns


class Committee(PlacedColumns, Base):
    """The elected body of a village or community, `division`; what it is, its division is (domain 1.3)."""

    __tablename__ = "core_committee"
    __scope__: ClassVar[ScopeRule] = Placed()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[CommitteeKind] = mapped_column(coded(CommitteeKind))
    name: Mapped[str] = mapped_column(text(100))
    opened_on: Mapped[date] = mapped_column()
    closed_on: Mapped[date | None] = mapped_column()
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column()
    updated_at: Mapped[datetime] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it so)
    __table_args__ = (
        Index(None, "name", "id"),
        Index(None, "district", "name", "id"),
        Index(None, "town", "name", "id"),
        Index(None, "division", "name", "id"),
    )


_THROUGH = Through(lambda: Committee, lambda row, body: row.committee_id == body.id)


class CommitteeTerm(Dated, Base):
    """A term of office; it ends where the next one begins, or with the committee."""

    __tablename__ = "core_committee_term"
    __scope__: ClassVar[ScopeRule] = _THROUGH

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    committee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_committee.id"))
    number: Mapped[int] = mapped_column()

    __table_args__ = (Index(None, "committee_id", "number"),)


class SubCommittee(Base):
    """A committee under a committee, such as the one that mediates, in [formed_on, dissolved_on)."""

    __tablename__ = "core_sub_committee"
    __scope__: ClassVar[ScopeRule] = _THROUGH

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    committee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_committee.id"), index=True)
    kind: Mapped[SubCommitteeKind] = mapped_column(coded(SubCommitteeKind))
    name: Mapped[str] = mapped_column(text(100))
    formed_on: Mapped[date] = mapped_column()
    dissolved_on: Mapped[date | None] = mapped_column()


class CommitteeMember(Dated, Base):
    """One person's post in one term; a new post, or a place in a sub-committee, is a new row.

    `term_number`, not a key: an ended term is a new row as well, and the number stays.
    """

    __tablename__ = "core_committee_member"
    __scope__: ClassVar[ScopeRule] = _THROUGH

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    committee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_committee.id"))
    term_number: Mapped[int] = mapped_column()
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"))
    post: Mapped[CommitteePost] = mapped_column(coded(CommitteePost))
    sub_committee_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_sub_committee.id"))

    __table_args__ = (
        Index(None, "committee_id", "post", "id"),
        Index(None, "person_id", "id"),
    )


_STANDING = Committee.closed_on.is_(None)
Index(
    "uq_core_committee_open",
    Committee.division,
    unique=True,
    postgresql_where=_STANDING,
    sqlite_where=_STANDING,
)


def _open_one(name: str, *columns: object, where: object = None) -> None:
    """A unique index over the rows of a dated table that hold."""
    table = columns[0].class_  # type: ignore[attr-defined]
    held = table.valid_to.is_(None) & table.voided_at.is_(None)
    test = held if where is None else held & where
    Index(name, *columns, unique=True, postgresql_where=test, sqlite_where=test)  # type: ignore[arg-type]


_open_one("uq_core_committee_term_open", CommitteeTerm.committee_id)
_open_one("uq_core_committee_member_open", CommitteeMember.committee_id, CommitteeMember.person_id)
_open_one(
    "uq_core_committee_member_chair",
    CommitteeMember.committee_id,
    where=CommitteeMember.post == CommitteePost.CHAIR,
)
