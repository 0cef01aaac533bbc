from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Date

from core.db import text
from core.timeline.declared import TimelineKind
from core.timeline.models import TimelineEntry as EntryRow
from schema.sql.fields import batched, column, connection, filter_input, node_id, sql_type, to_one, where
from schema.sql.filters import Compare
from schema.sql.paging import Key
from schema.types import later
from schema.types.division import Division
from schema.types.owned import OfPlugin, plugin_of

if TYPE_CHECKING:
    from schema.types.household import Household
    from schema.types.person import Person


@filter_input(name="TimelineFilter", zh="时间线筛选。", en="Filter of a timeline.")
class TimelineFilter:
    plugin: str | None = where(
        OfPlugin(), zh="所属插件；core 为核心。", en="The plugin; `core` is core's own."
    )
    kind: str | None = where(Compare("kind", text(80)), zh="类别。", en="Kind of entry.")
    since: date | None = where(Compare("day", Date(), ">="), zh="发生于该日或之后。", en="On or after.")
    until: date | None = where(Compare("day", Date(), "<"), zh="发生于该日之前。", en="Before.")


async def titles(rows: Sequence[Mapping[str, Any]], env: Any) -> list[str]:
    """The words of each entry in the caller's language; those of a kind no longer declared are its name."""
    book = env.host.book(TimelineKind)
    index = 0 if env.language == "zh" else 1
    found = [(book.get(row["kind"]), row) for row in rows]
    return [kind.title(row["code"])[index] if kind else row["kind"] for kind, row in found]


@sql_type(
    EntryRow,
    name="TimelineEntry",
    zh="时间线上的一条，不含个人信息。",
    en="One thing that happened; it holds no personal data.",
)
class TimelineEntry:
    id: strawberry.ID = node_id("timeline", EntryRow)
    on: date = column(EntryRow.day, zh="发生日期。", en="When it happened.")
    kind: str = column(EntryRow.kind, zh="类别，即声明的名称。", en="Kind: the name declared.")
    plugin: str = batched(
        {"kind": EntryRow.kind}, zh="所属插件；core 为核心。", en="The plugin; `core` is core's own."
    )(plugin_of)
    title: str = batched(
        {"kind": EntryRow.kind, "code": EntryRow.code},
        zh="标题，按所用语言。",
        en="Title in the caller's language.",
    )(titles)
    code: str | None = column(
        EntryRow.code,
        zh="细目代码，如在事项中的身份。",
        en="A code to the kind, such as the role in an event.",
    )
    subject: strawberry.ID = column(
        EntryRow.subject, zh="所述记录的编号。", en="Id of the record that it tells of."
    )
    person: Annotated[Person, strawberry.lazy("schema.types.person")] | None = to_one(
        later.person,
        EntryRow,
        lambda entry, p: p.id == entry.person_id,
        zh="所述人员；不在管辖范围时为空。",
        en="The person; null out of scope.",
    )
    household: Annotated[Household, strawberry.lazy("schema.types.household")] | None = to_one(
        later.household,
        EntryRow,
        lambda entry, h: h.id == entry.household_id,
        zh="所述的户；不在管辖范围时为空。",
        en="The household; null out of scope.",
    )
    division: Division | None = to_one(
        lambda: Division,
        EntryRow,
        lambda entry, d: d.code == entry.division,
        zh="发生地。",
        en="Where it happened.",
    )
    recorded_at: datetime = column(EntryRow.recorded_at, zh="登记时刻。", en="When it was recorded.")


def timeline(name: str, zh: str, en: str, parent: Any, on: Any) -> Any:
    """The entries that stand on one timeline, the latest first, as far as their own permissions show them."""
    return connection(
        name,
        lambda: TimelineEntry,
        zh=zh,
        en=en,
        filter=TimelineFilter,
        default=(Key("day", descending=True),),
        parent=parent,
        on=on,
        where=lambda entry: entry.voided_at.is_(None),
        mode="reached",
    )
