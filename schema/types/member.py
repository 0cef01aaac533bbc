from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.households.models import HouseholdMember as MemberRow
from schema.sql.fields import column, sql_type, to_one
from schema.types import later

if TYPE_CHECKING:
    from schema.types.household import Household
    from schema.types.person import Person


@sql_type(MemberRow, name="HouseholdMember", zh="户成员。", en="A person's membership of a household.")
class HouseholdMember:
    person: Annotated[Person, strawberry.lazy("schema.types.person")] | None = to_one(
        later.person,
        MemberRow,
        lambda m, p: p.id == m.person_id,
        zh="人员；不在管辖范围时为空。",
        en="The person; null out of scope.",
    )
    household: Annotated[Household, strawberry.lazy("schema.types.household")] | None = to_one(
        later.household,
        MemberRow,
        lambda m, h: h.id == m.household_id,
        zh="户；不在管辖范围时为空。",
        en="The household; null out of scope.",
    )
    relation: str = column(
        MemberRow.relation,
        zh="与户主关系代码（GB/T 4761），02 为户主。",
        en="Relation to the head (GB/T 4761); 02 is the head.",
    )
    since: date = column(MemberRow.valid_from, zh="起始日期。", en="Since.")
