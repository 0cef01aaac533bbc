"""What a plugin says of itself before any of its code runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from core.errors import StartupError

CORE_VERSION = "0.1.0"

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
RESERVED_NAMES = frozenset({"core", "minzheng", "schema", "server", "migrations", "plugins", "node"})


def _version(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split("."))
    except ValueError:
        raise StartupError(
            f"{text!r} 不是 minzheng 的版本号，应由数字和点组成，如 0.1 / "
            f"{text!r} is no version of minzheng: write numbers and dots, such as 0.1"
        ) from None


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A plugin's identity and needs.

    Attributes:
        name: lower snake case; prefix of its tables, permissions and its field on core types.
        core_min, core_max: the versions of minzheng it works with, inclusive; `0.1` covers every `0.1.x`.
        requires: plugins that must be enabled too; they are called first.
        optional: plugins called first if they are enabled.
        life_events: `must` rolls the transaction back when the plugin raises; `may` sets its failure aside.
    """

    name: str
    title_zh: str
    title_en: str
    version: str
    core_min: str
    core_max: str
    requires: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    life_events: Literal["must", "may"] = "may"

    def check(self, entry_point_name: str) -> None:
        """Refuse a manifest that does not fit its entry point or this core.

        Raises:
            StartupError: says which of the two to change.
        """
        if self.name != entry_point_name:
            raise StartupError(
                f"插件 {entry_point_name} 的清单名为 {self.name}，两者须一致 / "
                f"plugin {entry_point_name}: its manifest is named {self.name}; make the two equal"
            )
        if not _NAME.fullmatch(self.name) or self.name in RESERVED_NAMES:
            raise StartupError(
                f"插件名 {self.name} 须为小写蛇形命名，且不能与本项目的名称相同 / "
                f"plugin {self.name}: the name must be lower snake case and not one of ours"
            )
        core = _version(CORE_VERSION)
        low, high = _version(self.core_min), _version(self.core_max)
        if not (low <= core and core[: len(high)] <= high):
            raise StartupError(
                f"插件 {self.name} {self.version} 适用于 minzheng {self.core_min} 至 {self.core_max}，"
                f"当前为 {CORE_VERSION}，请安装合适的插件版本或停用该插件 / "
                f"plugin {self.name} {self.version} works with minzheng {self.core_min} to {self.core_max}, "
                f"this is {CORE_VERSION}: install a fitting version of the plugin or disable it"
            )
