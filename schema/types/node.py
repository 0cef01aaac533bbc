from __future__ import annotations

from typing import Any

import strawberry

from schema.sql.fields import both


def _type_name(row: Any, info: Any, abstract: Any) -> str:
    name: str = row.type.__strawberry_definition__.name
    return name


@strawberry.interface(description=both("有全局编号的对象。", "An object with a global id."))
class Node:
    id: strawberry.ID = strawberry.field(description=both("全局唯一编号。", "Opaque global id."))


Node.__strawberry_definition__.resolve_type = _type_name  # type: ignore[attr-defined]
