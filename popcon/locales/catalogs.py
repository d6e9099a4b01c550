"""Reads the catalogues of messages, translates by key, and chooses a language."""

import json
import os
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from babel import Locale

DEFAULT = "en"
LANGUAGES = {"en": "English", "ko": "한국어", "ja": "日本語", "zh-Hant": "繁體中文", "zh-Hans": "简体中文"}
"""Each language by its BCP 47 tag, in its own words."""
_HANT = ("hant", "tw", "hk", "mo")

Message = str | dict[str, str]
"""A text, or its plural forms by CLDR category; of the five languages only English has two, `one` and `other`."""


class Translator:
    """The messages of one language.

    Arguments:
        language: a tag of `LANGUAGES`.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._messages = messages(language)

    def __call__(self, key: str, **values: object) -> str:
        """Return a message with its values filled in.

        Arguments:
            key: of the catalogues.
            values: what stands for `{name}` in the message; `count` chooses the plural form.

        Raises:
            KeyError: no catalogue has the key.
        """
        message = self._messages[key]
        if isinstance(message, dict):
            count = values.get("count")
            form = locale_of(self.language).plural_form(count) if isinstance(count, int | float) else "other"
            message = message.get(form, message["other"])
        return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], found[0])), message)

    def title_of(self, action: str, title: str) -> str:
        """Return the title of an action: a preset's in this language, and any other's own."""
        return self(f"action.{action}") if f"action.{action}" in self._messages else title


@lru_cache(maxsize=8)
def translator(language: str) -> Translator:
    """Return the messages of a language; of English for one that is not in `LANGUAGES`."""
    return Translator(language if language in LANGUAGES else DEFAULT)


class Catalogue(TypedDict):
    """The file of one language.

    Attributes:
        messages: what pages and the report say, by key.
        sentences: what code says in English, by that English, with {1}, {2} … for its values; English has none.
    """

    messages: dict[str, Message]
    sentences: dict[str, str]


@lru_cache(maxsize=8)
def catalogue(language: str) -> Catalogue:
    """Return the catalogue of a language of `LANGUAGES`."""
    found: Catalogue = json.loads(files("popcon.locales").joinpath(f"{language}.json").read_text("utf-8"))
    return found


def messages(language: str) -> Mapping[str, Message]:
    """Return the messages of a language of `LANGUAGES`, by key."""
    return catalogue(language)["messages"]


def negotiated(accepted: str) -> str:
    """Choose the language that an Accept-Language header (RFC 9110, 12.5.4) likes best; English if it names none."""
    liked = []
    for place, part in enumerate(accepted[:500].split(",")):
        tag, _, quality = part.partition(";")
        found = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", quality)
        weight = float(found[1]) if found else 1.0
        language = matched(tag)
        if language and weight > 0:
            liked.append((-weight, place, language))
    return min(liked)[2] if liked else DEFAULT


def matched(tag: str) -> str | None:
    """Return the language of `LANGUAGES` that a tag such as `zh-TW` or `ko_KR.UTF-8` asks for; None: there is none."""
    primary, *rest = re.split(r"[-_.@]", tag.strip().lower())
    if primary == "zh":
        return "zh-Hant" if any(each in _HANT for each in rest) else "zh-Hans"
    return primary if primary in LANGUAGES else None


def locale_of(language: str) -> "Locale":
    """Return CLDR's data of a language of `LANGUAGES`."""
    from babel import Locale

    return Locale.parse(language, sep="-")


def format_time(at: str, language: str) -> str:
    """Return a time for people, such as "Nov 8, 2026 17:07".

    Arguments:
        at: in ISO 8601; what is no time is returned as it is.
        language: of `LANGUAGES`.
    """
    from babel.dates import format_date

    try:
        time = datetime.fromisoformat(at)
    except ValueError:
        return at
    return f"{format_date(time, 'medium', locale_of(language))} {time:%H:%M}"


def language_of_environment() -> str:
    """Return the language of this process: of POPCON_LANG, else of LC_ALL, LC_MESSAGES and LANG (POSIX order)."""
    for name in ("POPCON_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return matched(os.environ[name]) or DEFAULT
    return DEFAULT
