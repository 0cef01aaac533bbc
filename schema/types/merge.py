from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from core.access.permissions import NAMES_READ, REGISTRY_READ
from core.codes import division_code
from core.codes.division_code import Tier
from core.errors import Refused
from core.ids import key_of
from core.merges.candidates import Candidate, of_division, of_person
from core.merges.models import PersonMerge as MergeRow
from core.merges.service import PREFIX
from core.persons.models import Person as PersonRow
from core.refusals import FORBIDDEN_SCOPE, ID_INVALID, PAGE_SIZE
from schema.sql.fields import both, column, node_id, sql_type, to_one
from schema.sql.paging import MAX_PAGE
from schema.sql.row import Row
from schema.types.enums import DuplicateReason
from schema.types.node import Node
from schema.types.person import Person


@sql_type(
    MergeRow, name="PersonMerge", prefix=PREFIX, zh="人员合并。", en="A merge of two records of one person."
)
class PersonMerge(Node):
    id: strawberry.ID = node_id(PREFIX, MergeRow)
    kept: Person | None = to_one(
        lambda: Person,
        MergeRow,
        lambda m, p: p.id == m.kept_id,
        zh="保留的人员；不在管辖范围时为空。",
        en="The record that was kept; null out of scope.",
    )
    dropped: Person | None = to_one(
        lambda: Person,
        MergeRow,
        lambda m, p: p.id == m.dropped_id,
        zh="被合并的人员；撤销合并后才可见。",
        en="The record that was dropped; seen again once the merge is undone.",
    )
    reason: str = column(MergeRow.reason, zh="合并原因。", en="Why they were merged.")
    merged_at: datetime = column(MergeRow.merged_at, zh="合并时刻。", en="When merged.")
    undone_at: datetime | None = column(MergeRow.undone_at, zh="撤销时刻。", en="When undone.")


@strawberry.type(description=both("一对疑似重复的人员。", "Two records that may be of one person."))
class DuplicateCandidate:
    score: int = strawberry.field(description=both("可能性，最高 100。", "How likely, 100 at most."))
    reasons: list[DuplicateReason] = strawberry.field(description=both("依据。", "Why."))
    persons: list[Person] = strawberry.field(description=both("两条记录。", "The two records."))


def _shown(candidate: Candidate) -> DuplicateCandidate:
    rows: Any = [Row(Person, {PersonRow: person}) for person in (candidate.one, candidate.other)]
    return DuplicateCandidate(score=candidate.score, reasons=list(candidate.reasons), persons=rows)


async def duplicate_candidates(
    info: strawberry.Info, person: strawberry.ID | None, division: str | None, first: int
) -> list[DuplicateCandidate]:
    """The candidates of one person, or the pairs of a division.

    Raises:
        Refused: ID_INVALID (both or neither given), FORBIDDEN_SCOPE, PAGE_SIZE.
    """
    context: Any = info.context
    if (person is None) == (division is None):
        raise Refused(ID_INVALID, id="", expected="person | division")
    if not 1 <= first <= MAX_PAGE:
        raise Refused(PAGE_SIZE, ("first",), maximum=MAX_PAGE)
    if person is not None:
        row = await context.repository.one(PersonRow, "id", key_of("person", person))
        named = row is not None and await context.repository.permits(NAMES_READ, row)
        found = await of_person(context.repository, context.env.vault, row) if named else []
        return [_shown(candidate) for candidate in found[:first]]
    code = division_code.parse(division or "")
    if not context.env.principal.scope(REGISTRY_READ).covers(code):
        raise Refused(FORBIDDEN_SCOPE, division=code)
    tier = division_code.tier(code)
    bounds = (code,) if tier >= Tier.COUNTY else division_code.code_range(code)
    return [_shown(c) for c in await of_division(context.repository, tier, bounds, first)]
