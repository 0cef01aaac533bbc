"""Relay's connection, edge and page info."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import strawberry

from schema.sql.fields import both
from schema.sql.ordinary import LoadedConnection

T = TypeVar("T")


@strawberry.type(description=both("分页信息。", "Where a page lies in its list."))
class PageInfo:
    has_next_page: bool = strawberry.field(description=both("后面是否还有。", "Whether more rows follow."))
    has_previous_page: bool = strawberry.field(description=both("前面是否还有。", "Whether rows precede."))
    start_cursor: str | None = strawberry.field(description=both("首条游标。", "Cursor of the first row."))
    end_cursor: str | None = strawberry.field(description=both("末条游标。", "Cursor of the last row."))


@strawberry.type(description=both("列表中的一条及其游标。", "A row of a list with its cursor."))
class Edge(Generic[T]):
    cursor: str = strawberry.field(description=both("游标。", "Cursor."))
    node: T = strawberry.field(description=both("记录。", "The row."))


@strawberry.type(description=both("可翻页的列表。", "A list with pages."))
class Connection(Generic[T]):
    @strawberry.field(description=both("本页各条。", "The rows of this page."))  # type: ignore[untyped-decorator]
    def edges(self: Any) -> list[Edge[T]]:
        loaded: LoadedConnection = self
        return [Edge(cursor=loaded.cursor(i) or "", node=row) for i, row in enumerate(loaded.rows)]  # type: ignore[arg-type]

    @strawberry.field(description=both("分页信息。", "Where this page lies."))  # type: ignore[untyped-decorator]
    def page_info(self: Any) -> PageInfo:
        loaded: LoadedConnection = self
        page = loaded.page
        return PageInfo(
            has_next_page=page.cursor is not None if page.backward else loaded.more,
            has_previous_page=loaded.more if page.backward else page.cursor is not None,
            start_cursor=loaded.cursor(0),
            end_cursor=loaded.cursor(-1),
        )

    @strawberry.field(description=both("总条数；查询时才计算。", "How many rows in all; counted if asked."))  # type: ignore[untyped-decorator]
    async def total_count(self: Any) -> int:
        loaded: LoadedConnection = self
        count: int = await loaded.count()
        return count
