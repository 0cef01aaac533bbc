"""The database itself refuses to alter or delete an audit row; the sealer alone may fill in its place in the chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import DDL, Table, event

_MESSAGE = "core_audit is append-only"


def _changed(columns: Iterable[str], differs: str) -> str:
    return " OR ".join(differs.format(name=name) for name in columns)


def _sqlite(columns: Iterable[str]) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    changed = _changed(columns, "OLD.{name} IS NOT NEW.{name}")
    return [
        f"CREATE TRIGGER core_audit_no_delete BEFORE DELETE ON core_audit {refuse}",
        # INSERT OR REPLACE deletes without telling the trigger of deletions.
        "CREATE TRIGGER core_audit_no_replace BEFORE INSERT ON core_audit "
        f"WHEN EXISTS (SELECT 1 FROM core_audit WHERE id = NEW.id) {refuse}",
        "CREATE TRIGGER core_audit_no_update BEFORE UPDATE ON core_audit "
        f"WHEN OLD.position IS NOT NULL OR OLD.seal IS NOT NULL OR {changed} {refuse}",
    ]


def _postgresql(columns: Iterable[str]) -> list[str]:
    refuse = "EXECUTE FUNCTION core_audit_refuse()"
    changed = _changed(columns, "OLD.{name}::text IS DISTINCT FROM NEW.{name}::text")
    return [
        "CREATE FUNCTION core_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$",
        f"CREATE TRIGGER core_audit_no_delete BEFORE DELETE ON core_audit FOR EACH ROW {refuse}",
        f"CREATE TRIGGER core_audit_no_truncate BEFORE TRUNCATE ON core_audit {refuse}",
        "CREATE TRIGGER core_audit_no_update BEFORE UPDATE ON core_audit FOR EACH ROW "
        f"WHEN (OLD.position IS NOT NULL OR OLD.seal IS NOT NULL OR {changed}) {refuse}",
    ]


def guard(table: Table, said: Iterable[str]) -> None:
    """Have the triggers made with the table; the migration makes the same.

    Args:
        said: the columns that never change.
    """
    made: Mapping[str, list[str]] = {"sqlite": _sqlite(said), "postgresql": _postgresql(said)}
    for dialect, statements in made.items():
        for statement in statements:
            make: Any = DDL(statement)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", make.execute_if(dialect=dialect))
