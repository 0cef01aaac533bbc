"""Names as one meets them in China: a few surnames for most people, given names that tell a generation."""

from __future__ import annotations

import random

from faker import Faker

from core.codes.sets import Gender

# The characters given names were made of, by the year from which they were in fashion.
_GENERATIONS: dict[Gender, tuple[tuple[int, str, str], ...]] = {
    Gender.MALE: (
        (1900, "德福长永世金玉春万兴", "财贵山林发才生顺堂义"),
        (1949, "建国卫红志文学爱保新", "国军民华平强忠明林生"),
        (1970, "志海晓文永立国向俊小", "伟军勇涛峰斌东波辉亮"),
        (1990, "嘉俊宇浩子天一博文志", "鹏杰豪轩凡宁磊超航然"),
        (2010, "梓浩宇子一沐铭奕皓睿", "轩泽宸辰睿涵洋安恒远"),
    ),
    Gender.FEMALE: (
        (1900, "秀桂玉素淑凤兰月翠金", "英兰珍芝花梅荣莲香娥"),
        (1949, "秀淑玉红爱桂建春丽秋", "英兰梅霞荣华芳琴珍玲"),
        (1970, "丽晓小海红艳春雪慧文", "娟敏燕霞静红玲艳华丽"),
        (1990, "佳雅思静梦晓雨欣婷文", "婷颖琪慧怡雪琳敏洁雯"),
        (2010, "梓欣雨诗若语一可思沐", "涵萱彤怡妍汐琪瑶宁冉"),
    ),
}
# Faker's given names are those of people who grew up since the reforms; elders get none of them.
_FAKER_SINCE = 1975
_FOREIGN = ("阮氏兰", "陈氏梅", "玛丽亚·桑托斯", "安娜·伊万诺娃", "金美英", "索菲亚·佩雷拉", "阮氏秋")


class Names:
    """Deals out names, the same ones for the same seed."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(f"names:{seed}")
        self._faker = Faker("zh_CN")  # an instance of its own: seeding it leaves others alone
        self._faker.seed_instance(f"names:{seed}")

    def surname(self) -> str:
        """A surname, as frequent as it is in China."""
        return str(self._faker.last_name())

    def given(self, gender: Gender, year: int) -> str:
        """A given name for somebody born in `year`."""
        if year >= _FAKER_SINCE and self._random.random() < 0.4:
            male = gender is Gender.MALE
            return str(self._faker.first_name_male() if male else self._faker.first_name_female())
        first, second = next(pair for since, *pair in reversed(_GENERATIONS[gender]) if year >= since)
        one = self._random.choice(second)
        # Two characters are usual; single ones were in fashion for those born since 1970.
        if year >= 1970 and self._random.random() < 0.15:
            return one
        return self._random.choice(first.replace(one, "")) + one

    def foreign(self) -> str:
        """The name of a foreigner as a Chinese office writes it."""
        return self._random.choice(_FOREIGN)
