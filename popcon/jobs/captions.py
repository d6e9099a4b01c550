"""Turns the caption options of an order into the words of a job, or says what is wrong with them."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from popcon.errors import BadInput
from popcon.models.action import Action
from popcon.models.base import Model
from popcon.models.caption import CaptionFont, CaptionMotion, Captions
from popcon.platforms import platform
from popcon.storage.store import ref_of

FONT_TYPE = "font/collection"


class CaptionOptions(Model):
    """The options of an order that are about words on stickers."""

    language: str = Field(
        default="",
        description="words on every preset's sticker: en, ko, ja, zh-Hant, zh-Hans, th, id or es; several, with commas "
        "between, make a pack each from the same takes",
    )
    caption: tuple[str, ...] = Field(
        default=(), description='own words in the first language, "action=words"; repeatable'
    )
    captions: str = Field(default="", description="a CSV of own words: action,text or a column a language")
    font: str = Field(default="", description="a font's file or name [default: what suits the language]")
    caption_motion: CaptionMotion | None = Field(
        default=None, description="pop, type, shake, wave or glow [default: what suits each action]"
    )


def job_captions(
    options: CaptionOptions, actions: Sequence[Action], platforms: Sequence[str]
) -> tuple[tuple[Captions, bytes], ...]:
    """Return the captions of a job in each language, with the bytes of their font; none where no words were asked for.

    Arguments:
        actions: of the job.
        platforms: of the job: every caption has to fit on every canvas.

    Raises:
        UnknownName: there are no phrases in the language.
        BadInput: a font is not to be had or lacks a glyph, or a caption does not fit.
    """
    from popcon.media.captions import phrases

    if not (options.language or options.caption or options.captions):
        if options.font or options.caption_motion:
            raise BadInput("--font and --caption-motion are about words; ask for some with --language or --caption.")
        return ()
    asked = [each for each in options.language.split(",") if each.strip()] or ["en"]
    languages = list(dict.fromkeys(phrases.language(each) for each in asked))
    return tuple(
        _captions(options, language, actions, platforms, first=not number, alone=len(languages) == 1)
        for number, language in enumerate(languages)
    )


def _captions(
    options: CaptionOptions,
    language: str,
    actions: Sequence[Action],
    platforms: Sequence[str],
    first: bool,
    alone: bool,
) -> tuple[Captions, bytes]:
    """Return the captions in one language, checked against their font and every canvas.

    Arguments:
        first: own words of options are in this language.
        alone: there is no other one.
    """
    from popcon.media.captions import phrases
    from popcon.media.captions.fonts import check_glyphs, find_font
    from popcon.media.captions.layout import lay_out

    names = [action.name for action in actions]
    texts: dict[str, str] = {}
    if options.language:
        texts = {name: text for name, text in phrases.phrases(language).items() if name in names}
    if options.captions:
        texts |= phrases.csv_phrases(Path(options.captions), names, language, alone)
    if first:
        texts |= phrases.own_phrases(options.caption, names)
    if not texts:
        raise BadInput(f"No action of this job ({', '.join(names)}) has words in {options.captions or language}.")
    found = find_font(options.font or None, language)
    data = found.path.read_bytes()
    for text in texts.values():
        check_glyphs(data, found.name, found.index, text.replace("|", ""), language)
        for name in platforms:
            canvas = platform(name).canvas
            lay_out(text, data, found.index, canvas.width, canvas.height)
    font = CaptionFont(file=ref_of(data, FONT_TYPE), index=found.index, name=found.name)
    return Captions(language=language, texts=texts, font=font, motion=options.caption_motion), data
