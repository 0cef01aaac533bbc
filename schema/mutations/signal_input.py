from __future__ import annotations

import strawberry

from core.signals.models import RaisedSignal
from core.signals.service import PREFIX
from core.work import Work
from schema.mutations.base import Payload, UpdateInput, found, payload, written
from schema.sql.fields import both
from schema.types.signal import Signal


@strawberry.input(description=both("处理一条预警。", "An early warning to deal with."))
class SignalInput(UpdateInput):
    signal: strawberry.ID = strawberry.field(description=both("预警编号。", "Id of the signal."))


@payload("写入结果。", "What was written.")
class SignalPayload(Payload):
    signal: Signal | None = written(lambda: Signal, "预警。", "The signal.")


async def signal_of(work: Work, input: SignalInput) -> RaisedSignal:
    """The signal that an input names, in the caller's reach."""
    return await found(work, input.signal, "signal", RaisedSignal, PREFIX)
