from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.events.marriage import MarriageRegistration, marry
from core.households.models import Household as HouseholdRow
from core.work import Work
from schema.mutations.base import Payload, WriteInput, found, mutation, payload, perform
from schema.mutations.event_input import recorded_event
from schema.sql.fields import both
from schema.types.event import LifeEvent


@strawberry.input(description=both("结婚登记（双方亲自到场）。", "A marriage; both were present in person."))
class RecordMarriageInput(WriteInput):
    husband: strawberry.ID = strawberry.field(description=both("丈夫。", "The husband."))
    wife: strawberry.ID = strawberry.field(description=both("妻子。", "The wife."))
    on: date = strawberry.field(description=both("登记日期。", "Day of registration."))
    household: strawberry.ID | None = strawberry.field(
        default=None,
        description=both(
            "配偶所入的户；默认一方的共同生活家庭。",
            "One spouse's household, which the other joins; by default the assistance household of either.",
        ),
    )
    relation: str | None = strawberry.field(
        default=None, description=both("入户者与户主关系。", "Relation to the head of who joins.")
    )


@payload("写入结果。", "What was written.")
class RecordMarriagePayload(Payload):
    life_event: LifeEvent | None = recorded_event()


@mutation("登记结婚（民法典第1047条）。", "Record a marriage (Civil Code 1047).")
async def record_marriage(info: strawberry.Info, input: RecordMarriageInput) -> RecordMarriagePayload:
    async def act(work: Work) -> Any:
        asked = MarriageRegistration(
            husband=await found(work, input.husband, "husband"),
            wife=await found(work, input.wife, "wife"),
            on=input.on,
            household=await found(work, input.household, "household", HouseholdRow, "household"),
            relation=input.relation,
        )
        return await marry(work, asked)

    return await perform(info, RecordMarriagePayload, input, act)
