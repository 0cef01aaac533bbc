"""`accessExplain`: why somebody sees a row or not."""

from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from core.access.explain import ExplainedGrant, Explanation, Question
from core.access.scope import Words
from core.errors import Refused
from core.ids import split
from core.refusals import ID_INVALID
from schema.sql.fields import both
from schema.sql.mappings import Masked, Sensitive, model_of
from schema.types.enums import AccessHow, AccessNames, How, Names


@strawberry.type(description=both("中英文各一句。", "A sentence in Chinese and in English."))
class AccessText:
    zh: str = strawberry.field(description=both("中文。", "In Chinese."))
    en: str = strawberry.field(description=both("英文。", "In English."))

    @classmethod
    def of(cls, words: Words) -> AccessText:
        return cls(zh=words[0], en=words[1])


@strawberry.type(description=both("一项授权与这条记录。", "A grant, and whether it reaches the record."))
class AccessGrant:
    division: str = strawberry.field(
        description=both("区划代码；全国为 12 个零。", "Division code; twelve zeros are the whole country.")
    )
    division_name: str | None = strawberry.field(description=both("区划名称。", "Name of the division."))
    role: str | None = strawberry.field(description=both("角色。", "The role."))
    permission: str | None = strawberry.field(description=both("单项权限。", "The single permission."))
    plugin: str | None = strawberry.field(description=both("只限此插件。", "For this plugin alone."))
    valid_from: date = strawberry.field(description=both("起始日。", "First day."))
    valid_to: date | None = strawberry.field(description=both("截止日（不含）。", "The day it ends."))
    active: bool = strawberry.field(description=both("现在是否有效。", "Whether it is in force."))
    reaches: bool = strawberry.field(description=both("是否使记录可见。", "Whether it shows the record."))
    how: AccessHow = strawberry.field(description=both("经何到达。", "How it reaches it."))

    @classmethod
    def of(cls, grant: ExplainedGrant) -> AccessGrant:
        row = grant.row
        return cls(
            division=row.division,
            division_name=grant.division_name,
            role=row.role.name if row.role else None,
            permission=row.permission,
            plugin=row.plugin,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            active=grant.active,
            reaches=grant.reaches,
            how=How[grant.how],
        )


@strawberry.type(
    description=both("某人能否看到一条记录，及其原因。", "Whether somebody sees a record, and why.")
)
class AccessExplanation:
    subject: str = strawberry.field(description=both("所问的用户。", "The user it is about."))
    id: strawberry.ID = strawberry.field(description=both("所问的记录。", "The record it is about."))
    exists: bool = strawberry.field(
        description=both("记录是否存在；提问者无权知道时为否。", "Whether it exists, as far as you may know.")
    )
    visible: bool = strawberry.field(
        description=both("可按编号和关联看到。", "Seen by id and through relations.")
    )
    listed: bool = strawberry.field(description=both("出现在列表中。", "Seen in lists."))
    rule: AccessText = strawberry.field(
        description=both("该类记录的范围规则。", "The scope rule of its kind.")
    )
    grants: list[AccessGrant] = strawberry.field(
        description=both("该用户的授权，含已失效的。", "The user's grants, those no longer in force too.")
    )
    names: AccessNames | None = strawberry.field(
        description=both(
            "姓名怎样显示；无姓名的记录为空。", "How names are shown; null where there are none."
        )
    )
    unmask: bool | None = strawberry.field(
        description=both(
            "pii:read 是否及于此记录（还须说明用途）；无敏感字段为空。",
            "Whether pii:read reaches it (a purpose is needed too); null where nothing is sensitive.",
        )
    )
    reasons: list[AccessText] = strawberry.field(
        description=both("决定因素，以及应申请什么。", "What decides, and what to ask for.")
    )


async def _explain(info: strawberry.Info, id: strawberry.ID, subject: str | None = None) -> AccessExplanation:
    context: Any = info.context
    env = context.env
    prefix, key = split(id)
    target = context.nodes.get(prefix)
    if target is None:
        raise Refused(ID_INVALID, id=prefix, expected="person_<32 hex>")
    about = subject or env.principal.subject
    async with env.database.reading() as session:  # not the siblings' session: this one asks many questions
        question = Question(session, env.host.permissions, env.clock.today(), model_of(target), key)
        found = await question.explain(env.principal, about, env.district)
    if found.exists and about != env.principal.subject:
        env.audit("access.explained", id, district=found.district, details=found.about)
    return _answer(found, id, target)


def _answer(found: Explanation, id: strawberry.ID, target: Any) -> AccessExplanation:
    fields = [getattr(f, "mapping", None) for f in target.__strawberry_definition__.fields]
    named = any(isinstance(mapping, Masked) for mapping in fields)
    sensitive = any(isinstance(mapping, Sensitive) for mapping in fields)
    return AccessExplanation(
        subject=found.subject,
        id=id,
        exists=found.exists,
        visible=found.visible,
        listed=found.listed,
        rule=AccessText.of(found.rule),
        grants=[AccessGrant.of(grant) for grant in found.grants],
        names=(Names.FULL if found.names else Names.MASKED) if named else None,
        unmask=found.unmask if sensitive else None,
        reasons=[AccessText.of(words) for words in found.reasons],
    )


def explain_access() -> Any:
    """The root field."""
    made: Any = strawberry.field(
        resolver=_explain,
        description=both(
            "某用户（默认自己）为何能或不能看到一条记录；问他人需要 audit:read，且留痕。",
            "Why a user (by default you) sees a record or not; to ask about others takes audit:read, and is audited.",
        ),
    )
    words = {
        "id": "全局编号。 Global id.",
        "subject": "用户（令牌的 sub），默认自己。 The user: a token's sub.",
    }
    for made_argument in made.arguments:
        made_argument.description = words[made_argument.python_name]
    return made
