"""The language of a request: what a person chose on a page (a cookie), else what the browser prefers."""

import json
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request
from jinja2 import Environment, PackageLoader

from popcon.locales.catalogs import LANGUAGES, Translator, messages, negotiated, translator

COOKIE = "popcon_language"
_TEMPLATES = Environment(loader=PackageLoader("ui.web"), autoescape=True)


def language_of(request: Request) -> str:
    """Return the tag of the language that a request asks for (a FastAPI dependency)."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else negotiated(request.headers.get("accept-language", ""))


def translator_of(request: Request) -> Translator:
    """Return the messages in the language that a request asks for (a FastAPI dependency)."""
    return translator(language_of(request))


LanguageDep = Annotated[str, Depends(language_of)]
TranslatorDep = Annotated[Translator, Depends(translator_of)]


def render_page(template: str, language: str, modules: Sequence[str] = (), data: Sequence[str] = ()) -> str:
    """Return an HTML page in a language, with that language's catalogue for its scripts.

    Arguments:
        modules: of static/, that a browser asks for at once.
        data: addresses of JSON that the page begins with, asked for at the same time.
    """
    catalogue = json.dumps(messages(language), ensure_ascii=False).replace("<", "\\u003c")
    return _TEMPLATES.get_template(template).render(
        language=language, t=translator(language), messages=catalogue, modules=modules, data=data
    )
