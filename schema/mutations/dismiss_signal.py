from __future__ import annotations

from typing import Any

import strawberry

from core.signals.service import dismiss
from core.work import Work
from schema.mutations.base import mutation, perform
from schema.mutations.signal_input import SignalInput, SignalPayload, signal_of
from schema.sql.fields import both


@strawberry.input(description=both("要排除的预警。", "An early warning to dismiss."))
class DismissSignalInput(SignalInput):
    reason: str = strawberry.field(description=both("理由。", "Why."))


@mutation(
    "排除一条预警：不属实或无需处理，须写明理由。", "Dismiss an early warning, untrue or in need of nothing."
)
async def dismiss_signal(info: strawberry.Info, input: DismissSignalInput) -> SignalPayload:
    async def act(work: Work) -> Any:
        return await dismiss(work, await signal_of(work, input), input.reason, input.expected_version)

    return await perform(info, SignalPayload, input, act)
