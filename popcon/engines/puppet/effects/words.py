"""Which effects a person's words ask for."""

import re
from collections.abc import Iterable

from popcon.engines.puppet.effects.base import Effect

_NEGATION = re.compile(r"(?:\b(?:no|not|without|never|don't|dont)\s+(?:any\s+|the\s+|a\s+|more\s+)?|没有|不要|无)$")


def _pattern(word: str) -> str:
    """Return a word with its plural; Chinese words and symbols are found inside other text too."""
    if not word.isascii():
        return re.escape(word)
    return r"(?<![a-z])" + re.escape(word).replace(r"\ ", r"[\s_-]+") + r"(?:e?s)?(?![a-z])"


def asked_for(text: str, effects: Iterable[Effect]) -> list[Effect]:
    """Return the effects that a text names, in its order, each once. "no hearts" and "without tears" do not ask for
    them.

    Where words overlap the longer one counts: "question mark" is never just a "mark".
    """
    lowered = text.lower().replace("’", "'")
    hits: list[tuple[int, int, bool, Effect]] = []
    for effect in effects:
        for word in {effect.name.replace("_", " "), *effect.words}:
            for match in re.finditer(_pattern(word.lower()), lowered):
                refused = _NEGATION.search(lowered[: match.start()]) is not None
                hits.append((match.start(), match.end(), refused, effect))
    asked: dict[str, Effect] = {}
    refused_names: set[str] = set()
    taken: list[tuple[int, int]] = []
    kept: list[tuple[int, Effect]] = []
    for start, end, refused, effect in sorted(hits, key=lambda hit: (hit[0] - hit[1], hit[0])):
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            continue
        taken.append((start, end))
        if refused:
            refused_names.add(effect.name)
        else:
            kept.append((start, effect))
    for _, effect in sorted(kept, key=lambda pair: pair[0]):
        if effect.name not in refused_names:
            asked.setdefault(effect.name, effect)
    return list(asked.values())
