"""Builds the files of a submission kit."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from popcon.media.captions.phrases import phrases
from popcon.media.pictures.png import encode_png
from popcon.packs.covers import fit
from popcon.packs.kit import texts
from popcon.packs.kit.forms import FORMS, Form
from popcon.pixels import Rgb, Rgba
from popcon.platforms import platform

_COLUMNS = 3
"""Of a preview picture."""


@dataclass(frozen=True)
class KitSticker:
    """A sticker as the kit tells of it.

    Arguments:
        captions: its words, by language.
        still: a frame that shows it, (h, w, 4) uint8 straight alpha.
    """

    name: str
    title: str
    emoji: tuple[str, ...]
    still: Rgba
    captions: Mapping[str, str] = field(default_factory=dict)

    def phrase(self, language: str) -> str:
        """Return what it says in a language: its own words, or the bundled phrase of its action; empty: nothing."""
        own = self.captions.get(language, "").replace("|", " ")
        return own or phrases(language).get(self.name, "")


@dataclass(frozen=True)
class Work:
    """Who did what.

    Arguments:
        engines: what drew and animated, by what it did.
        generative: those of them that are generative AI.
        human: what people did, from the job's record.
    """

    engines: Mapping[str, str]
    generative: tuple[str, ...] = ()
    human: Sequence[Mapping[str, Any]] = field(default=())


def build_kit(
    platform_name: str, title: str, creator: str, stickers: Sequence[KitSticker], work: Work
) -> list[tuple[str, bytes]]:
    """Return (file name, bytes) of a platform's kit; nothing for a platform without a form.

    Arguments:
        title: of the pack.
        creator: who publishes it.
    """
    form = FORMS.get(platform_name)
    if form is None:
        return []
    files = [
        ("checklist.md", _checklist(platform_name, form, title, len(stickers)).encode()),
        ("texts.csv", _texts(form, title, creator, stickers)),
    ]
    stills = [sticker.still for sticker in stickers]
    files += [(name, encode_png(preview(stills, width, height))) for name, width, height in form.previews]
    if form.tags is not None or platform_name == "wechat":
        files.append(("tags.csv", _tags(form, stickers)))
    if form.asks_ai:
        files.append(("ai.txt", _ai(work).encode()))
    if form.asks_process or form.asks_ai:
        about = {"engines": dict(work.engines), "human": [dict(each) for each in work.human]}
        files.append(("process.json", (json.dumps(about, ensure_ascii=False, indent=2) + "\n").encode()))
    return files


def preview(stills: Sequence[Rgba], width: int, height: int) -> Rgb:
    """Draw as many stickers as fit in three columns, on white: (height, width, 3) uint8."""
    side = width // _COLUMNS
    lines = min(height // side, -(-len(stills) // _COLUMNS))
    board = np.full((height, width, 3), 255, np.uint8)
    above = (height - lines * side) // 2
    for number, still in enumerate(stills[: lines * _COLUMNS]):
        top, left = above + (number // _COLUMNS) * side, (number % _COLUMNS) * side
        cell = fit(still, side, side, side // 16).astype(np.float32)
        alpha = cell[..., 3:] / 255
        place = board[top : top + side, left : left + side]
        place[:] = np.rint(cell[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    return board


def _texts(form: Form, title: str, creator: str, stickers: Sequence[KitSticker]) -> bytes:
    rows = [["language", "field", "text", "length", "limit", "source of the limit"]]
    wide = form.wide_counts_two
    for language in texts.languages():
        words = [phrase for s in stickers if (phrase := s.phrase(language))] or [s.title for s in stickers]
        made = {"title": (texts.fitted(title, form.title or 80, wide), form.title)}
        if form.description is not None:
            named = made["title"][0]
            made["description"] = (texts.described(named, words, language, form.description, wide), form.description)
        rows += [[language, name, text, str(texts.units(text, wide)), str(most)] for name, (text, most) in made.items()]
    if form.creator is not None:
        name = texts.fitted(creator, form.creator, wide)
        rows.append(["all", "creator", name, str(texts.units(name, wide)), str(form.creator)])
    if form.copyright is not None:
        line = texts.copyright_of(creator, form.copyright, form.ascii_copyright)
        rows.append(["all", "copyright", line, str(texts.units(line, wide)), str(form.copyright)])
    return _csv([rows[0], *([*row, form.source_of(row[1])] for row in rows[1:])])


def _tags(form: Form, stickers: Sequence[KitSticker]) -> bytes:
    rows = [["number", "sticker", "language", "tags"]]
    for number, sticker in enumerate(stickers, 1):
        for language in texts.languages():
            found = texts.tags(sticker.phrase(language), sticker.title, sticker.emoji)[: form.tags or 1]
            rows.append([str(number), sticker.name, language, " | ".join(found)])
    return _csv(rows)


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    # spreadsheets read UTF-8 only with its mark
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _ai(work: Work) -> str:
    lines = [f"{what}: {engine}" for what, engine in work.engines.items()]
    if work.generative:
        answer = f"Yes. Generative AI took part: {', '.join(work.generative)}."
    else:
        answer = (
            "As far as PopCon took part, no: the given picture was moved by a program that draws poses and effects; no "
            "generative model took part. Whether the given picture was made with AI, only you know: answer for it."
        )
    return "Was this made with AI?\n\n" + answer + "\n\n" + "\n".join(lines) + "\n"


def _checklist(platform_name: str, form: Form, title: str, count: int) -> str:
    rules = platform(platform_name)
    lines = [f"# {title}: {rules.title}", "", f"{count} stickers.", ""]
    if form.source:
        lines += [f"Limits of texts: {form.source}.", ""]
    if form.estimates:
        fields = ", ".join(sorted(form.estimates))
        lines += [f"No source gives the limits of {fields}: the texts are kept short; look at the form.", ""]
    lines += [f"- **{notice}**" for notice in rules.notices]
    lines += [f"- [ ] {step}" for step in form.steps]
    return "\n".join(lines) + "\n"
