"""The catalogue of parameters with what applies, and the values that were set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy import select

from core.access.principal import NATION
from core.books import owner_of
from core.dated import ALWAYS as LATEST
from core.divisions.models import Division as DivisionRow
from core.parameters.declared import ALWAYS, Choice
from core.parameters.declared import Parameter as Declared
from core.parameters.models import PREFIX
from core.parameters.models import ParameterValue as ValueRow
from core.parameters.service import rows_of
from core.parameters.view import Applied, ParameterView, path
from schema.sql.fields import both, column, node_id, sql_type, to_one
from schema.sql.row import Row
from schema.types.division import Division
from schema.types.enums import ParameterKind
from schema.types.node import Node
from schema.types.scalars import DivisionCode


@sql_type(
    ValueRow,
    name="ParameterValue",
    prefix=PREFIX,
    zh="某区划设定的参数值。",
    en="A value that a division has set for a parameter.",
)
class ParameterValue(Node):
    id: strawberry.ID = node_id(PREFIX, ValueRow)
    name: str = column(ValueRow.name, zh="参数名。", en="Name of the parameter.")
    value: str = column(ValueRow.value, zh="值，规范文本。", en="The value as its canonical text.")
    source: str = column(ValueRow.source, zh="依据：法规条款或文号。", en="Law and article, or document.")
    division_code: str = column(
        ValueRow.division,
        zh="区划代码；全国为 12 个零。",
        en="Division code; twelve zeros are the whole country.",
    )
    division: Division | None = to_one(
        lambda: Division, ValueRow, lambda v, d: d.code == v.division, zh="适用区划。", en="Where it holds."
    )
    valid_from: date = column(ValueRow.valid_from, zh="生效日期，可在将来。", en="First day; may lie ahead.")
    valid_to: date | None = column(ValueRow.valid_to, zh="失效日期（不含）。", en="First day outside.")
    recorded_at: datetime = column(ValueRow.recorded_at, zh="登记时刻。", en="When recorded.")
    voided_at: datetime | None = column(ValueRow.voided_at, zh="更正时刻。", en="When corrected.")


@strawberry.type(description=both("参数的一个选项。", "A choice of a parameter."))
class ParameterChoice:
    name: str = strawberry.field(description=both("值。", "The value."))
    title_zh: str = strawberry.field(description=both("中文名称。", "In Chinese."))
    title_en: str = strawberry.field(description=both("英文名称。", "In English."))

    @classmethod
    def of(cls, choice: Choice) -> ParameterChoice:
        return cls(name=choice.name, title_zh=choice.zh, title_en=choice.en)


@strawberry.type(
    description=both(
        "一项政策参数，及所问区划当日适用的值。", "A parameter of the law, and what applies there and then."
    )
)
class Parameter:
    name: str = strawberry.field(description=both("参数名。", "Its name."))
    plugin: str = strawberry.field(description=both("所属插件。", "The plugin it belongs to."))
    title: str = strawberry.field(
        description=both("名称，按所用语言。", "Its title, in the caller's language.")
    )
    title_zh: str = strawberry.field(description=both("中文名称。", "Its title in Chinese."))
    title_en: str = strawberry.field(description=both("英文名称。", "Its title in English."))
    unit: str = strawberry.field(
        description=both("单位，按所用语言。", "Its unit, in the caller's language.")
    )
    kind: ParameterKind = strawberry.field(description=both("类别。", "Kind."))
    choices: list[ParameterChoice] = strawberry.field(description=both("选项。", "The choices of a CHOICE."))
    minimum: Decimal | None = strawberry.field(description=both("最小值。", "The least value."))
    maximum: Decimal | None = strawberry.field(description=both("最大值。", "The greatest value."))
    places: int = strawberry.field(description=both("小数位数上限。", "Places after the point, at most."))
    value: str | None = strawberry.field(
        description=both(
            "适用的值，规范文本；未设定为空。", "The value that applies; null where there is none."
        )
    )
    is_default: bool = strawberry.field(
        description=both("是否为声明的默认值。", "Whether it is the declared default.")
    )
    division: Division | None = strawberry.field(
        description=both(
            "设定该值的区划；默认值或全国为空。", "Whose value it is; null for the default or the nation."
        )
    )
    source: str | None = strawberry.field(description=both("依据。", "Its source."))
    valid_from: date | None = strawberry.field(
        description=both("生效日期；不限为空。", "First day; null for always.")
    )
    valid_to: date | None = strawberry.field(description=both("失效日期（不含）。", "First day outside."))
    may_set: bool = strawberry.field(
        description=both("您能否在所问区划设定它。", "Whether you may set it in the division asked about.")
    )
    known: strawberry.Private[Sequence[ValueRow]]
    known_at: strawberry.Private[datetime]

    @strawberry.field(  # type: ignore[untyped-decorator]
        description=both(
            "该区划及其上级设定过的值，新的在前。",
            "What the division and those above it have set, the latest first.",
        )
    )
    def history(
        self,
        corrections: Annotated[
            bool,
            strawberry.argument(description=both("含已更正的。", "With those that were corrected.")),
        ] = False,
    ) -> list[ParameterValue]:
        rows: Any = [
            Row(ParameterValue, {ValueRow: row})
            for row in reversed(self.known)
            if corrections or _stood(row, self.known_at)
        ]
        return rows  # type: ignore[no-any-return]


def _stood(row: ValueRow, moment: datetime) -> bool:
    return row.recorded_at <= moment and (row.voided_at is None or row.voided_at > moment)


async def _catalogue(
    info: strawberry.Info,
    division: Annotated[
        DivisionCode | None,
        strawberry.argument(
            description=both("区划，默认全国。", "A division; by default the whole country.")
        ),
    ] = None,
    as_of: Annotated[
        date | None,
        strawberry.argument(description=both("截至哪一天，默认今天。", "As of which day; today by default.")),
    ] = None,
    known_at: Annotated[
        datetime | None,
        strawberry.argument(description=both("按何时所知，默认现在。", "As was known when; now by default.")),
    ] = None,
    plugin: Annotated[
        str | None, strawberry.argument(description=both("只列此插件的。", "Those of one plugin, or core's."))
    ] = None,
    name: Annotated[
        str | None, strawberry.argument(description=both("只列此参数。", "This parameter only."))
    ] = None,
) -> list[Parameter]:
    context: Any = info.context
    env = context.env
    asked, day = division or NATION, as_of or env.clock.today()
    declared = [
        parameter
        for parameter in env.host.book(Declared).of(env.plugins)
        if plugin in (None, owner_of(parameter.name)) and name in (None, parameter.name)
    ]
    query = rows_of(asked, [parameter.name for parameter in declared], below=False, corrected=True)
    rows = [row[0] for row in await context.repository.rows(query)]
    moment = known_at or LATEST
    view = ParameterView(env.host.book(Declared).all, [row for row in rows if _stood(row, moment)])
    places = await _places(context, asked)
    return [_shown(parameter, view, asked, day, rows, moment, places, env) for parameter in declared]


async def _places(context: Any, asked: str) -> dict[str, Any]:
    if asked == NATION:
        return {}
    query = select(DivisionRow).where(DivisionRow.code.in_(path(asked)))
    rows = [row[0] for row in await context.repository.rows(query)]
    return {row.code: Row(Division, {DivisionRow: row}) for row in rows}


def _shown(
    parameter: Declared,
    view: ParameterView,
    division: str,
    day: date,
    rows: Sequence[ValueRow],
    moment: datetime,
    places: dict[str, Any],
    env: Any,
) -> Parameter:
    found = view.applied(parameter.name, division, day)
    zh = env.language == "zh"
    return Parameter(
        name=parameter.name,
        plugin=owner_of(parameter.name),
        title=parameter.zh if zh else parameter.en,
        title_zh=parameter.zh,
        title_en=parameter.en,
        unit=parameter.unit_zh if zh else parameter.unit_en,
        kind=parameter.kind,
        choices=[ParameterChoice.of(choice) for choice in parameter.choices],
        minimum=_decimal(parameter.minimum),
        maximum=_decimal(parameter.maximum),
        places=parameter.places,
        **_applied(found, places),
        may_set=_may(env.principal.scope(parameter.write), division),
        known=[row for row in rows if row.name == parameter.name],
        known_at=moment,
    )


def _decimal(bound: Decimal | int | None) -> Decimal | None:
    return None if bound is None else Decimal(bound)


def _applied(found: Applied | None, places: dict[str, Any]) -> dict[str, Any]:
    if found is None:
        return dict.fromkeys(("value", "division", "source", "valid_from", "valid_to")) | {
            "is_default": False
        }
    return {
        "value": found.value,
        "is_default": found.division is None,
        "division": places.get(found.division or ""),
        "source": found.source,
        "valid_from": None if found.valid_from == ALWAYS else found.valid_from,
        "valid_to": found.valid_to,
    }


def _may(scope: Any, division: str) -> bool:
    return bool(scope.everywhere if division == NATION else scope.covers(division))


def parameters() -> Any:
    """The root field."""
    return strawberry.field(
        resolver=_catalogue,
        description=both(
            "政策参数目录：各项在某区划某日适用的值、依据与历史。",
            "The parameters of the law: what applies in a division on a day, its source and history.",
        ),
    )
