"""What a kind of entry is called, and who may read entries of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.access.scope import Words
from core.books import owner_of
from core.errors import StartupError

CORE = "core"


@dataclass(frozen=True)
class TimelineKind:
    """A kind of timeline entry: `TimelineKind("pets.dog_registered", "登记犬只", "A dog was registered", PETS_READ)`.

    The words stand here, not in the entries: an entry holds no free text and nothing personal.

    Attributes:
        read: the permission that shows its entries; a plugin's is one of its own, so that a district without the
            plugin sees none of them.
        codes: the words for an entry's code, such as the role in an event; they follow the kind's own.
    """

    name: str
    zh: str
    en: str
    read: str
    codes: Mapping[str, Words] = field(default_factory=dict)

    def __post_init__(self) -> None:
        owner = owner_of(self.name)
        if owner != CORE and not self.read.startswith(f"{owner}:"):
            raise StartupError(
                f"时间线条目 {self.name} 的 read 须为插件 {owner} 自己的权限 / "
                f"timeline kind {self.name}: read must be a permission of the plugin {owner} itself"
            )

    def title(self, code: str | None) -> Words:
        """The words for one entry, in Chinese and English."""
        more = self.codes.get(code or "")
        if more is None:
            return self.zh, self.en
        return f"{self.zh}（{more[0]}）", f"{self.en} ({more[1][:1].lower()}{more[1][1:]})"
