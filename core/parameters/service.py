"""Reading parameters: one statement for a district, whatever is asked of it afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.principal import NATION
from core.codes import division_code
from core.codes.division_code import Tier
from core.errors import Refused
from core.host import Host
from core.parameters.declared import Parameter, Plain
from core.parameters.models import ParameterValue
from core.parameters.refusals import PARAMETER_MISSING
from core.parameters.view import ParameterView, path
from core.work import Work

_KEPT = "core.parameters"


def root_of(division: str) -> str:
    """The division whose values are read together for this one: its district, or itself above them."""
    if division == NATION or division_code.tier(division) < Tier.COUNTY:
        return division
    return division_code.district(division) or division


def _near(root: str, below: bool) -> ColumnElement[bool]:
    """Values of a division, of all above it and, if asked for, of all below it."""
    above = ParameterValue.division.in_(path(root))
    if not below:
        return above
    if root == NATION:
        return true()
    low, high = division_code.code_range(root)
    return or_(above, and_(ParameterValue.division >= low, ParameterValue.division < high))


def _known(known_at: datetime | None) -> ColumnElement[bool]:
    model = ParameterValue
    if known_at is None:
        return model.voided_at.is_(None)
    return and_(model.recorded_at <= known_at, or_(model.voided_at.is_(None), model.voided_at > known_at))


def rows_of(
    root: str,
    names: Iterable[str] | None = None,
    known_at: datetime | None = None,
    *,
    below: bool = True,
    corrected: bool = False,
) -> Select[ParameterValue]:
    """The query for the values of a division, of those above and of those below it.

    Args:
        names: of these parameters only. known_at: as was known at a moment; now by default.
        corrected: those that were known earlier and are not any more, too.
    """
    query = select(ParameterValue).where(_near(root, below))
    if not corrected:
        query = query.where(_known(known_at))
    if names is not None:
        query = query.where(ParameterValue.name.in_(sorted(set(names))))
    return query.order_by(ParameterValue.valid_from, ParameterValue.recorded_at, ParameterValue.id)


async def values(
    session: AsyncSession,
    host: Host,
    division: str,
    names: Iterable[str] | None = None,
    known_at: datetime | None = None,
) -> ParameterView:
    """A view that answers for a division, for all below and all above it, without asking the database again.

    A rule over a hundred thousand households needs this one statement.

    Args:
        names: the parameters that will be asked for; all by default.
        known_at: as was known at a moment; now by default.
    """
    rows = await session.scalars(rows_of(division, names, known_at))
    return ParameterView(host.book(Parameter).all, rows)


async def view_of(work: Work, division: str) -> ParameterView:
    """The view of a division's district; read once in a transaction, and again after a value was set in it."""
    root = root_of(division)
    kept: dict[str, ParameterView] = work.kept.setdefault(_KEPT, {})
    if root not in kept:
        await work.flush()
        kept[root] = await values(work.session, work.host, root)
    return kept[root]


def forget(work: Work) -> None:
    """Read the values anew when they are next asked for: some were set."""
    work.kept.pop(_KEPT, None)


async def value(
    work: Work, name: str, division: str, on: date | None = None, known_at: datetime | None = None
) -> Plain:
    """The value that applies in a division on a day, today by default.

    That of the nearest division up the tree; without one, the default that the declaration gives for that day.

    Args:
        known_at: as was known at that moment; now by default, which costs a transaction one statement in all.

    Returns:
        Decimal, int, bool, or the name of a choice, by the parameter's kind.

    Raises:
        Refused: PARAMETER_UNKNOWN, PARAMETER_MISSING.
    """
    day = on or work.clock.today()
    if known_at is None:
        return (await view_of(work, division)).value(name, division, day)
    view = await values(work.session, work.host, root_of(division), [name], known_at)
    return view.value(name, division, day)


async def whole(work: Work, name: str, division: str, on: date | None = None) -> int:
    """As `value`, of a parameter of kind WHOLE."""
    return int(await value(work, name, division, on))


async def number(work: Work, name: str, division: str, on: date | None = None) -> Decimal:
    """As `value`, of a parameter of kind NUMBER or WHOLE."""
    return Decimal(await value(work, name, division, on))


async def flag(work: Work, name: str, division: str, on: date | None = None) -> bool:
    """As `value`, of a parameter of kind FLAG."""
    return await value(work, name, division, on) is True


async def whole_or(work: Work, name: str | None, division: str, on: date, otherwise: int) -> int:
    """A whole number, or `otherwise` where none is set, none is declared for the day, or no parameter is named."""
    if name is None:
        return otherwise
    try:
        return await whole(work, name, division, on)
    except Refused as refusal:
        if refusal.code is PARAMETER_MISSING:
            return otherwise
        raise


def parameter_of(host: Host, name: str) -> Parameter:
    """A declared parameter.

    Raises:
        Refused: PARAMETER_UNKNOWN.
    """
    return ParameterView(host.book(Parameter).all, ()).parameter(name)
