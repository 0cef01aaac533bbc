"""What core and the plugins declare, by name: workflows, jobs, measures and the like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, Protocol, TypeVar

from core.errors import StartupError


class Named(Protocol):
    """A declaration: its name is `<owner>.<name>`."""

    @property
    def name(self) -> str: ...


D = TypeVar("D", bound=Named)


class Book(Generic[D]):
    """The declarations of one kind. A foreign prefix and a name taken twice are refused at start.

    Args:
        hook: that collects them, for messages.
    """

    def __init__(self, hook: str) -> None:
        self.hook = hook
        self._found: dict[str, D] = {}

    def add(self, owner: str, declarations: Iterable[D]) -> None:
        """Take in what `owner` declares.

        Raises:
            StartupError: says what to rename.
        """
        for declared in declarations:
            if not declared.name.startswith(f"{owner}."):
                raise StartupError(
                    f"插件 {owner}：{self.hook} 声明的名称 {declared.name} 须以 {owner}. 开头 / "
                    f"plugin {owner}: the name {declared.name} in {self.hook} must start with {owner}."
                )
            if declared.name in self._found:
                raise StartupError(
                    f"插件 {owner}：{self.hook} 重复声明了 {declared.name} / "
                    f"plugin {owner}: {self.hook} declares {declared.name} twice"
                )
            self._found[declared.name] = declared

    def get(self, name: str) -> D | None:
        """The declaration of a name, if there is one."""
        return self._found.get(name)

    def __getitem__(self, name: str) -> D:
        return self._found[name]

    def __iter__(self) -> Iterator[D]:
        return iter(self._found.values())

    def __len__(self) -> int:
        return len(self._found)

    def of(self, owners: Iterable[str]) -> list[D]:
        """What core and these plugins declare, in order."""
        wanted = {"core", *owners}
        return [declared for name, declared in self._found.items() if owner_of(name) in wanted]

    @property
    def all(self) -> Mapping[str, D]:
        return self._found


def owner_of(name: str) -> str:
    """The plugin (or `core`) that a declaration's name belongs to."""
    return name.partition(".")[0]
