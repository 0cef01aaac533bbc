"""Why a subject sees a row or not: the scope rule of its table, asked grant by grant (design 5)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.declared import Declared, Readers, inside
from core.access.models import GrantRow, User
from core.access.permissions import AUDIT_READ, NAMES_READ, PII_READ, PermissionBook
from core.access.principal import NATION, Principal, Scope
from core.access.scope import Mode, ScopeRule, Through, Way, Words, allowed, ways_of, words_of
from core.access.service import permissions_of, principal_of
from core.divisions.models import Division

How = Way | Literal["NONE"]


@dataclass(frozen=True)
class ExplainedGrant:
    """One grant of the subject, and whether and how it reaches the row."""

    row: GrantRow
    division_name: str | None
    active: bool
    carries: bool
    how: How

    @property
    def reaches(self) -> bool:
        return self.active and self.carries and self.how != "NONE"


@dataclass(frozen=True)
class Explanation:
    """What decides, and the sentences that say so.

    Attributes:
        exists: whether there is such a row, as far as the asker may know.
        about: the user it is about, for the audit; the record's district likewise.
        names, unmask: whether `names:read` and `pii:read` reach the row.
    """

    subject: str
    exists: bool
    visible: bool
    listed: bool
    rule: Words
    grants: Sequence[ExplainedGrant]
    names: bool
    unmask: bool
    reasons: Sequence[Words]
    district: str | None = None
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """A subject and a row of a table, in one snapshot."""

    session: AsyncSession
    book: PermissionBook
    today: date
    model: Any
    key: uuid.UUID

    read: str | None = None

    @property
    def rule(self) -> ScopeRule:
        rule: ScopeRule = self.model.__scope__
        return rule.of(Readers((self.read,))) if isinstance(rule, Declared) and self.read else rule

    async def explain(self, asker: Principal, subject: str, within: str | None) -> Explanation:
        """The whole answer; about a row that the asker may know nothing of, that of a missing one.

        Args:
            subject: whom it is about. within: the district whose endpoint was asked.
        """
        if isinstance(self.rule, Declared) and (row := await self._row()) is not None:
            ways = [replace(self, read=name) for name in self.rule.shown_by(row)]
            answers = [await way.explain(asker, subject, within) for way in ways]
            return next((answer for answer in answers if answer.visible), answers[0])
        own = subject == asker.subject
        about = asker if own else await self._principal(subject, within)
        visible = await self._reaches(about, "reached")
        row, district = await self._row(), await self._district()
        known = row is not None and (_audits(asker, district) or (own and visible))
        if not known:
            return self._unknown(subject, await self._grants(subject, reach=False) if own else ())
        grants = await self._grants(subject, reach=True)
        listed = await self._reaches(about, "listed")
        names, unmask = [await self._reaches(about, "reached", name) for name in (NAMES_READ, PII_READ)]
        rule = words_of(self.rule)
        reasons = _reasons(self.rule, row, grants, visible=visible, listed=listed)
        user = {"user": f"user_{about.user_id.hex}"} if about.user_id else {}
        return Explanation(
            subject, True, visible, listed, rule, grants, names, unmask, reasons, district, user
        )

    def _unknown(self, subject: str, grants: Sequence[ExplainedGrant]) -> Explanation:
        return Explanation(
            subject, False, False, False, words_of(self.rule), grants, False, False, [_MISSING]
        )

    async def _principal(self, subject: str, within: str | None) -> Principal:
        found = await principal_of(self.session, subject, self.book, self.today) or Principal(None, subject)
        return found.within(within) if within else found

    async def _row(self) -> Any:
        return await self.session.get(self.model, self.key)

    async def _reaches(self, principal: Principal, mode: Mode, permission: str | None = None) -> bool:
        if self.read is not None and permission is None:
            return await self._shown(principal, mode)
        name = permission or self.rule.permission
        return await self._inside(Scope(everywhere=True) if name is None else principal.scope(name), mode)

    async def _shown(self, principal: Principal, mode: Mode) -> bool:
        """A declared row, with all that its rule asks."""
        readers = {self.read or "": (True, ())}
        test = inside(self.model.__scope__, self.model, principal, readers, mode)
        query = select(self.model.id).where(self.model.id == self.key, test)
        return (await self.session.scalar(query)) is not None

    async def _inside(self, scope: Scope, mode: Mode) -> bool:
        test = allowed(self.rule, self.model, scope, mode)
        query = select(self.model.id).where(self.model.id == self.key, test)
        return (await self.session.scalar(query)) is not None

    async def _how(self, scope: Scope) -> How:
        for mode, way in ways_of(self.rule):
            if await self._inside(scope, mode):
                return way
        return "NONE"

    async def _district(self) -> str | None:
        """The district of the row, or of the row it belongs to."""
        model: Any = self.model
        key: Any = self.key
        while not hasattr(model, "district"):
            rule = model.__scope__
            if not isinstance(rule, Through):
                return None
            above = rule.parent()
            query = select(above.id).join(model, rule.join(model, above))
            key = await self.session.scalar(query.where(model.id == key))
            model = above
        district: str | None = await self.session.scalar(select(model.district).where(model.id == key))
        return district

    async def _grants(self, subject: str, *, reach: bool) -> list[ExplainedGrant]:
        user = (await self.session.scalars(select(User).where(User.subject == subject))).first()
        if user is None:
            return []
        query = select(GrantRow).where(GrantRow.user_id == user.id).order_by(GrantRow.id)
        rows = list(await self.session.scalars(query))
        names = await self._names(row.division for row in rows)
        return [await self._explained(row, names, user.disabled_at is None, reach) for row in rows]

    async def _names(self, codes: Iterable[str]) -> Mapping[str, str]:
        query = select(Division.code, Division.name).where(Division.code.in_(set(codes)))
        return {NATION: "全国", **{row.code: row.name for row in await self.session.execute(query)}}

    async def _explained(
        self, row: GrantRow, names: Mapping[str, str], enabled: bool, reach: bool
    ) -> ExplainedGrant:
        active = enabled and in_force(row, self.today)
        carries = self.rule.permission is None or self.rule.permission in permissions_of(row, self.book)
        decides = reach and active and carries and self.rule.permission is not None
        how: How = await self._how(Scope.of([row.division])) if decides else "NONE"
        return ExplainedGrant(row, names.get(row.division), active, carries, how)


def in_force(row: GrantRow, today: date) -> bool:
    """Whether a grant holds today."""
    begun = row.revoked_at is None and row.valid_from <= today
    return begun and (row.valid_to is None or row.valid_to > today)


def _audits(asker: Principal, district: str | None) -> bool:
    scope = asker.scope(AUDIT_READ)
    return scope.everywhere or (district is not None and scope.covers(district))


_MISSING: Words = (
    "没有这条记录，或不在可说明的范围内；请核对编号，或请有 audit:read 的人员查询。",
    "There is no such record, or it is out of your reach: check the id, or ask somebody who has audit:read.",
)
_BY: Mapping[str, Words] = {
    "RESIDENCE": ("常住地", "residence"),
    "REGISTRATION": ("户籍地", "registration"),
    "MEMBERSHIP": ("所在的户", "a household"),
    "PLACE": ("所在区划", "its place"),
    "PARENT": ("所属记录", "the record it belongs to"),
}


def _reasons(
    rule: ScopeRule, row: Any, grants: Sequence[ExplainedGrant], *, visible: bool, listed: bool
) -> list[Words]:
    if rule.permission is None:
        return [("参考数据，凡持有令牌者均可见。", "Reference data: everybody with a token may read it.")]
    reasons = [_reaching(grant) for grant in grants if grant.reaches]
    if visible and not listed:
        reasons.append(
            (
                "可按编号和关联查看，但不在列表中：列表按常住地。",
                "It is found by its id and through relations, not in lists: those go by residence.",
            )
        )
    if visible:
        return reasons
    return [*reasons, *_missing(rule.permission, row, grants)]


def _reaching(grant: ExplainedGrant) -> Words:
    what, by = _what(grant), _BY[grant.how]
    return f"授权 {what} 经{by[0]}可见此记录。", f"The grant {what} reaches it by {by[1]}."


def _missing(permission: str, row: Any, grants: Sequence[ExplainedGrant]) -> list[Words]:
    """Why nothing reaches the row, and what to ask for."""
    place = getattr(row, "division", None) or getattr(row, "district", None) or ""
    useful = [grant for grant in grants if grant.carries]
    found = [_short(grant, place) for grant in useful]
    if not grants:
        found.append(("此用户没有任何授权。", "This user has no grant at all."))
    elif not useful:
        found.append((f"没有授权含权限 {permission}。", f"No grant carries the permission {permission}."))
    ask = (
        f"请申请含 {permission} 的授权，区划为 {place} 或其上级。",
        f"Ask for a grant with {permission} over {place} or a division above it.",
    )
    return [*found, ask]


def _short(grant: ExplainedGrant, place: str) -> Words:
    what = _what(grant)
    if not grant.active:
        return f"授权 {what} 现在无效（未生效、到期、收回或用户停用）。", f"The grant {what} is not in force."
    return (
        f"授权 {what} 不覆盖此记录所在的 {place}。",
        f"The grant {what} does not cover {place}, where it lies.",
    )


def _what(grant: ExplainedGrant) -> str:
    row = grant.row
    return f"{row.role.name if row.role else row.permission} @ {row.division}"
