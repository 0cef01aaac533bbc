from __future__ import annotations

from typing import Any

import strawberry

from core.merges.models import PersonMerge as MergeRow
from core.merges.service import PREFIX, undo
from core.work import Work
from schema.mutations.base import Payload, WriteInput, found, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.merge import PersonMerge


@strawberry.input(description=both("撤销合并。", "The undoing of a merge."))
class UndoMergeInput(WriteInput):
    merge: strawberry.ID = strawberry.field(description=both("合并编号。", "Id of the merge."))


@payload("写入结果。", "What was written.")
class UndoMergePayload(Payload):
    merge: PersonMerge | None = written(lambda: PersonMerge, "合并。", "The merge.")


@mutation("撤销合并，两条记录恢复原状。", "Undo a merge; both records are what they were.")
async def undo_merge(info: strawberry.Info, input: UndoMergeInput) -> UndoMergePayload:
    async def act(work: Work) -> Any:
        return await undo(work, await found(work, input.merge, "merge", MergeRow, PREFIX))

    return await perform(info, UndoMergePayload, input, act)
