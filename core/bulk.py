"""Many new rows at once: by COPY on PostgreSQL, by one prepared INSERT on SQLite, instead of object by object.

Services build the same rows with the same checks; only how many there are decides the way (`Work.insert`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import asyncpg
from sqlalchemy import Column, Dialect, Table, insert, inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import Mapper, make_transient_to_detached
from sqlalchemy.schema import sort_tables

# Below this the session's own flush is as fast.
ENOUGH = 100

Records = list[tuple[Any, ...]]


async def write(session: AsyncSession, rows: Sequence[Any]) -> bool:
    """Insert new rows in bulk, past the session.

    Returns:
        False, and nothing is done, for what belongs to the session's flush: few rows, and models with
        relationships, inheritance, events, or defaults that the database makes.

    Raises:
        IntegrityError: as the flush would.
    """
    if len(rows) < ENOUGH:
        return False
    kinds: dict[Mapper[Any], list[Any]] = {}
    for row in rows:
        kinds.setdefault(inspect(type(row)), []).append(row)
    if not all(_plain(mapper) for mapper in kinds):
        return False
    connection = await session.connection()
    records = {
        mapper.local_table: _records(mapper, some, connection.dialect) for mapper, some in kinds.items()
    }
    for table in sort_tables(records):  # type: ignore[arg-type]  # parents before what refers to them
        await _insert(connection, table, records[table])
    return True


def keep(session: AsyncSession, rows: Iterable[Any]) -> None:
    """Let the session know rows that `write` wrote, as if it had flushed them."""
    for row in rows:
        make_transient_to_detached(row)
        session.add(row)


def _plain(mapper: Mapper[Any]) -> bool:
    """Whether a row is its columns, and every one of them is known before the database sees it."""
    table = mapper.local_table
    return (
        isinstance(table, Table)
        and len(mapper.tables) == 1
        and mapper.polymorphic_on is None
        and not mapper.relationships
        and not mapper.dispatch.before_insert
        and not mapper.dispatch.after_insert
        and all(_known(column) and not column.references(own) for column in table.c for own in table.c)
    )


def _known(column: Column[Any]) -> bool:
    default = column.default
    made_here = default is None or default.is_scalar or default.is_callable
    # Whether an absent JSON value is the database's null or JSON's, only the flush knows.
    ambiguous = column.type.should_evaluate_none and column.nullable
    counted = column.table.autoincrement_column is column and default is None
    return made_here and column.server_default is None and not ambiguous and not counted


def _records(mapper: Mapper[Any], rows: Sequence[Any], dialect: Dialect) -> Records:
    """The rows as the driver takes them, in the order of the table's columns; defaults are written into them."""
    contents = [row.__dict__ for row in rows]
    columns = []
    for column in mapper.local_table.c:
        key = mapper.get_property_by_column(column).key
        _complete(contents, key, _default(mapper, column))
        process = column.type.dialect_impl(dialect).bind_processor(dialect)
        values = [content[key] for content in contents]
        columns.append([process(value) for value in values] if process else values)
    return list(zip(*columns, strict=True))


def _complete(contents: Sequence[dict[str, Any]], key: str, default: Callable[[], Any]) -> None:
    for content in contents:
        if key not in content:
            content[key] = default()


def _default(mapper: Mapper[Any], column: Any) -> Callable[[], Any]:
    if column is mapper.version_id_col and mapper.version_id_generator:
        generator: Any = mapper.version_id_generator
        return lambda: generator(None)
    default = column.default
    if default is None:
        return lambda: None
    return (lambda: default.arg(None)) if default.is_callable else lambda: default.arg


async def _insert(connection: AsyncConnection, table: Table, records: Records) -> None:
    if connection.dialect.name == "postgresql":
        await _copy(connection, table, records)
    else:
        statement = insert(table).compile(dialect=connection.dialect, column_keys=list(table.c.keys()))
        await connection.exec_driver_sql(str(statement), records)


async def _copy(connection: AsyncConnection, table: Table, records: Records) -> None:
    driver: Any = (await connection.get_raw_connection()).driver_connection
    if not driver.is_in_transaction():
        await connection.exec_driver_sql("SELECT 1")  # the adapter begins with its first statement only
    try:
        await driver.copy_records_to_table(
            table.name, schema_name=table.schema, columns=[column.name for column in table.c], records=records
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(f"COPY {table.name}", None, error) from error
