"""The sections of the seed report, its own words and punctuation, read from `seed.toml`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from core.report.declared import ReportSection


def _read() -> tuple[ReportSection, ...]:
    data = tomllib.loads(Path(__file__).with_name("seed.toml").read_text("utf-8"))
    return tuple(
        ReportSection(
            owner="core",
            key=section["key"],
            plugin=section["plugin"],
            title=section["title"],
            sentences=tuple(re.findall(r"[^。]+。", section["text"])),
        )
        for section in data["section"]
    )


CORE_SECTIONS = _read()
