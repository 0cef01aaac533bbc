"""The GraphQL service: one request in, bytes out. The planner answers what it can, graphql-core the rest."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from graphql import DocumentNode, GraphQLError, parse, specified_rules
from graphql.execution.values import get_variable_values
from sqlalchemy import select
from strawberry.schema.schema import validate_document

from core.access.principal import Principal
from core.clock import Clock
from core.codes import division_code
from core.codes.division_code import Tier
from core.db import Database, recorded_statements
from core.divisions.models import Division
from core.documents.storage import storage_of
from core.entitlements.exclusions import seed
from core.errors import Refused
from core.host import Host
from core.outbox.feed import Feed, Published
from core.outbox.refusals import SUBSCRIPTION_TRANSPORT
from core.refusals import DISTRICT_UNKNOWN
from core.settings import Settings
from core.vault import Vault
from schema.composed import ComposedSchema
from schema.exporting.document import listing_of
from schema.exporting.export import Export, ExportFailed, exporting
from schema.exporting.formats import Format
from schema.live import Caller, Stream, Streams
from schema.messages import INTERNAL, METHOD_NOT_ALLOWED, describe, error_body
from schema.readers import Reader, reader_for
from schema.request import GraphQLAnswer, GraphQLRequest
from schema.sql.engine import (
    Engine,
    Explanation,
    Operation,
    StaleCursor,
    coerced_variables,
    operation_of,
)
from schema.sql.env import Env, SearchLimiter
from schema.sql.errors import Unplannable
from schema.sql.lru import Lru
from schema.sql.ordinary import reading_context
from schema.sql.planner import Run
from schema.sql.searches import note_searches

log = logging.getLogger("minzheng.graphql")


@dataclass
class Document:
    """A document's text, parsed and validated once."""

    node: DocumentNode | None
    errors: list[GraphQLError]
    operations: dict[str | None, Operation | None] = field(default_factory=dict)


@dataclass
class Composition:
    """A schema and its engine."""

    schema: ComposedSchema
    engine: Engine
    documents: Lru[str, Document] = field(default_factory=lambda: Lru(1000))

    def document(self, text: str) -> Document:
        """The parsed document, or what is wrong with it; cached by text."""
        known = self.documents.get(text)
        if known is None:
            known = self._read(text)
            self.documents.put(text, known)
        return known

    def _read(self, text: str) -> Document:
        try:
            node = parse(text, max_tokens=2000)
        except GraphQLError as error:
            return Document(None, [error])
        return Document(node, validate_document(self.schema._schema, node, tuple(specified_rules)))

    def operation(self, document: Document, name: str | None) -> Operation | None:
        """The named operation of a valid document."""
        if name not in document.operations:
            assert document.node is not None
            document.operations[name] = operation_of(self.schema._schema, document.node, name)
        return document.operations[name]


