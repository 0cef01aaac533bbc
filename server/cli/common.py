"""What the commands share: settings, the streams, the options."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from core.errors import StartupError
from core.settings import Settings

if TYPE_CHECKING:
    from core.codes.sets import UserRole

out = Console()
err = Console(stderr=True)

DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", help="sqlite:///… 或 postgresql://… / sqlite:///… or postgresql://…"),
]
PluginsOption = Annotated[
    str | None,
    typer.Option("--plugins", help="启用的插件，以逗号分隔 / The plugins to enable, separated by commas"),
]

_NATION = "000000000000"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def settings_of(context: typer.Context, **flags: Any) -> Settings:
    """The settings under the flags that were given.

    Raises:
        StartupError: names the setting at fault.
    """
    config: Path | None = context.find_root().obj
    given = {"config": config, **flags}
    return Settings(**{name: value for name, value in given.items() if value is not None})


def complain(message: str) -> None:
    """A line on stderr, as it is: no markup, no wrapping."""
    err.print(message, markup=False, highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """A line on stdout, as it is."""
    out.print(message, markup=False, highlight=False, soft_wrap=True)


class _Step(TextColumn):
    """What is being done, cut off at the edge: the bar keeps to one line and its numbers stay whole."""

    def render(self, task: Task) -> Text:
        text = super().render(task)
        text.no_wrap, text.overflow = True, "ellipsis"
        return text


def progress_bar(*, transient: bool = False) -> Progress:
    """A progress bar on stderr that fits 80 columns; nothing when stderr is no terminal."""

    def whole() -> Column:
        return Column(no_wrap=True)

    return Progress(
        BarColumn(bar_width=16, table_column=whole()),
        MofNCompleteColumn(table_column=whole()),
        TimeElapsedColumn(table_column=whole()),
        _Step("{task.description}", table_column=Column()),
        console=err,
        transient=transient,
        disable=not err.is_terminal,
    )


def database_file(settings: Settings) -> Path | None:
    """The file of an SQLite database."""
    if not settings.database.startswith("sqlite:///"):
        return None
    return Path(settings.database.removeprefix("sqlite:///").partition("?")[0])


def make_folder(settings: Settings) -> None:
    """The folder of an SQLite database; SQLite makes files, not folders."""
    path = database_file(settings)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)


def duration(text: str) -> timedelta:
    """`90s`, `30m`, `12h` or `7d`.

    Raises:
        StartupError: it is none of these.
    """
    match = re.fullmatch(r"([0-9]{1,6})([smhd])", text.strip())
    if not match or int(match[1]) == 0:
        raise StartupError(f"时长 {text} 应形如 30m、12h、7d / {text} is no duration: write 30m, 12h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def division_of(text: str) -> str:
    """A division code in 12 digits; twelve zeros are the whole country.

    Raises:
        Refused: it is no division code.
    """
    from core.codes import division_code

    return text if text == _NATION else division_code.parse(text)


def role_of(name: str) -> UserRole:
    """The role of that name.

    Raises:
        StartupError: lists the roles there are.
    """
    from core.codes.sets import UserRole

    if name not in UserRole.__members__:
        known = ", ".join(UserRole.__members__)
        raise StartupError(f"没有角色 {name}，可用的有 {known} / there is no role {name}; known are {known}")
    return UserRole[name]
