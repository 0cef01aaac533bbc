"""`schema/sdl/` is what the code says; `make sdl` rewrites it."""

from __future__ import annotations

from core.host import Host, bundled
from schema.snapshots import FOLDER, snapshots


def test_committed_sdl_is_the_codes() -> None:
    found = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.graphql")}
    assert found == snapshots(Host(bundled())), "run `make sdl` and commit schema/sdl"
