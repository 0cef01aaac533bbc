"""The rule set `assistance.layers`: dibao and marginal households, as incomes and members stand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from minzheng.plugin import Category, ParameterView, RuleSet, Subject, Verdict, pages, typed
from plugins.assistance import repository, rules
from plugins.assistance.codes import AssistanceBand, AssistanceFactorKind
from plugins.assistance.permissions import READ
from plugins.assistance.repository import Home

LOCAL, NATIONAL = (rules.FACTORS[kind] for kind in AssistanceFactorKind)


@dataclass(frozen=True)
class Facts:
    """What decides, beside the factor: yuan in twelve months, those counted, the standard."""

    yearly: Decimal
    members: int
    standard: Decimal | None


async def subjects(session: AsyncSession, division: str, on: date) -> AsyncIterator[Sequence[Subject]]:
    """The households of a division that declared an income."""
    standards = await repository.standards_in_force(session, None, on)
    known: dict[str, Decimal | None] = {}
    async for rows in pages(session, repository.earning(division), repository.HOME_KEY):
        homes = [Home(*row[:-1]) for row in rows]
        new = {home.division: home for home in homes if home.division not in known}
        urban = await repository.urban_flags(session, new) if new else {}
        for code, home in new.items():
            known[code] = rules.standard_for(standards, home.path, urban.get(code))
        yield await _chunk(session, homes, known)


async def _chunk(
    session: AsyncSession, homes: Sequence[Home], standards: Mapping[str, Decimal | None]
) -> Sequence[Subject]:
    keys = [home.id for home in homes]
    items, counts = (
        await repository.income_items(session, keys),
        await repository.member_counts(session, keys),
    )
    found = []
    for home in homes:
        if members := counts.get(home.id, 0):
            facts = Facts(rules.yearly_income(items[home.id]), members, standards[home.division])
            found.append(Subject(typed("household", home.id), home.division, facts))
    return found


def judge(subject: Subject, view: ParameterView, on: date) -> Verdict:
    """The layer by the local factor, by the national one where there is none; the top-up of those on dibao."""
    facts: Facts = subject.facts
    factor: Any = view.get(LOCAL, subject.division, on)
    if factor is None:
        factor = view.get(NATIONAL, subject.division, on)
    band = rules.band(facts.yearly, facts.members, facts.standard, factor)
    if band is AssistanceBand.DIBAO and facts.standard is not None:
        return Verdict(band.name, rules.top_up(facts.yearly, facts.members, facts.standard))
    return Verdict(band.name if band is AssistanceBand.MARGINAL else None)


LAYERS = RuleSet(
    name="assistance.layers",
    zh="救助层次（只按收入）",
    en="Layers of assistance, by income alone",
    permission=READ,
    parameters=(LOCAL, NATIONAL),
    categories=tuple(
        Category(band.name, band.zh, band.en) for band in (AssistanceBand.DIBAO, AssistanceBand.MARGINAL)
    ),
    subjects=subjects,
    judge=judge,
)
