"""The committed SDL of each interesting plugin set, for front-end teams to read and diff (`schema/sdl/`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.host import Host
from schema.composed import ComposedSchema

FOLDER = Path(__file__).parent / "sdl"


def plugin_sets(host: Host) -> Mapping[str, tuple[str, ...]]:
    """Core alone, everything, and each plugin with what it requires where that is less than everything."""
    sets: dict[str, tuple[str, ...]] = {"core": (), "full": tuple(host.plugins)}
    for name, plugin in host.plugins.items():
        alone = (*plugin.manifest.requires, name)
        if len(alone) < len(host.plugins):
            sets[name] = alone
    return sets


def snapshots(host: Host) -> Mapping[str, str]:
    """File name to SDL."""
    return {
        f"{name}.graphql": ComposedSchema(host, plugins).as_str().rstrip("\n") + "\n"
        for name, plugins in plugin_sets(host).items()
    }
