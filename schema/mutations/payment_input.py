"""What the mutations of payments share."""

from __future__ import annotations

import strawberry

from core.payments.models import PaymentBatch as BatchRow
from core.payments.workflow import BATCH, PAYMENTS
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, found, payload, written
from schema.mutations.transitions import transition_mutations
from schema.sql.fields import both
from schema.types.payment import Payment, PaymentBatch

PaymentBatchTransitions = transition_mutations(PAYMENTS, PaymentBatch, "PaymentBatch", field="batch")


@strawberry.input(description=both("发放批次。", "A batch of payments."))
class PaymentBatchInput(UpdateInput):
    batch: strawberry.ID = strawberry.field(description=both("批次编号。", "Id of the batch."))


@payload("写入结果。", "What was written.")
class PaymentBatchPayload(Payload):
    batch: PaymentBatch | None = written(lambda: PaymentBatch, "发放批次。", "The batch.")


@payload("写入结果。", "What was written.")
class PaymentPayload(Payload):
    payment: Payment | None = written(lambda: Payment, "发放。", "The payment.")


async def batch_of(work: Work, input: PaymentBatchInput) -> BatchRow:
    """The batch that an input names.

    Raises:
        Refused: NOT_FOUND, ID_INVALID, CONFLICT.
    """
    row = await found(work, input.batch, "batch", BatchRow, BATCH)
    work.expect_version(row, input.expected_version)
    return row
