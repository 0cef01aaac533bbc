"""Recomputing assessments, many households at a time: a fixed number of statements for each batch."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, update

from minzheng.plugin import ParameterView, Work, new_id, parameter_view
from plugins.assistance import repository, rules
from plugins.assistance.codes import AssistanceFactorKind
from plugins.assistance.models import AssistanceAssessment
from plugins.assistance.repository import Home
from plugins.assistance.rules import Item, Verdict

BATCH = 1000  # households: well below the 32,767 parameters that either database takes

Current = Mapping[uuid.UUID, Mapping[str, Any]]


async def reassess(work: Work, homes: Sequence[Home], reason: str) -> int:
    """Bring the open assessments of households up to date as of today.

    At most eight statements for each 1,000 households, two where nobody declared any income.

    Args:
        reason: what made it necessary; kept with the assessment.

    Returns:
        How many households have another assessment now.
    """
    await work.flush()
    unique = list({home.id: home for home in homes}.values())
    changed = 0
    for start in range(0, len(unique), BATCH):
        changed += await _batch(work, unique[start : start + BATCH], reason)
    return changed


async def _batch(work: Work, homes: Sequence[Home], reason: str) -> int:
    keys = [home.id for home in homes]
    items = await repository.income_items(work.session, keys)
    current = await repository.open_assessments(work.session, keys)
    concerned = [home for home in homes if home.id in items or home.id in current]
    if not concerned:
        return 0
    wanted = await _wanted(work, concerned, items)
    stale = [home.id for home in concerned if not _same(current.get(home.id), wanted.get(home.id))]
    await _retire(work, [current[key] for key in stale if key in current])
    await _write(work, [wanted[key] for key in stale if key in wanted], reason)
    return len(stale)


async def _wanted(
    work: Work, homes: Sequence[Home], items: Mapping[uuid.UUID, Sequence[Item]]
) -> dict[uuid.UUID, dict[str, Any]]:
    """What the assessments should say, for the households that can be assessed."""
    codes = {code for home in homes for code in home.path}
    day, session = work.clock.today(), work.session
    counts = await repository.member_counts(session, [home.id for home in homes])
    urban = await repository.urban_flags(session, [home.division for home in homes])
    standards = await repository.standards_in_force(session, codes, day)
    found = {}
    for home in homes:
        standard = rules.standard_for(standards, home.path, urban.get(home.division))
        view = await parameter_view(work, home.division)
        local, national = (_factor(view, kind, home, day) for kind in AssistanceFactorKind)
        verdict = rules.assess(items.get(home.id, ()), counts.get(home.id, 0), standard, local, national)
        if verdict is not None:
            found[home.id] = _said(home, verdict)
    return found


def _factor(view: ParameterView, kind: AssistanceFactorKind, home: Home, day: date) -> Decimal | None:
    found = view.get(rules.FACTORS[kind], home.division, day)
    return None if found is None else Decimal(found)


def _said(home: Home, verdict: Verdict) -> dict[str, Any]:
    place = {"district": home.district, "town": home.town, "division": home.division}
    return {"household_id": home.id, **place, **asdict(verdict)}


def _same(current: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> bool:
    if current is None or wanted is None:
        return current is wanted
    return all(current[name] == value for name, value in wanted.items())


async def _retire(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    """Void what no longer holds, and append what held until today (as `Dated.ended` does for one row)."""
    if not rows:
        return
    now, today = work.now, work.clock.today()
    void = update(AssistanceAssessment).where(AssistanceAssessment.id.in_([row["id"] for row in rows]))
    # Nothing of this table is loaded as objects here.
    await work.session.execute(void.values(voided_at=now), execution_options={"synchronize_session": False})
    ended = {"valid_to": today, "recorded_at": now}
    kept = [{**row, **ended, "id": new_id()} for row in rows if row["valid_from"] < today]
    if kept:
        await work.session.execute(insert(AssistanceAssessment), kept)


async def forget(work: Work, homes: Sequence[uuid.UUID]) -> int:
    """Void all assessments of households that were entered wrongly: they never were."""
    void = update(AssistanceAssessment).where(
        AssistanceAssessment.household_id.in_(homes), AssistanceAssessment.voided_at.is_(None)
    )
    options = {"synchronize_session": False}
    done: Any = await work.session.execute(void.values(voided_at=work.now), execution_options=options)
    return int(done.rowcount)


async def _write(work: Work, rows: Sequence[Mapping[str, Any]], reason: str) -> None:
    if not rows:
        return
    today = work.clock.today()
    stamp = {"assessed_on": today, "reason": reason, "valid_from": today, "recorded_at": work.now}
    await work.session.execute(
        insert(AssistanceAssessment), [{"id": new_id(), **row, **stamp} for row in rows]
    )
