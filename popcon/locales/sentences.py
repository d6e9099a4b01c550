"""Translates sentences that code writes in English, such as an error's, where a person reads them.

Code raises, stores and sends plain English: a record of a failed job, an answer of the inference host and a check
report mean the same to every reader. The sentences of a catalogue have the English text as their key, with {1}, {2} …
for what code fills in; an English sentence is matched with these keys, and its values are put into the translation.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from popcon.locales.catalogs import DEFAULT, LANGUAGES, catalogue

_FIELD = re.compile(r"\{(\d)\}")
_CLAUSE = re.compile(r"[a-z]{2,},? [a-z]{2,} [a-z]{2,}")
"""Three English words in a row, which no translation has."""
_BOUNDARY = re.compile(r"[.:;]\s")
"""The end of a sentence or a clause."""
_TELLING = 16
"""Fixed characters of a sentence by which it is known, whatever its values are."""
_GAP = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])")
"""A space between two characters of Chinese or Japanese, which are written without."""
_LONGEST = 4000
"""Characters of a text that is translated; a longer one is somebody's data."""


def sentences(language: str) -> Mapping[str, str]:
    """Return the sentences of a language of `LANGUAGES`, by their English; empty for English."""
    return {} if language == DEFAULT or language not in LANGUAGES else catalogue(language)["sentences"]


@lru_cache(maxsize=4096)
def say(text: str, language: str) -> str:
    """Return a text of the code in a language; what no catalogue knows stays as it is.

    Arguments:
        text: one or several sentences in English, as an error or a finding has them.
        language: a tag of `LANGUAGES`.
    """
    known = sentences(language)
    if not known or len(text) > _LONGEST:
        return text
    bare = text.strip()
    found = _said(bare, language, known)
    return text.replace(bare, found, 1) if found is not None else text


def _said(text: str, language: str, known: Mapping[str, str]) -> str | None:
    if text in known:
        return known[text]
    unspaced = language.startswith(("ja", "zh"))
    full_stop = "。" if unspaced else "."
    if text.endswith(".") and text[:-1] in known:  # a library's message, or a clause, that code has made a sentence
        return known[text[:-1]] + full_stop
    for pattern in _patterns(language):
        if pattern.piece in text and (match := pattern.compiled().fullmatch(text)):
            values = [say(value, language) for value in match.groups()]
            if len(pattern.fixed) < _TELLING and (
                any(map(_CLAUSE.search, values)) or any(map(_BOUNDARY.search, match.groups()[:-1]))
            ):
                continue  # "{1} or {2}" is found in many a sentence that is not in the catalogue
            stop = ""
            if pattern.english.endswith("}") and match[match.lastindex or 0].endswith("."):
                bare = say(match[match.lastindex or 0][:-1], language)
                if not _CLAUSE.search(bare):  # else it is a whole sentence, which the catalogue has with its full stop
                    values[-1], stop = bare, full_stop
            pieces = _FIELD.split(known[pattern.english])
            put_in = "".join(values[int(each) - 1] if place % 2 else each for place, each in enumerate(pieces)) + stop
            return _GAP.sub("", put_in) if unspaced else put_in
    parts = re.split(r"(?<=[.:])\s+|(?<=;)\s+", text)
    if len(parts) == 1:
        bare_told = _said(text[:-1], language, known) if text.endswith(".") else None
        return bare_told and bare_told + full_stop
    told = [say(part, language) for part in parts]
    return None if told == parts else _GAP.sub("", " ".join(told)) if unspaced else " ".join(told)


class _Pattern:
    """An English sentence of the catalogue that has values, and its longest fixed piece, which is quick to look for."""

    def __init__(self, english: str) -> None:
        self.english = english
        self.fixed = _FIELD.sub("", english)
        self.piece = max(re.split(r"\{\d\}", english), key=len)

    def compiled(self) -> re.Pattern[str]:
        """Return the expression whose groups are the values, each as short as can be."""
        return _expression(self.english)


@lru_cache(maxsize=1024)
def _expression(english: str) -> re.Pattern[str]:
    pieces = _FIELD.split(english)[::2]
    return re.compile("(.+?)".join(map(re.escape, pieces)), re.DOTALL)


@lru_cache(maxsize=8)
def _patterns(language: str) -> tuple[_Pattern, ...]:
    """Return the sentences with values, those with the most fixed text first: they say most exactly what was meant."""
    with_values = (_Pattern(each) for each in sentences(language) if _FIELD.search(each))
    return tuple(sorted(with_values, key=lambda each: (-len(each.fixed), each.english)))
