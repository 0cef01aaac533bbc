from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of whoever runs the tests: an empty working folder and environment."""
    for name in list(os.environ):
        if name.startswith("MINZHENG_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
