"""Alembic runs this for each command. The connection, the transaction and the lock are the caller's."""

from __future__ import annotations

from alembic import context

from core.db import Base
from core.errors import StartupError

attributes = context.config.attributes
if "connection" not in attributes:
    raise StartupError(
        "不能直接运行 alembic，请用 `minzheng migrate` / "
        "alembic has no connection of its own here: use `minzheng migrate`"
    )

context.configure(
    connection=attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=attributes["connection"].dialect.name == "sqlite",
    **attributes.get("autogenerate", {}),
)
with context.begin_transaction():
    context.run_migrations()
