from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Date

from core.db import text
from core.signals.declared import Signal as SignalKind
from core.signals.models import RaisedSignal as SignalRow
from core.signals.service import PREFIX
from schema.sql.fields import batched, column, connection, filter_input, node_id, sql_type, to_one, where
from schema.sql.filters import Compare, InDivision
from schema.sql.paging import Key
from schema.types import later
from schema.types.division import Division
from schema.types.enums import SignalState, order_enum, order_input
from schema.types.node import Node
from schema.types.owned import OfPlugin, plugin_of
from schema.types.referral import Referral
from schema.types.scalars import DivisionCode

if TYPE_CHECKING:
    from schema.types.household import Household
    from schema.types.person import Person


@filter_input(name="SignalFilter", zh="预警筛选。", en="Filter of early warnings.")
class SignalFilter:
    kind: str | None = where(Compare("kind", text(80)), zh="类别。", en="Kind of signal.")
    plugin: str | None = where(OfPlugin(), zh="所属插件；core 为核心。", en="The plugin, or `core`.")
    state: SignalState | None = where(Compare("state", SignalRow.state.type), zh="状态。", en="State.")
    since: date | None = where(
        Compare("raised_on", Date(), ">="), zh="产生于该日或之后。", en="Raised on or after."
    )
    division: DivisionCode | None = where(
        InDivision(None), zh="区划及其下级。", en="This division and all below."
    )


SignalOrderField = order_enum(
    "SignalOrderField",
    "预警排序字段。",
    "Orderings of early warnings.",
    {"RAISED_ON": ("产生日期", "Raised on")},
)
SignalOrder = order_input("SignalOrder", SignalOrderField)


async def titles(rows: Sequence[Mapping[str, Any]], env: Any) -> list[str]:
    """What each signal is called in the caller's language; those no longer declared by their name."""
    found = [(env.host.book(SignalKind).get(row["kind"]), row["kind"]) for row in rows]
    return [(kind.zh if env.language == "zh" else kind.en) if kind else name for kind, name in found]


@sql_type(
    SignalRow,
    name="Signal",
    prefix=PREFIX,
    zh="预警：登记信息表明应有人关注的人员或户。",
    en="An early warning: what the register says somebody should look at.",
)
class Signal(Node):
    id: strawberry.ID = node_id(PREFIX, SignalRow)
    kind: str = column(SignalRow.kind, zh="类别，即声明的名称。", en="Kind: the name declared.")
    plugin: str = batched(
        {"kind": SignalRow.kind}, zh="所属插件；core 为核心。", en="The plugin; `core` is core's own."
    )(plugin_of)
    title: str = batched(
        {"kind": SignalRow.kind}, zh="标题，按所用语言。", en="Title in the caller's language."
    )(titles)
    state: SignalState = column(SignalRow.state, zh="状态。", en="State.")
    person: Annotated[Person, strawberry.lazy("schema.types.person")] | None = to_one(
        later.person,
        SignalRow,
        lambda s, p: p.id == s.person_id,
        zh="所涉人员；不在管辖范围时为空。",
        en="The person; null out of scope.",
    )
    household: Annotated[Household, strawberry.lazy("schema.types.household")] | None = to_one(
        later.household,
        SignalRow,
        lambda s, h: h.id == s.household_id,
        zh="所涉的户；不在管辖范围时为空。",
        en="The household; null out of scope.",
    )
    division: Division | None = to_one(
        lambda: Division, SignalRow, lambda s, d: d.code == s.division, zh="所在区划。", en="Where it lies."
    )
    raised_on: date = column(SignalRow.raised_on, zh="产生日期。", en="Raised on.")
    closed_on: date | None = column(SignalRow.closed_on, zh="处理日期。", en="Dealt with on.")
    reason: str | None = column(
        SignalRow.reason, zh="处理说明。", en="What was found, or why it was dismissed."
    )
    referral: Referral | None = to_one(
        lambda: Referral,
        SignalRow,
        lambda s, r: r.id == s.referral_id,
        zh="因此转出的转介；无权查看时为空。",
        en="The referral that followed; null where the caller may not see it.",
    )
    version: int = column(
        SignalRow.version, zh="版本，供 expectedVersion 使用。", en="Version, for expectedVersion."
    )


def signals(name: str, zh: str, en: str, **options: Any) -> Any:
    """A connection of signals, the latest first."""
    return connection(
        name,
        lambda: Signal,
        zh=zh,
        en=en,
        filter=SignalFilter,
        order=SignalOrder,
        orders={"RAISED_ON": "raised_on"},
        default=(Key("raised_on", descending=True),),
        **options,
    )
