"""What the document checks need to know of Markdown: headings with their anchors, and fenced blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path

FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*(.*)$")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")


@dataclass(frozen=True)
class Block:
    """One fenced block: where it starts, its info string and its text."""

    line: int
    info: str
    text: str


def split(path: Path) -> tuple[list[str], list[Block]]:
    """A document's lines with the fenced blocks blanked, and those blocks."""
    prose: list[str] = []
    blocks: list[Block] = []
    lines = iter(enumerate(path.read_text(encoding="utf-8").splitlines(), start=1))
    for number, line in lines:
        opening = FENCE.match(line)
        if not opening:
            prose.append(line)
            continue
        mark = opening[1]
        body = [text for _, text in takewhile(lambda item: not _closes(item[1], mark), lines)]  # noqa: B023
        blocks.append(Block(number, opening[2].strip(), "\n".join(body)))
        prose.extend([""] * (len(body) + 2))
    return prose, blocks


def _closes(line: str, mark: str) -> bool:
    text = line.strip()
    return text.startswith(mark) and not text.strip(mark[0])


def headings(path: Path) -> list[tuple[int, str]]:
    """The (level, text) of each heading."""
    return [(len(match[1]), match[2]) for line in split(path)[0] if (match := HEADING.match(line))]


@cache
def anchors(path: Path) -> frozenset[str]:
    """The anchors that a code host gives a document's headings, and those set by hand."""
    found: set[str] = set()
    for _, text in headings(path):
        plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        repeated = (f"{slug}-{count}" for count in range(1, 1000))
        found.add(slug if slug not in found else next(name for name in repeated if name not in found))
    found.update(re.findall(r"<a\s+(?:id|name)=\"([^\"]+)\"", "\n".join(split(path)[0])))
    return frozenset(found)
