"""`simulate`: a rule set with other values of its parameters over the register, without writing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from core.access.principal import NATION
from core.books import owner_of
from core.errors import Refused
from core.refusals import PAGE_SIZE
from core.simulations import service
from core.simulations.declared import RuleSet as Declared
from core.simulations.service import Changed, Difference, Example, Question, Totals
from core.simulations.service import Simulation as Result
from schema.sql.fields import both
from schema.sql.paging import DEFAULT_PAGE, MAX_PAGE
from schema.types.scalars import DivisionCode

CENT = Decimal("0.01")


@strawberry.input(description=both("试算用的参数值。", "A value to try out."))
class SimulatedValueInput:
    parameter: str = strawberry.field(description=both("参数名。", "Name of the parameter."))
    value: str = strawberry.field(description=both("值。", "The value."))
    division: DivisionCode | None = strawberry.field(
        default=None,
        description=both(
            "假定由哪个区划设定，默认所问区划；下级自己设定的值仍然优先。",
            "The division that would set it, by default the one asked about; what is set below it still comes first.",
        ),
    )


@strawberry.type(description=both("规则集的一个类别。", "A category of a rule set."))
class RuleCategory:
    name: str = strawberry.field(description=both("名称。", "Its name."))
    title_zh: str = strawberry.field(description=both("中文名称。", "Its title in Chinese."))
    title_en: str = strawberry.field(description=both("英文名称。", "Its title in English."))


@strawberry.type(description=both("可以试算的规则集。", "A rule set that can be tried out."))
class RuleSet:
    name: str = strawberry.field(description=both("名称。", "Its name."))
    plugin: str = strawberry.field(description=both("所属插件。", "The plugin it belongs to."))
    title_zh: str = strawberry.field(description=both("中文名称。", "Its title in Chinese."))
    title_en: str = strawberry.field(description=both("英文名称。", "Its title in English."))
    parameters: list[str] = strawberry.field(description=both("所用参数。", "The parameters it reads."))
    categories: list[RuleCategory] = strawberry.field(description=both("类别。", "Its categories."))

    @classmethod
    def of(cls, rules: Declared) -> RuleSet:
        return cls(
            name=rules.name,
            plugin=owner_of(rules.name),
            title_zh=rules.zh,
            title_en=rules.en,
            parameters=list(rules.parameters),
            categories=[RuleCategory(name=c.name, title_zh=c.zh, title_en=c.en) for c in rules.categories],
        )


@strawberry.type(description=both("一个类别的数量与金额。", "How many are in a category, and what it costs."))
class SimulatedCategory:
    name: str = strawberry.field(description=both("类别。", "The category."))
    count: int = strawberry.field(description=both("数量。", "How many."))
    amount: Decimal = strawberry.field(description=both("金额（元/月）。", "Yuan a month."))


@strawberry.type(description=both("一套参数值下的结果。", "What one set of values gives."))
class SimulationTotals:
    count: int = strawberry.field(description=both("各类别合计数量。", "How many are in any category."))
    outside: int = strawberry.field(description=both("不在任何类别的数量。", "How many are in none."))
    amount: Decimal = strawberry.field(description=both("合计金额（元/月）。", "Yuan a month."))
    categories: list[SimulatedCategory] = strawberry.field(description=both("按类别。", "By category."))

    @classmethod
    def of(cls, totals: Totals, rules: Declared) -> SimulationTotals:
        inside = totals.inside
        found = [(category.name, totals.of(category.name)) for category in rules.categories]
        return cls(
            count=inside.count,
            outside=totals.of(None).count,
            amount=_yuan(inside.amount),
            categories=[SimulatedCategory(name=n, count=s.count, amount=_yuan(s.amount)) for n, s in found],
        )


@strawberry.type(description=both("一个区划的变化。", "What changes in a division."))
class SimulationDivision:
    division_code: str = strawberry.field(description=both("区划代码。", "Code of the division."))
    baseline: int = strawberry.field(description=both("现有数量。", "How many as it is."))
    simulated: int = strawberry.field(description=both("试算数量。", "How many with the other values."))
    entered: int = strawberry.field(description=both("新进入。", "How many enter."))
    left: int = strawberry.field(description=both("退出。", "How many leave."))
    moved: int = strawberry.field(description=both("改变类别。", "How many change their category."))
    monthly_difference: Decimal = strawberry.field(
        description=both("每月增减金额（元）。", "Yuan more, or less, a month.")
    )

    @classmethod
    def of(cls, code: str, part: Difference) -> SimulationDivision:
        return cls(
            division_code=code,
            baseline=part.baseline.inside.count,
            simulated=part.simulated.inside.count,
            entered=part.entered,
            left=part.left,
            moved=part.moved,
            monthly_difference=_yuan(part.monthly),
        )


@strawberry.type(description=both("有变化的一例。", "One that changes."))
class SimulationExample:
    subject: strawberry.ID = strawberry.field(description=both("对象编号。", "Its id."))
    division_code: str = strawberry.field(description=both("区划代码。", "Code of its division."))
    before: str | None = strawberry.field(description=both("现类别。", "Its category as it is."))
    after: str | None = strawberry.field(
        description=both("试算类别。", "Its category with the other values.")
    )
    monthly_difference: Decimal = strawberry.field(
        description=both("每月增减金额（元）。", "Yuan more, or less, a month.")
    )

    @classmethod
    def of(cls, example: Example) -> SimulationExample:
        return cls(
            subject=strawberry.ID(example.subject.id),
            division_code=example.subject.division,
            before=example.before.category,
            after=example.after.category,
            monthly_difference=_yuan(example.after.amount - example.before.amount),
        )


@strawberry.type(description=both("试算所改的参数。", "A parameter that was given another value."))
class SimulatedParameter:
    name: str = strawberry.field(description=both("参数名。", "Its name."))
    division_code: str = strawberry.field(
        description=both("假定由其设定的区划。", "The division that would set it.")
    )
    baseline: str | None = strawberry.field(description=both("现值。", "The value that applies there."))
    source: str | None = strawberry.field(description=both("现值的依据。", "The source of that value."))
    simulated: str = strawberry.field(description=both("试算值。", "The value tried out."))

    @classmethod
    def of(cls, changed: Changed) -> SimulatedParameter:
        now = changed.baseline
        return cls(
            name=changed.name,
            division_code=changed.division,
            baseline=now.value if now else None,
            source=now.source if now else None,
            simulated=changed.value,
        )


@strawberry.type(
    description=both(
        "试算结果；什么也没有写入。", "What a rule set gives with other values; nothing was written."
    )
)
class Simulation:
    rule_set: RuleSet = strawberry.field(description=both("规则集。", "The rule set."))
    on: date = strawberry.field(description=both("试算日期。", "As of this day."))
    divisions: list[str] = strawberry.field(
        description=both(
            "实际统计的区划：所问区划，或其中您管辖的部分。", "What was looked at, as far as your scope goes."
        )
    )
    parameters: list[SimulatedParameter] = strawberry.field(
        description=both("所改参数。", "The values tried out.")
    )
    baseline: SimulationTotals = strawberry.field(description=both("现行结果。", "As it is."))
    simulated: SimulationTotals = strawberry.field(description=both("试算结果。", "With the other values."))
    entered: int = strawberry.field(description=both("新进入。", "How many enter."))
    left: int = strawberry.field(description=both("退出。", "How many leave."))
    moved: int = strawberry.field(description=both("改变类别。", "How many change their category."))
    adjusted: int = strawberry.field(
        description=both("类别不变、金额改变。", "How many stay in theirs with another amount.")
    )
    unchanged: int = strawberry.field(description=both("不变。", "How many stay as they are."))
    monthly_difference: Decimal = strawberry.field(
        description=both("每月增减金额（元）。", "Yuan more, or less, a month.")
    )
    by_division: list[SimulationDivision] = strawberry.field(
        description=both("按下一级区划。", "By the divisions of the next tier.")
    )
    told: strawberry.Private[list[Example]]

    @strawberry.field(description=both("有变化的前若干例。", "The first that change."))  # type: ignore[untyped-decorator]
    def examples(
        self,
        first: Annotated[
            int, strawberry.argument(description=both("最多若干例（1–100）。", "At most so many, 1 to 100."))
        ] = DEFAULT_PAGE,
    ) -> list[SimulationExample]:
        if not 1 <= first <= MAX_PAGE:
            raise Refused(PAGE_SIZE, ("first",), maximum=MAX_PAGE)
        return [SimulationExample.of(example) for example in self.told[:first]]

    @classmethod
    def of(cls, found: Result) -> Simulation:
        rules, total = found.question.rules, found.total
        return cls(
            rule_set=RuleSet.of(rules),
            on=found.question.on,
            divisions=list(found.divisions),
            parameters=[SimulatedParameter.of(changed) for changed in found.parameters],
            baseline=SimulationTotals.of(total.baseline, rules),
            simulated=SimulationTotals.of(total.simulated, rules),
            entered=total.entered,
            left=total.left,
            moved=total.moved,
            adjusted=total.adjusted,
            unchanged=total.unchanged,
            monthly_difference=_yuan(total.monthly),
            by_division=[SimulationDivision.of(*part) for part in sorted(found.by_division.items())],
            told=found.examples,
        )


def _yuan(amount: Decimal) -> Decimal:
    return amount.quantize(CENT)


async def _simulate(
    info: strawberry.Info,
    rule_set: Annotated[str, strawberry.argument(description=both("规则集名称。", "Name of the rule set."))],
    values: Annotated[
        list[SimulatedValueInput], strawberry.argument(description=both("试算值。", "The values to try out."))
    ],
    division: Annotated[
        DivisionCode | None,
        strawberry.argument(
            description=both("区划，默认全国。", "A division; by default the whole country.")
        ),
    ] = None,
    on: Annotated[
        date | None, strawberry.argument(description=both("日期，默认今天。", "The day; today by default."))
    ] = None,
) -> Simulation:
    env: Any = info.context.env
    place = division or NATION
    question = Question(
        rules=service.rules_of(env.host, rule_set, env.plugins),
        division=place,
        on=on or env.clock.today(),
        values={(item.parameter, item.division or place): item.value for item in values},
    )
    found = await service.simulate(env.database, env.host, env.principal, question, env.simulation_seconds)
    return Simulation.of(found)


def simulate() -> Any:
    """The root field."""
    return strawberry.field(
        resolver=_simulate,
        description=both(
            "用另一组参数值试算规则集，不写入任何数据。",
            "Try out a rule set with other values of its parameters; nothing is written.",
        ),
    )


def _rule_sets(info: strawberry.Info) -> list[RuleSet]:
    env: Any = info.context.env
    return [RuleSet.of(rules) for rules in env.host.book(Declared).of(env.plugins)]


def rule_sets() -> Any:
    """The root field."""
    return strawberry.field(
        resolver=_rule_sets, description=both("可以试算的规则集。", "The rule sets that can be tried out.")
    )
