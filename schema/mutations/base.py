"""What every mutation does: one transaction, `dryRun`, `idempotencyKey`, refusals as data, the payload planned.

A verb gives its input type, its payload and an action on a `Work`; a plugin's verb is made the same way.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast, overload

import orjson
import strawberry
from graphql import DocumentNode
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.types.field import StrawberryField

from core.access.models import IdempotencyKey
from core.access.principal import Principal
from core.db import new_id
from core.errors import Refusals, Refused
from core.ids import key_of
from core.persons.models import Person as PersonRow
from core.refusals import ID_DUPLICATE, IDEMPOTENCY_MISMATCH
from core.texts import check_text
from core.work import Work
from schema.sql.arguments import plain
from schema.sql.engine import operation_of
from schema.sql.fields import SqlField, both
from schema.sql.mappings import FieldMapping, model_of, one_row
from schema.sql.planner import Planner, Run, Site
from schema.sql.row import Columns
from schema.types.errors import UserError

Action = Callable[[Work], Awaitable[Any]]
P = TypeVar("P")
T = TypeVar("T")


@strawberry.input(description=both("写入的公共选项。", "What every write takes."))
class WriteInput:
    dry_run: bool = strawberry.field(
        default=False, description=both("只校验，不保存。", "Do everything but keep it.")
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description=both("幂等键：重复提交返回同一记录。", "A repeat with this key answers the same record."),
    )


@strawberry.input(description=both("更新的公共选项。", "What every update takes."))
class UpdateInput(WriteInput):
    expected_version: int | None = strawberry.field(
        default=None,
        description=both("读取时的版本；已变则拒绝。", "The version you read; refused if it has changed."),
    )


@dataclass
class Outcome:
    """A payload: the planned entity by response key, or the refusals."""

    fragments: Mapping[str, Any] = field(default_factory=dict)
    errors: list[UserError] = field(default_factory=list)
    dry_run: bool = False


@dataclass
class PayloadEntity(FieldMapping):
    """The record a mutation wrote, selected by the planner on the transaction's own connection."""

    target: Callable[[], Any]
    through: Callable[[Any], Any] | None = None

    def plan(self, planner: Planner, site: Site) -> Any:
        row = Columns(model_of(self.target()).__table__.alias())
        value = planner.bind(lambda run: run.record, row.id.type)
        key = value if self.through is None else self.through(value)
        return one_row(planner, site, self.target(), row, row.id == key)

    def resolve(self, source: Any, info: Any, arguments: Mapping[str, Any]) -> Any:
        return source.fragments.get(info.path.key)


def written(target: Callable[[], Any], zh: str, en: str, through: Callable[[Any], Any] | None = None) -> Any:
    """The payload's field for the record that was written; null when it was refused.

    Args:
        through: for another record than the one written: from its key to the sub-select of the other's.
    """
    made = SqlField(description=both(zh, en))
    made.mapping = PayloadEntity(target, through)
    return made


@strawberry.type(description=both("写入结果。", "What was written."))
class Payload:
    errors: list[UserError] = strawberry.field(
        description=both("业务拒绝；为空即成功。", "Refusals; empty means done.")
    )
    dry_run: bool = strawberry.field(description=both("是否仅试算。", "Whether nothing was kept."))


def payload(zh: str, en: str) -> Callable[[type[P]], type[P]]:
    """A payload type `{ errors, dryRun, <entity> }`: a subclass of `Payload` with a `written` field."""
    return strawberry.type(description=both(zh, en))


def mutation(zh: str, en: str) -> Callable[[Callable[..., Any]], StrawberryField]:
    """A verb: an async function of `info` and one `input`, returning its payload."""

    def wrap(function: Callable[..., Any]) -> StrawberryField:
        made: StrawberryField = strawberry.mutation(resolver=function, description=both(zh, en))
        for argument in made.arguments:
            argument.description = both("输入。", "Input.")
        return made

    return wrap


async def perform(info: strawberry.Info, payload: type[P], input: Any, action: Action) -> P:
    """Run an action in one transaction and answer its payload.

    Args:
        info: of the mutation field. payload: its payload type. input: a `WriteInput`, whose options are honoured.
        action: writes through services and returns the row that the payload shows.
    """
    context = info.context
    try:
        if getattr(input, "id_number", None):
            context.env.limiter.check(context.env.principal.subject)
        outcome = await _tried(info, input, action, context)
    except (Refused, Refusals) as refusal:
        found = refusal.refusals if isinstance(refusal, Refusals) else (refusal,)
        if any(item.code is ID_DUPLICATE for item in found):
            _note_found(context.env)
        errors = [_user_error(item, context.env.language) for item in found]
        outcome = Outcome(errors=errors, dry_run=input.dry_run)
    return cast("P", outcome)


def _note_found(env: Any) -> None:
    """A refused duplicate tells that an id number is registered somewhere: it counts as an exact search."""
    with suppress(Refused):  # the next write with an id number is refused
        env.limiter.hit(env.principal.subject)
    env.audit("search.id_number", district=env.principal.district)


def _user_error(refusal: Refused, language: Any) -> UserError:
    path = ["input", *refusal.field] if refusal.field else []
    return UserError(code=refusal.code.code, field=path, message=refusal.message(language))


