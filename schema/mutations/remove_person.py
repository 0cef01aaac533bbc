from __future__ import annotations

from typing import Any

import strawberry

from core.merges.service import remove
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, found, mutation, payload, perform
from schema.sql.fields import both


@strawberry.input(description=both("删除误登的人员。", "The removal of a person who was entered wrongly."))
class RemovePersonInput(UpdateInput):
    person: strawberry.ID = strawberry.field(description=both("人员编号。", "Id of the person."))
    reason: str = strawberry.field(description=both("原因，记入审计日志。", "Why; kept in the audit log."))


@payload("写入结果。", "What was written.")
class RemovePersonPayload(Payload):
    pass


@mutation(
    "删除误登且无其他记录关联的人员。",
    "Remove a person who was entered wrongly and on whom nothing else hangs.",
)
async def remove_person(info: strawberry.Info, input: RemovePersonInput) -> RemovePersonPayload:
    async def act(work: Work) -> Any:
        person = await found(work, input.person, "person")
        work.expect_version(person, input.expected_version)
        return await remove(work, person, input.reason)

    return await perform(info, RemovePersonPayload, input, act)
