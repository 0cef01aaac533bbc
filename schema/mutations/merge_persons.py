from __future__ import annotations

from typing import Any

import strawberry

from core.merges.service import merge
from core.work import Work
from schema.mutations.base import Payload, WriteInput, found, mutation, payload, perform, written
from schema.sql.fields import both
from schema.types.merge import PersonMerge


@strawberry.input(description=both("合并同一人的两条记录。", "A merge of two records of one person."))
class MergePersonsInput(WriteInput):
    kept: strawberry.ID = strawberry.field(description=both("保留的人员。", "The record to keep."))
    dropped: strawberry.ID = strawberry.field(description=both("并入的人员。", "The record to drop."))
    reason: str = strawberry.field(
        description=both("合并原因，记入审计日志。", "Why; kept in the audit log.")
    )


@payload("写入结果。", "What was written.")
class MergePersonsPayload(Payload):
    merge: PersonMerge | None = written(lambda: PersonMerge, "合并。", "The merge.")


@mutation("合并同一人的两条记录，可撤销。", "Merge two records of one person; it can be undone.")
async def merge_persons(info: strawberry.Info, input: MergePersonsInput) -> MergePersonsPayload:
    async def act(work: Work) -> Any:
        kept = await found(work, input.kept, "kept")
        return await merge(work, kept, await found(work, input.dropped, "dropped"), input.reason)

    return await perform(info, MergePersonsPayload, input, act)
