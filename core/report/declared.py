"""What a section of the work report is: sentences with placeholders for figures, which are counted, never typed in.

A placeholder is `{**=pets.dogs}`: what stands there while the figure is missing, and the measure.
`{**=pets.dogs:约}` is rounded to a whole number, `{**=pets.dogs:多}` down to one. `{=pets.dogs}` adds a figure
to the sentence without a word in its text. `{@year}`, `{@month}` (of the as-of day), `{@bureau}`, `{@superior}`
and `{@place}` come from the question and the settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import StartupError
from core.measures.declared import Rounding

_PLACE = re.compile(
    r"\{(?:@(?P<word>[a-z]+)|(?P<seed>[^={}]*)=(?P<measure>[a-z0-9_.]+)(?::(?P<how>约|多))?)\}"
)
_ROUNDINGS = {"约": Rounding.HALF_UP, "多": Rounding.DOWN}
WORDS = ("year", "month", "bureau", "superior", "place")


@dataclass(frozen=True)
class Placeholder:
    """A place in a sentence.

    Attributes:
        word: one of `WORDS`, or None for a figure.
        seed: what the seed has there: stars, or the number that it did not mask; empty for a figure without a place.
    """

    word: str | None
    seed: str
    measure: str
    rounding: Rounding | None

    @property
    def stars(self) -> str:
        """What stands for a missing figure."""
        return self.seed if set(self.seed) == {"*"} else "**"


Piece = str | Placeholder


def pieces(sentence: str) -> Iterator[Piece]:
    """The words and the placeholders of a sentence, in order."""
    end = 0
    for match in _PLACE.finditer(sentence):
        if match.start() > end:
            yield sentence[end : match.start()]
        how = _ROUNDINGS.get(match["how"] or "")
        yield Placeholder(match["word"], match["seed"] or "", match["measure"] or "", how)
        end = match.end()
    if end < len(sentence):
        yield sentence[end:]


@dataclass(frozen=True, kw_only=True)
class ReportSection:
    """Sentences of a plugin for the work report; they follow those that its section has already.

    Attributes:
        plugin: whose work it is about.
        title: of a section of its own.
        sentences: Chinese, with placeholders, each with its final punctuation.
        owner: whose declaration it is, the plugin's by default; key: tells the owner's sections apart.
    """

    plugin: str
    title: str
    sentences: tuple[str, ...]
    owner: str = ""
    key: str = "report"

    def __post_init__(self) -> None:
        for sentence in self.sentences:
            left = "".join(piece for piece in pieces(sentence) if isinstance(piece, str))
            wrong = [p.word for p in self._places(sentence) if p.word and p.word not in WORDS]
            if "{" in left or "}" in left or wrong:
                raise StartupError(
                    f"报告语句的占位符有误：{sentence} / a placeholder of this sentence is none: {sentence}"
                )

    @property
    def name(self) -> str:
        return f"{self.owner or self.plugin}.{self.key}"

    @property
    def measures(self) -> list[str]:
        """The measures that its sentences name, in order."""
        return [p.measure for sentence in self.sentences for p in self._places(sentence) if p.measure]

    @staticmethod
    def _places(sentence: str) -> list[Placeholder]:
        return [piece for piece in pieces(sentence) if isinstance(piece, Placeholder)]
