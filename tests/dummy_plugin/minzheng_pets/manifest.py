from __future__ import annotations

from minzheng.plugin import Manifest

MANIFEST = Manifest(
    name="pets",
    title_zh="养犬登记",
    title_en="Registration of dogs",
    version="1.2.0",
    core_min="0.1",
    core_max="0.1",
    life_events="may",
)
