from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.payments.recoveries import RECOVERIES, propose
from core.work import Work
from schema.mutations.base import Payload, WriteInput, found, mutation, payload, perform, written
from schema.mutations.transitions import transition_mutations
from schema.sql.fields import both
from schema.types.money_enums import RecoveryCause
from schema.types.recovery import Recovery

RecoveryTransitions = transition_mutations(RECOVERIES, Recovery, "Recovery", field="recovery")


@payload("写入结果。", "What was written.")
class RecoveryPayload(Payload):
    recovery: Recovery | None = written(lambda: Recovery, "追回。", "The recovery.")


@strawberry.input(description=both("要提出的追回。", "A recovery to propose."))
class ProposeRecoveryInput(WriteInput):
    programme: str = strawberry.field(description=both("待遇项目名称。", "Name of the programme."))
    person: strawberry.ID = strawberry.field(description=both("领取人编号。", "Id of who was paid."))
    first: date = strawberry.field(
        description=both("首个多发月份的首日。", "First day of the first month overpaid.")
    )
    end: date = strawberry.field(
        description=both("末个多发月份的次月首日。", "First day of the month after the last one overpaid.")
    )
    cause: RecoveryCause = strawberry.field(description=both("原因。", "The cause."))


@mutation(
    "提出追回：按月计算已发减应发。", "Propose a recovery: what was paid less what was due, month by month."
)
async def propose_recovery(info: strawberry.Info, input: ProposeRecoveryInput) -> RecoveryPayload:
    async def act(work: Work) -> Any:
        person = await found(work, input.person, "person")
        return await propose(work, input.programme, person, input.first, input.end, input.cause)

    return await perform(info, RecoveryPayload, input, act)
