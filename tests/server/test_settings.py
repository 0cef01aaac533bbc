from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.errors import StartupError
from core.settings import Settings, default_var


def test_defaults() -> None:
    settings = Settings()
    assert settings.var == default_var()
    assert settings.database == f"sqlite:///{default_var() / 'minzheng.db'}"
    assert settings.keys == default_var() / "keys.json"
    assert settings.plugins is None
    assert settings.algorithms == ["RS256", "ES256"]


def test_a_checkout_keeps_its_files_inside() -> None:
    assert default_var() == Path(__file__).resolve().parents[2] / "var"


def test_flags_before_environment_before_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("minzheng.toml").write_text('audience = "file"\nissuer = "file"\nhook_seconds = 2\n')
    monkeypatch.setenv("MINZHENG_AUDIENCE", "env")
    monkeypatch.setenv("MINZHENG_ISSUER", "env")
    settings = Settings(audience="flag")
    assert (settings.audience, settings.issuer, settings.hook_seconds) == ("flag", "env", 2)


def test_the_file_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.toml").write_text('audience = "a"')
    Path("b.toml").write_text('audience = "b"')
    monkeypatch.setenv("MINZHENG_CONFIG", "a.toml")
    assert Settings().audience == "a"
    assert Settings(config=Path("b.toml")).audience == "b"


def test_districts_and_bureau_from_a_file() -> None:
    Path("minzheng.toml").write_text(
        '[districts."410189000000"]\nplugins = ["elderly"]\nname = "甲县"\n[bureau]\nzh = "甲县民政局"\n'
    )
    settings = Settings()
    assert settings.districts["410189000000"].plugins == ["elderly"]
    assert settings.bureau.zh == "甲县民政局"
    assert settings.bureau.en == "Civil Affairs Bureau"


@pytest.mark.parametrize(
    ("text", "names"),
    [("", []), ("a", ["a"]), ("a, b,", ["a", "b"]), ('["a","b"]', ["a", "b"])],
)
def test_lists_in_the_environment(monkeypatch: pytest.MonkeyPatch, text: str, names: list[str]) -> None:
    monkeypatch.setenv("MINZHENG_PLUGINS", text)
    assert Settings().plugins == names


def test_today_needs_development() -> None:
    assert Settings(dev=True, today="2022-09-01").today == date(2022, 9, 1)
    with pytest.raises(StartupError, match=r"today 仅可.*--dev.*setting today is for development only"):
        Settings(today="2022-09-01")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (
            {"database": "mysql://user:secret@host/x"},
            "设置 database：.*setting database: must start with sqlite",
        ),
        ({"algorithms": ["HS256"]}, "不支持签名算法 HS256.*HS256 is not supported"),
        ({"algorithms": ["none"]}, "none is not supported"),
        ({"districts": {"4101": {}}}, "4101 不是 12 位区划代码"),
        ({"districts": {"410189000000": {"plugin": []}}}, "districts.410189000000.plugin: there is no such"),
        ({"hook_seconds": "soon"}, "设置 hook_seconds：应为数字"),
        ({"hook_seconds": 0}, "设置 hook_seconds：数值过小"),
        ({"id_searches_per_minute": 0}, "id_searches_per_minute"),
        ({"dev": True, "today": "tomorrow"}, "设置 today：应为日期"),
        ({"colour": "red"}, "设置 colour：没有这个设置 / setting colour: there is no such setting"),
    ],
)
def test_bad_values_name_the_setting(flags: dict[str, Any], said: str) -> None:
    with pytest.raises(StartupError, match=said) as caught:
        Settings(**flags)
    assert "secret" not in str(caught.value)


def test_one_fault_is_told_once() -> None:
    with pytest.raises(StartupError) as caught:
        Settings(var=3)
    assert len(str(caught.value).splitlines()) == 1


def test_unknown_keys_of_the_file_are_refused() -> None:
    Path("minzheng.toml").write_text('databse = "sqlite:///x"')
    with pytest.raises(StartupError, match="databse"):
        Settings()


def test_files_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("minzheng.toml").write_text("= broken")
    with pytest.raises(StartupError, match=r"minzheng.toml 无法读取"):
        Settings()
    monkeypatch.setenv("MINZHENG_CONFIG", "absent.toml")
    with pytest.raises(StartupError, match=r"没有设置文件 absent.toml"):
        Settings()
