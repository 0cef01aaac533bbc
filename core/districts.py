"""Which plugins a district uses. A district is a county-level division (design 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Districts:
    """Plugin sets by district.

    Attributes:
        default: the plugins of every district that the settings do not name.
        named: the plugins of the districts that they do.
    """

    default: frozenset[str]
    named: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def plugins_of(self, district: str) -> frozenset[str]:
        """The plugins one district uses."""
        return self.named.get(district, self.default)

    def union(self, districts: Iterable[str]) -> frozenset[str]:
        """The plugins that any of the districts uses."""
        return frozenset().union(*(self.plugins_of(district) for district in districts))

    @property
    def everything(self) -> frozenset[str]:
        """The plugins that any district uses."""
        return self.default.union(*self.named.values())

    def exceptions(self, plugin: str) -> tuple[bool, tuple[str, ...]]:
        """Whether districts use `plugin` by default, and the named districts for which that is not so."""
        usual = plugin in self.default
        return usual, tuple(sorted(code for code, names in self.named.items() if (plugin in names) != usual))
