"""`HOOKS.md` says what the specifications say, and its examples run."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from core import hookspecs

PAGE = (Path(hookspecs.__file__).parents[1] / "HOOKS.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^## (\w+)\n\n(.+?)\n\n```python\n(.+?)```$", re.MULTILINE | re.DOTALL)
FOUND = {name: (sentence, code) for name, sentence, code in SECTION.findall(PAGE)}


def test_the_same_names_in_the_same_order() -> None:
    assert tuple(FOUND) == hookspecs.spec_names()
    assert len(FOUND) == PAGE.count("\n## ")


@pytest.mark.parametrize("name", hookspecs.spec_names())
def test_the_same_sentence(name: str) -> None:
    sentence, _ = FOUND[name]
    assert sentence == inspect.getdoc(getattr(hookspecs, name))
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize("name", hookspecs.spec_names())
def test_the_example_runs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, code = FOUND[name]
    assert len(code.splitlines()) <= 15
    module = ModuleType("hooks_example")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # strawberry looks annotations up there
    exec(compile(code, f"HOOKS.md:{name}", "exec"), vars(module))
    hook = getattr(module, name)
    assert hasattr(hook, f"{hookspecs.PROJECT}_impl")
    assert inspect.iscoroutinefunction(hook) == (name in hookspecs.ASYNC_HOOKS)
    specified = inspect.signature(getattr(hookspecs, name)).parameters
    assert set(inspect.signature(hook).parameters) <= set(specified)
    if not specified:
        assert hook()
