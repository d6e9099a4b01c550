"""Serves the bundled phrases: what people say with each preset, in eight languages; and reads people's own."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from popcon.errors import BadInput, UnknownName
from popcon.models.caption import CaptionMotion

LANGUAGES: Mapping[str, str] = {
    "en": "English",
    "ko": "Korean",
    "ja": "Japanese",
    "zh-Hant": "traditional Chinese",
    "zh-Hans": "simplified Chinese",
    "th": "Thai",
    "id": "Indonesian",
    "es": "Spanish",
}

LONGEST = 80
"""Characters of a caption; far more than any canvas shows."""

_MOTIONS: Mapping[str, CaptionMotion] = {
    "wave": "wave", "laugh": "shake", "cry": "wave", "angry": "shake", "love": "glow", "wink": "pop", "jump": "pop",
    "dance": "wave", "bow": "type", "clap": "shake", "sleep": "wave", "surprised": "shake", "thinking": "type",
    "cheer": "pop", "hug": "glow", "run": "shake", "shy": "type", "cool": "glow", "sick": "wave", "eat": "pop",
    "thank-you": "glow", "good-night": "glow", "sorry": "type", "ok": "pop",
}  # fmt: skip


def language(name: str) -> str:
    """Return a language's tag as this module writes it; letter case and `_` do not matter.

    Raises:
        UnknownName: there are no phrases in it; the message lists the languages.
    """
    wanted = name.strip().replace("_", "-").lower()
    aliases = {"zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "zh-cn": "zh-Hans", "zh": "zh-Hans", "in": "id"}
    known = {tag.lower(): tag for tag in LANGUAGES}
    found = known.get(wanted) or aliases.get(wanted) or known.get(wanted.split("-")[0])
    if found is None:
        raise UnknownName("caption language", name, tuple(LANGUAGES))
    return found


def phrases(language_tag: str) -> dict[str, str]:
    """Return the bundled phrase of every preset.

    Raises:
        UnknownName: as `language`.
    """
    return dict(_bundled()[language(language_tag)])


def motion_of(action: str) -> CaptionMotion:
    """Return the motion that suits an action."""
    return _MOTIONS.get(action, "pop")


def own_phrases(texts: Sequence[str], actions: Sequence[str]) -> dict[str, str]:
    """Read phrases from "action=words".

    Raises:
        BadInput: one has no "=", no such action in the job, or too many characters.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, words = text.partition("=")
        if not equals:
            raise BadInput(f'--caption {text!r} is no caption; write it as action=words, such as wave="Hi!".')
        found[_action(name, actions, f"--caption {text!r}")] = _words(words, f"--caption {text!r}")
    return found


def csv_phrases(path: Path, actions: Sequence[str], language_tag: str, alone: bool = True) -> dict[str, str]:
    """Read phrases from a CSV: `action,text`, or a column a language under a heading such as `action,en,ko`.

    Empty cells leave the action's bundled phrase. Actions that are not in the job are passed over.

    Arguments:
        alone: the order has words in no other language, so that `text` says which they are.

    Raises:
        BadInput: it cannot be read, has no such columns, or a caption is too long.
    """
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read as UTF-8 text ({error}); --captions wants a CSV file.") from error
    rows = [row for row in csv.reader(io.StringIO(content)) if any(cell.strip() for cell in row)]
    if not rows:
        raise BadInput(f"{path} is empty; --captions wants lines of action,words.")
    head = [cell.strip().lower() for cell in rows[0]]
    column, accepted = 1, (language_tag.lower(), "text") if alone else (language_tag.lower(),)
    if head[0] == "action" or not alone:
        rows = rows[1:]
        column = next((head.index(each) for each in accepted if each in head), 0)
        if not column:
            wanted = " or ".join((language_tag, *accepted[1:]))
            raise BadInput(f"{path} has no column {wanted}; its heading is {','.join(head)}.")
    found: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        if len(row) < 2:
            raise BadInput(f"Line {number} of {path} has no words; write it as action,words.")
        name = row[0].strip().lower().replace("_", "-").replace(" ", "-")
        if name in actions and len(row) > column and row[column].strip():
            found[name] = _words(row[column], f"line {number} of {path}")
    return found


def _action(name: str, actions: Sequence[str], where: str) -> str:
    plain = name.strip().lower().replace("_", "-").replace(" ", "-")
    if plain not in actions:
        raise BadInput(f"{where} names {name.strip()!r}, which is no action of this job ({', '.join(actions)}).")
    return plain


def _words(text: str, where: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise BadInput(f"{where} has no words; leave it out for a sticker without a caption.")
    if len(words) > LONGEST:
        raise BadInput(f"{where} has {len(words)} characters; at most {LONGEST} are read.")
    return words


@lru_cache(maxsize=1)
def _bundled() -> dict[str, dict[str, str]]:
    text = files("popcon.media.captions").joinpath("phrases.json").read_text("utf-8")
    found: dict[str, dict[str, str]] = json.loads(text)
    return found
