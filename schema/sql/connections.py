"""Connections: keyset pages of a list, in one expression of the statement, at any depth."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Integer, func, literal_column, select

from core.access.declared import Declared
from core.access.scope import Mode
from schema.sql.emit import word
from schema.sql.filters import Filter, Inside
from schema.sql.filters import at as at_path
from schema.sql.mappings import FieldMapping, Join, model_of
from schema.sql.paging import MAX_PAGE, Key, Page, requested_page
from schema.sql.planner import Planner, Run, Site
from schema.sql.row import At, Columns, Row
from schema.sql.selection import collect

# A full page and the one row more that says whether there is a next one.
_CAP = MAX_PAGE + 1


@dataclass
class Connection(FieldMapping):
    """A list that can grow: keyset pages, typed filter and orderings, a count when asked."""

    name: str
    target: Callable[[], Any]
    filter: Filter | None = None
    orders: Mapping[str, str] = field(default_factory=dict)
    default: tuple[Key, ...] = ()
    parent: Any = None
    on: Join | None = None
    where: Callable[[Any], ColumnElement[bool]] | None = None
    permission: str | None = None
    implied: bool = False
    reached: bool = False

    def mode_of(self, asked: Mapping[str, Any] | None) -> Mode:
        """The scope mode of the list, as it is asked for."""
        mode = self.filter.mode(asked) if self.filter else "listed"
        return "reached" if self.reached and mode == "listed" else mode

    def page_of(self, arguments: Mapping[str, Any]) -> Page:
        columns = model_of(self.target()).__table__.c
        return requested_page(self.name, arguments, self.orders, self.default, columns)

    def shape(self, arguments: Mapping[str, Any]) -> Hashable:
        page = self.page_of(arguments)
        filtered = self.filter.shape(arguments.get("filter")) if self.filter else ()
        return (page.keys, page.backward, page.cursor is not None, filtered)

    # -- planner

    def plan(self, planner: Planner, site: Site) -> ColumnElement[Any]:
        arguments = planner.arguments(site)
        page, model = self.page_of(arguments), model_of(self.target())
        row = Columns(model.__table__.alias())
        tests = self._tests(planner, site, arguments, row)
        beyond = self._beyond(planner, site, page) if page.cursor else None
        return _Pages(self, planner, site, page, row, tests, beyond).plan()

    def _tests(
        self, planner: Planner, site: Site, arguments: Mapping[str, Any], row: Columns
    ) -> list[ColumnElement[bool]]:
        asked = arguments.get("filter")
        tests = self._inside(planner, site, row, self.mode_of(asked))
        if self.on is not None:
            tests.append(site.at.meaning(self.on(site.at[self.parent], row), row))
        if self.where is not None:
            tests.append(site.at.meaning(self.where(row), row))
        if self.filter and asked:
            clause = self.filter.clause(
                asked, row, _filter_binds(planner, site), self._reads(planner, site, row)
            )
            tests.append(site.at.meaning(clause, row))
        return tests

    def _reads(self, planner: Planner, site: Site, row: Columns) -> Inside:
        model = model_of(self.target())

        def inside(permission: str | Declared) -> ColumnElement[bool] | None:
            if isinstance(permission, Declared):
                return planner.passes(site.at, permission, row)
            if planner.covers(permission, model) is True:
                return None
            return planner.inside(site.at, model, row, "reached", permission)

        return inside

    def _inside(self, planner: Planner, site: Site, row: Columns, mode: Mode) -> list[ColumnElement[bool]]:
        """The table's own scope, narrowed by that of a permission of the list's own."""
        if self.implied:
            return []
        model = model_of(self.target())
        tests = [planner.inside(site.at, model, row, mode)]
        if self.permission and planner.covers(self.permission, model) is not True:
            tests.append(planner.inside(site.at, model, row, mode, self.permission))
        return tests

    def _beyond(self, planner: Planner, site: Site, page: Page) -> Callable[[Any], ColumnElement[bool]]:
        model = model_of(self.target())
        anchor = Columns(model.__table__.alias())
        cursor = planner.argument(site, lambda arguments, run: self.page_of(arguments).cursor, anchor.id.type)
        known = (anchor.id == cursor, *self._inside(planner, site, anchor, "reached"))
        planner.checks.append(select(func.count()).select_from(anchor.source).where(*known).scalar_subquery())

        def value(column: str) -> ColumnElement[Any]:
            return select(getattr(anchor, column)).where(*known).scalar_subquery()

        return lambda row: page.beyond(row, value)

    # -- graphql-core

    async def resolve(self, source: Row, info: Any, arguments: Mapping[str, Any]) -> Any:
        return await info.context.page(self, source, arguments)


def _filter_binds(planner: Planner, site: Site) -> Any:
    def bind(path: tuple[Any, ...], part: int, where: Any) -> ColumnElement[Any]:
        value = at_path(planner.arguments(site)["filter"], path)
        type_ = where.types(where.shape(value))[part]
        return planner.argument(
            site,
            lambda arguments, run: where.values(at_path(arguments["filter"], path), run.env)[part],
            type_,
        )

    return bind


@dataclass
class _Pages:
    """The SQL of one connection: page rows, edges, page info and count."""

    connection: Connection
    planner: Planner
    site: Site
    page: Page
    row: Columns
    tests: Sequence[ColumnElement[bool]]
    beyond: Callable[[Any], ColumnElement[bool]] | None
    aggregates: bool = False

    def plan(self) -> ColumnElement[Any]:
        rows = self._rows()
        pairs = [
            (key, self._member(key, nodes, rows))
            for key, nodes in self._selected(self.site.type_, self.site.nodes)
        ]
        # Without an aggregate a FROM would answer once for each row of the page.
        query = select(self.planner.emit.build(pairs))
        query = query.select_from(rows) if self.aggregates else query
        return query.correlate(*self.site.at.outer).scalar_subquery()

    def _selected(self, type_: Any, nodes: Any) -> Any:
        sets = [node.selection_set for node in nodes]
        return collect(type_, sets, self.planner.fragments, self.planner.variables).items()

    def _limit(self, more: int) -> ColumnElement[Any]:
        page_of = self.connection.page_of  # not self: a kept plan must not keep the request it was made for

        def size(arguments: Mapping[str, Any], run: Run) -> int:
            return page_of(arguments).size + more

        return self.planner.argument(self.site, size, Integer())

    def _rows(self) -> Any:
        """The rows of the page and one more, numbered in the direction of travel."""
        tests = [*self.tests, *([self.beyond(self.row)] if self.beyond else [])]
        # A literal cap inside and the bound limit outside: a bound one alone makes PostgreSQL plan each time.
        inner = (
            select(self.row.source)
            .where(*tests)
            .order_by(*self.page.order(self.row))
            .limit(literal_column(str(_CAP)))
        )
        found = inner.correlate(*self.site.at.outer).subquery()
        numbered = select(found, func.row_number().over().label("_rn")).limit(self._limit(1)).subquery()
        if self.page.backward:
            return select(numbered).order_by(numbered.c._rn.desc()).subquery()
        return numbered

    def _member(self, key: str, nodes: Any, rows: Any) -> ColumnElement[Any]:
        name = nodes[0].name.value
        if name == "__typename":
            return word(self.site.type_.name)
        if name == "totalCount":
            return self._count()
        definition = self.site.type_.fields[name]
        if name == "pageInfo":
            return self._page_info(Site(key, definition, nodes, self.site.at).type_, nodes, rows)
        edge = Site(key, definition, nodes, self._edge_place(key, rows))
        return self._edges(edge, rows)

    def _edge_place(self, key: str, rows: Any) -> At:
        at = self.site.at.into(self.site.key, key)
        return replace(at, outer=(*at.outer, rows))

    def _more(self) -> ColumnElement[Any]:
        self.aggregates = True
        return self.planner.emit.boolean(func.count() > self._limit(0))

    def _cursors(self, rows: Any) -> ColumnElement[Any]:
        return self.planner.emit.collect(self._cursor(rows), self._kept(rows))

    def _kept(self, rows: Any) -> ColumnElement[bool]:
        self.aggregates = True
        kept: ColumnElement[bool] = rows.c._rn <= self._limit(0)
        return kept

    def _cursor(self, rows: Any) -> ColumnElement[Any]:
        return word(self.page.tag).op("||")(self.planner.emit.key(rows.c.id))

    def _edges(self, site: Site, rows: Any) -> ColumnElement[Any]:
        pairs = []
        for key, nodes in self._selected(site.type_, site.nodes):
            name = nodes[0].name.value
            if name == "__typename":
                pairs.append((key, word(site.type_.name)))
            elif name == "cursor":
                pairs.append((key, self._cursor(rows)))
            else:
                pairs.append((key, self._node(Site(key, site.type_.fields[name], nodes, site.at), rows)))
        return self.planner.emit.collect(self.planner.emit.row(pairs, (*site.at.outer,)), self._kept(rows))

    def _node(self, site: Site, rows: Any) -> ColumnElement[Any]:
        model = model_of(self.connection.target())
        at = site.at.below(site.key, model, Columns(rows))
        return self.planner.emit.row(self.planner.pairs(site.type_, site.nodes, at), at.outer)

    def _page_info(self, type_: Any, nodes: Any, rows: Any) -> ColumnElement[Any]:
        emit = self.planner.emit
        came_from = emit.boolean(word("1") == word("1") if self.page.cursor else word("1") == word("0"))
        values: dict[str, Callable[[], ColumnElement[Any]]] = {
            "hasNextPage": lambda: came_from if self.page.backward else self._more(),
            "hasPreviousPage": lambda: self._more() if self.page.backward else came_from,
            "startCursor": lambda: emit.element(self._cursors(rows), last=False),
            "endCursor": lambda: emit.element(self._cursors(rows), last=True),
            "__typename": lambda: word(type_.name),
        }
        return emit.build(
            [(key, values[group[0].name.value]()) for key, group in self._selected(type_, nodes)]
        )

    def _count(self) -> ColumnElement[Any]:
        query = select(func.count()).select_from(self.row.source).where(*self.tests)
        return query.correlate(*self.site.at.outer).scalar_subquery()
