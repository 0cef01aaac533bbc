"""Incomes for the generated city. Its sums are invented; the standards and factors are the seed's (README)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from minzheng.plugin import DemoCity, Household, Person, age_on
from plugins.assistance import service
from plugins.assistance.codes import AssistanceFactorKind, AssistanceIncomeKind, AssistanceUrbanRural
from plugins.assistance.service import NewIncome

STANDARDS = ((date(2021, 1, 1), Decimal(600)), (date(2022, 1, 1), Decimal(630)))
FACTORS = (
    (AssistanceFactorKind.NATIONAL, date(2021, 1, 1), Decimal("1.5"), "民发〔2021〕57号第八条"),
    (AssistanceFactorKind.LOCAL, date(2021, 1, 1), Decimal("1.5"), "民发〔2021〕57号第八条"),
    (AssistanceFactorKind.LOCAL, date(2022, 3, 1), Decimal(2), "示范市政府文件（演示）"),
)
# Share of the households below each bound of the per capita income, yuan a month: some 6 % under the
# standard, some 7 % under twice the standard.
LEVELS = ((0.06, 180, 610), (0.13, 650, 1240), (0.6, 1350, 2800), (1.0, 2800, 7000))
WORKING_AGE = range(16, 60)


async def fill(city: DemoCity) -> None:
    """Standards and factors once, incomes for the households of each part."""
    if city.first:
        await _parameters(city)
    pairs = zip(city.households, city.members, strict=True)
    news = [new for home, members in pairs for new in _incomes(city, home, members)]
    await service.record_incomes(city.work, news)
    city.progress(
        f"社会救助：{len(city.households)} 户收入 · assistance: incomes of {len(city.households)} households"
    )


async def _parameters(city: DemoCity) -> None:
    work, today = city.work, city.work.clock.today()
    for day, monthly in STANDARDS:
        if day <= today:
            await service.set_standard(work, city.district, AssistanceUrbanRural.ALL, monthly, day)
    for kind, day, value, source in FACTORS:
        if day <= today:
            await service.set_factor(work, city.district, kind, value, day, source)


def _incomes(city: DemoCity, home: Household, members: Sequence[Person]) -> Iterator[NewIncome]:
    """The household's sum, shared among its adults: pensions for the old, wages or a farm for the others."""
    total = _per_capita(city) * max(1, len(members))
    today = city.work.clock.today()
    adults = [
        person for person in members if age_on(person.birth_date, today) >= WORKING_AGE.start
    ] or members[:1]
    weights = [city.random.uniform(1, 3) for _ in adults]
    for person, weight in zip(adults, weights, strict=True):
        # Whole yuan, rounded down: a sum below a line stays below it.
        amount = Decimal(int(total * weight / sum(weights)))
        kind = _kind(city, age_on(person.birth_date, today))
        yield NewIncome(home=home, kind=kind, amount=amount, person_id=person.id, since=home.opened_on)


def _per_capita(city: DemoCity) -> float:
    share = city.random.random()
    _, low, high = next(level for level in LEVELS if share < level[0])
    return city.random.uniform(low, high)


def _kind(city: DemoCity, age: int) -> AssistanceIncomeKind:
    if age not in WORKING_AGE:
        return AssistanceIncomeKind.TRANSFER_IN
    farms = city.random.random() < 0.3
    return AssistanceIncomeKind.BUSINESS_NET if farms else AssistanceIncomeKind.WAGES
