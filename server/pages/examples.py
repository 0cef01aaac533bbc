"""The example operations that GraphiQL offers: the tested documents of examples/queries.

A document starts with comments: the SDL it is written for, what it does in Chinese and English, and the
variables to try it with. There, `person…` and `household…` stand for ids, which the page fills in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from graphql import build_schema, parse, validate

# A link to examples/queries in the checkout; in a wheel, the files themselves.
_FOLDER = Path(__file__).parent / "queries"
_TITLE = re.compile(r"^# (?!schema:|variables:)(?P<zh>\S.*?[。！？]) (?P<en>[A-Z].*)$", re.MULTILINE)
_VARIABLES = re.compile(r"^# variables: (.*)$", re.MULTILINE)
_COMMENTS = re.compile(r"\A(?:#.*\n)+")


class SchemaSource(Protocol):
    """What knows the schema of the service, or of one district."""

    async def sdl(self, district: str | None) -> str: ...


@lru_cache(maxsize=64)
def fitting(sdl: str) -> list[dict[str, Any]]:
    """The examples that are valid under a schema: those of plugins that are not there are left out."""
    schema = build_schema(sdl, assume_valid=True)
    return [example for example in _all() if not validate(schema, parse(example["query"]))]


def _all() -> Iterator[dict[str, Any]]:
    for path in sorted(_FOLDER.glob("*.graphql")):
        yield _read(path)


def _read(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    title, variables = _TITLE.search(text), _VARIABLES.search(text)
    assert title is not None, path
    return {
        "name": path.stem,
        "zh": title["zh"].rstrip("。"),
        "en": title["en"].rstrip("."),
        "query": f"# {title['zh']} {title['en']}\n{_COMMENTS.sub('', text)}",
        "variables": json.loads(variables[1]) if variables else {},
    }