class GraphQLService:
    """Answers GraphQL requests. Schemas are made once for each plugin set.

    Attributes:
        planned, ordinary: how many queries each path answered (the planned share).
        finishing: exports that still owe the audit their end.
    """

    def __init__(
        self, *, host: Host, database: Database, vault: Vault, clock: Clock, settings: Settings
    ) -> None:
        self.host = host
        self.database = database
        self.vault = vault
        self.clock = clock
        self.settings = settings
        self.storage = storage_of(settings)
        self.limiter = SearchLimiter(settings.id_searches_per_minute)
        self.reader: Reader = reader_for(database.url)
        self.planned = 0
        self.ordinary = 0
        self.finishing: set[asyncio.Task[None]] = set()
        self.streams = Streams(Feed(database))
        self._compositions: dict[frozenset[str], Composition] = {}
        self._districts: set[str] = set()

    async def open(self) -> None:
        """Build the schema of every plugin set in use, so that a broken plugin stops start-up, and connect."""
        districts = self.host.districts
        for plugins in {districts.everything, districts.default, *districts.named.values()}:
            self.composition(plugins)
        await seed(self.database, self.host, self.clock)
        await self.reader.open()

    def stop_streams(self) -> None:
        """Let subscriptions end, since the process is about to stop."""
        self.streams.feed.close()

    async def close(self) -> None:
        await self.streams.feed.closing()
        await asyncio.gather(*self.finishing)
        await self.reader.close()

    def composition(self, plugins: Iterable[str]) -> Composition:
        """The schema of a plugin set, made when first asked for."""
        key = frozenset(plugins)
        if key not in self._compositions:
            schema = ComposedSchema(self.host, key)
            engine = Engine(schema._schema, self.database.dialect_name)
            self._compositions[key] = Composition(schema, engine)
        return self._compositions[key]

    async def sdl(self, district: str | None) -> str:
        """The SDL of a district's schema, or of the union of all.

        Raises:
            Refused: DISTRICT_UNKNOWN.
        """
        if district is None:
            return self.composition(self.host.districts.everything).schema.as_str()
        await self._require_district(district)
        return self.composition(self.host.districts.plugins_of(district)).schema.as_str()

    async def _require_district(self, code: str) -> None:
        if code in self._districts:
            return
        async with self.database.reading() as session:
            query = select(Division.id).where(Division.code == code, Division.tier == Tier.COUNTY)
            if (await session.scalar(query)) is None:
                raise Refused(DISTRICT_UNKNOWN, code=code[:12])
        self._districts.add(code)

    def _plugins_for(self, principal: Principal) -> frozenset[str]:
        """The union of the plugins of the districts in the caller's reach."""
        districts = self.host.districts
        plugins: frozenset[str] = frozenset()
        for grant in principal.grants:
            own = None if int(grant.division) == 0 else division_code.district(grant.division)
            plugins |= districts.plugins_of(own) if own else districts.everything
        return plugins if principal.grants else districts.default

    async def execute(
        self, request: GraphQLRequest, reader: Reader | None = None, happened: Published | None = None
    ) -> GraphQLAnswer:
        """Answer one request; never raises for what a client can cause.

        Args:
            reader: where a planned query reads, such as the snapshot of an export.
            happened: the event that a subscription is answered for.
        """
        try:
            composition, env = await self._prepared(request)
            env.happened = happened
            return await self._answer(request, composition, env, reader or self.reader)
        except Refused as refusal:
            body = error_body([refusal], request.language)
            return GraphQLAnswer(body, executed=False, failed=True)
        except Exception as error:
            # Where it failed, not the message: database errors quote the values of the statement.
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("request %s failed: %s\n%s", request.request_id, type(error).__name__, where)
            body = orjson.dumps({"data": None, "errors": [INTERNAL.as_error(request)]})
            return GraphQLAnswer(body, failed=True)

    async def _prepared(self, request: GraphQLRequest) -> tuple[Composition, Env]:
        principal = request.principal
        plugins = self._plugins_for(principal)
        if request.district is not None:
            await self._require_district(request.district)
            principal = principal.within(request.district)
            plugins = self.host.districts.plugins_of(request.district)
        env = Env(
            principal,
            self.clock,
            self.vault,
            self.database,
            self.host,
            self.limiter,
            plugins,
            request.language,
            request.district,
            bureau=self.settings.bureau,
            storage=self.storage,
            simulation_seconds=self.settings.simulation_seconds,
        )
        return self.composition(plugins), env

    async def _answer(
        self, request: GraphQLRequest, composition: Composition, env: Env, reader: Reader
    ) -> GraphQLAnswer:
        operation = self._operation(request, composition)
        if isinstance(operation, GraphQLAnswer):
            return operation
        variables = coerced_variables(composition.schema._schema, operation, request.variables)
        explanation = Explanation(planned=False)
        body = None
        if operation.is_read and variables is not None:
            body = await self._planned(request, composition, operation, variables, env, reader, explanation)
        if body is None:
            return await self._ordinary(request, composition, operation, variables, env, explanation)
        self.planned += 1
        extensions = self._extensions(env, explanation)
        said = b',"extensions":' + orjson.dumps(extensions) if extensions else b""
        # An event has one field at its root.
        empty = operation.is_subscription and body.endswith(b":null}")
        return GraphQLAnswer(b'{"data":' + body + said + b"}", empty=empty)

    def _operation(self, request: GraphQLRequest, composition: Composition) -> Operation | GraphQLAnswer:
        """The operation to run, or why it is not run."""
        document = composition.document(request.query)
        if document.errors:
            return GraphQLAnswer(self._errors(document.errors, request), executed=False, failed=True)
        operation = composition.operation(document, request.operation_name)
        if operation is None:
            return GraphQLAnswer(describe("OPERATION_NAME", request), executed=False, failed=True)
        refusal = self._wrong_way(request, operation)
        if refusal:
            body = error_body([refusal], request.language)
            return GraphQLAnswer(body, executed=False, failed=True)
        return operation

    def _wrong_way(self, request: GraphQLRequest, operation: Operation) -> Refused | None:
        if operation.is_subscription and not request.streaming:
            return Refused(SUBSCRIPTION_TRANSPORT)
        if request.read_only and not operation.is_read:
            return Refused(METHOD_NOT_ALLOWED)
        return None

    async def stream(self, request: GraphQLRequest, caller: Caller) -> GraphQLAnswer | Stream:
        """The subscription that a request asks for; any other operation is answered at once.

        Args:
            caller: gives the caller anew for each event. `request.principal` is the first one it gave.
        """
        try:
            composition, _ = await self._prepared(request)
        except Refused as refusal:
            return GraphQLAnswer(error_body([refusal], request.language), executed=False, failed=True)
        request = replace(request, streaming=True)
        operation = self._operation(request, composition)
        if isinstance(operation, GraphQLAnswer) or not operation.is_subscription:
            return await self.execute(request)
        return self._stream(request, composition, operation, caller)

    def _stream(
        self, request: GraphQLRequest, composition: Composition, operation: Operation, caller: Caller
    ) -> GraphQLAnswer | Stream:
        schema = composition.schema._schema
        values = get_variable_values(schema, operation.node.variable_definitions or (), request.variables)
        if isinstance(values, list):
            return GraphQLAnswer(self._errors(values, request), executed=False, failed=True)
        try:
            found = composition.engine.event(operation, values)
        except GraphQLError as error:
            return GraphQLAnswer(self._errors([error], request), executed=False, failed=True)
        if found is None:  # left out by a directive
            return GraphQLAnswer(b'{"data":{}}')
        mapping, arguments = found
        return Stream(self, request, caller, mapping.topic, arguments.get("after"))

    def _extensions(self, env: Env, explanation: Explanation) -> dict[str, Any]:
        found: dict[str, Any] = {"explain": explanation.as_json()} if self.settings.dev else {}
        if env.happened:
            found["position"] = env.happened.position
        return found

    async def export(self, request: GraphQLRequest, form: Format, via: str = "http") -> Export:
        """The export of the one list that a query selects.

        Raises:
            Refused: FORBIDDEN, EXPORT_SHAPE, DISTRICT_UNKNOWN. ExportFailed: what `execute` would answer.
        """
        request = replace(request, principal=exporting(request.principal))
        composition, env = await self._prepared(request)
        exporting(env.principal)  # a right elsewhere is none in this district
        document = composition.document(request.query)
        if document.errors:
            raise ExportFailed(self._errors(document.errors, request))
        operation = composition.operation(document, request.operation_name)
        if operation is None:
            raise ExportFailed(describe("OPERATION_NAME", request))
        schema = composition.schema._schema
        values = get_variable_values(schema, operation.node.variable_definitions or (), request.variables)
        if isinstance(values, list):
            raise ExportFailed(self._errors(values, request))
        return Export(self, request, listing_of(schema, operation, values, request.variables), form, via)

    # -- the planner's path

    async def _planned(
        self,
        request: GraphQLRequest,
        composition: Composition,
        operation: Operation,
        variables: Any,
        env: Env,
        reader: Reader,
        explanation: Explanation,
    ) -> bytes | None:
        engine = composition.engine
        try:
            run = Run(env, engine.arguments(operation, variables))
            key = (request.query, request.operation_name)
            plan, explanation.plan_hit = engine.plan(key, operation, variables, run)
            self._note_searches(engine, operation, run)
            with recorded_statements() as more:  # what computed fields ask beside it
                body = await engine.execute(plan, run, reader)
            await env.settle()
        except (Unplannable, StaleCursor, Refused, GraphQLError) as reason:
            explanation.reason = str(reason) or type(reason).__name__
            env.audits.clear()
            return None
        explanation.planned = True
        explanation.statements = [plan.text, *more]
        explanation.scoped, explanation.masked = plan.scoped, plan.masked
        return body

    def _note_searches(self, engine: Engine, operation: Operation, run: Run) -> None:
        for mapping, arguments in engine.mapped(operation, run):
            note_searches(mapping, arguments, run.env)

    # -- graphql-core's path

    async def _ordinary(
        self,
        request: GraphQLRequest,
        composition: Composition,
        operation: Operation,
        variables: Any,
        env: Env,
        explanation: Explanation,
    ) -> GraphQLAnswer:
        self.ordinary += operation.is_read
        with recorded_statements() as statements:
            async with reading_context(env, composition.schema.nodes) as context:
                context.extra.update(
                    engine=composition.engine,
                    operation=operation,
                    arguments={} if variables is None else composition.engine.arguments(operation, variables),
                    idempotency_key=request.idempotency_key,
                )
                result = await composition.schema.execute(
                    request.query,
                    variable_values=request.variables,
                    context_value=context,
                    operation_name=request.operation_name,
                )
        await env.settle()
        explanation.statements = list(statements)
        return self._completed(request, result, self._extensions(env, explanation))

    def _completed(self, request: GraphQLRequest, result: Any, extensions: Any) -> GraphQLAnswer:
        executed = not (result.errors and result.data is None and all(e.path is None for e in result.errors))
        answer: dict[str, Any] = {}
        if executed:
            answer["data"] = result.data
        if result.errors:
            answer["errors"] = orjson.loads(self._errors(result.errors, request))["errors"]
        if extensions:
            answer["extensions"] = extensions
        nothing = not any((result.data or {}).values())
        errors = bool(result.errors)
        return GraphQLAnswer(orjson.dumps(answer), executed, nothing and not errors, nothing and errors)

    def _errors(self, errors: Iterable[GraphQLError], request: GraphQLRequest) -> bytes:
        return error_body(errors, request.language, request.request_id)
