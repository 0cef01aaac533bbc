from __future__ import annotations

import strawberry

from schema.sql.fields import both


@strawberry.type(description=both("业务拒绝。", "A business refusal."))
class UserError:
    code: str = strawberry.field(description=both("代码。", "Code."))
    field: list[str] = strawberry.field(
        description=both("出错的输入字段路径。", "Path of the input field at fault.")
    )
    message: str = strawberry.field(description=both("说明。", "What is wrong and what to do."))
