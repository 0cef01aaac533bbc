"""The media types that documents may have, and what a file is by its own bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import puremagic

from core.documents.refusals import DOC_TYPE
from core.errors import Refused

HEAD = 4096  # bytes that a file is known by

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
WEBP, TIFF = "image/webp", "image/tiff"


@dataclass(frozen=True)
class Medium:
    """A media type: the ending of its file names, and how its files begin, whatever a library says."""

    ending: str
    starts: tuple[bytes, ...]


# Only what can be told from its first bytes and shown without running anything.
MEDIA: Mapping[str, Medium] = {
    PDF: Medium(".pdf", (b"%PDF-",)),
    JPEG: Medium(".jpg", (b"\xff\xd8\xff",)),
    PNG: Medium(".png", (b"\x89PNG\r\n\x1a\n",)),
    WEBP: Medium(".webp", (b"RIFF",)),
    TIFF: Medium(".tif", (b"II*\0", b"MM\0*")),
}
_ALIASES = {"image/jpg": JPEG, "image/pjpeg": JPEG, "image/x-png": PNG, "application/x-pdf": PDF}

# What a browser would run, were the file ever shown as a page: no image or PDF begins so.
_ACTIVE = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<iframe", b"<svg", b"<?php")


def sniffed(head: bytes) -> str:
    """The media type of a file by its first bytes; a word for what is none of ours.

    A file that is an image to one reader and a page to another is `text/html`.
    """
    lowered = head[:HEAD].lower()
    if any(mark in lowered for mark in _ACTIVE):
        return "text/html"
    found = _named(head)
    own = [name for name, medium in MEDIA.items() if head.startswith(medium.starts) and name in found]
    return own[0] if own else found[0]


def _named(head: bytes) -> list[str]:
    """What the library takes it for, the likeliest first."""
    try:
        guesses = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return ["application/octet-stream"]
    names = [_ALIASES.get(guess.mime_type, guess.mime_type) for guess in guesses]
    return [name for name in names if name] or ["application/octet-stream"]


def check_type(head: bytes, declared: str, allowed: tuple[str, ...]) -> None:
    """Refuse a file that is not what was announced.

    Raises:
        Refused: DOC_TYPE.
    """
    found = sniffed(head)
    if found != declared or found not in allowed:
        raise Refused(DOC_TYPE, found=found, allowed=", ".join(allowed))
