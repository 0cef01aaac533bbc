"""Setting parameters. A value holds from its first day until the next one that is known; history is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from core.access.principal import NATION
from core.codes import division_code
from core.codes.division_code import Tier
from core.db import new_id
from core.divisions.service import by_code, check_in_force
from core.errors import Refused
from core.ids import typed
from core.parameters.changes import ParameterChange
from core.parameters.declared import SINCE, Parameter
from core.parameters.models import PREFIX, ParameterValue
from core.parameters.refusals import PARAMETER_NOT_SET, SOURCE_MISSING
from core.parameters.service import forget, parameter_of
from core.refusals import DATE_ORDER, FORBIDDEN_SCOPE
from core.texts import check_text
from core.work import Work

SOURCE_LENGTH = 200


@dataclass(frozen=True, kw_only=True)
class NewValue:
    """A value to set, as text. `division`: twelve zeros are the whole country. `source`: law and article."""

    name: str
    division: str
    value: str
    valid_from: date
    source: str


async def set_value(work: Work, new: NewValue) -> ParameterValue:
    """Set a parameter in a division from a day on, past or ahead; plugins recompute in the same transaction.

    It holds until the next value known for that division; one with the same first day is corrected.

    Raises:
        Refused: PARAMETER_UNKNOWN, PARAMETER_RANGE, SOURCE_MISSING, TEXT_LENGTH, DATE_ORDER (before 1949-10-01),
            DIV_UNKNOWN, DIV_INACTIVE, FORBIDDEN, FORBIDDEN_SCOPE, and what a plugin refuses with.
    """
    parameter = await _allowed(work, new.name, new.division, new.valid_from, "validFrom")
    value, source = parameter.canonical(new.value), _source(new.source)
    rows = await _locked(work, new.name, new.division)
    until = _until(rows, new.valid_from)
    await _make_room(work, rows, new.valid_from)
    row = ParameterValue(
        id=new_id(),
        name=new.name,
        division=new.division,
        value=value,
        source=source,
        set_by=work.principal.subject,
        valid_from=new.valid_from,
        valid_to=until,
        recorded_at=work.now,
    )
    work.session.add(row)
    await _took_effect(work, row, ParameterChange(new.name, new.division, value, new.valid_from, until))
    return row


async def end_value(work: Work, name: str, division: str, on: date) -> ParameterValue:
    """Let a division have no value of its own from a day on: what is set above it applies there, or the default.

    Raises:
        Refused: PARAMETER_UNKNOWN, PARAMETER_NOT_SET (nothing holds then), DATE_ORDER, DIV_UNKNOWN, FORBIDDEN,
            FORBIDDEN_SCOPE, and what a plugin refuses with.
    """
    await _allowed(work, name, division, on, "on")
    rows = await _locked(work, name, division)
    ending = [row for row in rows if row.valid_to is None or row.valid_to > on]
    if not ending:
        raise Refused(PARAMETER_NOT_SET, ("on",), name=name, division=division, day=on)
    earliest = rows[0].valid_from
    if on < earliest:
        raise Refused(DATE_ORDER, ("on",), day=on, earliest=earliest)
    last = ending[0]
    for row in ending:
        last = await _cut(work, row, on) or last
    change = ParameterChange(name, division, None, on, ending[-1].valid_to, "ended")
    await _took_effect(work, last, change)
    return last


async def _allowed(work: Work, name: str, division: str, day: date, field: str) -> Parameter:
    parameter = parameter_of(work.host, name)
    _require(work, parameter.write, division)
    if division != NATION:
        known = await by_code(work.session, [division])
        try:
            check_in_force(known.get(division), division, max(day, work.clock.today()))
        except Refused as refusal:
            raise refusal.at("division") from None
    if day < SINCE:
        raise Refused(DATE_ORDER, (field,), day=day, earliest=SINCE)
    return parameter


def _require(work: Work, permission: str, division: str) -> None:
    """What holds for the whole country is set by who may do so in the whole country."""
    if division != NATION:
        work.require_within(permission, division, field=("division",))
        return
    work.require(permission)
    if not work.principal.scope(permission).everywhere:
        raise Refused(FORBIDDEN_SCOPE, ("division",), division=division)


def _source(text: str) -> str:
    if not text.strip():
        raise Refused(SOURCE_MISSING, ("source",))
    return check_text(text, SOURCE_LENGTH, ("source",))


async def _locked(work: Work, name: str, division: str) -> Sequence[ParameterValue]:
    """A division's own values of a parameter, in order of time. Whoever else sets them waits; SQLite has one writer."""
    if work.session.get_bind().dialect.name == "postgresql":
        await work.session.execute(
            select(func.pg_advisory_xact_lock(func.hashtext("parameter"), func.hashtext(name + division)))
        )
    model = ParameterValue
    query = select(model).where(model.name == name, model.division == division, model.voided_at.is_(None))
    return (await work.session.scalars(query.order_by(model.valid_from))).all()


def _until(rows: Sequence[ParameterValue], start: date) -> date | None:
    """Where a value that begins on a day ends: as the one it corrects or cuts off, else where the next begins."""
    for row in rows:
        if row.valid_from <= start and (row.valid_to is None or start < row.valid_to):
            return row.valid_to
        if row.valid_from > start:
            return row.valid_from
    return None


async def _make_room(work: Work, rows: Sequence[ParameterValue], start: date) -> None:
    for row in rows:
        if row.valid_from <= start and (row.valid_to is None or start < row.valid_to):
            await _cut(work, row, start)


async def _cut(work: Work, row: ParameterValue, on: date) -> ParameterValue | None:
    """Let a value be over before a day; one that began then or later never was."""
    row.voided_at = work.now
    await work.flush()  # out of the way of the unique indexes
    if on <= row.valid_from:
        return None
    kept = row.replaced(work.now, valid_to=on, id=new_id())
    work.session.add(kept)
    await work.flush()
    return kept


async def _took_effect(work: Work, row: ParameterValue, change: ParameterChange) -> None:
    district = None if change.division == NATION else division_code.district(change.division)
    work.audit(
        f"parameter.{change.reason}",
        typed(PREFIX, row.id),
        district=district,
        details={
            "name": change.name,
            "division": change.division,
            "value": change.value,
            "since": change.since.isoformat(),
        },
    )
    forget(work)
    await tell(work, change)


async def tell(work: Work, change: ParameterChange) -> None:
    """Let the plugins make anew what they derive from a parameter."""
    await work.tell("parameter_changed", change.name, _districts(work, change.division), change=change)


def _districts(work: Work, division: str) -> list[str]:
    """The districts that a change reaches: below one, the one; above, every set of plugins that there is."""
    if division != NATION and division_code.tier(division) >= Tier.COUNTY:
        return [division_code.district(division) or division]
    return [division, *work.host.districts.named]


async def beginning(work: Work, on: date) -> list[ParameterChange]:
    """The values that begin or end on a day: what follows of those set ahead is done then, by `core.parameters`."""
    model = ParameterValue
    query = select(model).where(model.voided_at.is_(None), (model.valid_from == on) | (model.valid_to == on))
    rows = (await work.session.scalars(query.order_by(model.name, model.division, model.valid_from))).all()
    begun = {(row.name, row.division) for row in rows if row.valid_from == on}
    changes = []
    for row in rows:
        if row.valid_from == on:
            changes.append(ParameterChange(row.name, row.division, row.value, on, row.valid_to, "began"))
        elif (row.name, row.division) not in begun:
            changes.append(ParameterChange(row.name, row.division, None, on, None, "began"))
    return changes
