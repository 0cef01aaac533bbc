"""An export: the pages of one list, each asked of the service as any query is, under the caller's rights.

The list is narrowed to where the caller has `data:export`. All pages come from one snapshot.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from core.access.audit import entry
from core.access.permissions import DATA_EXPORT
from core.access.principal import Principal
from core.errors import Refused
from core.refusals import EXPORT_UNREACHABLE, FORBIDDEN
from schema.exporting.document import AFTER, PAGE, Listing
from schema.exporting.formats import Format, Rows
from schema.readers import Reader
from schema.request import GraphQLRequest

if TYPE_CHECKING:
    from schema.service import GraphQLService


class ExportFailed(Exception):
    """The query itself was refused.

    Attributes:
        body: its answer, `{"errors": […]}` in the caller's language.
    """

    def __init__(self, body: bytes) -> None:
        self.body = body
        super().__init__(", ".join(error["extensions"]["code"] for error in self.errors))

    @property
    def errors(self) -> list[dict[str, Any]]:
        return list(orjson.loads(self.body)["errors"])


def exporting(principal: Principal) -> Principal:
    """The caller, where they may export.

    Raises:
        Refused: FORBIDDEN.
    """
    if not principal.can(DATA_EXPORT):
        raise Refused(FORBIDDEN, permission=DATA_EXPORT)
    scope = principal.scope(DATA_EXPORT)
    return principal if scope.everywhere else principal.within(*scope.codes)


@dataclass
class Export:
    """One export under way.

    Attributes:
        request: the caller's, its principal narrowed by `exporting`.
        via: where the export was asked for, for the audit.
        rows: handed out so far.
    """

    service: GraphQLService
    request: GraphQLRequest
    listing: Listing
    format: Format
    via: str
    rows: int = 0

    @property
    def filename(self) -> str:
        day = self.service.clock.today().isoformat()
        return f"{self.listing.name.replace('.', '-')}-{day}.{self.format.name}"

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The bytes of the file. What goes wrong raises: a file that is not whole must not look it.

        Raises:
            ExportFailed: a page was refused; before any bytes when it is the first one.
            Refused: EXPORT_UNREACHABLE, EXPORT_CELL.
        """
        async with self.service.reader.snapshot() as reader:
            first = await self._page(reader, None)
            begun = await self._audit("data.exported", self._described())
            complete = False
            try:
                pages = self._pages(reader, first)
                async with aclosing(pages), aclosing(self.format.write(self.listing.columns, pages)) as made:
                    async for chunk in made:
                        yield chunk
                complete = True
            finally:
                await self._finish(begun, complete)

    async def _pages(self, reader: Reader, page: Any) -> AsyncGenerator[Rows, None]:
        while True:
            rows = [edge[self.listing.node] for edge in page[self.listing.edges]]
            self.rows += len(rows)
            yield rows
            if not page[PAGE]["hasNextPage"]:
                return
            page = await self._page(reader, page[PAGE]["endCursor"])

    async def _page(self, reader: Reader, after: str | None) -> Any:
        variables = {**self.listing.variables, AFTER: after}
        asked = replace(self.request, query=self.listing.query, variables=variables)
        answer = await self.service.execute(asked, reader)
        found = orjson.loads(answer.body)
        if found.get("errors"):
            raise ExportFailed(answer.body)
        level = found["data"]
        for key in self.listing.path:
            level = level[key] if level is not None else None
        if level is None:
            raise Refused(EXPORT_UNREACHABLE, list=self.listing.name)
        return level

    # -- the audit

    def _described(self) -> dict[str, Any]:
        return {
            "connection": self.listing.name,
            "filter": list(self.listing.filters),
            "format": self.format.name,
            "via": self.via,
        }

    async def _finish(self, begun: uuid.UUID, complete: bool) -> None:
        """Say how it ended, also when the client went away and this task is being cancelled."""
        details = {"export": begun.hex, "rows": self.rows, "complete": complete}
        task = asyncio.ensure_future(self._audited("data.export_finished", details))
        self.service.finishing.add(task)
        task.add_done_callback(self.service.finishing.discard)
        await asyncio.shield(task)

    async def _audited(self, action: str, details: dict[str, Any]) -> None:
        await self._audit(action, details)

    async def _audit(self, action: str, details: dict[str, Any]) -> uuid.UUID:
        row = entry(
            self.service.clock,
            self.request.principal,
            action,
            district=self.request.district,
            fields=[column.name for column in self.listing.columns],
            details=details,
        )
        async with self.service.database.writing() as session:
            session.add(row)
        return row.id


async def begun(export: Export) -> AsyncGenerator[bytes, None]:
    """The export's bytes, its first page read and its audit row written: what is refused is refused here.

    Raises:
        ExportFailed, Refused: as `Export.chunks`.
    """
    chunks = export.chunks()
    first = await anext(chunks)
    return _rest(first, chunks)


async def _rest(first: bytes, chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(chunks):
        yield first
        async for chunk in chunks:
            yield chunk
