"""Reads a motion prompt: which moves and feelings it asks for, how large and how fast."""

import re
from dataclasses import dataclass
from functools import cache

from popcon.engines.puppet.vocabulary import ACTIONS, FASTER, LARGER, MOVES, SLOWER, SMALLER, Move

_ENDINGS = (
    r"(?:s|es|e|ed|ing|ly|ily|er|ers|ion|ions|ie|ies|y|le|les|led|ling|able|ful|fully|e?ment"
    r"|ded|ding|med|ming|ned|ning|ped|ping|ged|ging|bed|bing|ted|ting)?"
)
_REFUSED = re.compile(
    r"(?:\b(?:no|not|without|never|don't|dont|doesn't|instead of)\s+(?:any\s+|the\s+|a\s+|its\s+)?|不要|不|没有)$"
)
MOST = 3
"""Moves that one custom action blends at most: more is a twitch."""


@dataclass(frozen=True)
class Reading:
    """What a prompt asks for.

    Attributes:
        moves: single moves, in the order of the text.
        actions: names of presets, in the order of the text.
        amount: how large, 1 as usual.
        pace: -1 slower, 0 as usual, 1 faster.
    """

    moves: tuple[Move, ...]
    actions: tuple[str, ...]
    amount: float
    pace: int

    @property
    def empty(self) -> bool:
        return not self.moves and not self.actions


def read(text: str) -> Reading:
    """Read a motion prompt. What is refused ("without shaking") is not asked for."""
    lowered = " ".join(text.lower().replace("’", "'").replace("-", " ").split())
    hits: list[tuple[int, int, Move | str]] = []
    for move in MOVES:
        hits += [(a, b, move) for word in move.words for a, b in _places(word, lowered)]
    for name, words in ACTIONS.items():
        hits += [(a, b, name) for word in words for a, b in _places(word, lowered)]
    hits.sort(key=lambda hit: (hit[0] - hit[1], hit[0]))
    taken: list[tuple[int, int, Move | str]] = []
    for start, stop, what in hits:
        if all(stop <= a or start >= b for a, b, _ in taken):
            taken.append((start, stop, what))
    asked: dict[str, Move | str] = {}
    for start, _, what in sorted(taken, key=lambda hit: hit[0]):
        if not _REFUSED.search(lowered[:start]):
            asked.setdefault(what if isinstance(what, str) else what.name, what)
    found = list(asked.values())[:MOST]
    amount = 1.0
    amount *= 0.55 if _any(SMALLER, lowered) else 1.0
    amount *= 1.35 if _any(LARGER, lowered) else 1.0
    amount *= 1.12 if re.search(r"\b(?:very|super|really|so)\b|非常|很", lowered) and amount > 1 else 1.0
    return Reading(
        tuple(what for what in found if isinstance(what, Move)),
        tuple(what for what in found if isinstance(what, str)),
        amount,
        int(_any(FASTER, lowered)) - int(_any(SLOWER, lowered)),
    )


def _places(word: str, text: str) -> list[tuple[int, int]]:
    """Return where a stem stands in a text, with its ending."""
    if word not in text:
        return []
    return [match.span() for match in _pattern(word).finditer(text)]


@cache
def _pattern(word: str) -> re.Pattern[str]:
    """Return a stem with its endings; Chinese words are found inside other text too."""
    if not word.isascii():
        return re.compile(re.escape(word))
    return re.compile(r"(?<![a-z])" + re.escape(word) + _ENDINGS + r"(?![a-z])")


def _any(words: tuple[str, ...], text: str) -> bool:
    return any(_places(word, text) for word in words)
