"""The shapes of families: who lives together, how old they are, how they are related to the head.

Ages are in years with fractions, so that "a mother is at least 19 when she gives birth" survives the turning
of ages into birth dates.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.codes.relations import HEAD
from core.codes.sets import Gender, MaritalStatus

_OLDEST = 98.9
_MALE, _FEMALE = Gender.MALE, Gender.FEMALE


@dataclass
class Sketch:
    """A member before they have a name.

    Attributes:
        line: whose surname: 0 the family's own, other numbers those of women and men who married into it.
    """

    gender: Gender
    age: float
    relation: str
    marital: MaritalStatus = MaritalStatus.UNMARRIED
    line: int = 0


class Families:
    """Draws families one after the other."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(f"families:{seed}")
        shapes: dict[Callable[[], list[Sketch]], float] = {
            self._nuclear: 29,
            self._three_generations: 20,
            self._couple: 12,
            self._elder_couple: 11,
            self._elder_alone: 11,
            self._single: 8,
            self._single_parent: 5,
            self._skipped_generation: 4,
        }
        self._shapes, self._weights = list(shapes), list(shapes.values())

    def draw(self) -> list[Sketch]:
        """A family, the head first and a spouse second."""
        (shape,) = self._random.choices(self._shapes, self._weights)
        return shape()

    def _nuclear(self) -> list[Sketch]:
        couple = self._pair(self._between(25, 57))
        return self._headed(couple) + self._children(couple[1].age)

    def _couple(self) -> list[Sketch]:
        young = self._random.random() < 0.4
        return self._headed(self._pair(self._between(22.5, 34) if young else self._between(46, 63)))

    def _elder_couple(self) -> list[Sketch]:
        return self._headed(self._pair(self._elder(60, 95)))

    def _elder_alone(self) -> list[Sketch]:
        gender = _FEMALE if self._random.random() < 0.62 else _MALE
        bachelor = gender is _MALE and self._random.random() < 0.35
        marital = MaritalStatus.UNMARRIED if bachelor else MaritalStatus.WIDOWED
        return [Sketch(gender, self._elder(60, _OLDEST), HEAD, marital)]

    def _single(self) -> list[Sketch]:
        age = self._between(20, 59)
        divorced = age > 28 and self._random.random() < (age - 22) / 45
        gender = _FEMALE if self._random.random() < 0.42 else _MALE
        marital = MaritalStatus.DIVORCED if divorced else MaritalStatus.UNMARRIED
        return [Sketch(gender, age, HEAD, marital)]

    def _single_parent(self) -> list[Sketch]:
        mother, age = self._random.random() < 0.6, self._between(25, 50)
        widowed = self._random.random() < 0.3
        marital = MaritalStatus.WIDOWED if widowed else MaritalStatus.DIVORCED
        parent = Sketch(_FEMALE if mother else _MALE, age, HEAD, marital, line=1 if mother else 0)
        children = self._children(age if mother else age - self._between(0, 3))
        return [parent, *children]

    def _three_generations(self) -> list[Sketch]:
        couple = self._pair(self._between(23, 50))
        children = self._children(couple[1].age)
        parents = self._survivors(couple[0].age)
        if parents and self._random.random() < 0.45:
            return self._below(parents, couple, children)
        return [*self._headed(couple, woman=False), *children, *parents]

    def _skipped_generation(self) -> list[Sketch]:
        """Elders with grandchildren whose parents work elsewhere."""
        elders = self._pair(self._between(50, 72))
        oldest = min(15.5, elders[1].age - 40)
        count = 2 if self._random.random() < 0.35 else 1
        young = [self._grandchild(self._between(0, oldest)) for _ in range(count)]
        return [*self._headed(elders), *sorted(young, key=lambda child: -child.age)]

    def _grandchild(self, age: float) -> Sketch:
        gender = self._gender()
        return Sketch(gender, age, "41" if gender is _MALE else "42")

    def _between(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def _elder(self, low: float, high: float) -> float:
        """An age of an elder: the older, the fewer."""
        return low + (high - low) * min(1.0, self._random.betavariate(1.1, 2.0))

    def _gender(self) -> Gender:
        return _MALE if self._random.random() < 0.525 else _FEMALE

    def _pair(self, age: float) -> tuple[Sketch, Sketch]:
        """A husband of `age` (at least 22) and a wife (at least 20), married."""
        husband = max(22.2, age)
        wife = max(20.2, husband - self._random.triangular(-3, 7, 1.5))
        again = husband > 35 and self._random.random() < 0.05
        marital = MaritalStatus.REMARRIED if again else MaritalStatus.FIRST_MARRIAGE
        return Sketch(_MALE, husband, HEAD, marital), Sketch(_FEMALE, wife, HEAD, marital, line=1)

    def _headed(self, couple: tuple[Sketch, Sketch], *, woman: bool | None = None) -> list[Sketch]:
        husband, wife = couple
        if woman is None:
            woman = self._random.random() < 0.14
        head, spouse = (wife, husband) if woman else (husband, wife)
        head.relation, spouse.relation = HEAD, "11" if woman else "12"
        return [head, spouse]

    def _children(self, mother: float) -> list[Sketch]:
        """The children still at home of a woman of that age, the oldest first."""
        birth = max(19.5, min(self._random.gauss(25.2, 3.2), 36))
        ages = []
        for chance in (1.0, 0.55, 0.12):
            if mother <= birth or birth > 43 or self._random.random() > chance:
                break
            ages.append(mother - birth)
            birth += self._between(1.3, 6)
        return _siblings([(self._gender(), age) for age in ages if self._at_home(age)])

    def _at_home(self, age: float) -> bool:
        if age < 20:
            return True
        return age < 34 and self._random.random() < 0.75 - (age - 20) * 0.04

    def _survivors(self, child: float) -> list[Sketch]:
        """The parents of the husband who still live, as his parents."""
        mother = child + self._between(19.5, 32)
        father = max(mother + self._random.triangular(-2, 6, 1.5), child + 20)
        alive = [age < _OLDEST and self._random.random() < _survival(age) for age in (father, mother)]
        marital = MaritalStatus.FIRST_MARRIAGE if all(alive) else MaritalStatus.WIDOWED
        both = [Sketch(_MALE, father, "51", marital), Sketch(_FEMALE, mother, "52", marital, line=2)]
        return [parent for parent, lives in zip(both, alive, strict=True) if lives]

    def _below(
        self, elders: list[Sketch], couple: tuple[Sketch, Sketch], children: list[Sketch]
    ) -> list[Sketch]:
        """The same family, with the grandfather (or the widowed grandmother) for its head."""
        elders[0].relation = HEAD
        for spouse in elders[1:]:
            spouse.relation = "12"
        couple[0].relation, couple[1].relation = "20", "38"
        for child in children:
            child.relation = "41" if child.gender is _MALE else "42"
        return [*elders, *couple, *children]


def _survival(age: float) -> float:
    return 0.96 if age < 65 else max(0.15, 0.96 - (age - 65) * 0.027)


def _siblings(children: Sequence[tuple[Gender, float]]) -> list[Sketch]:
    """Sons and daughters with their places in the row (GB/T 4761: only, eldest, second, third)."""
    seen = {_MALE: 0, _FEMALE: 0}
    found = []
    for gender, age in children:
        seen[gender] += 1
        place = 1 if len(children) == 1 else 1 + seen[gender]
        found.append(Sketch(gender, age, f"{2 if gender is _MALE else 3}{place}"))
    return found
