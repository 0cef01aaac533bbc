"""Opening, renaming and closing divisions, and asking for those in force (domain 1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import history
from core.access.permissions import DIVISIONS_WRITE
from core.codes import division_code
from core.codes.division_code import Tier
from core.db import new_id
from core.divisions.models import Division, DivisionVersion
from core.divisions.residents import residents
from core.errors import Refused
from core.ids import typed
from core.refusals import (
    DATE_ORDER,
    DIV_EXISTS,
    DIV_HAS_CHILDREN,
    DIV_HAS_RESIDENTS,
    DIV_INACTIVE,
    DIV_PARENT_MISSING,
    DIV_TIER,
    DIV_UNKNOWN,
)
from core.texts import check_text
from core.work import Work

# Codes without a date on them are taken to have been in force since the People's Republic has codes at all.
SINCE = date(1949, 10, 1)
VERSIONED = ("name", "full_name", "urban_rural_class", "urban", "successor_code")
_NEED_PARENT = (Tier.TOWN, Tier.VILLAGE)


@dataclass(frozen=True)
class NewDivision:
    """A division to open. `urban_rural_class` is the class of 城乡分类, when known."""

    code: str
    name: str
    valid_from: date = SINCE
    urban_rural_class: str | None = None


async def by_code(session: AsyncSession, codes: Iterable[str]) -> dict[str, Division]:
    """The divisions with these codes, in one query for each 500."""
    wanted = sorted(set(codes))
    found: dict[str, Division] = {}
    for start in range(0, len(wanted), 500):
        rows = await session.scalars(select(Division).where(Division.code.in_(wanted[start : start + 500])))
        found.update({row.code: row for row in rows})
    return found


def check_usable(division: Division | None, code: str, day: date) -> Division:
    """The division, if persons and households may be placed in it on `day`.

    Raises:
        Refused: DIV_UNKNOWN, DIV_INACTIVE, or DIV_TIER above the towns.
    """
    found = check_in_force(division, code, day)
    if found.tier not in _NEED_PARENT:
        raise Refused(DIV_TIER, code=code)
    return found


def check_in_force(division: Division | None, code: str, day: date) -> Division:
    """The division, of whatever tier, if it is in force on `day`.

    Raises:
        Refused: DIV_UNKNOWN or DIV_INACTIVE.
    """
    if division is None:
        raise Refused(DIV_UNKNOWN, code=code)
    if division.valid_from > day or (division.valid_to is not None and division.valid_to <= day):
        raise Refused(DIV_INACTIVE, code=code, day=day)
    return division


def is_urban(code: str, urban_rural_class: str | None) -> bool | None:
    """Urban or rural by the flagged class, else as far as the code tells (domain 1.3)."""
    if urban_rural_class:
        return division_code.is_urban(urban_rural_class)
    return division_code.derived_urban(code)


def _row(new: NewDivision, parents: Mapping[str, str]) -> Division:
    parent = division_code.parent(new.code)
    above = parents.get(parent or "", "")
    return Division(
        id=new_id(),
        code=new.code,
        name=new.name,
        full_name=above + new.name,
        tier=division_code.tier(new.code),
        parent_code=parent,
        district=division_code.district(new.code),
        town=division_code.town(new.code),
        urban_rural_class=new.urban_rural_class,
        urban=is_urban(new.code, new.urban_rural_class),
        valid_from=new.valid_from,
    )


def _version(work: Work, division: Division, effective: date) -> DivisionVersion:
    return DivisionVersion(
        id=new_id(),
        division_id=division.id,
        **{column: getattr(division, column) for column in VERSIONED},
        closed_on=division.valid_to,
        valid_from=effective,
        recorded_at=work.now,
    )


async def open_divisions(work: Work, news: Sequence[NewDivision]) -> list[Division]:
    """Open divisions, upper ones first whatever the order given.

    Raises:
        Refused: DIV_EXISTS, DIV_PARENT_MISSING (towns and villages need their parent), FORBIDDEN_SCOPE.
    """
    known = await by_code(
        work.session, [c for new in news for c in (new.code, division_code.parent(new.code) or "")]
    )
    names = {code: row.full_name for code, row in known.items()}
    rows = []
    for new in sorted(news, key=lambda item: item.code):
        _check_new(work, new, names, known)
        rows.append(_row(new, names))
        names[new.code] = rows[-1].full_name
    work.session.add_all(rows)
    work.session.add_all([_version(work, row, row.valid_from) for row in rows])
    for row in rows:
        work.audit("division.opened", typed("division", row.id), district=row.district)
    await work.flush()
    return rows


def _check_new(work: Work, new: NewDivision, names: Mapping[str, str], known: Mapping[str, Division]) -> None:
    work.require_within(DIVISIONS_WRITE, new.code, field=("code",))
    check_text(new.name, 100, ("name",))
    if new.code in known:
        raise Refused(DIV_EXISTS, ("code",), code=new.code)
    if new.urban_rural_class:
        try:
            division_code.is_urban(new.urban_rural_class)
        except Refused as refusal:
            raise refusal.at("urbanRuralClass") from None
    parent = division_code.parent(new.code)
    if division_code.tier(new.code) in _NEED_PARENT and parent not in names:
        raise Refused(DIV_PARENT_MISSING, ("code",), code=new.code, parent=parent)


@dataclass(frozen=True)
class Revision:
    """What a division is called, and its class of 城乡分类, from a day on."""

    division: Division
    name: str
    urban_rural_class: str | None
    effective: date


async def rename(work: Work, division: Division, name: str, effective: date) -> Division:
    """Give a division a new name from a day on; the old one stays in its versions."""
    await revise(work, [Revision(division, name, division.urban_rural_class, effective)])
    return division


async def revise(work: Work, revisions: Sequence[Revision]) -> None:
    """Give divisions new names or classes; those below a renamed one get their full names anew."""
    for revision in sorted(revisions, key=lambda item: item.division.code):
        division = revision.division
        work.require_within(DIVISIONS_WRITE, division.code)
        renamed = division.name != revision.name
        await history.amend(work, {division: _revised(revision)}, revision.effective)
        if renamed:
            await _carry_down(work, division, revision.effective)
        _audit(work, division, "renamed" if renamed else "classified")
    await work.flush()


def _revised(revision: Revision) -> dict[str, Any]:
    division = revision.division
    return {
        "name": revision.name,
        "full_name": division.full_name.removesuffix(division.name) + revision.name,
        "urban_rural_class": revision.urban_rural_class,
        "urban": is_urban(division.code, revision.urban_rural_class),
    }


def _audit(work: Work, division: Division, done: str) -> None:
    fields = {"renamed": ["name"], "classified": ["urbanRuralClass"]}.get(done, ())
    work.audit(f"division.{done}", typed("division", division.id), district=division.district, fields=fields)


async def _carry_down(work: Work, division: Division, effective: date) -> None:
    if division.tier is Tier.VILLAGE:
        return
    low, high = division_code.code_range(division.code)
    below = select(Division).where(Division.code > low, Division.code < high).order_by(Division.code)
    names = {division.code: division.full_name}
    changes: dict[Division, dict[str, str]] = {}
    for row in await work.session.scalars(below):
        names[row.code] = names.get(row.parent_code or "", "") + row.name
        changes[row] = {"full_name": names[row.code]}
    await history.amend(work, changes, effective)


async def close(work: Work, division: Division, on: date, successor: str | None = None) -> Division:
    """End a division in which nobody is left: `on` is the first day outside it.

    Raises:
        Refused: DIV_HAS_RESIDENTS, DIV_UNKNOWN (successor), and as `check_closable`.
    """
    await check_closable(work, [division], on)
    if successor and successor not in await by_code(work.session, [successor]):
        raise Refused(DIV_UNKNOWN, ("successor",), code=successor)
    await _refuse_residents(work, division, on)
    await end(work, [division], on, successor)
    _audit(work, division, "closed")
    await work.flush()
    return division


async def check_closable(work: Work, divisions: Sequence[Division], on: date, field: str = "code") -> None:
    """Refuse what cannot end on a day.

    Raises:
        Refused: FORBIDDEN, FORBIDDEN_SCOPE, DIV_INACTIVE (closed already), DATE_ORDER, DIV_HAS_CHILDREN.
    """
    for division in divisions:
        work.require_within(DIVISIONS_WRITE, division.code, field=(field,))
        if division.valid_to is not None:
            raise Refused(DIV_INACTIVE, (field,), code=division.code, day=on)
        if on <= division.valid_from:
            raise Refused(DATE_ORDER, ("on",), day=on, earliest=division.valid_from)
    await _refuse_children(work.session, [division.code for division in divisions], on, field)


async def end(work: Work, divisions: Iterable[Division], on: date, successor: str | None) -> None:
    """Let divisions be over from a day on."""
    await history.amend(work, {row: {"valid_to": on, "successor_code": successor} for row in divisions}, on)


async def _refuse_children(session: AsyncSession, codes: Sequence[str], on: date, field: str) -> None:
    still_open = (Division.valid_to.is_(None)) | (Division.valid_to > on)
    query = select(Division.parent_code, func.count()).where(Division.parent_code.in_(codes), still_open)
    first = (
        await session.execute(query.group_by(Division.parent_code).order_by(Division.parent_code))
    ).first()
    if first:
        raise Refused(DIV_HAS_CHILDREN, (field,), code=first[0], count=first[1])


async def _refuse_residents(work: Work, division: Division, on: date) -> None:
    found = (await residents(work.session, [division.code], on))[division.code]
    if any(found.values()):
        raise Refused(DIV_HAS_RESIDENTS, ("code",), code=division.code, day=on, **found)
