"""The factors k as parameters. `assistance_factor` repeats them as numbers, for lists and figures that need columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from minzheng.plugin import (
    NewValue,
    Parameter,
    ParameterChange,
    ParameterValue,
    Work,
    new_id,
    set_value,
)
from plugins.assistance import repository
from plugins.assistance.assessing import reassess
from plugins.assistance.codes import AssistanceFactorKind
from plugins.assistance.models import AssistanceFactor
from plugins.assistance.permissions import STANDARDS
from plugins.assistance.rules import FACTORS

UNNAMED = "未注明依据 / source not given"
_KINDS: Mapping[str, AssistanceFactorKind] = {name: kind for kind, name in FACTORS.items()}

PARAMETERS: tuple[Parameter, ...] = tuple(
    Parameter(
        name=name,
        zh=kind.zh,
        en=kind.en,
        unit_zh="倍（低保标准）",
        unit_en="times the standard",
        minimum=1,
        maximum=100,
        places=4,
        write=STANDARDS,
    )
    for kind, name in FACTORS.items()
)


async def set_factor(
    work: Work,
    division: str,
    kind: AssistanceFactorKind,
    value: Decimal,
    valid_from: date,
    source: str | None,
) -> AssistanceFactor:
    """Set the parameter of a kind; the row that repeats it.

    Raises:
        Refused: as `set_value`.
    """
    new = NewValue(
        name=FACTORS[kind],
        division=division,
        value=format(value, "f"),
        valid_from=valid_from,
        source=source or UNNAMED,
    )
    await set_value(work, new)
    await _repeat(work, kind, division)  # where the district's plugins have not heard of it
    model = AssistanceFactor
    query = select(model).where(model.kind == kind, model.division == division, model.voided_at.is_(None))
    return (await work.session.scalars(query.where(model.valid_from == valid_from))).one()


async def parameter_changed(work: Work, change: ParameterChange) -> None:
    """Repeat a factor that was set as a row, and assess anew whom it concerns today."""
    kind = _KINDS.get(change.name)
    if kind is None:
        return
    await _repeat(work, kind, change.division)
    if change.concerns(work.clock.today()):
        await reassess(work, await repository.homes_below(work.session, change.division), "factor")


async def _repeat(work: Work, kind: AssistanceFactorKind, division: str) -> None:
    """Let the rows of a division say what its values of the parameter do; those that say so already stay."""
    value, row = ParameterValue, AssistanceFactor
    values = select(value).where(
        value.name == FACTORS[kind], value.division == division, value.voided_at.is_(None)
    )
    rows = select(row).where(row.kind == kind, row.division == division, row.voided_at.is_(None))
    wanted = {(Decimal(v.value), v.valid_from, v.valid_to): v for v in await work.session.scalars(values)}
    for known in (await work.session.scalars(rows)).all():
        if wanted.pop((known.value, known.valid_from, known.valid_to), None) is None:
            known.voided_at = work.now
    for amount, start, end in wanted:
        work.session.add(
            AssistanceFactor(
                id=new_id(),
                division=division,
                kind=kind,
                value=amount,
                valid_from=start,
                valid_to=end,
                recorded_at=work.now,
            )
        )
    await work.flush()
