"""The command line: `minzheng serve|migrate|token|keys|plugins|schema|users|…`.

One module a command group. A new one defines `register(app)` and joins `GROUPS`. Commands import what they
need when they run: `minzheng token` must not wait for the GraphQL library.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from core.errors import Refused, StartupError
from server.cli import (
    audit,
    demo,
    doctor,
    exports,
    imports,
    jobs,
    keys,
    migrate,
    parameters,
    payments,
    plugins,
    report,
    schema,
    serve,
    token,
    users,
)
from server.cli.common import complain

GROUPS = (
    demo,
    serve,
    migrate,
    imports,
    exports,
    token,
    keys,
    plugins,
    parameters,
    schema,
    users,
    jobs,
    audit,
    report,
    doctor,
    payments,
)

app = typer.Typer(
    name="minzheng",
    help="民政：面向民政部门的 GraphQL 服务 / A GraphQL service for civil-affairs bureaus",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they show local variables, and those hold personal data
)


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(help="设置文件，默认 minzheng.toml / The settings file, by default minzheng.toml"),
    ] = None,
) -> None:
    context.obj = config


for group in GROUPS:
    group.register(app)


def main() -> None:
    """Run a command. What we refuse is said in one line of both languages, with exit code 1."""
    try:
        app()
    except StartupError as error:
        complain(str(error))
    except Refused as error:
        complain(f"{error.message('zh')} / {error.message('en')}")
    except SQLAlchemyError as error:
        # Not its message, which quotes the values of the statement.
        name = type(error).__name__
        complain(
            f"数据库错误 {name}：请检查设置 database，或先运行 minzheng migrate / "
            f"database error ({name}): check the setting database, or run minzheng migrate first"
        )
    except OSError as error:
        complain(f"文件或网络错误 / file or network error: {error}")
    else:
        return
    sys.exit(1)
