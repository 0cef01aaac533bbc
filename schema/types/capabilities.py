from __future__ import annotations

import strawberry

from schema.sql.fields import both


@strawberry.type(description=both("一个已启用的插件。", "A plugin that is on here."))
class PluginInfo:
    name: str = strawberry.field(description=both("名称。", "Name."))
    title_zh: str = strawberry.field(description=both("中文标题。", "Title in Chinese."))
    title_en: str = strawberry.field(description=both("英文标题。", "Title in English."))
    version: str = strawberry.field(description=both("版本。", "Version."))


@strawberry.type(description=both("一类项目。", "A kind of project."))
class ProjectKindInfo:
    name: str = strawberry.field(description=both("名称，如 core.construction。", "Name."))
    title_zh: str = strawberry.field(description=both("中文标题。", "Title in Chinese."))
    title_en: str = strawberry.field(description=both("英文标题。", "Title in English."))
    livelihood: bool = strawberry.field(
        description=both(
            "须写明民生实事级别。", "Its projects say of which level of livelihood list they are."
        )
    )


@strawberry.type(description=both("当前令牌在此处能做什么。", "What the caller can do here."))
class Capabilities:
    core_version: str = strawberry.field(description=both("核心版本。", "Version of the core."))
    today: str = strawberry.field(description=both("业务日期。", "The business date."))
    plugins: list[PluginInfo] = strawberry.field(description=both("已启用的插件。", "Plugins that are on."))
    permissions: list[str] = strawberry.field(description=both("持有的权限。", "Permissions held."))
    divisions: list[str] = strawberry.field(
        description=both("管辖的区划代码。", "Codes of the divisions in reach.")
    )
    project_kinds: list[ProjectKindInfo] = strawberry.field(
        description=both("可立项的项目类别。", "The kinds of project that there are.")
    )
