"""Who this plugin is."""

from __future__ import annotations

from minzheng.plugin import Manifest

MANIFEST = Manifest(
    name="assistance",
    title_zh="社会救助",
    title_en="Social assistance",
    version="0.1.0",
    core_min="0.1.0",
    core_max="0.1",
    life_events="must",
)
