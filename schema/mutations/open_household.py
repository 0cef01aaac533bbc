from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.households.service import NewHousehold, open_households
from core.work import Work
from schema.mutations.base import Payload, WriteInput, found, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.enums import HouseholdKind
from schema.types.household import Household
from schema.types.scalars import DivisionCode


@strawberry.input(description=both("户成员。", "A member of the new household."))
class MemberInput:
    person: strawberry.ID = strawberry.field(description=both("人员编号。", "Id of the person."))
    relation: str = strawberry.field(
        description=both(
            "与户主关系代码或名称，02 为户主。", "Relation to the head, by code or name; 02 is the head."
        )
    )


@strawberry.input(description=both("立户。", "A household to open."))
class OpenHouseholdInput(WriteInput):
    kind: HouseholdKind = strawberry.field(description=both("户类型。", "Kind."))
    address_division: DivisionCode = strawberry.field(
        description=both("地址区划代码。", "Division of the address.")
    )
    address: str = strawberry.field(description=both("详细地址。", "Address."))
    members: list[MemberInput] = strawberry.field(
        description=both("成员，须有一名户主。", "Members, one of them head.")
    )
    code: str | None = strawberry.field(
        default=None, description=both("户编号，可自动生成。", "Code; made if left out.")
    )
    opened_on: date | None = strawberry.field(
        default=None, description=both("立户日期，默认今天。", "Opened on; today by default.")
    )


@payload("写入结果。", "What was written.")
class OpenHouseholdPayload(Payload):
    household: Household | None = written(lambda: Household, "户。", "The household.")


@mutation("立户。", "Open a household.")
async def open_household(info: strawberry.Info, input: OpenHouseholdInput) -> OpenHouseholdPayload:
    async def act(work: Work) -> Any:
        members = [(await found(work, item.person, "members"), item.relation) for item in input.members]
        new = NewHousehold(
            kind=input.kind,
            division=input.address_division,
            address=input.address,
            members=members,
            code=input.code,
            opened_on=input.opened_on,
        )
        return (await open_households(work, [new]))[0]

    return await perform(info, OpenHouseholdPayload, input, act)