class _Undo(Exception):
    """Carries the payload of a dry run out of the transaction that it undoes."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


async def _tried(info: strawberry.Info, input: Any, action: Action, context: Any) -> Outcome:
    try:
        return await _once(info, input, action, context)
    except _Undo as undo:
        return undo.outcome
    except IntegrityError as error:
        if "idempotency_key" not in str(error.orig):
            raise
    except (Refused, Refusals):
        if input.dry_run or not await _done_meanwhile(context.env, given_key(info, input)):
            raise
    return await _once(info, input, action, context)  # somebody won the race for the key: answer their record


async def _done_meanwhile(env: Any, key: str | None) -> bool:
    """Whether a refusal came of racing with a repeat of the same request, which has won."""
    if key is None:
        return False
    async with env.database.reading() as session:
        return (await session.scalars(_keyed(env.principal, key))).first() is not None


def _keyed(principal: Principal, key: str) -> Select[Any]:
    return select(IdempotencyKey).where(
        IdempotencyKey.subject == principal.subject, IdempotencyKey.key == key
    )


async def _once(info: strawberry.Info, input: Any, action: Action, context: Any) -> Outcome:
    env = context.env
    async with env.database.writing() as session:
        work = Work(session, env.principal, env.clock, env.vault, env.host)
        record = await _recorded(work, info, input, action)
        outcome = Outcome(await _fragments(info, session, record), dry_run=input.dry_run)
        if input.dry_run:
            raise _Undo(outcome)
        session.add_all(env.audits)
    env.audits = []  # only now are they in the database
    return outcome


async def _recorded(work: Work, info: strawberry.Info, input: Any, action: Action) -> uuid.UUID:
    key, digest = given_key(info, input), _digest(info, input)
    if key:
        known = await _recall(work, key, digest)
        if known:
            return known
    with work.races():
        row = await action(work)
        await work.flush()
    if key and not input.dry_run:
        await _remember(work, info, key, digest, row.id)
    record: uuid.UUID = row.id
    return record


def given_key(info: strawberry.Info, input: Any) -> str | None:
    """The idempotency key of this verb in this request, if the client gave one."""
    if input.idempotency_key is not None:
        return check_text(input.idempotency_key, 200, ("idempotencyKey",))
    header = info.context.extra.get("idempotency_key")
    return f"{header}:{info.path.key}" if header else None


def _digest(info: strawberry.Info, input: Any) -> str:
    said = {k: v for k, v in plain(input).items() if k not in ("dryRun", "idempotencyKey")}
    text = json.dumps([info.field_name, said], sort_keys=True, default=str)
    # Keyed: an input may be an id number and little else, which a plain hash would not hide.
    digest: str = info.context.env.vault.blind_index(text)
    return digest


async def _recall(work: Work, key: str, digest: str) -> uuid.UUID | None:
    known: IdempotencyKey | None = (await work.session.scalars(_keyed(work.principal, key))).first()
    if known is None:
        return None
    if known.input_hash != digest:
        raise Refused(IDEMPOTENCY_MISMATCH, ("idempotencyKey",))
    return known.record_id


async def _remember(work: Work, info: strawberry.Info, key: str, digest: str, record: uuid.UUID) -> None:
    row = IdempotencyKey(
        id=new_id(),
        subject=work.principal.subject,
        key=key,
        mutation=info.field_name,
        input_hash=digest,
        record_id=record,
        created_at=work.clock.now(),
    )
    work.session.add(row)
    await work.session.flush()


async def _fragments(info: strawberry.Info, session: AsyncSession, record: uuid.UUID) -> dict[str, Any]:
    """The payload's entity fields as planned on this connection, by response key."""
    context, raw = info.context, info._raw_info
    engine = context.extra["engine"]
    # strawberry parses the text anew: the arguments' numbers must be those of the nodes that it runs.
    document = DocumentNode(definitions=(raw.operation, *raw.fragments.values()))
    operation = operation_of(raw.schema, document, None)
    payload_type = raw.parent_type.fields[raw.field_name].type
    run = Run(context.env, context.extra["arguments"], record)
    plan = engine.entities(payload_type, str(raw.path.key), operation, raw.variable_values, run)
    if plan is None:
        return {}
    row = (await session.execute(plan.statement, plan.parameters(run))).one()
    body = orjson.loads(await engine.finish(plan, run, [_text(value) for value in row]))
    return {
        key: None if value is None else orjson.Fragment(orjson.dumps(value)) for key, value in body.items()
    }


def _text(value: Any) -> Any:
    """SQLAlchemy hands out PostgreSQL's json parsed or as text; the engine wants text."""
    return value if value is None or isinstance(value, str | bytes | int) else orjson.dumps(value)


@overload
async def found(work: Work, id: str, field: str) -> PersonRow: ...
@overload
async def found(work: Work, id: str | None, field: str) -> PersonRow | None: ...
@overload
async def found(work: Work, id: str, field: str, model: type[T], prefix: str) -> T: ...
@overload
async def found(work: Work, id: str | None, field: str, model: type[T], prefix: str) -> T | None: ...
async def found(
    work: Work, id: str | None, field: str, model: Any = PersonRow, prefix: str = "person"
) -> Any:
    """The row that an input names, in the caller's reach; None for none.

    Raises:
        Refused: NOT_FOUND, ID_INVALID.
    """
    if id is None:
        return None
    try:
        key = key_of(prefix, id)
    except Refused as refusal:
        raise refusal.at(field) from None
    return await work.find(model, key, prefix, (field,))
