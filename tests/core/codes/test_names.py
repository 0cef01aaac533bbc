"""Names are kept as their bearers write them; keys sort by pinyin and keep prefixes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.codes.names import check_name, name_key, name_search
from core.errors import Refused

CHARACTERS = st.one_of(
    st.sampled_from("张三李四王单曾解仇区查任乐长重行·ABz éßİΣ〇𠮷阿布买提"), st.characters(codec="utf-8")
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" 张三 ", "张三"),
        ("张\u3000三", "张三"),
        ("张 三 丰", "张三丰"),
        ("阿布都•买买提", "阿布都·买买提"),
        ("阿布都・买买提", "阿布都·买买提"),
        ("阿布都･买买提", "阿布都·买买提"),
        ("阿布都 · 买买提", "阿布都·买买提"),
        ("Ｊｏｈｎ  Smith", "John Smith"),
        ("\t李四\n", "李四"),
        ("张〇", "张〇"),
        ("𠮷野", "𠮷野"),
        ("\uf9dc一", "\uf9dc一"),
        ("e\u0301ric", "éric"),
        ("一", "一"),
        ("长" * 50, "长" * 50),
    ],
)
def test_names_as_stored(text: str, name: str) -> None:
    assert check_name(text) == name
    assert check_name(name) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "张3",
        "张３",
        "张①",
        "张²",
        "张٣",
        "张\x00三",
        "张\n三",
        "张\u200b三",
        "张\u202e三",
        "长" * 51,
        "\ud800",
    ],
)
def test_names_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        check_name(text)
    assert caught.value.code.code == "NAME_FORMAT"


@given(st.text(CHARACTERS, max_size=60))
def test_checking_twice_changes_nothing(text: str) -> None:
    try:
        name = check_name(text)
    except Refused:
        return
    assert check_name(name) == name


def test_keys() -> None:
    assert name_key("张三") == "zhang张 san三 "
    assert name_key("吕布") == "lv吕 bu布 "
    assert name_key("John") == "john"
    assert name_key("阿A·b") == "a阿 a·b"
    assert name_key("𠮷") == "𠮷"
    assert name_key("") == ""


@pytest.mark.parametrize(
    ("char", "surname", "usual"),
    [
        *[("单", "shan", "dan"), ("曾", "zeng", "ceng"), ("解", "xie", "jie"), ("仇", "qiu", "chou")],
        *[("区", "ou", "qu"), ("查", "zha", "cha"), ("任", "ren", "ren"), ("朴", "piao", "pu")],
    ],
)
def test_only_the_first_character_is_a_surname(char: str, surname: str, usual: str) -> None:
    assert name_key(f"{char}{char}") == f"{surname}{char} {usual}{char} "


def test_context_does_not_change_a_reading() -> None:
    assert name_key("李重庆") == name_key("李重") + name_key("王庆")[len(name_key("王")) :]


def test_keys_sort_by_pinyin() -> None:
    names = ["曾国", "张三", "李四", "Li", "安宁", "单雄", "张三丰", "张"]
    assert sorted(names, key=name_key) == ["安宁", "Li", "李四", "单雄", "曾国", "张", "张三", "张三丰"]


@given(st.text(CHARACTERS, max_size=20), st.text(CHARACTERS, max_size=20))
def test_the_key_of_a_prefix_is_a_prefix_of_the_key(prefix: str, rest: str) -> None:
    assert name_key(prefix + rest).startswith(name_key(prefix))


def found_by(text: str, name: str) -> bool:
    """What the database makes of a search, in Python."""
    search, key = name_search(text), name_key(name)
    if not key.startswith(search.low):
        return False
    if search.pattern is None or key.startswith(search.exact):
        return True
    pieces = re.findall("!.|.", search.pattern)
    return bool(re.fullmatch("".join(".*" if p == "%" else re.escape(p[-1]) for p in pieces), key, re.DOTALL))


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("王小明", ["王", "王小", "王小明", "王xm", "王xiao", "w", "wa", "wang", "wangx", "wxm", "wm"]),
        ("王小明", ["wangxiao", "wangxiaoming"]),
        (
            "王小明",
            ["wang xm", "WANG X", "ｗａｎｇｘ", "wang'x", "王 小", "w x m", "wang xiao ming", "wang小"],
        ),
        ("吕布", ["lv", "lü", "lvb", "LÜ b", "lb"]),
        ("单雄信", ["shan", "sxx", "shanxx", "单"]),
        ("曾国藩", ["zeng", "zenggf", "zgf"]),
        ("解缙", ["xie", "xj"]),
        ("查良镛", ["zha", "zhaly", "zlyong"]),
        ("仇英", ["qiu", "qy"]),
        ("任先安", ["renxian", "renxian'an", "rxa"]),
        ("付安", ["fuan", "f a"]),
        ("欧阳海", ["ouyang", "ouyhai", "oyh"]),
        ("John Smith", ["john", "John Sm", "j"]),
        ("Lübke", ["Lü", "lübke"]),
        ("买买提·阿不都", ["mmt", "maimaiti", "买买提·a", "买买提"]),
        ("a_b%c!", ["a_", "a_b%", "a_b%c!"]),
    ],
)
def test_names_are_found_as_people_type(name: str, texts: list[str]) -> None:
    assert [text for text in texts if not found_by(text, name)] == []


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("王小明", ["小", "xiao", "wangm小", "wmx", "王m小", "wangxian", "张", "wang小明明"]),
        ("单雄信", ["dan", "chan"]),
        ("John Smith", ["smith", "jsmith"]),
        ("axbxc", ["a_b"]),
    ],
)
def test_and_not_otherwise(name: str, texts: list[str]) -> None:
    assert [text for text in texts if found_by(text, name)] == []


@given(st.text(CHARACTERS, max_size=20), st.integers(0, 20))
def test_a_name_is_found_by_its_start(text: str, length: int) -> None:
    try:
        name = check_name(text)
    except Refused:
        return
    assert found_by(name[:length], name)


@given(st.text("王小明单曾解张", min_size=1, max_size=5), st.data())
def test_a_name_is_found_by_its_pinyin_in_any_form(name: str, data: st.DataObject) -> None:
    syllables = [part[:-1] for part in name_key(name).split()]
    forms = st.sampled_from([str, lambda s: s[0]])
    typed = " ".join(data.draw(forms)(syllable) for syllable in syllables)
    assert found_by(typed, name)
